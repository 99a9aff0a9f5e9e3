"""Months, weekdays and "tomorrow" with a slip of the thumb: "febraury", "14 juilet", "thurday"."""

from __future__ import annotations

from functools import lru_cache

from forms.parsing.calendar_words import MONTH_NAMES, MONTHS, WEEKDAY_NAMES, WEEKDAYS
from forms.parsing.fold import fold, split
from forms.parsing.leftover import is_known
from forms.parsing.number_words import NUMBER_WORDS
from forms.parsing.typos import Slip, slip

_SHORTEST = 5  # letters; a slip in a shorter word makes another word
_ALSO = split("tomorrow yesterday today aujourdhui demain")
_REAL = split(
    """
    marche marches matin matins match morning mornings evening monthly weekly daily tonight today todays money mondays
    birth birthday around after before afternoon since depuis passe passee prochain prochaine dernier derniere semaine
    semaines jours journee annee annees month months weeks years avant apres maintenant christmas
    dmain tomorow tommorow tommorrow yesteday
    """
)
_NAMES = [name for table in (MONTH_NAMES, WEEKDAY_NAMES) for names in table.values() for name in names]
_MEANT = sorted({fold(name) for name in _NAMES} | _ALSO)


def respelled(text: str) -> tuple[str, bool]:
    """The folded text with such words set right, and whether that is certain."""
    certain = True
    out = []
    for word in text.split(" "):
        bare = word.strip(".,;:!?")
        meant = _meant(bare) if len(bare) >= _SHORTEST and bare.isalpha() else None
        if meant is None:
            out.append(word)
            continue
        out.append(word.replace(bare, meant[0]))
        certain = certain and meant[1]
    return " ".join(out), certain


@lru_cache(maxsize=1024)
def _meant(word: str) -> tuple[str, bool] | None:
    if word in _REAL or word in NUMBER_WORDS or is_known(word) or any(word in t for t in _TABLES) or word in _ALSO:
        return None
    near = sorted((found, name) for name in _MEANT if (found := slip(word, name)) is not Slip.FAR)
    first = [name for found, name in near if found is near[0][0]]
    if not near or len({_number(name) for name in first}) > 1:  # "december" and "décembre" are one month
        return None
    return near[0][1], near[0][0] is Slip.KEY


def _number(name: str) -> int | str:
    return next((table[name] for table in _TABLES if name in table), name)


_TABLES = (*MONTHS.values(), *WEEKDAYS.values())
