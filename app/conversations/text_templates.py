"""Every sentence of ours that leaves as a text, filled for one clinic: for the check, and to show what each costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from app.conversations import appointment_words, line_words
from app.conversations.choices import Choice
from app.conversations.emergency_words import emergency_words
from app.conversations.line_words import line_of
from app.conversations.visit import Visit, say_number
from app.core.models import Clinic

A_LONG_DAY = datetime(2026, 9, 23, 18, 45, tzinfo=UTC)  # Wednesday, September 23; mercredi 23 septembre
A_LINK = "https://clinic.example/l/" + "x" * 27


def texts_of(clinic: Clinic, locale: str, *, place: str = "") -> Mapping[str, str]:
    """By name, as a patient of this clinic would read them."""
    line, visit = line_of(clinic, locale), _visit(clinic, locale, place)
    return {
        "reminder": appointment_words.ask(visit),
        "recall": appointment_words.recall(visit, is_confirmed=False),
        "recall, confirmed": appointment_words.recall(visit, is_confirmed=True),
        "confirmed": appointment_words.confirmed(visit),
        "confirmed before": appointment_words.already_confirmed(visit),
        **{f"passed on, {choice.value}": appointment_words.passed_on(visit, choice) for choice in _PASSED_ON},
        "move or cancel?": appointment_words.ask_move_or_cancel(visit),
        "not read": appointment_words.not_read(visit, 1),
        "not read again": appointment_words.not_read(visit, 2),
        "handed over": appointment_words.handed_over(visit),
        "moved since": appointment_words.moved_since(visit),
        "no longer booked": appointment_words.no_longer_booked(visit),
        "stopped": line_words.stopped(line),
        "started": line_words.started(line),
        "help": line_words.about(line),
        "read by a person": line_words.read_by_person(line),
        "came late": line_words.came_late(line),
        "wrong number": line_words.wrong_number(line),
        "empty": line_words.empty(line),
        "too long": line_words.too_long(line),
        "no pictures": line_words.no_pictures(line),
        "link": line_words.link(line, A_LINK),
        "home link": line_words.home_link(line, A_LINK),
        "unknown number": line_words.unknown_number(line),
        "form, first words": line_words.form_intro(line),
        "form, link": line_words.form_link(line, A_LINK),
        "emergency": emergency_words(clinic, locale),
    }


_PASSED_ON = (Choice.MOVE, Choice.CANCEL, Choice.PERSON)


def _visit(clinic: Clinic, locale: str, place: str) -> Visit:
    phone = say_number(clinic.phone or clinic.sender or "")
    return Visit(clinic.name, place, phone, start_at=A_LONG_DAY, zone=clinic.zone, locale=locale)
