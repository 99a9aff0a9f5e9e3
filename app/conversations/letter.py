"""One text from a patient while it is being handled, and the replies it causes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from sqlalchemy.orm import Session

from app.conversations.models import Conversation
from app.core.models import Clinic
from app.messaging.models import Message
from app.messaging.queue_message import Draft, queue_message
from app.messaging.rules import MessageClass, Priority
from app.patients.models import Patient
from app.patients.store import contact_at, patients_at


@dataclass
class Letter:
    """A stored inbound text and what handling it needs. `speakers` are the patients reached at its address."""

    session: Session
    clinic: Clinic
    message: Message
    text: str
    now: datetime
    public_url: str
    carrier_did: str | None = None  # "stop", "start" or "help": the carrier has acted and answered by itself
    has_attachments: bool = False
    speakers: list[Patient] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    @property
    def address_index(self) -> str:
        return self.message.address_index

    @property
    def speaker(self) -> Patient | None:
        """The patient, when only one can have written. Never a guess."""
        return self.speakers[0] if len(self.speakers) == 1 else None

    @property
    def locale(self) -> str:
        """The language to answer in: the patient's; on a shared phone the one all share; else the clinic's."""
        locales = {patient.locale for patient in self.speakers}
        return locales.pop() if len(locales) == 1 else self.clinic.locale

    def belongs_to(self, conversation: Conversation) -> None:
        """From now on the text stands in this conversation's timeline."""
        self.message.conversation_id = conversation.id
        self.message.patient_id = conversation.patient_id
        self.message.contact_point_id = conversation.contact_point_id
        self.message.appointment_id = conversation.appointment_id

    def reply(
        self, body: str, *, conversation: Conversation | None = None, purpose: str = "reply", needs_consent: bool = True
    ) -> Message:
        """Queue one text back to where this one came from; the same text handled again queues nothing new."""
        patient_id = conversation.patient_id if conversation is not None else self._speaker_id()
        return queue_message(
            self.session,
            Draft(
                clinic_id=self.clinic.id,
                channel="sms",
                patient_id=patient_id,
                contact_point_id=self.message.contact_point_id,
                address=self.message.address,
                body=body,
                locale=conversation.locale if conversation is not None else self.locale,
                class_=MessageClass.REPLY,
                purpose=purpose,
                priority=Priority.REPLY,
                obeys_quiet_hours=False,
                needs_consent=needs_consent,
                cause=f"reply:{self.message.id}:{next(self._numbers)}",
                conversation_id=conversation.id if conversation is not None else None,
                appointment_id=conversation.appointment_id if conversation is not None else None,
            ),
            now=self.now,
        )

    def _speaker_id(self) -> int | None:
        return self.speaker.id if self.speaker is not None else None


def open_letter(
    session: Session,
    clinic: Clinic,
    message: Message,
    *,
    now: datetime,
    public_url: str,
    carrier_did: str | None = None,
    has_attachments: bool = False,
) -> Letter:
    """The text with who may have written it."""
    letter = Letter(
        session=session,
        clinic=clinic,
        message=message,
        text=message.body or "",
        now=now,
        public_url=public_url,
        carrier_did=carrier_did,
        has_attachments=has_attachments,
        speakers=patients_at(session, clinic.id, message.address),
    )
    if letter.speaker is not None:
        message.patient_id = letter.speaker.id
        contact = contact_at(session, letter.speaker, message.address)
        message.contact_point_id = contact.id if contact is not None else None
    return letter
