"""Days that everybody knows by name: Christmas, "la Saint-Jean", and Thanksgiving as Canada keeps it, in October."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from forms.parsing.pivot import EARLIEST, LATEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forms.parsing.spec import Tense

Named = tuple[str, "Callable[[int], date]"]


class Holiday(NamedTuple):
    """The ISO dates that a name may mean and where it stands in the text."""

    isos: tuple[str, ...]
    span: tuple[int, int]


def _on(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _nth(month: int, weekday: int, nth: int) -> Callable[[int], date]:
    """The nth weekday (Monday is 0) of a month."""

    def found(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))

    return found


def _before_may_25(year: int) -> date:
    last = date(year, 5, 24)
    return last - timedelta(days=last.weekday())


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm, Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    ell = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * ell) // 451
    month, day = divmod(h + ell - 7 * m + 114, 31)
    return date(year, month, day + 1)


# Canadian public holidays (Holidays Act, R.S.C. 1985, c. H-5; Quebec: CQLR c. N-1.1) and days that everybody keeps.
# Longer names first: "christmas eve" before "christmas".
_NAMED: tuple[Named, ...] = (
    (r"(?:christmas|xmas) eve|(?:la )?veille de noel|(?:le )?reveillon de noel", _on(12, 24)),
    (r"(?:christmas|xmas)(?: day)?|noel", _on(12, 25)),
    (r"boxing day|(?:le )?lendemain de noel", _on(12, 26)),
    (r"new years? eve|(?:la )?veille du (?:jour de lan|nouvel an)", _on(12, 31)),
    (r"new years?(?: day)|new years\b|jour de lan|nouvel an", _on(1, 1)),
    (r"valentines?(?: day)?|(?:la )?(?:saint|st) valentin", _on(2, 14)),
    (r"easter monday|lundi de paques", lambda year: easter(year) + timedelta(days=1)),
    (r"good friday|vendredi saint", lambda year: easter(year) - timedelta(days=2)),
    (r"easter(?: sunday)?|paques", easter),
    (r"mothers day|fete des meres", _nth(5, 6, 2)),
    (r"victoria day|journee (?:nationale )?des patriotes", _before_may_25),
    (r"fathers day|fete des peres", _nth(6, 6, 3)),
    (r"(?:la )?(?:saint|st) jean(?: baptiste)?", _on(6, 24)),
    (r"canada day|(?:la )?fete du canada", _on(7, 1)),
    (r"labou?r day|(?:la )?fete du travail", _nth(9, 0, 1)),
    (r"thanksgiving(?: day| monday)?|l?action de graces?", _nth(10, 0, 2)),
    (r"l?halloween", _on(10, 31)),
    (r"remembrance day|jour du souvenir", _on(11, 11)),
)
_SIDE = r"(?:(?P<before>last|next|this|this past|this coming|past|coming) )?"
_AFTER = r"(?: (?:de |of |in |en )?(?P<year>\d{4})\b| (?P<after>dernier|derniere|passee?|prochaine?)\b)?"
_RULES = [(re.compile(rf"(?<![a-z]){_SIDE}(?:{names})(?![a-z]){_AFTER}"), on) for names, on in _NAMED]
_ANY = re.compile("|".join(names for names, _ in _NAMED))
_PAST = ("last", "past", "this past")
_FUTURE = ("next", "coming", "this coming")


def holiday_in(text: str, *, today: date, tense: Tense) -> Holiday | None:
    """The first day of that kind in a folded text: the last one and the coming one unless something says which."""
    if not _ANY.search(text):
        return None
    for rule, on in _RULES:
        found = rule.search(text)
        if found:
            days = _days(found, on, today=today, tense=tense)
            return Holiday(tuple(day.isoformat() for day in days), found.span())
    return None


def _days(found: re.Match[str], on: Callable[[int], date], *, today: date, tense: Tense) -> Iterator[date]:
    if found.group("year"):
        year = int(found.group("year"))
        if EARLIEST <= year <= LATEST:
            yield on(year)
        return
    before, after = found.group("before") or "", found.group("after") or ""
    days = [on(year) for year in range(today.year - 1, today.year + 2)]
    past = before not in _FUTURE and not after.startswith("prochain") and tense != "future"
    future = before not in _PAST and not after.startswith(("dernier", "passe")) and tense != "past"
    chosen = [*([day for day in days if day <= today][-1:] if past else [])]
    chosen += [day for day in days if day >= today][:1] if future else []
    yield from ([today] if today in chosen else chosen)
