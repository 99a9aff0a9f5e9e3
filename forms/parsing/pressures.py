"""Blood pressure, which comes as a pair: "120/80", "120 over 80", "120 sur 80", "one twenty over eighty"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forms.parsing import say
from forms.parsing.fold import split, words
from forms.parsing.leftover import Weight, weigh
from forms.parsing.outcomes import none, settle
from forms.parsing.spec import Outcome, Reason, Scalar
from forms.parsing.spelled import with_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

_BETWEEN = r"(?: ?(?:/|\\|-|over|sur|su|on|by|et|and|,) ?|,? (?:and |et )?diastoli(?:c|que) (?:is |est )?| )"
_PAIR = re.compile(rf"(?<![\d.,/-])(\d{{1,3}}){_BETWEEN}(\d{{1,3}})(?![\d/]|[.,-]\d)")
_SPOKEN_HUNDRED = re.compile(r"\b1 ([2-9]\d)\b(?= (?:over|sur|on|/))")
_SPOKEN_ZERO = re.compile(r"\b1 (?:oh|o|0) (\d)\b")  # "one oh five"
_NOW = re.compile(
    r"\b(?:this (?:morning|afternoon|evening)|tonight|ce (?:matin|soir)|cet apres midi|aujourdhui|today)\b"
)
_AROUND = split("ta mmhg mm hg mercury mercure tension arterielle bp systolic diastolic systolique diastolique")
_NAMED = re.compile(
    r"\b(?:(sys|dia)\w*|(top|upper|haut|haute|high)|(bottom|lower|bas|basse|low))(?: (?:number|chiffre|one))?"
    r"(?: is| est| of| de)? ?[:=]? ?(\d{2,3})\b"
)
_PULSE = re.compile(
    r"[,;]? ?\b(?:and |et |with |avec )?(?:a )?(?:pulse|pouls|heart rate|hr|bpm)(?: is| of| de| est)? ?[:=]? ?\d{2,3}\b"
)
# What a cuff can show in a living adult; outside it the pair is not a blood pressure.
_SYSTOLIC = range(50, 301)
_DIASTOLIC = range(20, 201)


def read_pressure(folded: str, *, locale: str) -> Outcome:
    """The systolic and diastolic pressure in mmHg."""
    figures = with_figures(_NOW.sub(" ", folded), french=say.language(locale) == "fr")
    text = _SPOKEN_HUNDRED.sub(r"1\1", _SPOKEN_ZERO.sub(r"10\1", figures))
    text = _in_order(_PULSE.sub(" ", text).strip())
    found = _PAIR.search(text)
    if found is None:
        return none()
    rest = words(text[: found.start()] + " " + text[found.end() :])
    weight = weigh(rest, _AROUND)
    if weight is Weight.DENIAL or any(word[:1].isdigit() for word in rest):
        return none()
    readings = list(_readings(int(found.group(1)), int(found.group(2))))
    if not readings:
        return none(Reason.IMPOSSIBLE)
    sure = weight is Weight.NOTHING and readings[0][1] and "?" not in text
    return settle([pair for pair, _ in readings], _spoken, sure=sure)


def _in_order(text: str) -> str:
    """ "Dia 80 sys 120" as "120/80": each number goes where its name says."""
    named = list(_NAMED.finditer(text))
    kinds = {"sys" if found.group(1) == "sys" or found.group(2) else "dia": found.group(4) for found in named}
    if len(named) != 2 or len(kinds) != 2:
        return text
    between = text[named[0].end() : named[1].start()].strip(" ,;.")
    if between not in ("", "and", "et", "/", "over", "sur"):
        return text
    return f"{text[: named[0].start()]}{kinds['sys']}/{kinds['dia']}{text[named[1].end() :]}"


def _readings(first: int, second: int) -> Iterator[tuple[dict[str, Scalar | None], bool]]:
    """The pair as given; turned round, or in centimetres as French says it ("12/8"), only as a question."""
    if _fits(first, second):
        yield {"systolic": first, "diastolic": second}, True
    elif _fits(second, first):
        yield {"systolic": second, "diastolic": first}, False
    elif first < 30 and second < 20 and _fits(first * 10, second * 10):
        yield {"systolic": first * 10, "diastolic": second * 10}, False


def _fits(systolic: int, diastolic: int) -> bool:
    return systolic in _SYSTOLIC and diastolic in _DIASTOLIC and diastolic < systolic


def _spoken(pair: dict[str, Scalar | None]) -> str:
    return f"{pair['systolic']}/{pair['diastolic']}"
