"""How pages write times and numbers: relative at a glance, exact on demand, in the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from flask import Flask
from markupsafe import Markup

from app.core.locale import catalogue_for, formatting_locale
from app.web.shell.here import locale, now, say

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def install_words(app: Flask) -> None:
    app.jinja_env.filters.update(ago=ago, exact=exact, clock_time=clock_time, until=until, shown=shown)


def ago(moment: datetime, zone: str) -> Markup:
    """`8 min` with the exact local time on demand."""
    return _time(moment, zone, _span(now() - moment))


def until(moment: datetime, zone: str) -> Markup:
    """How long is left, or how late it is."""
    left = moment - now()
    words = say("due in {span}") if left >= timedelta() else say("late by {span}")
    return _time(moment, zone, words.format(span=_span(abs(left))))


def exact(moment: datetime, zone: str) -> str:
    spoken = formatting_locale(catalogue_for(locale()))
    return format_datetime(moment.astimezone(ZoneInfo(zone)), "EEE d MMM, HH:mm", locale=spoken)


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
