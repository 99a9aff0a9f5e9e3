"""A new link by text for whoever holds one that has expired: at most one a day, only to the phone the clinic knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.conversations import line_words
from app.conversations.send_link import home_link_for, link_for
from app.core.models import Clinic
from app.intake.models import Response
from app.intake.rules import ResponseStatus
from app.messaging.queue_message import Draft, queue_message
from app.patients.links import link_behind
from app.patients.models import Link, Patient
from app.patients.rules import PatientStatus, may_be_contacted
from app.patients.store import contact_for


@dataclass(frozen=True)
class Behind:
    """The clinic a link belonged to: its phone, the number its texts come from (both E.164), the link's language."""

    phone: str | None
    sender: str | None
    locale: str


def clinic_behind(session: Session, token: str) -> Behind | None:
    """Whose link this is or was; None for one that never was."""
    link = link_behind(session, token)
    if link is None:
        return None
    clinic = session.get_one(Clinic, link.clinic_id)
    return Behind(clinic.phone, clinic.sender, link.locale)


def renew_link(session: Session, token: str, *, public_url: str, now: datetime) -> None:
    """Text a new link when the old one has expired: to its form while that is open, else home. Asked again within a
    day: nothing more.

    A revoked link is not renewed: somebody closed it, or somebody tried too often.
    """
    link = link_behind(session, token)
    if link is None or link.revoked_at is not None or link.expires_at > now:
        return
    session.refresh(link, with_for_update=True)
    patient = session.get_one(Patient, link.patient_id)
    contact = contact_for(session, patient, "sms")
    today = now.date().isoformat()
    may_be_told = may_be_contacted(PatientStatus(patient.status)) and link.details.get("renewed_on") != today
    if contact is None or not may_be_told:
        return
    link.details = {**link.details, "renewed_on": today}
    body = _words(session, link, patient, public_url=public_url, now=now)
    draft = _draft(link, contact.id, contact.address, body=body, cause=f"renewed_link:{link.id}:{today}")
    queue_message(session, draft, now=now)


def _words(session: Session, link: Link, patient: Patient, *, public_url: str, now: datetime) -> str:
    line = line_words.line_of(session.get_one(Clinic, link.clinic_id), link.locale)
    response = session.get_one(Response, link.response_id) if link.response_id is not None else None
    if response is not None and response.status == ResponseStatus.IN_PROGRESS:
        return line_words.form_link(line, link_for(session, response, public_url=public_url, now=now))
    also = link.details.get("also", [])
    url = home_link_for(session, patient, public_url=public_url, locale=link.locale, now=now, also=also)
    return line_words.home_link(line, url)


def _draft(link: Link, contact_point_id: int, address: str, *, body: str, cause: str) -> Draft:
    return Draft(
        clinic_id=link.clinic_id,
        channel="sms",
        address=address,
        purpose="link",
        cause=cause,
        body=body,
        locale=link.locale,
        patient_id=link.patient_id,
        contact_point_id=contact_point_id,
        obeys_quiet_hours=False,
    )
