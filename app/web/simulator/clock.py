"""The clock of the simulator: what it shows, and pushing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import abort, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.core.models import Clinic
from app.demo.walk import next_due_step
from app.web.shell.here import ground, house
from app.web.shell.row_numbers import row_number
from app.web.simulator import blueprint
from app.web.simulator.parts import part
from app.web.simulator.people import person

MORNING_HOUR = 8


@dataclass(frozen=True)
class ClockFace:
    """What the clock shows, in the clinic's zone."""

    now: datetime
    zone: str
    target: datetime | None
    next_step: datetime | None


def clock_face() -> ClockFace:
    walk, now = house().walk, ground().clock.now()
    with ground().database.read() as session:
        return ClockFace(now, _clinic_zone(session), walk.target() if walk else None, next_due_step(session, after=now))


@blueprint.get("/clock")
def clock() -> Response:
    """The part of the page that shows the time, for one phone or for all."""
    asked = request.args.get("who", "")
    if not asked:
        return part("simulator/hands.html", clock=clock_face())
    patient_id = row_number(asked) or 0
    with ground().database.write() as session:
        who = person(session, patient_id, now=ground().clock.now())
    return part("simulator/hands.html", clock=clock_face(), who=who) if who else abort(404)


@blueprint.post("/clock")
def push_clock() -> Response:
    """Push the clock: to the next due step, an hour on, or to the next morning in the clinic's zone."""
    walk = house().walk
    if walk is None:
        abort(404)
    patient_id = row_number(request.form.get("back", ""))
    walk.set_out(_target(request.form.get("step", ""), ground().clock.now(), patient_id=patient_id))
    return redirect(url_for(".phone", patient_id=patient_id) if patient_id else url_for(".index"), code=303)


def _target(step: str, now: datetime, *, patient_id: int | None) -> datetime:
    if step == "hour":
        return now + timedelta(hours=1)
    if step == "morning":
        return _next_morning(now)
    with ground().database.read() as session:
        due = next_due_step(session, after=now, patient_id=patient_id if step == "theirs" else None)
    return (due or now) + timedelta(seconds=1)


def _next_morning(now: datetime) -> datetime:
    with ground().database.read() as session:
        local = now.astimezone(ZoneInfo(_clinic_zone(session)))
    morning = local.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)


def _clinic_zone(session: Session) -> str:
    return session.scalar(select(Clinic.zone).limit(1)) or "America/Toronto"
