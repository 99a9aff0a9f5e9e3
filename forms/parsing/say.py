"""Values in words, to read back: "37,8", "mardi 12 mars 2027", "3:30 p.m.". Plain figures in other languages."""

from __future__ import annotations

from datetime import date

from forms.parsing.calendar_words import MONTH_NAMES, WEEKDAY_NAMES


def language(locale: str) -> str:
    """ "fr" for every kind of French, "en" for English, otherwise the first subtag."""
    return locale.replace("_", "-").split("-", maxsplit=1)[0].lower()


def boolean(value: bool, locale: str) -> str:  # noqa: FBT001 (it is the value that is said)
    yes, no = ("oui", "non") if language(locale) == "fr" else ("yes", "no")
    return yes if value else no


def number(value: float, locale: str) -> str:
    """The figure as it is written in that language, without grouping: 1234.5 is "1234,5" in French."""
    figure = f"{value:.6f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))
    return figure.replace(".", ",") if language(locale) == "fr" else figure


def quantity(value: float, unit: str | None, locale: str) -> str:
    return f"{number(value, locale)} {unit}" if unit else number(value, locale)


def day(iso: str, locale: str) -> str:
    """An ISO date, whole or partial, in words with its weekday, so that a slip shows."""
    spoken = language(locale)
    months = MONTH_NAMES.get(spoken)
    if months is None or len(iso) == 4:
        return iso
    if len(iso) == 7:
        return f"{months[int(iso[5:]) - 1]} {iso[:4]}"
    when = date.fromisoformat(iso)
    weekday, month = WEEKDAY_NAMES[spoken][when.weekday()], months[when.month - 1]
    if spoken == "fr":
        return f"{weekday} {'1er' if when.day == 1 else when.day} {month} {when.year}"
    return f"{weekday}, {month} {when.day}, {when.year}"


def time_of_day(iso: str, locale: str) -> str:
    """ "15:30:00" as "3:30 p.m." or "15 h 30"."""
    hour, minute = int(iso[:2]), int(iso[3:5])
    spoken = language(locale)
    if spoken == "fr":
        return {"00:00": "minuit", "12:00": "midi"}.get(iso[:5], f"{hour} h {minute:02}" if minute else f"{hour} h")
    if spoken != "en":
        return iso[:5]
    if iso[:5] in ("00:00", "12:00"):
        return "noon" if hour else "midnight"
    return f"{hour % 12 or 12}:{minute:02} {'a.m.' if hour < 12 else 'p.m.'}"


def moment(iso: str, locale: str) -> str:
    """A date with its time of day, when it has one."""
    if "T" not in iso:
        return day(iso, locale)
    joined = " à " if language(locale) == "fr" else " at "
    return joined.join((day(iso[:10], locale), time_of_day(iso[11:], locale)))
