"""Quantity answers: a number with its unit, converted where that is always right, asked back where it may be a slip."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from forms.parsing import say
from forms.parsing.fold import fold, split, words
from forms.parsing.leftover import Weight, is_unsure
from forms.parsing.mentions import COUNTED, Mention, Scan, scan
from forms.parsing.numbers import as_json, parted_decimal, weight_of
from forms.parsing.outcomes import none, settle
from forms.parsing.slips import feet_and_inches, is_plausible, likelier
from forms.parsing.spec import AnswerSpec, AnswerType, Outcome, OutcomeKind, Reason, Scalar, Unit
from forms.parsing.sums import DEGREES, Part, summed
from forms.parsing.tokens import Kind
from forms.parsing.units import LONGEST_NAME, Measure, by_name, convert, of_label

if TYPE_CHECKING:
    from collections.abc import Iterator

Quantity = dict[str, Scalar | None]


class Reading(NamedTuple):
    """A quantity the reply may mean, whether it may be kept, and how it was said when it had to be converted."""

    quantity: Quantity
    certain: bool = True
    said: str = ""


_ARTICLES = ("a", "an", "un", "une", "d", "de", "dune", "dun", "of", "-")
_DOSES = frozenset(["mg", "ug", "mL", "U", "[iU]"])
_AROUND = DEGREES | split("past last since depuis pendant durant during derniers dernieres")
_CHANGED = split("pris perdu lost gained engraisse maigri gagne")  # by how much, not how much
_NO_INCH = frozenset(["the", "my", "this", "a", "an"])  # "7.2 in the morning"
_FORTNIGHT = re.compile(r"\bquinze jours\b|\bquinzaine\b")
_EIGHT_DAYS = re.compile(r"\bhuit jours\b|\b(?:une )?huitaine(?: de jours)?\b")
_WEEKS = re.compile(r"\b(?:a |1 |one )?fortnight\b|\b(?:une )?quinzaine(?: de jours)?\b")


def read_quantity(spec: AnswerSpec, folded: str, *, locale: str) -> Outcome:
    """A quantity in the folded text, in a unit of the question."""
    idiom = _FORTNIGHT.search(folded) is not None
    eight = _EIGHT_DAYS.search(folded) is not None
    found = scan(_WEEKS.sub("2 weeks", _EIGHT_DAYS.sub("8 jours", folded)), french=say.language(locale) == "fr")
    if any(not mention.readings for mention in found.mentions):
        return none()
    parts = list(_parts(found, _own_units(spec.units)))
    if not parts:
        return none(Reason.UNSURE if is_unsure(" ".join(words(folded))) else Reason.NOT_UNDERSTOOD)
    used = {position for part in parts for position in range(part.first, part.end)}
    rest = [token for position, token in enumerate(found.tokens) if position not in used]
    weight = weight_of(found, extra=_AROUND, rest=rest)
    if weight is Weight.DENIAL:
        return none()
    parts = [_with_k(spec, found, part) for part in summed(parts, found)]
    if (idiom or eight) and len(parts) == 1:
        return _idiom(spec, locale, weeks=2 if idiom else 1)
    clean = (
        weight is Weight.NOTHING
        and not any(token.text in _CHANGED for token in found.tokens)
        and all(part.mention.sure for part in parts)
    )
    if clean and len(parts) == 2 and _are_two_units(parts):
        return _said_twice(spec, parts, locale)
    sure = clean and len(parts) == 1
    return _among(spec, _with_lost_point(spec, found, parts), locale, sure=sure)


def _with_lost_point(spec: AnswerSpec, found: Scan, parts: list[Part]) -> list[Part]:
    """ "38 4" as one number whose point got lost, and "5 11" as feet and inches where a length is asked for."""
    if len(parts) != 2 or parts[0].has_unit:
        return parts
    first, second = parts
    readings = parted_decimal(spec, found)
    measures = [of_label(unit.label, unit.code) for unit in spec.units]
    is_length = any(measure is not None and measure.code == "cm" for measure in measures)
    whole, rest = first.mention.readings[0], second.mention.readings[0]
    if is_length and not second.has_unit and 4 <= whole <= 7 and 0 <= rest < 12 and not (whole % 1 or rest % 1):
        readings = [feet_and_inches(int(whole), int(rest))]
    if not readings:
        return parts
    joined = Mention(tuple(readings), first.first, second.end, sure=False)
    return [Part(joined, second.measure, second.own, first.first, second.end)]


def read_measured(spec: AnswerSpec, folded: str, *, locale: str) -> Outcome:
    """A plain number for a question that has a unit: read as a quantity, kept as a number."""
    outcome = read_quantity(spec, folded, locale=locale)
    values = [_number_in(value) for value in (outcome.value, *outcome.candidates) if isinstance(value, dict)]
    if spec.type is AnswerType.INTEGER and any(number % 1 for number in values):
        return none(Reason.NOT_WHOLE, outcome.read_back)
    if outcome.kind is OutcomeKind.VALUE:
        return replace(outcome, value=values[0])
    return replace(outcome, candidates=tuple(values))


def _number_in(quantity: Quantity | dict[str, Scalar | None]) -> int | float:
    number = quantity["value"]
    assert isinstance(number, (int, float))
    return number


@lru_cache(maxsize=256)
def _own_units(units: tuple[Unit, ...]) -> dict[str, Unit]:
    """The question's units by every name they go by, folded; without any, what is counted is the unit."""
    names: dict[str, Unit] = {} if units else {word: Unit(word) for word in COUNTED}
    for unit in units:
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
    if named and found.tokens[start].text == "an":  # "half an hour" has no year in it
        named = _unit_at(found, start + 1, own) or named
    while named is None and start < len(found.tokens) and found.tokens[start].text in _ARTICLES:
        start += 1
        named = _unit_at(found, start, own) if start < mention.end + 3 else None
    if named is None:
        counted = _is_counted(found, mention)
        return Part(mention, None, None, mention.first, mention.end, counted=counted)
    dosed = named[0] is not None and named[0].code in _DOSES and _may_be_two(found, mention)
    if dosed:
        mention = Mention(mention.readings, mention.first, mention.end, sure=False)
    return Part(mention, named[0], named[1], mention.first, named[2])


def _is_counted(found: Scan, mention: Mention) -> bool:
    """ "1 tablet" answers in tablets, whatever the unit of the question."""
    following = found.tokens[mention.end].text if mention.end < len(found.tokens) else ""
    return following in COUNTED and following not in DEGREES


def _may_be_two(found: Scan, mention: Mention) -> bool:
    """ "2 500 mg" may be two thousand five hundred, or two tablets of 500."""
    figure = found.tokens[mention.first].text
    return figure[1:2] == " " and not figure.endswith("000")


def _unit_at(found: Scan, start: int, own: dict[str, Unit]) -> tuple[Measure | None, Unit | None, int] | None:
    """The longest unit name that begins at a token."""
    tokens = found.tokens
    for end in range(min(start + LONGEST_NAME + 1, len(tokens)), start, -1):
        if any(token.kind is Kind.FIGURE for token in tokens[start:end]):
            continue
        name = " ".join(token.text for token in tokens[start:end])
        tight = name.replace(" / ", "/").replace("° ", "°")
        if name == "in" and end < len(tokens) and (tokens[end].text in _NO_INCH or by_name(tokens[end].text)):
            continue
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


def _with_k(spec: AnswerSpec, found: Scan, part: Part) -> Part:
    """ "70k" may be seventy of a unit that begins with k, or seventy thousand."""
    thousands = not part.has_unit and found.tokens[part.mention.end - 1].text == "k"
    if not thousands or not any(unit.label.startswith("k") for unit in spec.units):
        return part
    plain = [number / 1000 for number in part.mention.readings]
    return replace(part, mention=replace(part.mention, readings=(*plain, *part.mention.readings), sure=False))


def _idiom(spec: AnswerSpec, locale: str, *, weeks: int) -> Outcome:
    """ "Quinze jours" are two weeks, "huit jours" one; counted in days they may be fourteen or fifteen
    or seven and eight."""
    units = [(unit, of_label(unit.label, unit.code)) for unit in spec.units]
    in_weeks = [unit for unit, measure in units if measure and measure.code == "wk"]
    if in_weeks:
        return _settled(spec, [Reading(_quantity(Decimal(weeks), in_weeks[0].label))], locale, sure=True)
    days = [unit.label for unit, measure in units if measure and measure.code == "d"] or ["d"]
    readings = [Reading(_quantity(Decimal(number), days[0])) for number in (7 * weeks, 7 * weeks + 1)]
    return _settled(spec, readings, locale, sure=False)


def _among(spec: AnswerSpec, parts: list[Part], locale: str, *, sure: bool) -> Outcome:
    numbers = [(part, number) for part in parts for number in part.mention.readings]
    found = [list(_in_units(spec, part, number, locale)) for part, number in numbers]
    readings = [reading for each in found for reading in each]
    if not readings:
        return none(Reason.WRONG_UNIT if numbers else Reason.NOT_UNDERSTOOD)
    return _settled(spec, readings, locale, sure=sure and all(reading.certain for reading in readings))


def _are_two_units(parts: list[Part]) -> bool:
    first, second = (part.measure for part in parts)
    return first is not None and second is not None and first != second and first.dimension == second.dimension


def _said_twice(spec: AnswerSpec, parts: list[Part], locale: str) -> Outcome:
    """ "80 kg (176 lb)": the same weight in two units is kept as it was said in the question's own."""
    readings = [reading for part in parts for reading in _in_units(spec, part, part.mention.readings[0], locale)]
    numbers = [Decimal(str(reading.quantity["value"])) for reading in readings]
    if len(numbers) != 2 or abs(numbers[0] - numbers[1]) > abs(numbers[0]) * Decimal("0.01"):
        return _settled(spec, readings, locale, sure=False) if readings else none(Reason.WRONG_UNIT)
    own = [reading for reading in readings if not reading.said] or readings
    return _settled(spec, own[:1], locale, sure=True)


def _in_units(spec: AnswerSpec, part: Part, number: Decimal, locale: str) -> Iterator[Reading]:
    """The number in the units of the question that it may be in."""
    if part.own is not None:
        yield from _in_own_unit(part.own, number)
    elif part.counted and spec.units:
        return
    elif not spec.units:
        yield Reading(_quantity(number, part.measure.symbol if part.measure else None))
    elif part.measure is None:
        yield from _without_unit(spec, number)
    else:
        yield from _in_other_unit(spec, part.measure, number, locale)


def _in_other_unit(spec: AnswerSpec, said: Measure, number: Decimal, locale: str) -> Iterator[Reading]:
    """The number in the question's unit: the same one, or else converted into the first that measures the same."""
    measures = [(unit, of_label(unit.label, unit.code)) for unit in spec.units]
    same = [unit for unit, measure in measures if measure is not None and measure.code == said.code]
    if same:
        yield from _in_own_unit(same[0], number)
        return
    for unit, measure in measures:
        converted = convert(number, said, measure) if measure else None
        if converted is not None:
            parts = 4 if measure and measure.code == "h" else 1  # people say quarters of an hour, not of a day
            whole = said.dimension not in ("time", "months") or not round(converted, 6) * parts % 1
            original = say.quantity(as_json(number), said.symbol, locale)
            kept = round(converted, 2)
            if abs(kept - converted) > abs(converted) / 100:  # "70 mg" of a question in kg: nothing is left of it
                return
            if said.dimension == "temperature" and not is_plausible(converted, measure):
                whole = False
                if is_plausible(number, measure):  # "38 F"
                    yield Reading(_quantity(number, unit.label), certain=False)
            yield Reading(_quantity(kept, unit.label), whole, original)
            return


def _in_own_unit(unit: Unit, number: Decimal) -> Iterator[Reading]:
    """As it was said, unless no body has that temperature ("100.4 C") and nothing weighs less than nothing."""
    measure = of_label(unit.label, unit.code)
    if number < 0 and measure is not None and measure.dimension in ("mass", "length", "volume"):
        yield Reading(_quantity(-number, unit.label), certain=False)
    elif measure is not None and measure.dimension == "temperature":
        for each in likelier(number, measure):
            yield Reading(_quantity(each.number, unit.label), each.plausible)
    else:
        yield Reading(_quantity(number, unit.label))


def _without_unit(spec: AnswerSpec, number: Decimal) -> Iterator[Reading]:
    """A bare number: in the question's unit, unless it can hardly be, or there are several."""
    measures = [(unit, of_label(unit.label, unit.code)) for unit in spec.units]
    if number < 0 and len(spec.units) == 1:
        yield from _in_own_unit(spec.units[0], number)
        return
    likely = [(unit, each) for unit, measure in measures for each in likelier(number, measure)]
    plausible = [found for found in likely if found[1].plausible] or likely
    certain = len(plausible) == 1 and plausible[0][1].plausible
    for unit, each in plausible:
        yield Reading(_quantity(each.number, unit.label), certain)


def _quantity(number: Decimal, unit: str | None) -> Quantity:
    return {"value": as_json(number), "unit": unit}


def _settled(spec: AnswerSpec, readings: list[Reading], locale: str, *, sure: bool) -> Outcome:
    inside = [reading for reading in readings if _is_inside(reading.quantity, spec.minimum, spec.maximum)]
    spoken = {str(reading.quantity): _spoken(reading, locale) for reading in reversed(readings)}
    if not inside:
        first = readings[0].quantity
        below = _is_inside(first, None, spec.maximum)
        return none(Reason.TOO_LOW if below else Reason.TOO_HIGH, spoken[str(first)])
    quantities = [reading.quantity for reading in inside]
    return settle(quantities, lambda quantity: spoken[str(quantity)], sure=sure)


def _spoken(reading: Reading, locale: str) -> str:
    """ "68.04 kg (150 lb)": what is kept, and what was said when that differs."""
    value, unit = reading.quantity["value"], reading.quantity["unit"]
    kept = say.quantity(float(str(value)), str(unit or ""), locale)
    return f"{kept} ({reading.said})" if reading.said else kept


def _is_inside(quantity: Quantity, low: object, high: object) -> bool:
    value = quantity["value"]
    if not isinstance(value, (int, float)):
        return False
    above = not isinstance(low, (int, float)) or value >= low
    return above and (not isinstance(high, (int, float)) or value <= high)
