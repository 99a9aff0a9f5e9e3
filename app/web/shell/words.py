"""How pages write times and numbers: relative at a glance, exact on demand, in the reader's language."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_location
from flask import Flask
from markupsafe import Markup

from app.core.locale import catalogue_for, formatting_locale, language_of
from app.web.shell.here import locale, now, say

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def install_words(app: Flask) -> None:
    app.jinja_env.filters.update(
        ago=ago,
        exact=exact,
        clock_time=clock_time,
        until=until,
        shown=shown,
        lasting=lasting,
        number=number,
        language=language_words,
        town=town,
    )


def ago(moment: datetime, zone: str) -> Markup:
    """`8 min ago` with the exact local time on demand."""
    if now() - moment < timedelta(minutes=1):
        return _time(moment, zone, say("just now"))
    spoken = formatting_locale(catalogue_for(locale()))
    words = format_timedelta(moment - now(), granularity="minute", format="short", add_direction=True, locale=spoken)
    return _time(moment, zone, words)


def lasting(moment: datetime, zone: str) -> Markup:
    """`8 min`: how long it has been."""
    return _time(moment, zone, _span(now() - moment))


def number(address: str) -> str:
    """A North American number in groups; any other as it is."""
    grouped = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", address)
    return "{} {}-{}".format(*grouped.groups()) if grouped else address


def language_words(tag: str) -> str:
    """The language's name in the reader's own, else its code."""
    spoken = formatting_locale(catalogue_for(locale()))
    return str(spoken.languages.get(language_of(tag), tag))


def town(zone: str) -> str:
    """The town whose clock it is: `Toronto` of America/Toronto."""
    return get_timezone_location(ZoneInfo(zone), locale=formatting_locale(catalogue_for(locale())), return_city=True)


def until(moment: datetime, zone: str) -> Markup:
    """How long is left, or how late it is."""
    left = moment - now()
    words = say("due in {span}") if left >= timedelta() else say("late by {span}")
    return _time(moment, zone, words.format(span=_span(abs(left))))


def exact(moment: datetime, zone: str) -> str:
    spoken = formatting_locale(catalogue_for(locale()))
    return format_datetime(moment.astimezone(ZoneInfo(zone)), "EEE d MMM, HH:mm", locale=spoken)


def day_words(day: date) -> str:
    """A day of the calendar in the reader's language: `25 December 2026`."""
    return format_date(day, "long", locale=formatting_locale(catalogue_for(locale())))


def clock_time(moment: datetime, zone: str) -> str:
    spoken = formatting_locale(catalogue_for(locale()))
    return format_datetime(moment.astimezone(ZoneInfo(zone)), "HH:mm", locale=spoken)


def shown(text: str) -> str:
    """A patient's words as they are, with characters that turn the reading direction made visible."""
    return "".join(f"[U+{ord(each):04X}]" if each in _TURNING else each for each in text)


def _span(length: timedelta) -> str:
    spoken = formatting_locale(catalogue_for(locale()))
    if abs(length) < timedelta(minutes=1):
        return say("under a minute")
    return format_timedelta(length, granularity="minute", format="short", threshold=1.5, locale=spoken)


def _time(moment: datetime, zone: str, words: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), exact(moment, zone), words)
