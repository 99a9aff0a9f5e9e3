"""Days named from today: "tomorrow", "il y a trois jours", "dans quinze jours", "mardi prochain", "mardi en huit"."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from forms.parsing.calendar_words import WEEKDAYS
from forms.parsing.pivot import month_later, weekday_near

if TYPE_CHECKING:
    from forms.parsing.spec import Tense


class Days(NamedTuple):
    """ISO dates (whole or partial) that a phrase may mean, where it stands in the text, and whether one may be kept."""

    isos: tuple[str, ...]
    span: tuple[int, int]
    sure: bool = True


_TODAY = (
    "today|2day|aujourdhui|aujourd hui|auj|ajd|tonight|this morning|this afternoon|this evening|ce matin|ce soir"
    "|cet apres midi|right now|maintenant|now"
)
_TOMORROW = "tomorrow|tommorow|tomorow|tommorrow|tmrw|tmr|tmw|2morrow|2moro|demain|dmain|2main|2m1"
_YESTERDAY = "yesterday|yesteday|yest|hier(?: soir| matin| apres midi)?"
_FIXED = (
    (2, r"(?:the )?day after (?:tomorrow|tmrw)|overmorrow|apres demain"),
    (-2, r"(?:the )?day before yesterday|avant hier(?: soir| matin)?"),
    (0, _TODAY),
    (1, _TOMORROW),
    (-1, _YESTERDAY),
)
_FIXED_RULES = [(shift, re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")) for shift, words in _FIXED]
_LAST_NIGHT = re.compile(r"\b(?:last night|la nuit derniere|cette nuit|la nuit passee)\b")
_UNIT = r"(?P<unit>days?|jours?|journees?|d|j|weeks?|wks?|semaines?|sem|months?|mois|years?|yrs?|ans?|annees?)"
_COUNT = r"(?P<n>\d{1,4}|a couple of|couple of|a couple|couple|une couple de|an?)"
_AHEAD = re.compile(
    rf"\b(?:in|dans|dici) {_COUNT} {_UNIT}\b(?: time)?|\b{_COUNT.replace('?P<n>', '?P<n2>')} "
    rf"{_UNIT.replace('?P<unit>', '?P<unit2>')} (?:from now|from today|a partir daujourdhui)\b"
)
_BACK = re.compile(
    rf"\b(?:il y a|ya|y a|ca fait|cela fait) {_COUNT} {_UNIT}\b|\b{_COUNT.replace('?P<n>', '?P<n2>')} "
    rf"{_UNIT.replace('?P<unit>', '?P<unit2>')} (?:ago(?: today)?|back|before today|passees?|avant aujourdhui)\b"
)
_SINCE = re.compile(
    rf"\b(?:for|since|depuis|pendant)(?: the last| the past| about| environ)? {_COUNT} {_UNIT}\b|"
    rf"^{_COUNT.replace('?P<n>', '?P<n2>')} {_UNIT.replace('?P<unit>', '?P<unit2>')}$"
)
_PERIOD = re.compile(
    r"\b(?P<next>next|lan|le|la|l|this|last|past|cette|ce) ?(?P<what>year|month|an|annee|mois)(?: ci)?"
    r"(?: (?P<which>prochaine?|derniere?|passee?|dernier))?\b"
)


def relative_days(text: str, *, today: date, tense: Tense) -> Days | None:
    """A day counted from today, in either language."""
    counted = _counted(text, today=today, tense=tense)  # first, because "a week from today" is not today
    if counted:
        return counted
    for shift, rule in _FIXED_RULES:
        found = rule.search(text)
        if found:
            return Days((_iso(today + timedelta(days=shift)),), found.span())
    found = _LAST_NIGHT.search(text)
    if found:
        return Days((_iso(today - timedelta(days=1)), _iso(today)), found.span())
    return _period(text, today)


def _counted(text: str, *, today: date, tense: Tense) -> Days | None:
    for rule, directions, exact in ((_AHEAD, (1,), True), (_BACK, (-1,), True), (_SINCE, (-1, 1), False)):
        found = rule.search(text)
        if found is None:
            continue
        sure = exact and not found.group(0).startswith("dici")  # "d'ici 3 jours": by then, not that day
        count, unit = found.group("n") or found.group("n2"), found.group("unit") or found.group("unit2")
        allowed = [way for way in directions if len(directions) == 1 or tense != ("future" if way < 0 else "past")]
        if found.group(0)[:1].isalpha() and rule is _SINCE:
            allowed = [-1]
        shifts = [way * number for way in allowed for number in _numbers(count, unit)]
        isos = [iso for shift in shifts if (iso := _shifted(today, shift, unit))]
        certain = sure and "couple" not in count and _kind(unit) in ("day", "week")
        return Days(tuple(isos), found.span(), certain)
    return None


def _numbers(count: str, unit: str) -> tuple[int, ...]:
    """ "15 jours" and "8 jours" in figures may be the idiom (two weeks, one week) or the plain count."""
    if not count.isdigit():
        return (2,) if "couple" in count else (1,)
    number = int(count)
    return (number - 1, number) if number in (8, 15) and unit in ("jour", "jours") else (number,)


def _shifted(today: date, number: int, unit: str) -> str | None:
    if abs(number) > 1500:
        return None
    kind = _kind(unit)
    if kind in ("day", "week"):
        return _iso(today + timedelta(days=number if kind == "day" else 7 * number))
    months = number if kind == "month" else 12 * number
    return _iso(month_later(today, months)) if abs(months) < 1500 else None


def _kind(unit: str) -> str:
    return {"d": "day", "j": "day", "w": "week", "s": "week", "m": "month"}.get(unit[0], "year")


def _period(text: str, today: date) -> Days | None:
    """ "Last month", "l'an prochain": a month or a year is all that was said."""
    found = _PERIOD.search(text)
    if found is None:
        return None
    which = found.group("which") or ""
    way = _way(found.group("next"), which)
    if way is None:
        return None
    if found.group("what") in ("month", "mois"):
        return Days((_iso(month_later(today.replace(day=1), way))[:7],), found.span())
    return Days((str(today.year + way),), found.span())


def _way(opener: str, which: str) -> int | None:
    if which:
        return 1 if which.startswith("prochain") else -1
    return {"next": 1, "last": -1, "past": -1, "this": 0, "cette": 0, "ce": 0}.get(opener)


_BEFORE = r"(?:(?P<before>next|last|this|coming|past|this coming|this past|ce|on|le|la) )?"
_AFTER = (
    r"(?: (?P<after>(?:of |de )?(?:la )?(?:next|last) week|(?:de )?la semaine (?:prochaine|derniere|passee)|after next"
    r"|prochaine?|derniere?|dernier|passee?|qui vient|en huit|en 8|en quinze|en 15|week)\b)?"
)
_NAMES = {
    language: re.compile(rf"\b{_BEFORE}(?P<name>{'|'.join(sorted(table, key=len, reverse=True))})\b\.?{_AFTER}")
    for language, table in WEEKDAYS.items()
}
_FROM = re.compile(r"(?:\b(?P<n>\d|a|1) )?(?<!this )(?<!next )(?<!last )\bweeks? (?:(?:from|on|after) )?$")
_WEEK_BEFORE = re.compile(
    r"(?:\b(?P<en>next|last|this) week|\b(?:la )?semaine (?P<fr>prochaine|derniere|passee)),?(?: on| le)? $"
)
_WEEKS_ON = {"next": 1, "prochaine": 1, "last": -1, "derniere": -1, "passee": -1, "this": 0}


def weekday_in(text: str, language: str) -> tuple[int, tuple[int, int]] | None:
    """The first weekday named and where it stands."""
    found = _NAMES[language].search(text)
    return (WEEKDAYS[language][found.group("name")], found.span("name")) if found else None


def weekday_days(text: str, language: str, *, today: date, tense: Tense) -> Days | None:
    """The dates that a weekday may mean, with "next", "dernier" or "en huit" around it."""
    found = _NAMES[language].search(text)
    if found is None:
        return None
    weekday = WEEKDAYS[language][found.group("name")]
    isos = tuple(map(_iso, _around(weekday, found.group("before"), found.group("after"), today=today, tense=tense)))
    start = found.start()
    which = _WEEK_BEFORE.search(text[:start])
    if which:
        days = _in_week(weekday, today, _WEEKS_ON[which.group("en") or which.group("fr")])
        return Days(tuple(map(_iso, days)), (which.start(), found.end()))
    week = _FROM.search(text[:start])
    if week:
        count = int(week.group("n")) if (week.group("n") or "a").isdigit() else 1
        later = weekday_near(weekday, today=today, tense="future")[-1] + timedelta(weeks=count)
        return Days((_iso(later),), (week.start(), found.end()), sure=False)
    return Days(isos, found.span())


def _around(weekday: int, before: str | None, after: str | None, *, today: date, tense: Tense) -> tuple[date, ...]:
    coming = today + timedelta(days=(weekday - today.weekday()) % 7 or 7)
    past = today - timedelta(days=(today.weekday() - weekday) % 7 or 7)
    week = timedelta(weeks=1)
    if (after and "week" in after and after != "week") or (after and "semaine" in after):
        return _in_week(weekday, today, 1 if "next" in after or "prochaine" in after else -1)
    if after in ("en huit", "en 8", "week"):
        return (coming, coming + week) if today.weekday() == weekday else (coming + week,)
    if after in ("en quinze", "en 15"):
        return (coming + week, coming + 2 * week) if today.weekday() == weekday else (coming + 2 * week,)
    if after == "after next":
        return (coming + week, coming + 2 * week)
    if after and after.startswith(("dernier", "passe")):
        return (past,)
    if after:  # prochain, qui vient
        return (coming,) if _next_week_either_way(coming, today, sunday=False) else (coming, coming + week)
    if before == "next":
        return (coming,) if _next_week_either_way(coming, today, sunday=True) else (coming, coming + week)
    if before in ("last", "past", "this past"):
        return (past,) if (today - past).days > today.weekday() or before != "last" else (past, past - week)
    if before in ("coming", "this coming"):
        return (coming,)
    return weekday_near(weekday, today=today, tense=tense)


def _in_week(weekday: int, today: date, way: int) -> tuple[date, ...]:
    """The weekday in next or last week, whether weeks begin on Monday or on Sunday."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=way, days=weekday)
    sunday_start = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=way, days=(weekday + 1) % 7)
    return tuple(dict.fromkeys((monday, sunday_start)))


def _next_week_either_way(coming: date, today: date, *, sunday: bool) -> bool:
    """Does the coming day fall in the next calendar week, so that "next Tuesday" has one meaning?

    English weeks begin on Sunday or Monday, French ones on Monday.
    """
    monday_next = today - timedelta(days=today.weekday()) + timedelta(weeks=1)
    in_next = coming >= monday_next
    if not sunday:
        return in_next
    days_since_sunday = (today.weekday() + 1) % 7
    sunday_next = today - timedelta(days=days_since_sunday) + timedelta(weeks=1)
    return in_next and coming >= sunday_next


def _iso(day: date) -> str:
    return day.isoformat()
