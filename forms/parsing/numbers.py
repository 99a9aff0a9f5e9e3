"""Integer and decimal answers."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING

from forms.parsing import say
from forms.parsing.fold import split, trimmed, words
from forms.parsing.leftover import Weight, is_unsure, weigh
from forms.parsing.mentions import COUNTED, Mention, Scan, scan
from forms.parsing.outcomes import ask, none, settle
from forms.parsing.spec import AnswerSpec, AnswerType, Outcome, Reason
from forms.parsing.tokens import Kind, Token

if TYPE_CHECKING:
    from collections.abc import Iterable

_NOTHING = split("none nil nothing o aucun aucune rien nul nulle nada nope no non")
_SAID_YES = split("yes yeah yep yup oui ouais")
_ALTOGETHER = re.compile(r"\ben tout\b")
_AGE = re.compile(r"(?<=\d) ?(?:(?:years?|yrs?) old|y ?/ ?o|yo)\b|(?<=\bjai \d\d) ?ans\b")
_QUIET_MARKS = frozenset(".,;:!=()*\"'~-#°[]")
_MONEY = frozenset("¤€£¥")
_MOST_NUMBERS = 3


def read_number(spec: AnswerSpec, folded: str, *, locale: str) -> Outcome:
    """An integer or decimal answer in the folded text."""
    text = _ALTOGETHER.sub(" ", _AGE.sub(" ", folded))
    found = scan(text, french=say.language(locale) == "fr")
    if not found.mentions:
        return _without_figures(spec, folded, locale)
    weight = weight_of(found)
    if weight is Weight.DENIAL or any(not mention.readings for mention in found.mentions):
        return none()
    readings = parted_decimal(spec, found) or [reading for each in found.mentions for reading in each.readings]
    sure = weight is Weight.NOTHING and len(found.mentions) == 1 and _is_sure(spec, found.mentions[0])
    return among(spec, readings, locale, sure=sure)


def parted_decimal(spec: AnswerSpec, found: Scan) -> list[Decimal]:
    """ "37 8", "37. 8", "37’8": a decimal whose point got lost, or a slip; always a question."""
    if spec.type is AnswerType.INTEGER or len(found.mentions) != 2:
        return []
    whole, tenth = (mention.readings[0] if len(mention.readings) == 1 else None for mention in found.mentions)
    between = found.tokens[found.mentions[0].end : found.mentions[1].first]
    if whole is None or tenth is None or whole % 1 or not 0 <= tenth < 10 or tenth % 1:
        return []
    if any(token.text not in (".", ",", "'", "et", "and") for token in between):
        return []
    return [whole + tenth / 10, whole * 10 + tenth]


def weight_of(found: Scan, extra: frozenset[str] = COUNTED, rest: Iterable[Token] | None = None) -> Weight:
    """What everything beside the numbers does to them."""
    left = list(found.rest() if rest is None else rest)
    if found.clock or len(found.mentions) > _MOST_NUMBERS or _is_code(found, left):
        return Weight.DENIAL
    around = weigh((token.text for token in left if token.kind is Kind.WORD), extra | _SAID_YES)
    marks = any(token.kind is Kind.MARK and _is_loud(token.text) for token in left)
    odd = marks or any(token.text in _MONEY for token in left) or _has_half_day(found)
    return max(around, Weight.DOUBT) if odd else around


def _is_loud(mark: str) -> bool:
    """Signs that say something about a number: "≥3", "3+", "√9"; a smile does not."""
    return mark not in _QUIET_MARKS if mark.isascii() else unicodedata.category(mark) == "Sm"


def _has_half_day(found: Scan) -> bool:
    """ "5 am" is a time, "I am 35" is not."""
    ends = {mention.end for mention in found.mentions}
    return any(token.text in ("am", "pm") and place in ends for place, token in enumerate(found.tokens))


def _is_code(found: Scan, left: list[Token]) -> bool:
    """Letters caught between digits ("1e5") and digits parted by two dashes (a phone number) are no numbers."""
    figures = {token.start: token for token in found.tokens if token.kind is Kind.FIGURE}
    ends = {token.end for token in figures.values()}
    caught = any(token.kind is Kind.WORD and token.start in ends and token.end in figures for token in left)
    if [len(found.tokens[mention.first].text) for mention in found.mentions][-3:] == [3, 3, 4]:  # (819) 555-0134
        return True
    dashes = sum(token.text == "-" and token.start in ends and token.end in figures for token in left)
    return caught or dashes > 1


def _is_sure(spec: AnswerSpec, mention: Mention) -> bool:
    return mention.sure or (mention.out_of is not None and mention.out_of == spec.maximum)


def among(spec: AnswerSpec, readings: list[Decimal], locale: str, *, sure: bool) -> Outcome:
    """One of `readings`: those that fit the type and the bounds decide whether it is a value or a question."""
    fitting = readings if spec.type is AnswerType.DECIMAL else [number for number in readings if not number % 1]
    if not fitting:
        return none(Reason.NOT_WHOLE, say.number(float(readings[0]), locale))
    inside = [number for number in fitting if not _outside(spec, number)]
    if not inside:
        return none(_outside(spec, fitting[0]) or Reason.NOT_UNDERSTOOD, say.number(as_json(fitting[0]), locale))
    dropped_whole = len(fitting) < len(readings)
    values = [as_json(number) for number in inside]
    return settle(dict.fromkeys(values), lambda value: say.number(value, locale), sure=sure and not dropped_whole)


def _outside(spec: AnswerSpec, number: Decimal) -> Reason | None:
    if isinstance(spec.minimum, (int, float)) and number < Decimal(str(spec.minimum)):
        return Reason.TOO_LOW
    if isinstance(spec.maximum, (int, float)) and number > Decimal(str(spec.maximum)):
        return Reason.TOO_HIGH
    return None


def as_json(number: Decimal) -> int | float:
    """A whole number as an int, another as a float: both print as they were written."""
    return int(number) if not number % 1 else float(number)


def _without_figures(spec: AnswerSpec, folded: str, locale: str) -> Outcome:
    plain = " ".join(words(folded))
    if is_unsure(plain):
        return none(Reason.UNSURE)
    if trimmed(folded) in _NOTHING and _outside(spec, Decimal(0)) is None:
        return ask([0], lambda value: say.number(value, locale))
    return none()
