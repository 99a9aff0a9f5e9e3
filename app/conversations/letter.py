"""One text from a patient while it is being handled, and the replies it causes: stored together at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from app.conversations.models import Conversation
from app.core.locale import language_of
from app.core.models import Clinic
from app.messaging.models import Message
from app.messaging.queue_message import Draft, drafted
from app.messaging.receive_message import store_message
from app.messaging.rules import MessageClass, MessageState, Priority
from app.messaging.senders import carrier_of
from app.patients.models import ContactPoint, Patient
from app.patients.store import contact_at, patients_at
from channels.sms.keywords import ConsentWord, consent_word, line_language


@dataclass
class Letter:
    """An inbound text and what handling it needs. It is stored by `settle`, once, with all its replies."""

    session: Session
    clinic: Clinic
    message: Message
    text: str
    now: datetime
    public_url: str
    carrier_did: str | None = None  # "stop", "start" or "help": the carrier has acted and answered by itself
    has_attachments: bool = False
    conversation: Conversation | None = None  # the one it turned out to belong to
    replies: list[dict[str, Any]] = field(default_factory=list)  # messages by attribute

    @property
    def address_index(self) -> str:
        return self.message.address_index

    @cached_property
    def consent_word(self) -> ConsentWord | None:
        """What is asked of the line itself, if the text is such a word."""
        return consent_word(self.text)

    @cached_property
    def speakers(self) -> list[Patient]:
        """The patients reached at this address."""
        return patients_at(self.session, self.clinic.id, self.message.address)

    @cached_property
    def contact(self) -> ContactPoint | None:
        """The speaker's contact point, when only one patient can have written."""
        return contact_at(self.session, self.speakers[0], self.message.address) if len(self.speakers) == 1 else None

    @property
    def patient_id(self) -> int | None:
        """The patient, when only one can have written. Never a guess."""
        if self.conversation is not None:
            return self.conversation.patient_id
        return self.speakers[0].id if len(self.speakers) == 1 else None

    @property
    def contact_point_id(self) -> int | None:
        if self.conversation is not None:
            return self.conversation.contact_point_id
        return self.contact.id if self.contact is not None else None

    @property
    def locale(self) -> str:
        """The language to answer in: the patient's; on a shared phone the one all share; else that of the words by
        which the line was closed, opened or refused; else the clinic's."""
        if self.conversation is not None:
            return self.conversation.locale
        locales = {patient.locale for patient in self.speakers}
        return locales.pop() if len(locales) == 1 else self._locale_of_words

    @cached_property
    def _locale_of_words(self) -> str:
        language = line_language(self.text)
        known = [self.clinic.locale, *sorted({patient.locale for patient in self.speakers})]
        if language is None:
            return self.clinic.locale
        return next((locale for locale in known if language_of(locale) == language), language)

    def belongs_to(self, conversation: Conversation) -> None:
        """From now on the text stands in this conversation's timeline."""
        self.conversation = conversation

    def settle(self) -> None:
        """The text is handled: it is stored, with whose it was and what is answered. Raises AlreadyReceived."""
        message, conversation = self.message, self.conversation
        message.patient_id, message.contact_point_id = self.patient_id, self.contact_point_id
        if conversation is not None:
            message.conversation_id, message.appointment_id = conversation.id, conversation.appointment_id
        message.state, message.updated_at = MessageState.HANDLED, self.now
        store_message(self.session, message, self.replies)

    def reply(self, body: str, *, purpose: str = "reply", needs_consent: bool = True) -> None:
        """One text back to where this one came from, queued when this one is stored."""
        conversation = self.conversation
        draft = Draft(
            clinic_id=self.clinic.id,
            channel="sms",
            patient_id=self.patient_id,
            contact_point_id=self.contact_point_id,
            address=self.message.address,
            address_index=self.address_index,
            sender=self.message.sender if carrier_of(self.clinic.settings, self.message.sender) else None,
            body=body,
            locale=self.locale,
            class_=MessageClass.REPLY,
            purpose=purpose,
            priority=Priority.REPLY,
            obeys_quiet_hours=False,
            needs_consent=needs_consent,
            may_be_plain=purpose != "question" and not self.clinic.settings.get("keeps_accents", False),
            cause=f"reply:{self.message.id}:{len(self.replies)}",
            conversation_id=conversation.id if conversation is not None else None,
            appointment_id=conversation.appointment_id if conversation is not None else None,
        )
        self.replies.append(drafted(draft, now=self.now))
