"""Time answers: "15h30", "3 pm", "noon", "midi et demi", "half past three", and the question that "at 3" deserves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forms.parsing import say
from forms.parsing.clock import HOUR, find_clocks
from forms.parsing.fold import split, words
from forms.parsing.leftover import Weight, is_unsure, weigh
from forms.parsing.outcomes import none, settle
from forms.parsing.spec import AnswerSpec, Outcome, Reason
from forms.parsing.spelled import with_figures

if TYPE_CHECKING:
    from forms.parsing.clock import Clock

_MISTYPED = re.compile(r"(?<=\d)[;,](?=\d\d\b)")  # "1;30 pm"
_MOST = 3  # times in one answer
_AROUND = split("aujourdhui oclock time tonight morning afternoon evening matin soir soiree nuit")
_THIS_AFTERNOON = "cet apres midi"
_SPAN = re.compile(
    r"\b(?:in|dans|every|each|toutes les|aux|chaque|for|pendant|il y a) \d+ ?(?:h|hrs?|hours?|heures?|min|minutes?)\b"
)


def read_time(spec: AnswerSpec, folded: str, *, locale: str) -> Outcome:
    """A time of day in the folded text."""
    french = say.language(locale) == "fr"
    text = _MISTYPED.sub(":", with_figures(folded, french=french))
    found = find_clocks(text.replace(_THIS_AFTERNOON, "pm"), french=french)
    if _SPAN.search(text):  # "in 2 hours", "toutes les 8 heures"
        return none()
    if not found.clocks or len(found.clocks) > _MOST:
        return none(Reason.UNSURE if is_unsure(" ".join(words(folded))) else Reason.NOT_UNDERSTOOD)
    weight = _weight(found.rest)
    signed = all(clock.signed for clock in found.clocks)
    if weight is Weight.DENIAL or (weight is Weight.DOUBT and not signed and len(found.clocks) == 1):
        return none()
    moments = [iso(second) for clock in found.clocks for second in clock.seconds]
    if not moments:
        return none(Reason.IMPOSSIBLE)
    sure = weight is Weight.NOTHING and len(found.clocks) == 1 and _is_sure(found.clocks[0])
    return _within(spec, moments, locale, sure=sure)


def _weight(rest: str) -> Weight:
    odd = any(mark in rest for mark in "/<>%$¤") or any(character.isdigit() for character in rest)
    weight = weigh(words(rest), _AROUND)
    return Weight.DENIAL if odd else max(weight, Weight.DOUBT) if "?" in rest else weight


def _is_sure(clock: Clock) -> bool:
    return clock.sure and clock.signed


def iso(second: int) -> str:
    """Seconds after midnight as "HH:MM:SS"."""
    return f"{second // HOUR:02}:{second // 60 % 60:02}:{second % 60:02}"


def _within(spec: AnswerSpec, moments: list[str], locale: str, *, sure: bool) -> Outcome:
    low = spec.minimum if isinstance(spec.minimum, str) else ""
    high = spec.maximum if isinstance(spec.maximum, str) else "~"
    inside = [moment for moment in moments if low <= moment <= high]
    if not inside:
        reason = Reason.TOO_LOW if moments[0] < low else Reason.TOO_HIGH
        return none(reason, say.time_of_day(moments[0], locale))
    return settle(inside, lambda moment: say.time_of_day(moment, locale), sure=sure)
