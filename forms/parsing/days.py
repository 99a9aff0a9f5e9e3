"""Finds dates in a text: figures in the clinic's order, months by name, days counted from today."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from forms.parsing.calendar_words import MONTHS, WEEKDAYS
from forms.parsing.day_words import Days, relative_days, weekday_days, weekday_in
from forms.parsing.fold import words
from forms.parsing.holidays import holiday_in
from forms.parsing.leftover import Weight, weigh
from forms.parsing.pivot import centuries, nearest_days_of_month, nearest_years, real_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from forms.parsing.spec import Order, Tense

_ORDERS: tuple[Order, ...] = ("dmy", "mdy", "ymd")


class Calendar(NamedTuple):
    """What dates are read against."""

    language: str
    today: date
    order: Order | None
    tense: Tense

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders in which a numeric date may be meant: French puts the day first, English does not say."""
        if self.order:
            return (self.order,)
        return ("dmy",) if self.language == "fr" else ("dmy", "mdy")


class FoundDate(NamedTuple):
    """What one date in a text may be. No isos: it cannot be ("31 February")."""

    isos: tuple[str, ...]
    rest: str
    sure: bool = True


def find_date(text: str, calendar: Calendar) -> FoundDate | None:
    """The first date in a text whose number words are figures already, checked against a weekday beside it."""
    for finder in _FINDERS:
        found = finder(text, calendar)
        if found is None:
            continue
        rest = f"{text[: found.span[0]]} {text[found.span[1] :]}"
        return _against_weekday(found, rest, calendar)
    named = weekday_days(text, _language(calendar), today=calendar.today, tense=calendar.tense)
    if named is None:
        return None
    return FoundDate(named.isos, f"{text[: named.span[0]]} {text[named.span[1] :]}", named.sure)


def _against_weekday(found: Days, rest: str, calendar: Calendar) -> FoundDate:
    """A weekday that fits picks among the dates; one that contradicts them makes a question."""
    named = weekday_in(rest, _language(calendar))
    whole = [iso for iso in found.isos if len(iso) == 10]
    if named is None or not whole:
        return FoundDate(found.isos, rest, found.sure)
    weekday, (start, end) = named
    rest = f"{rest[:start]} {rest[end:]}"
    fitting = tuple(iso for iso in whole if date.fromisoformat(iso).weekday() == weekday)
    if fitting:
        near = _nearest_year(whole, calendar.today)
        slipped = near is not None and near not in fitting  # "Monday Dec 1" when next Dec 1 is a Tuesday
        return FoundDate((near, *fitting) if near and slipped else fitting, rest, found.sure and not slipped)
    said = date.fromisoformat(whole[0])
    shift = (weekday - said.weekday() + 3) % 7 - 3
    return FoundDate((*whole, (said + timedelta(days=shift)).isoformat()), rest, sure=False)


def _nearest_year(whole: list[str], today: date) -> str | None:
    """Of one day in several years the one nearest to today."""
    if len(whole) < 2 or len({iso[5:] for iso in whole}) > 1:
        return None
    return min(whole, key=lambda iso: abs(date.fromisoformat(iso) - today))


def _language(calendar: Calendar) -> str:
    return calendar.language if calendar.language in MONTHS else "en"


# --- figures ----------------------------------------------------------------------------------------------------------

_SEP = r" ?[./ -] ?"
_YEAR_FIRST = re.compile(rf"(?<![\d.,/-])(\d{{4}}){_SEP}(\d{{1,2}}){_SEP}(\d{{1,2}})(?![\d/]|[.,-]\d)")
_THREE = re.compile(rf"(?<![\d.,/-])(\d{{1,2}}){_SEP}(\d{{1,2}}){_SEP}(\d{{4}}|\d{{2}})(?![\d/]|[.,-]\d)")
_EIGHT = re.compile(r"(?<![\d.,/-])(\d{8})(?![\d/]|[.,-]\d)")
_SIX = re.compile(r"(?<![\d.,/-])(\d{2})(\d{2})(\d{2})(?![\d/]|[.,-]\d)")
_TWO = re.compile(r"(?<![\d.,/:-])(\d{1,2})([/.-])(\d{1,2})(?![\d/:]|[.,-]\d)")
_MONTH_YEAR = re.compile(r"(?<![\d.,/-])(\d{1,2})[/.-](\d{4})(?![\d/]|[.,-]\d)")
_YEAR_MONTH = re.compile(r"(?<![\d.,/-])(\d{4})[/.-](\d{1,2})(?![\d/]|[.,-]\d)")


def _year_first(text: str, calendar: Calendar) -> Days | None:
    """ISO order; "2027-13-03" can only be a slip, so it is a question."""
    del calendar
    found = _YEAR_FIRST.search(text)
    if found is None:
        return None
    year, second, third = map(int, found.groups())
    day = real_day(year, second, third)
    if day:
        return Days((day.isoformat(),), found.span())
    other = real_day(year, third, second)
    return Days((other.isoformat(),) if other else (), found.span(), sure=False)


def _three_figures(text: str, calendar: Calendar) -> Days | None:
    found = _THREE.search(text)
    if found is None:
        return None
    return _in_orders(found.groups(), found.span(), calendar, short=len(found.group(3)) == 2)


def _in_orders(parts: Iterable[str], span: tuple[int, int], calendar: Calendar, *, short: bool) -> Days:
    """The dates that three figures make in the orders that may be meant; in the others only as a question."""
    figures = [int(part) for part in parts]
    meant = _meant_orders(calendar, short=short)
    isos = list(_in_each(figures, meant, calendar, short=short))
    if isos:
        return Days(tuple(dict.fromkeys(isos)), span)
    others = [order for order in _ORDERS if order not in meant and (short or order != "ymd")]
    return Days(tuple(dict.fromkeys(_in_each(figures, others, calendar, short=short))), span, sure=False)


def _meant_orders(calendar: Calendar, *, short: bool) -> list[Order]:
    """A year of four figures at the end was not written year first, whatever the clinic's order."""
    if not short:
        return [order for order in calendar.orders if order != "ymd"] or ["dmy", "mdy"]
    unsaid = calendar.order is None and calendar.language != "fr"
    return [*calendar.orders, "ymd"] if unsaid else list(calendar.orders)


def _in_each(figures: list[int], orders: Iterable[Order], calendar: Calendar, *, short: bool) -> Iterator[str]:
    for order in orders:
        yield from _dated(figures, order, calendar, short=short)


def _dated(figures: list[int], order: Order, calendar: Calendar, *, short: bool) -> Iterator[str]:
    place = {letter: figures[position] for position, letter in enumerate(order)}
    years = centuries(place["y"], today=calendar.today, tense=calendar.tense) if short else (place["y"],)
    for year in years:
        day = real_day(year, place["m"], place["d"])
        if day:
            yield day.isoformat()


def _eight_figures(text: str, calendar: Calendar) -> Days | None:
    """ "20270312", or the day and month before the year, as they are keyed on a phone."""
    found = _EIGHT.search(text)
    if found is None:
        return None
    run = found.group(1)
    first = real_day(int(run[:4]), int(run[4:6]), int(run[6:]))
    last = _in_orders((run[:2], run[2:4], run[4:]), found.span(), calendar, short=False)
    isos = [first.isoformat()] if first else []
    return Days(tuple(dict.fromkeys((*isos, *last.isos))), found.span(), sure=bool(first) or last.sure)


def _six_figures(text: str, calendar: Calendar) -> Days | None:
    found = _SIX.search(text)
    return _in_orders(found.groups(), found.span(), calendar, short=True) if found else None


def _two_figures(text: str, calendar: Calendar) -> Days | None:
    """ "12/03" without a year; with a point or a dash it may also be a number or a range, so it is asked about."""
    found = _TWO.search(text)
    if found is None:
        return None
    first, second = int(found.group(1)), int(found.group(3))
    pairs = [(second, first) if order == "dmy" else (first, second) for order in calendar.orders]
    isos = dict.fromkeys(iso for month, day in pairs for iso in _without_year(month, day, calendar))
    return Days(tuple(isos), found.span(), sure=found.group(2) == "/") if isos else None


def _without_year(month: int, day: int, calendar: Calendar) -> Iterator[str]:
    for found in nearest_years(month, day, today=calendar.today, tense=calendar.tense):
        yield found.isoformat()


def _month_and_year(text: str, calendar: Calendar) -> Days | None:
    del calendar
    found = _MONTH_YEAR.search(text)
    month, year = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
    if found is None:
        found = _YEAR_MONTH.search(text)
        year, month = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
    if found is None:
        return None
    return Days((f"{year:04}-{month:02}",) if real_day(year, month, 1) else (), found.span())


# --- words ------------------------------------------------------------------------------------------------------------

_ORDINAL = r"(?: ?(?:st|nd|rd|th|er|ier|ere|e|eme|ieme)\b)?"
_GAP = r"[ ./,-]{0,3}"
_YEAR = rf"(?:{_GAP}(?:de |of |in |en )?(?P<year>\d{{4}}|\d{{2}})(?!\d|[/:.,-]\d| ?h\b| ?am\b| ?pm\b))?"


def _patterns(language: str) -> list[re.Pattern[str]]:
    names = "|".join(sorted(MONTHS[language], key=len, reverse=True))
    month = rf"(?P<month>{names})(?![a-z])\.?"
    day = rf"(?<![\d/.,:-])(?P<day>\d{{1,2}}){_ORDINAL}"
    return [
        re.compile(rf"(?<!\d)(?P<year>\d{{4}}){_GAP}{month}{_GAP}(?P<day>\d{{1,2}}){_ORDINAL}(?!\d)"),
        re.compile(rf"{day}{_GAP}(?:day of |of |de |d)?(?:the month of |mois de )?{month}{_YEAR}"),
        re.compile(rf"(?<![a-z]){month}{_GAP}(?P<year>\d{{4}})(?!\d)"),
        re.compile(
            rf"(?<![a-z]){month}{_GAP}(?:the |le )?(?P<day>\d{{1,2}})"
            rf"(?!\d|/(?!\d{{4}})|:|[.-](?!\d{{4}})\d| ?h\b){_ORDINAL}{_YEAR}"
        ),
        re.compile(rf"(?<![a-z]){month}(?:{_GAP}(?:de |of |in |en )?(?P<year>\d{{4}}))?(?!\d)"),
    ]


_PART_OF_A_MONTH = re.compile(
    r"\b(?:early|mid|late|beginning|start|end|middle|debut|mi|fin|milieu)(?: de| du mois de| of| d)?[ -]?$"
)
_ANY_MONTH = {language: re.compile("|".join(table)) for language, table in MONTHS.items()}
_MONTH_RULES = {language: _patterns(language) for language in MONTHS}


def _with_month(text: str, calendar: Calendar) -> Days | None:
    """ "12 mars 2027", "March 12", "mars 2027", "mars"."""
    language = _language(calendar)
    for rule in _MONTH_RULES[language] if _ANY_MONTH[language].search(text) else ():
        found = rule.search(text)
        if found:
            parts = found.groupdict()
            isos = tuple(_month_isos(parts, MONTHS[language][parts["month"] or ""], calendar))
            bare = not parts.get("day") and not parts.get("year")
            if bare and weigh(words(f"{text[: found.start()]} {text[found.end() :]}")) is not Weight.NOTHING:
                return None  # "it may be", "end of March"
            vague = not parts.get("day") and _PART_OF_A_MONTH.search(text[: found.start()]) is not None
            return Days(isos, found.span(), sure=not (vague or (bare and calendar.tense == "any")))
    return None


def _month_isos(parts: dict[str, str | None], month: int, calendar: Calendar) -> Iterator[str]:
    day, year = int(parts.get("day") or 0), parts.get("year")
    if year is None:
        yield from _without_year(month, day, calendar) if day else _month_only(month, calendar)
        return
    years = (int(year),) if len(year) == 4 else centuries(int(year), today=calendar.today, tense=calendar.tense)
    for each in years:
        found = real_day(each, month, day or 1)
        if found:
            yield found.isoformat() if day else f"{each:04}-{month:02}"


def _month_only(month: int, calendar: Calendar) -> Iterator[str]:
    """A month without a year: the last and the next one of that name, this month being both."""
    if calendar.today.month == month:
        years: tuple[int, ...] = (calendar.today.year,)
    else:
        last = calendar.today.year - (month > calendar.today.month)
        years = {"past": (last,), "future": (last + 1,), "any": (last, last + 1)}[calendar.tense]
    for year in years:
        yield f"{year:04}-{month:02}"


_DAY_ONLY = re.compile(
    r"(?:\b(?:the|le|on the) (\d{1,2})(?:st|nd|rd|th|er|e)?|(?<!\d)(\d{1,2})(?:st|nd|rd|th|er))(?![\d/:a-z]|[.,-]\d)"
)
_AFTER_WEEKDAY = {
    language: re.compile(
        rf"\b(?:{'|'.join(sorted(table, key=len, reverse=True))})\.?,? (\d{{1,2}})(?![\d/:a-z]|[.,-]\d| ?h\b| ?[ap]m\b)"
    )
    for language, table in WEEKDAYS.items()
}
_YEAR_ONLY = re.compile(r"(?<![\d.,/:-])(\d{4})(?![\d/:]|[.,-]\d)")


def _day_only(text: str, calendar: Calendar) -> Days | None:
    """ "Le 12", "the 12th", "lundi 12": of this month, or of the one beside it."""
    found = _DAY_ONLY.search(text)
    named = None if found else _AFTER_WEEKDAY[_language(calendar)].search(text)
    if found is None and named is None:
        return None
    day, span = (int(found.group(1) or found.group(2)), found.span()) if found else _named_day(named)
    days = nearest_days_of_month(day, today=calendar.today, tense=calendar.tense)
    sure = day != calendar.today.day  # who means today says "today"
    return Days(tuple(each.isoformat() for each in days), span, sure=sure) if days else None


def _named_day(found: re.Match[str] | None) -> tuple[int, tuple[int, int]]:
    """The figure behind a weekday: "lundi 23"."""
    return (int(found.group(1)), found.span(1)) if found else (0, (0, 0))


def _year_only(text: str, calendar: Calendar) -> Days | None:
    del calendar
    found = _YEAR_ONLY.search(text)
    year = int(found.group(1)) if found else 0
    return Days((str(year),), found.span()) if found and real_day(year, 1, 1) else None


def _holiday(text: str, calendar: Calendar) -> Days | None:
    found = holiday_in(text, today=calendar.today, tense=calendar.tense)
    return Days(found.isos, found.span) if found else None


def _from_today(text: str, calendar: Calendar) -> Days | None:
    return relative_days(text, today=calendar.today, tense=calendar.tense)


_FINDERS: tuple[Callable[[str, Calendar], Days | None], ...] = (
    _year_first,
    _three_figures,
    _eight_figures,
    _with_month,
    _month_and_year,
    _holiday,
    _from_today,
    _two_figures,
    _six_figures,
    _day_only,
    _year_only,
)
