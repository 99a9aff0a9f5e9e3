"""An agent sends a patient the way to a page: the form begun and not finished, or home. No conversation is changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.conversations import line_words
from app.conversations.line_words import line_of
from app.conversations.send_link import home_link_for, link_for
from app.core.errors import Conflict
from app.core.models import Clinic
from app.intake.store import newest_unfinished
from app.messaging.models import Message
from app.messaging.queue_message import Draft, queue_message
from app.messaging.rules import MessageClass, Priority
from app.patients.models import Patient
from app.patients.store import contact_for

_NO_FORM_SENTENCE = "This patient has no unfinished form. Send a form instead."
_NO_CONTACT_SENTENCE = "This patient has no number that can be reached that way."


def send_page_link(
    session: Session, patient: Patient, *, key: str, ticket_id: int, now: datetime, public_url: str
) -> Message:
    """A text with a new link to the form. The same `key` again sends once. Raises Conflict when there is no form or no
    number."""
    response = newest_unfinished(session, patient.id)
    if response is None:
        raise Conflict(_NO_FORM_SENTENCE)
    line = line_of(session.get_one(Clinic, patient.clinic_id), response.locale)
    body = line_words.form_link(line, link_for(session, response, public_url=public_url, now=now))
    return _text(session, patient, body, response.locale, key=key, ticket_id=ticket_id, now=now)


def send_home_link(
    session: Session, patient: Patient, *, key: str, ticket_id: int, now: datetime, public_url: str
) -> Message:
    """The same with a link to the patient's own page: appointments, forms, messages."""
    line = line_of(session.get_one(Clinic, patient.clinic_id), patient.locale)
    url = home_link_for(session, patient, public_url=public_url, locale=patient.locale, now=now)
    return _text(
        session, patient, line_words.home_link(line, url), patient.locale, key=key, ticket_id=ticket_id, now=now
    )


def _text(
    session: Session, patient: Patient, body: str, locale: str, *, key: str, ticket_id: int, now: datetime
) -> Message:
    contact = contact_for(session, patient, "sms")
    if contact is None:
        raise Conflict(_NO_CONTACT_SENTENCE)
    draft = Draft(
        clinic_id=patient.clinic_id, channel="sms", address=contact.address, body=body, locale=locale,
        class_=MessageClass.CLINICAL, purpose="link", cause=f"link:{key}", priority=Priority.REPLY,
        patient_id=patient.id, contact_point_id=contact.id, ticket_id=ticket_id, obeys_quiet_hours=False,
    )  # fmt: skip
    return queue_message(session, draft, now=now)
