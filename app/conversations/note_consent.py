"""What a patient told staff about being reached: consent given, or withdrawn. Withdrawing is one step: what waits is
ended (also what a runner holds and has not handed over), nothing more is asked, and nothing of theirs goes to the
record when they said so of everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.hold import end
from app.conversations.rules import ConversationKind, ConversationState
from app.conversations.store import open_of_patient
from app.core.audit import Actor, record_audit
from app.messaging.end_message import end_message
from app.messaging.gate import consent_purpose
from app.messaging.models import Message
from app.messaging.rules import NOT_YET_HANDED_OVER, MessageState
from app.messaging.store import in_state, is_in_line
from app.patients.consent import NO_CONSENT, is_agreed, record_consent
from app.patients.models import Consent, Patient
from app.patients.rules import ANY, ConsentPurpose, ConsentStatus
from app.patients.store import lock_patient
from app.patients.told_phones import CHANNEL as PAGE
from app.patients.told_phones import tell_no_more


@dataclass(frozen=True)
class Said:
    """Of which channel and purpose ("any": all), how they said it (a code), in which language."""

    status: ConsentStatus
    channel: str
    purpose: str
    wording: str
    locale: str


def note_consent(session: Session, patient: Patient, said: Said, *, actor: Actor, now: datetime) -> Consent:
    """Keep the act, audited; a withdrawal holds for everything from this commit on."""
    lock_patient(session, patient.id)
    act = record_consent(
        session, patient, status=said.status, wording=said.wording, source="staff", now=now, channel=said.channel,
        purpose=said.purpose, locale=said.locale, staff_id=actor.id,
    )  # fmt: skip
    record_audit(
        session, "changed", "consent", act.id, actor=actor, now=now, clinic_id=patient.clinic_id,
        patient_id=patient.id, status=said.status, channel=said.channel, purpose=said.purpose,
    )  # fmt: skip
    if said.status is ConsentStatus.WITHDRAWN:
        _end_messages(session, patient, now)
        _end_conversations(session, patient, said, now)
        if not is_agreed(session, patient.id, PAGE, ConsentPurpose.CARE):
            tell_no_more(session, patient, actor=actor, now=now)
    return act


def _end_messages(session: Session, patient: Patient, now: datetime) -> None:
    """A runner that has claimed one finds at its fenced marker that it is no longer to be sent."""
    wanted = (
        select(Message)
        .where(
            Message.patient_id == patient.id,
            Message.needs_consent,
            is_in_line(),
            in_state(*NOT_YET_HANDED_OVER),
        )
        .order_by(Message.created_at, Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    waiting = list(session.scalars(wanted))
    refused = _not_agreed(session, patient, {(each.channel, consent_purpose(each.purpose)) for each in waiting})
    for message in waiting:
        if (message.channel, consent_purpose(message.purpose)) in refused:
            end_message(session, message, MessageState.SUPPRESSED, NO_CONSENT, now=now)


def _end_conversations(session: Session, patient: Patient, said: Said, now: datetime) -> None:
    """Nothing is asked any more by text or call. What a person holds stays with that person; a page the patient opened
    is their own."""
    for conversation in open_of_patient(session, patient.id):
        about = _ABOUT.get(conversation.kind, ConsentPurpose.CARE)
        is_meant = conversation.state != ConversationState.HELD and conversation.channel != PAGE
        is_meant = is_meant and said.channel in (conversation.channel, ANY)
        if is_meant and _not_agreed(session, patient, [(conversation.channel, about)]):
            end(conversation, ConversationState.STOPPED, now=now, reason=NO_CONSENT)


_ABOUT: Mapping[str, ConsentPurpose] = {
    ConversationKind.APPOINTMENT: ConsentPurpose.REMINDERS,
    ConversationKind.QUESTIONNAIRE: ConsentPurpose.FORMS,
}


def _not_agreed(session: Session, patient: Patient, what: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(channel, purpose) for channel, purpose in what if not is_agreed(session, patient.id, channel, purpose)}
