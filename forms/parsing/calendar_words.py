"""Names of months and weekdays, as they are said and as they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MONTH_NAMES = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "fr": (
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
}
WEEKDAY_NAMES = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}

_MONTHS = {
    "en": (
        "january jan january janurary januery",
        "february feb febuary febrary feburary februrary",
        "march mar",
        "april apr apirl aprl",
        "may",
        "june jun",
        "july jul",
        "august aug agust",
        "september sept sep setember septembre",
        "october oct octber",
        "november nov novemeber novembr",
        "december dec decembre desember",
    ),
    "fr": (
        "janvier janv jan",
        "fevrier fevr fev feb",
        "mars",
        "avril avr",
        "mai",
        "juin",
        "juillet juil juill juiellet julliet juliet",
        "aout",
        "septembre sept sep",
        "octobre oct",
        "novembre nov",
        "decembre dec",
    ),
}
_WEEKDAYS = {
    "en": (
        "monday mon mondays",
        "tuesday tue tues teusday tusday tuesdays",
        "wednesday wed weds wensday wednsday wendesday wendsday wedensday wednesdays",
        "thursday thu thur thurs thrusday thursdays",
        "friday fri fryday fridays",
        "saturday sat saterday saturdays",
        "sunday sun sundays",
    ),
    "fr": (
        "lundi lun",
        "mardi",
        "mercredi mer merc mecredi mercerdi",
        "jeudi jeu",
        "vendredi ven vend vendedi",
        "samedi sam",
        "dimanche dim",
    ),
}
# In the other language these mean something else: "mon" is "my", "mar" may be "mardi", "sun" and "sat" are plain words.
_ONLY_AT_HOME = frozenset(["mon", "sun", "sat", "mar", "mer", "sam", "dim", "jan", "sep"])


def _numbered(rows: tuple[str, ...]) -> dict[str, int]:
    return {word: number for number, row in enumerate(rows, start=1) for word in row.split()}


def _per_language(tables: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, int]]:
    """Each language's own words first, then those of the other that cannot be mistaken."""
    merged = {}
    for own, rows in tables.items():
        other = {
            word: number for lang, lines in tables.items() if lang != own for word, number in _numbered(lines).items()
        }
        merged[own] = {word: n for word, n in other.items() if word not in _ONLY_AT_HOME} | _numbered(rows)
    return merged


MONTHS = _per_language(_MONTHS)
"""Per language, a folded word to the number of its month."""
WEEKDAYS = {lang: {word: n - 1 for word, n in table.items()} for lang, table in _per_language(_WEEKDAYS).items()}
"""Per language, a folded word to the number of its weekday, Monday being 0."""
