"""What to do now, said by the clinic when a red flag brings no words of its own or a text raises an alarm."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.conversations.alarm_words import Alarm
from app.conversations.models import Conversation
from app.conversations.speak import Errand, say_to
from app.core.locale import translator
from app.core.models import Clinic
from app.messaging.rules import MessageClass, Priority
from app.patients.models import ContactPoint, Patient
from app.patients.store import contact_for
from forms.languages import match_language

GOOD_FOR = timedelta(hours=1)


def say_emergency_words(session: Session, conversation: Conversation, *, cause: str, now: datetime) -> None:
    """A text at once, day or night, on the number of the conversation. The same `cause` again says nothing new."""
    contact = _contact(session, conversation)
    if contact is None:
        return
    words = emergency_words(session.get_one(Clinic, conversation.clinic_id), conversation.locale)
    errand = Errand(
        cause=cause, purpose="emergency", class_=MessageClass.URGENT, priority=Priority.URGENT,
        not_after=now + GOOD_FOR, obeys_quiet_hours=False,
    )  # fmt: skip
    say_to(session, conversation, contact, [words], errand, now=now)


def emergency_words(clinic: Clinic, locale: str, alarm: Alarm = Alarm.DANGER) -> str:
    """The clinic's own wording in the patient's language (`emergency_words` {"fr": "..."}), else ours."""
    own = clinic.settings.get("emergency_words", {})
    found = match_language(locale, tuple(own))
    if found is not None:
        return str(own[found])
    say = translator(locale)
    told = say("If this is an emergency, call 911 now. Someone from {clinic} has been told.").format(clinic=clinic.name)
    if alarm is Alarm.SELF_HARM:
        return told + " " + say("You can also call or text 988 at any hour: someone will listen.")
    return told


def _contact(session: Session, conversation: Conversation) -> ContactPoint | None:
    if conversation.contact_point_id is not None:
        return session.get(ContactPoint, conversation.contact_point_id)
    patient = session.get(Patient, conversation.patient_id) if conversation.patient_id else None
    return contact_for(session, patient, "sms") if patient else None
