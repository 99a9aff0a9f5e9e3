"""Phone keys: which key means what for a question, and what pressed keys say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from forms.answers import Reading, checked
from forms.effects import Why
from forms.items import CHOICES, NUMBERS, Kind
from forms.local_time import zoned
from forms.option_numbers import is_scale
from forms.parsing import say

if TYPE_CHECKING:
    from forms.items import PlanItem, PlanOption
    from forms.state import Context, Value

PAGE: Final = 7  # options on one page when there are more than nine: 1-7, 8 for the ones before, 9 for more
REPEAT, SKIP, PERSON = "*", "#", "9"
BEFORE, MORE = "8", "9"


@dataclass(frozen=True, slots=True)
class Keys:
    """The options that can be pressed now, by key; `before` and `more` say whether keys 8 and 9 turn pages."""

    options: tuple[tuple[str, PlanOption], ...]
    before: bool = False
    more: bool = False


def layout(item: PlanItem, page: int = 0) -> Keys:
    """The keys of a choice. The form's own digits or printed numbers where they fit one key each, else 1 to 9."""
    options = item.options
    for digits in ([o.digit for o in options], [o.number for o in options]):
        if all(d and len(d) == 1 and d in "0123456789" for d in digits) and len(set(digits)) == len(digits):
            return Keys(tuple((str(digit), option) for digit, option in zip(digits, options, strict=True)))
    if len(options) <= 9:
        return Keys(tuple((str(n), option) for n, option in enumerate(options, start=1)))
    start = page * PAGE
    shown = options[start : start + PAGE]
    keys = tuple((str(n), option) for n, option in enumerate(shown, start=1))
    return Keys(keys, before=page > 0, more=start + PAGE < len(options))


def pages(item: PlanItem) -> int:
    return 1 if is_scale(item) or not layout(item).more else -(-len(item.options) // PAGE)


def takes_one_key(item: PlanItem) -> bool:
    """Whether a single key answers, so that nothing has to end the input."""
    return item.kind is Kind.BOOLEAN or (
        item.kind in CHOICES and bool(item.options) and not item.many and not is_scale(item)
    )


def offers_person(item: PlanItem) -> bool:
    """Whether key 9 (or a printed 9) is free to mean a person."""
    if item.kind is Kind.BOOLEAN:
        return True
    if item.kind not in CHOICES or not item.options:
        return False
    numbers = {option.number for option in item.options} | {key for key, _ in layout(item).options}
    return PERSON not in numbers and len(item.options) < 9 and not any(o.label.strip() == PERSON for o in item.options)


def prints_nine(item: PlanItem, misses: int) -> bool:
    """Whether a prompt says that 9 is a person: once a reply was not understood, where 9 is free."""
    return misses > 0 and offers_person(item)


def read_keys(item: PlanItem, keys: str, *, page: int, locale: str, context: Context) -> Reading:
    """What pressed keys say in answer to `item`."""
    if item.kind is Kind.BOOLEAN:
        value = {"1": True, "2": False}.get(keys)
        return Reading(value) if value is not None else Reading(why=Why.NOT_AN_OPTION)
    if item.kind in CHOICES:
        return _chosen(item, keys, page)
    if item.kind in NUMBERS:
        return _number(item, keys, locale)
    if item.kind in {Kind.DATE, Kind.DATETIME}:
        return _date(item, keys, locale, context)
    if item.kind is Kind.TIME:
        return _time(item, keys, locale)
    return Reading(why=Why.UNREADABLE)


def _chosen(item: PlanItem, keys: str, page: int) -> Reading:
    by_key = {o.number: o for o in item.options} if is_scale(item) else dict(layout(item, page).options)
    if not item.many:
        return Reading(by_key[keys].value) if keys in by_key else Reading(why=Why.NOT_AN_OPTION)
    marks = _marks(item, keys)
    values = [option.value for option in (_by_number(item, mark) for mark in marks) if option is not None]
    if len(values) != len(marks) or not values:
        return Reading(why=Why.NOT_AN_OPTION)
    reading = checked(item, Reading(list(dict.fromkeys(values))))
    labels = ", ".join(option.label for option in item.options if option.value in values)
    return Reading(candidates=((reading.value, labels),)) if reading.is_value else reading


def _marks(item: PlanItem, keys: str) -> list[str]:
    """Several choices: separated by *, or one key each when no number needs two."""
    if "*" in keys or len(item.options) > 9:
        return [mark for mark in keys.split("*") if mark]
    return list(keys)


def _by_number(item: PlanItem, mark: str) -> PlanOption | None:
    if len(item.options) <= 9:
        return dict(layout(item).options).get(mark)
    place = int(mark) if mark.isdigit() and len(mark) < 4 else 0
    return item.options[place - 1] if 1 <= place <= len(item.options) else None


def _number(item: PlanItem, keys: str, locale: str) -> Reading:
    """Digits with * as the decimal point; read back before it is kept."""
    whole, point, rest = keys.partition("*")
    if not whole.isdigit() or len(whole) > 9 or (point and not rest.isdigit()) or len(rest) > 6:
        return Reading(why=Why.UNREADABLE)
    if point and item.kind is Kind.INTEGER:
        return Reading(why=Why.UNREADABLE)
    number: int | float = float(f"{whole}.{rest}") if point else int(whole)
    text = say.number(number, locale)
    units = item.units or ()
    if item.kind is not Kind.QUANTITY:
        label = f"{text} {units[0].label}" if units else text
        return _to_confirm(item, [(number, label)])
    if not units:
        return _to_confirm(item, [({"value": number}, text)])
    return _to_confirm(item, [({"value": number, "unit": unit.code}, f"{text} {unit.label}") for unit in units])


def _to_confirm(item: PlanItem, pairs: Sequence[tuple[Value, str]]) -> Reading:
    readings = [checked(item, Reading(value)) for value, _ in pairs]
    fitting = tuple(pair for pair, reading in zip(pairs, readings, strict=True) if reading.is_value)
    return Reading(candidates=fitting) if fitting else readings[0]


def date_digits(order: str | None) -> str:
    """The order in which a caller enters a date: the clinic's, else day, month, year."""
    return order or "dmy"


def _date(item: PlanItem, keys: str, locale: str, context: Context) -> Reading:
    if len(keys) != 8 or not keys.isdigit():
        return Reading(why=Why.UNREADABLE)
    order = date_digits(context.date_order)
    lengths = {"y": 4, "m": 2, "d": 2}
    found, at = {}, 0
    for part in order:
        found[part] = int(keys[at : at + lengths[part]])
        at += lengths[part]
    try:
        day = date(found["y"], found["m"], found["d"])
    except ValueError:
        return Reading(why=Why.UNREADABLE)
    text = day.isoformat()
    return _to_confirm(item, [(zoned(text, context.zone), say.day(text, locale))])


def _time(item: PlanItem, keys: str, locale: str) -> Reading:
    """Four digits. Up to 12:59 both halves of the day are possible, so both are read back."""
    if len(keys) not in {3, 4} or not keys.isdigit():
        return Reading(why=Why.UNREADABLE)
    hour, minute = int(keys[:-2]), int(keys[-2:])
    if hour > 23 or minute > 59:
        return Reading(why=Why.UNREADABLE)
    hours = [hour] if hour > 12 or hour == 0 or keys[0] == "0" else sorted({hour % 12, hour % 12 + 12})
    times = [f"{hour:02d}:{minute:02d}:00" for hour in hours]
    return _to_confirm(item, [(time, say.time_of_day(time, locale)) for time in times])
