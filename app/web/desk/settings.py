"""Settings of the desk, for administrators: its hours, its queues, whose phone rings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.core.holidays import WEEKDAYS, provincial_holidays
from app.core.models import Clinic
from app.support.calendars import DEFAULT_WEEK
from app.support.change_desk import change_hours, change_on_call
from app.support.claim_ticket import Hand
from app.support.store import queues_of
from app.support.written_hours import Wrong, read_hours, read_numbers, write_day
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import act_once, new_key, text_of
from app.web.desk.listing import queue_words
from app.web.desk.settings_words import DAY_SENTENCES, PROVINCE_SENTENCES, hours_words, queue_lines
from app.web.desk.tickets import tag_of
from app.web.desk.words import TOLD_SENTENCES
from app.web.shell.database import clinic_read
from app.web.shell.here import now, viewer
from app.web.shell.words import day_words

COMING = timedelta(days=200)  # how far ahead holidays are shown


@blueprint.get("/settings")
def settings() -> str:
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        return _page(session, clinic, _hours_fields(clinic), clinic.settings)


@blueprint.post("/settings", endpoint="settings_hours")
def save_hours() -> Response:
    written = read_hours(request.form)
    if written.wrong or text_of("preview"):
        with clinic_read() as session:
            clinic = session.get_one(Clinic, viewer().clinic_id)
            settings = {**clinic.settings, **written.settings} if not written.wrong else clinic.settings
            page = _page(session, clinic, request.form, settings, wrong=written.wrong, is_preview=True)
        return make_response(page, 400 if written.wrong else 200)

    def act(session: Session, mine: Hand) -> str:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        still_as_seen(_seen(clinic))
        change_hours(session, clinic, written.settings, actor=mine.actor, now=mine.now)
        return url_for("desk.settings", told="settings_saved")

    return act_once(act)


@blueprint.get("/settings/on-call", endpoint="settings_on_call")
def on_call() -> str:
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        return _on_call_page(session, clinic, {})


@blueprint.post("/settings/on-call", endpoint="settings_on_call_save")
def save_on_call() -> Response:
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        read = {name: read_numbers(text_of(name)) for name in _phone_fields(session)}
        wrong = {name: each for name, each in read.items() if isinstance(each, Wrong)}
        if wrong:
            return make_response(_on_call_page(session, clinic, wrong), 400)
    numbers = {name: each for name, each in read.items() if not isinstance(each, Wrong)}

    def act(session: Session, mine: Hand) -> str:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        by_queue = {each.id: numbers[f"queue-{each.id}"] for each in queues_of(session, clinic.id)}
        change_on_call(session, clinic, numbers["clinic"], by_queue, actor=mine.actor, now=mine.now)
        return url_for("desk.settings", told="settings_saved")

    return act_once(act)


def seen_tag(*shown: object) -> str:
    """Of what a form was made from."""
    return tag_of(*shown).strip('"')


def still_as_seen(tag: str) -> None:
    """The form was made from what still stands; else somebody would undo a colleague's change without seeing it."""
    if text_of("seen") != tag:
        raise Conflict


def _page(
    session: Session, clinic: Clinic, fields: Any, settings: Any, *, wrong: Any = None, is_preview: bool = False
) -> str:
    today = now().date()
    holidays = provincial_holidays(clinic.province)
    return render_template(
        "desk/settings.html",
        key=new_key(),
        seen=_seen(clinic),
        days=DAY_SENTENCES,
        fields=fields,
        wrong=wrong or {},
        is_preview=is_preview,
        effect=hours_words(settings, clinic),
        province=PROVINCE_SENTENCES.get(clinic.province or ""),
        holidays=[day_words(day) for day in sorted(holidays) if today <= day <= today + COMING],
        queues=queue_lines(session, clinic),
        told=TOLD_SENTENCES.get(request.args.get("told", "")),
    )


def _hours_fields(clinic: Clinic) -> dict[str, str]:
    """As they would be typed."""
    week = clinic.settings.get("desk_hours") or DEFAULT_WEEK
    days = {day: write_day(week.get(day, ())) for day in WEEKDAYS}
    dates = {name: "\n".join(clinic.settings.get(name, ())) for name in ("closed_on", "open_on")}
    return {**days, **dates}


def _seen(clinic: Clinic) -> str:
    return seen_tag(_hours_fields(clinic))


def _on_call_page(session: Session, clinic: Clinic, wrong: dict[str, Wrong]) -> str:
    queues = queues_of(session, clinic.id)
    kept = {"clinic": clinic.settings, **{f"queue-{each.id}": each.settings for each in queues}}
    fields = {name: "\n".join(settings.get("on_call", ())) for name, settings in kept.items()}
    return render_template(
        "desk/settings_on_call.html",
        key=new_key(),
        fields={name: text_of(name) for name in fields} if wrong else fields,
        queues=[(f"queue-{each.id}", queue_words(each)) for each in queues],
        wrong=wrong,
    )


def _phone_fields(session: Session) -> list[str]:
    return ["clinic", *(f"queue-{each.id}" for each in queues_of(session, viewer().clinic_id))]
