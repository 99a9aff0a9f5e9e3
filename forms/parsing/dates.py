"""Date and date-time answers: what was found, which side of today it lies on, and what stands around it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from forms.parsing import say
from forms.parsing.calendar_slips import respelled
from forms.parsing.clock import find_clocks
from forms.parsing.day_pairs import written_out
from forms.parsing.days import Calendar, FoundDate, find_date
from forms.parsing.fold import split, words
from forms.parsing.leftover import Weight, is_unsure, weigh
from forms.parsing.outcomes import ask, none, settle
from forms.parsing.spec import AnswerSpec, Outcome, Reason
from forms.parsing.spelled import with_figures
from forms.parsing.times import iso as iso_time

if TYPE_CHECKING:
    from collections.abc import Iterable

_AROUND = split(
    """
    born birth birthday dob date dated day jour ne nee naissance since depuis started start began begin debut debute
    commence commenced happened due prevu prevue appointment appt rendez rdv when quand d of during pendant
    anniversaire matin morning evening soir afternoon mois month
    """
)
# Not one day, or not exactly: recurrences, and fractions of a month.
_NO_ONE_DAY = re.compile(
    r"\b(?:every|each|chaque|tous les|toutes les|half|demie?|mondays|tuesdays|lundis|mardis|always|never)\b"
)
_FORTNIGHT = re.compile(r"\bquinze jours\b|\b(?:une )?quinzaine(?: de jours)?\b")
_EIGHT_DAYS = re.compile(r"\bhuit jours\b")
_EN_WORDS = re.compile(r"\b(?:a |1 |one )?fortnight\b")
_ORDINALS = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
sixteenth seventeenth eighteenth nineteenth twentieth
"""
_ORDINAL_NUMBER = {word: number for number, word in enumerate(_ORDINALS.split(), start=1)} | {
    "thirtieth": 30,
    "premier": 1,
}
_ORDINAL_WORD = re.compile(rf"\b(?:(twenty|thirty)[ -])?({'|'.join(_ORDINAL_NUMBER)})\b")
_MAR = re.compile(r"(?<=\d)mar(?=[ .-]?\d)|(?<=\d[ -])mar(?=[ .-]?\d)")  # alone it may be "mardi"
_SPOKEN_YEAR = re.compile(r"(?<=[a-z\d] )(19|20) (\d\d)$")  # "nineteen fifty-five"
_ROUGHLY = re.compile(r"\b(?:about|around|approx|approximately|roughly|circa|environ|vers|autour)\b")
_ISO_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[t ](\d{2}:\d{2})(?::(\d{2})(?:\.\d+)?)?(z|[+-]\d{2}:\d{2})?")
_MOST = 3  # dates in one answer


def read_date(spec: AnswerSpec, folded: str, *, calendar: Calendar) -> Outcome:
    """A date, whole or partial, in the folded text."""
    text, certain = _prepared(folded, calendar)
    found = _all_dates(text, calendar)
    if not found:
        return _nothing(folded)
    weight = _weight(folded, found[-1].rest)
    if weight is Weight.DENIAL:
        return none()
    isos = [iso for each in found for iso in each.isos]
    if not isos:
        return none(Reason.IMPOSSIBLE)
    certain = certain and _ROUGHLY.search(text) is None
    sure = certain and weight is Weight.NOTHING and _are_one(found)
    return _within(spec, isos, calendar, sure=sure)


def read_moment(spec: AnswerSpec, folded: str, *, calendar: Calendar) -> Outcome:
    """A date with a time of day; a date alone is a valid, shorter answer; a time alone is none."""
    exact = _ISO_MOMENT.fullmatch(folded.strip())
    if exact:
        return _exact_moment(spec, exact, calendar)
    text, certain = _prepared(folded, calendar)
    clocks = find_clocks(text, french=calendar.language == "fr", strict=True)
    found = _all_dates(clocks.rest, calendar)
    if not found:
        return _nothing(folded)
    weight = _weight(clocks.rest, found[-1].rest)
    if weight is Weight.DENIAL or len(clocks.clocks) > _MOST:
        return none()
    isos = [iso for each in found for iso in each.isos]
    moments = [f"T{iso_time(second)}" for clock in clocks.clocks for second in clock.seconds]
    if not isos or (clocks.clocks and not moments):
        return none(Reason.IMPOSSIBLE)
    joined = [iso + moment for iso in isos for moment in moments if len(iso) == 10] if moments else isos
    if not joined:  # a time of day in no particular month is no moment
        return none(Reason.IMPOSSIBLE)
    certain = certain and all(clock.sure for clock in clocks.clocks) and len(clocks.clocks) <= 1
    certain = certain and (bool(clocks.clocks) or not clocks.half)  # "lundi matin": at what time?
    return _within(spec, joined, calendar, sure=certain and _are_one(found) and weight is Weight.NOTHING)


def _are_one(found: list[FoundDate]) -> bool:
    """One date, or the same one said twice ("today, Nov 22")."""
    return all(each.sure for each in found) and len({each.isos for each in found}) == 1


def _exact_moment(spec: AnswerSpec, exact: re.Match[str], calendar: Calendar) -> Outcome:
    zone = (exact.group(4) or "").upper()  # a zone that was written is part of the answer
    moment = f"{exact.group(1)}T{exact.group(2)}:{exact.group(3) or '00'}{zone}"
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return none(Reason.IMPOSSIBLE)
    return _within(spec, [moment], calendar, sure=True)


def _prepared(folded: str, calendar: Calendar) -> tuple[str, bool]:
    """Idioms and number words as figures, slips set right: "dans quinze jours" are two weeks, "the third" is the 3rd.

    Also whether the slips leave no doubt.
    """
    folded, certain = respelled(_MAR.sub("mars", folded))
    text = _EN_WORDS.sub("2 weeks", _FORTNIGHT.sub("2 semaines", folded))
    text = _EIGHT_DAYS.sub("8 jours", text)
    if _ORDINAL_WORD.search(text):
        text = _ORDINAL_WORD.sub(_as_ordinal, text)
    figures = with_figures(text, french=calendar.language == "fr")
    figures = _SPOKEN_YEAR.sub(r"\1\2", figures) if figures != text else figures
    return written_out(figures, calendar.language), certain


def _as_ordinal(found: re.Match[str]) -> str:
    tens = {"twenty": 20, "thirty": 30}.get(found.group(1) or "", 0)
    return f"{tens + _ORDINAL_NUMBER[found.group(2)]}th"


def _all_dates(text: str, calendar: Calendar) -> list[FoundDate]:
    """Every date in the text, and with the last one what is left of it."""
    found: list[FoundDate] = []
    while len(found) <= _MOST:
        each = find_date(text, calendar)
        if each is None:
            break
        found.append(each)
        text = each.rest
    return found if len(found) <= _MOST else []


def _weight(folded: str, rest: str) -> Weight:
    """What is left of the words; a figure left over tells that the date was not all, a "?" that it is doubted."""
    if _NO_ONE_DAY.search(folded) or any(character.isdigit() for character in rest):
        return Weight.DENIAL
    weight = weigh(words(rest.replace("apres midi", "")), _AROUND)
    return max(weight, Weight.DOUBT) if "?" in rest else weight


def _nothing(folded: str) -> Outcome:
    return none(Reason.UNSURE if is_unsure(" ".join(words(folded))) else Reason.NOT_UNDERSTOOD)


def _within(spec: AnswerSpec, isos: list[str], calendar: Calendar, *, sure: bool) -> Outcome:
    """The readings on the right side of today and inside the bounds; two that are left make a question."""

    def spoken(iso: str) -> str:
        return say.moment(iso, calendar.language)

    today = calendar.today.isoformat()
    low = max(str(spec.minimum or ""), today if calendar.tense == "future" else "")
    high = min(str(spec.maximum or "~"), today if calendar.tense == "past" else "~")
    inside = [iso for iso in dict.fromkeys(isos) if _is_inside(iso, low, high)]
    if not inside:
        return none(Reason.TOO_LOW if isos[0] < low else Reason.TOO_HIGH, spoken(isos[0]))
    return settle(inside, spoken, sure=sure) if _few(inside) else ask(inside[:2], spoken)


def _is_inside(iso: str, low: str, high: str) -> bool:
    """Compares as far as both are written: "2026" may lie after 2026-11-22."""
    return iso[: len(low)] >= low[: len(iso)] and iso[: len(high)] <= high[: len(iso)]


def _few(inside: Iterable[str]) -> bool:
    return len(list(inside)) <= 4
