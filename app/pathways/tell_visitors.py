"""One text to everybody who has a visit in some days: the clinic is closed, the doctor is ill, the road is out.

Whoever has no number that takes texts, or does not want them, is a ticket: a person calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.appointments.store import visits_between
from app.conversations.visit import say_number
from app.core.audit import record_audit
from app.core.ids import new_id
from app.core.locale import language_of
from app.core.models import Clinic
from app.messaging.cancel_messages import cancel_messages
from app.messaging.queue_message import Draft, queue_messages
from app.messaging.quiet_hours import known_zone
from app.messaging.rules import MessageClass, Priority
from app.messaging.store import batched
from app.messaging.template_rules import as_sent
from app.pathways.models import Notice
from app.pathways.written_notice import WrittenNotice
from app.patients.consent import best_contacts
from app.patients.models import ContactPoint, Patient
from app.patients.rules import ConsentPurpose
from app.support.claim_ticket import Hand
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Topic, Urgency
from channels.sms.segments import measure

AT_ONCE = 1_000  # patients looked up together
PRESSING = timedelta(hours=24)  # a visit so near makes a call about it urgent


@dataclass(frozen=True)
class Told:
    """One patient and the number that is texted."""

    visit: Appointment
    patient: Patient
    contact: ContactPoint
    zone: str
    body: str


@dataclass(frozen=True)
class Foreseen:
    """Who would be told in which words, and who would not be."""

    told: list[Told] = field(default_factory=list)
    untold: list[tuple[Appointment, Patient]] = field(default_factory=list)

    @property
    def texts(self) -> list[Told]:
        """Those that are sent: patients who share a phone are told once."""
        return list({(each.contact.address_index, each.body): each for each in reversed(self.told)}.values())

    @property
    def parts(self) -> int:
        return sum(measure(each.body).segments for each in self.texts)

    @property
    def wordings(self) -> list[tuple[str, int]]:
        """Each wording and how many texts have it, the most frequent first."""
        return Counter(each.body for each in self.texts).most_common()


def foresee(session: Session, clinic: Clinic, written: WrittenNotice, now: datetime) -> Foreseen:
    """Everybody with a visit that is still on, by their earliest one from now on. Changes nothing."""
    foreseen = Foreseen()
    begins, ends = _span(clinic, written)
    for some in batched(visits_between(session, clinic.id, max(begins, now), ends, written.site_id), AT_ONCE):
        contacts = best_contacts(
            session, clinic.id, [patient.id for _, patient, _ in some], "sms", ConsentPurpose.REMINDERS
        )
        for visit, patient, site in some:
            contact = contacts.get(patient.id)
            if contact is None:
                foreseen.untold.append((visit, patient))
            else:
                zone = known_zone(patient.zone, site.zone if site else None, clinic.zone)
                foreseen.told.append(Told(visit, patient, contact, zone, _body(clinic, written.words, patient.locale)))
    return foreseen


def tell_visitors(session: Session, clinic: Clinic, written: WrittenNotice, foreseen: Foreseen, hand: Hand) -> Notice:
    """Queue the texts and open the tickets that are foreseen, in the caller's transaction; audited. Bulk: whatever
    answers a patient goes first."""
    begins, ends = _span(clinic, written)
    notice = Notice(
        id=new_id(), clinic_id=clinic.id, staff_id=hand.staff_id, site_id=written.site_id, from_at=begins,
        until_at=ends, texts=len(foreseen.texts), untold=len(foreseen.untold), created_at=hand.now,
    )  # fmt: skip
    notice.words = dict(written.words)
    session.add(notice)
    for visit, patient in foreseen.untold:
        _hand_to_a_person(session, notice, visit, patient, now=hand.now)
    record_audit(
        session, "sent", "notice", notice.id, actor=hand.actor, now=hand.now, clinic_id=clinic.id,
        texts=notice.texts, untold=notice.untold,
    )  # fmt: skip
    session.flush()
    queue_messages(session, [_draft(clinic, notice, each) for each in foreseen.texts], now=hand.now)
    return notice


def stop_notice(session: Session, notice: Notice, hand: Hand) -> int:
    """Take back what has not left; how many that was. The tickets stay: somebody may still want to call."""
    stopped = cancel_messages(session, reason="staff", now=hand.now, notice_id=notice.id)
    if notice.stopped_at is None:
        notice.stopped_at, notice.stopped_by = hand.now, hand.staff_id
        record_audit(
            session, "stopped", "notice", notice.id, actor=hand.actor, now=hand.now, clinic_id=notice.clinic_id,
            texts=stopped,
        )  # fmt: skip
    return stopped


def _span(clinic: Clinic, written: WrittenNotice) -> tuple[datetime, datetime]:
    """From the first midnight to the one after the last day, by the clinic's clock."""
    zone = ZoneInfo(known_zone(clinic.zone))
    begins, ends = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (written.first, written.last + timedelta(days=1))
    )
    return begins, ends


def _body(clinic: Clinic, words: Mapping[str, str], locale: str) -> str:
    """In the patient's language where it was written in that, else in the clinic's."""
    written = words.get(language_of(locale)) or words[language_of(clinic.locale)]
    said = written.format(clinic=clinic.name, phone=say_number(clinic.phone or clinic.sender or ""))
    return as_sent(said, may_be_plain=not clinic.settings.get("keeps_accents", False))


def _draft(clinic: Clinic, notice: Notice, told: Told) -> Draft:
    return Draft(
        clinic_id=clinic.id, channel="sms", address=told.contact.address, address_index=told.contact.address_index,
        purpose="notice", cause=f"notice:{notice.id}:{told.contact.id}", body=told.body,
        class_=MessageClass.REMINDER, priority=Priority.BULK, locale=told.patient.locale,
        patient_id=told.patient.id, contact_point_id=told.contact.id, appointment_id=told.visit.id,
        notice_id=notice.id, not_after=notice.until_at, zone=told.zone,
    )  # fmt: skip


def _hand_to_a_person(session: Session, notice: Notice, visit: Appointment, patient: Patient, *, now: datetime) -> None:
    open_ticket(
        session,
        clinic_id=notice.clinic_id,
        reason=TicketReason.LADDER_RAN_OUT,
        urgency=Urgency.SOON if visit.start_at - now < PRESSING else Urgency.ROUTINE,
        cause=f"notice:{notice.id}:{patient.id}",
        locale=patient.locale,
        now=now,
        patient_id=patient.id,
        appointment_id=visit.id,
        topic=Topic.SCHEDULING,
        why="notice",
    )
