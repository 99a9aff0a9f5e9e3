"""Quantity answers: a number with its unit, converted where that is always right, asked back where it may be a slip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from forms.parsing import say
from forms.parsing.fold import fold, words
from forms.parsing.leftover import Weight, is_unsure
from forms.parsing.mentions import Mention, Scan, scan
from forms.parsing.numbers import as_json, weight_of
from forms.parsing.outcomes import ask, none, settle
from forms.parsing.slips import likelier
from forms.parsing.spec import AnswerSpec, Outcome, Reason, Scalar, Unit
from forms.parsing.tokens import Kind
from forms.parsing.units import LONGEST_NAME, Measure, by_name, convert, of_label

if TYPE_CHECKING:
    from collections.abc import Iterator

Quantity = dict[str, Scalar | None]

_ARTICLES = ("a", "an", "un", "une", "d", "de", "dune", "dun", "of", "-")
_SMALLER = {"[ft_i]": "[in_i]", "m": "cm", "h": "min", "[lb_av]": "[oz_av]", "kg": "g", "min": "s"}
_FORTNIGHT = re.compile(r"\bquinze jours\b")
_WEEKS = re.compile(r"\b(?:a |une |1 |one )?(?:fortnight|quinzaine)(?: de jours)?\b")


@dataclass(frozen=True, slots=True)
class Part:
    """A number with the unit written at it: a known measure, or one that only this question knows."""

    mention: Mention
    measure: Measure | None
    own: Unit | None
    first: int
    end: int

    @property
    def has_unit(self) -> bool:
        return self.measure is not None or self.own is not None


def read_quantity(spec: AnswerSpec, folded: str, *, locale: str) -> Outcome:
    """A quantity in the folded text, in a unit of the question."""
    idiom = _FORTNIGHT.search(folded) is not None
    found = scan(_WEEKS.sub("2 weeks", folded), french=say.language(locale) == "fr")
    parts = list(_parts(found, _own_units(spec)))
    if not parts:
        return none(Reason.UNSURE if is_unsure(" ".join(words(folded))) else Reason.NOT_UNDERSTOOD)
    used = {position for part in parts for position in range(part.first, part.end)}
    rest = [token for position, token in enumerate(found.tokens) if position not in used]
    weight = weight_of(found, rest=rest)
    if weight is Weight.DENIAL:
        return none()
    parts = _summed(parts)
    if idiom and len(parts) == 1:
        return _fortnight(spec, locale)
    sure = weight is Weight.NOTHING and len(parts) == 1 and all(part.mention.sure for part in parts)
    return _among(spec, parts, locale, sure=sure)


def _own_units(spec: AnswerSpec) -> dict[str, Unit]:
    """The question's units by every name they go by, folded."""
    names: dict[str, Unit] = {}
    for unit in spec.units:
        for name in (unit.label, unit.code or "", *unit.synonyms):
            plain = fold(name)
            names |= dict.fromkeys((plain, plain.rstrip("s"), plain + "s"), unit) if plain else {}
    return names


def _parts(found: Scan, own: dict[str, Unit]) -> Iterator[Part]:
    """Each number with its unit; "an hour" and "une semaine" count one."""
    taken = 0
    for mention in found.mentions:
        yield from _implied(found, own, taken, mention.first)
        part = _part(found, mention, own)
        taken = part.end
        yield part
    if not found.mentions:
        yield from _implied(found, own, taken, len(found.tokens))


def _part(found: Scan, mention: Mention, own: dict[str, Unit]) -> Part:
    start = mention.end
    named = _unit_at(found, start, own)
    while named is None and start < len(found.tokens) and found.tokens[start].text in _ARTICLES:
        start += 1
        named = _unit_at(found, start, own) if start < mention.end + 3 else None
    if named is None:
        return Part(mention, None, None, mention.first, mention.end)
    return Part(mention, named[0], named[1], mention.first, named[2])


def _unit_at(found: Scan, start: int, own: dict[str, Unit]) -> tuple[Measure | None, Unit | None, int] | None:
    """The longest unit name that begins at a token."""
    tokens = found.tokens
    for end in range(min(start + LONGEST_NAME + 1, len(tokens)), start, -1):
        if any(token.kind is Kind.FIGURE for token in tokens[start:end]):
            continue
        name = " ".join(token.text for token in tokens[start:end])
        tight = name.replace(" / ", "/").replace("° ", "°")
        unit = own.get(name) or own.get(tight)
        measure = by_name(name) or by_name(tight)
        if unit or measure:
            return measure or (of_label(unit.label, unit.code) if unit else None), unit, end
    return None


def _implied(found: Scan, own: dict[str, Unit], start: int, end: int) -> Iterator[Part]:
    for position in range(start, end - 1):
        if found.tokens[position].text not in ("a", "an", "un", "une", "one"):
            continue
        named = _unit_at(found, position + 1, own)
        if named and len(found.tokens[position + 1].text) > 1 and named[2] <= end:
            yield Part(Mention((Decimal(1),), position, position + 1), named[0], named[1], position, named[2])
            return


def _summed(parts: list[Part]) -> list[Part]:
    """ "5 ft 6", "1 m 75", "6 lb 3 oz", "1 h 30": parts of one measure, the smaller behind the larger."""
    if len(parts) != 2:
        return parts
    large, small = parts
    if large.measure is None or len(large.mention.readings) != 1 or len(small.mention.readings) != 1:
        return parts
    smaller = small.measure if small.has_unit else of_label(_SMALLER.get(large.measure.code, "?"))
    number = convert(small.mention.readings[0], smaller, large.measure) if smaller else None
    if smaller is None or number is None or not 0 <= number < 1 or large.mention.readings[0] % 1:
        return parts
    if not small.has_unit and large.measure.code == "m" and small.mention.readings[0] < 10:
        return parts  # "1 m 7" may be 1.07 or 1.7
    total = Mention((large.mention.readings[0] + number,), large.first, small.end)
    return [Part(total, large.measure, large.own, large.first, small.end)]


def _fortnight(spec: AnswerSpec, locale: str) -> Outcome:
    """ "Quinze jours" are two weeks; counted in days they may be fourteen or fifteen."""
    candidates = [Decimal(14), Decimal(15)]
    units = [(unit, of_label(unit.label, unit.code)) for unit in spec.units]
    weeks = [unit for unit, measure in units if measure and measure.code == "wk"]
    if weeks:
        return _settled(spec, [_quantity(Decimal(2), weeks[0].label)], locale, sure=True)
    days = [unit.label for unit, measure in units if measure and measure.code == "d"] or ["d"]
    return _settled(spec, [_quantity(number, days[0]) for number in candidates], locale, sure=False)


def _among(spec: AnswerSpec, parts: list[Part], locale: str, *, sure: bool) -> Outcome:
    candidates: list[Quantity] = []
    wrong_unit = False
    for part in parts:
        for number in part.mention.readings:
            found = list(_in_units(spec, part, number))
            wrong_unit = wrong_unit or not found
            candidates += [quantity for quantity, _ in found]
            sure = sure and all(certain for _, certain in found)
    if not candidates:
        return none(Reason.WRONG_UNIT if wrong_unit else Reason.NOT_UNDERSTOOD)
    return _settled(spec, candidates, locale, sure=sure)


def _in_units(spec: AnswerSpec, part: Part, number: Decimal) -> Iterator[tuple[Quantity, bool]]:
    """The number in the units of the question that it may be in, and whether each is certain."""
    if not spec.units:
        label = part.measure.symbol if part.measure else None
        yield _quantity(number, label), True
        return
    if part.own is not None:
        yield _quantity(number, part.own.label), True
        return
    measures = [(unit, of_label(unit.label, unit.code)) for unit in spec.units]
    if part.measure is None:
        yield from _without_unit(measures, number)
        return
    same = [unit for unit, measure in measures if measure is not None and measure.code == part.measure.code]
    if same:
        yield _quantity(number, same[0].label), True
        return
    for unit, measure in measures:
        converted = convert(number, part.measure, measure) if measure else None
        if converted is not None:
            exact = part.measure.dimension not in ("time", "months") or not round(converted, 6) % 1
            yield _quantity(round(converted, 2), unit.label), exact
            return


def _without_unit(measures: list[tuple[Unit, Measure | None]], number: Decimal) -> Iterator[tuple[Quantity, bool]]:
    """A bare number: in the question's unit, unless it can hardly be, or there are several."""
    readings = [(unit, reading) for unit, measure in measures for reading in likelier(number, measure)]
    plausible = [found for found in readings if found[1].plausible] or readings
    certain = len(plausible) == 1 and plausible[0][1].plausible
    for unit, reading in plausible:
        yield _quantity(reading.number, unit.label), certain


def _quantity(number: Decimal, unit: str | None) -> Quantity:
    return {"value": as_json(number), "unit": unit}


def _settled(spec: AnswerSpec, candidates: list[Quantity], locale: str, *, sure: bool) -> Outcome:
    def spoken(quantity: Quantity) -> str:
        return say.quantity(float(str(quantity["value"])), str(quantity["unit"] or ""), locale)

    low, high = spec.minimum, spec.maximum
    inside = [each for each in candidates if _is_inside(each, low, high)]
    if not inside:
        value = candidates[0]["value"]
        below = isinstance(low, (int, float)) and isinstance(value, (int, float)) and value < low
        return none(Reason.TOO_LOW if below else Reason.TOO_HIGH, spoken(candidates[0]))
    distinct = [each for position, each in enumerate(inside) if each not in inside[:position]]
    return settle(distinct, spoken, sure=sure) if sure else ask(distinct, spoken)


def _is_inside(quantity: Quantity, low: object, high: object) -> bool:
    value = quantity["value"]
    if not isinstance(value, (int, float)):
        return False
    above = not isinstance(low, (int, float)) or value >= low
    return above and (not isinstance(high, (int, float)) or value <= high)
