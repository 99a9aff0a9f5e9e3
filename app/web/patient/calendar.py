"""An appointment for the phone's calendar. Neutral words, because calendars are shared and shown on locked screens."""

from __future__ import annotations

from flask import Response, g
from sqlalchemy.orm import Session

from app.appointments.calendar_file import Entry, calendar_file
from app.appointments.models import Appointment
from app.appointments.rules import REMINDED, AppointmentStatus
from app.conversations.home import place_of
from app.conversations.visit import say_number
from app.core.audit import Actor, record_audit
from app.core.errors import NotFound
from app.core.models import Clinic
from app.core.sealed import keyring
from app.core.tenancy import confine
from app.patients.models import Link
from app.web.patient.blueprint import blueprint
from app.web.patient.door import door
from app.web.shell.here import ground, now, say


@blueprint.get("/p/<token>/<int:appointment_id>.ics")
def calendar(token: str, appointment_id: int) -> Response:
    link = door(token, to="home")
    if isinstance(link, Response):
        return link
    with ground().database.write() as session:
        confine(session, link.clinic_id)
        entry = _entry(session, link, appointment_id)
    answer = Response(calendar_file(entry), content_type="text/calendar; charset=utf-8; method=PUBLISH")
    answer.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return answer


def _entry(session: Session, link: Link, appointment_id: int) -> Entry:
    """Neutral, unless the clinic chose to name itself: setting `calendar_names_clinic`."""
    appointment = session.get(Appointment, appointment_id)
    if appointment is None or appointment.patient_id != link.patient_id:
        raise NotFound
    clinic = session.get_one(Clinic, link.clinic_id)
    names_clinic = clinic.settings.get("calendar_names_clinic", False)
    actor = Actor("patient", link.patient_id, g.get("request_id"))
    record_audit(
        session, "exported", "appointment", appointment.id, actor=actor, now=now(), clinic_id=clinic.id,
        patient_id=link.patient_id,
    )  # fmt: skip
    return Entry(
        uid=keyring().blind_index("calendar", str(appointment.id)),
        start_at=appointment.start_at,
        minutes=appointment.minutes,
        summary=say("Appointment: {clinic}", clinic=clinic.name) if names_clinic else say("Appointment"),
        place=place_of(session, appointment, clinic) if names_clinic else "",
        notes=say("Questions: {phone}.", phone=say_number(clinic.phone)) if names_clinic and clinic.phone else "",
        changed_at=appointment.updated_at,
        is_off=AppointmentStatus(appointment.status) not in REMINDED,
    )
