"""A person answers the patient: still the holder's ticket, nothing new unread, consent, then one message that waits
ten seconds so that it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.core.errors import Conflict, NotAllowed, ShapeWrong
from app.core.models import Clinic
from app.messaging.cancel_messages import cancel_messages
from app.messaging.models import Message
from app.messaging.queue_message import Draft, queue_message
from app.messaging.rules import MessageClass, Priority
from app.patients.consent import may_reach
from app.patients.models import ContactPoint, Patient
from app.patients.store import address_index, contact_for
from app.support.claim_ticket import Hand, keep_ticket
from app.support.deadlines import wait_for_answer
from app.support.models import Queue, Ticket, TicketEvent
from app.support.reply_on_page import PAGE, is_of_page, page_address, put_on_page, take_off_page
from app.support.rules import UNDO_S, EventKind, is_live_exchange
from app.support.store import add_event, answers_standing, drop_draft, last_words

LONGEST = 1600  # characters; ten parts of a text is more than anyone reads
GOOD_FOR = timedelta(hours=24)  # a reply older than that no longer answers anything
_NEW_WORDS_SENTENCE = "The patient has written since you opened this page. Read it, then send."
_NO_WAY_SENTENCE = "There is no number we may text. Call the patient, or note what you did."
_REFUSED_SENTENCES = {
    "opted_out": "The patient asked us to stop texting this number (STOP). Call instead.",
    "no_consent": "There is no consent to text this patient. Call instead.",
    "patient_deceased": "The record says this patient has died. Nothing was sent.",
}

_TO_THE_PAGE = frozenset({_NO_WAY_SENTENCE, _REFUSED_SENTENCES["opted_out"], _REFUSED_SENTENCES["no_consent"]})


@dataclass(frozen=True)
class Reply:
    """`key` makes sending the same form twice one reply; `seen_id` is the newest of the patient's words on the page."""

    body: str
    key: str
    seen_id: int | None = None


@dataclass(frozen=True)
class Target:
    """Where a reply goes."""

    address: str
    address_index: str
    contact_point_id: int | None
    is_page: bool = False


def reply_to_patient(session: Session, ticket_id: int, reply: Reply, hand: Hand) -> Message:
    """The queued message. Raises Conflict (not yours, words unread), NotAllowed (no consent), ShapeWrong (empty)."""
    ticket = keep_ticket(session, ticket_id, hand)
    body = _readable(reply.body)
    words = last_words(session, ticket)
    if words is not None and reply.seen_id is not None and words.id != reply.seen_id:
        raise Conflict(_NEW_WORDS_SENTENCE)
    message = _queue(session, ticket, body=body, key=reply.key, is_live=_is_live(words, hand), hand=hand)
    _count_answer(session, ticket, message, hand)
    drop_draft(session, ticket.id, hand.staff_id)
    return message


def undo_reply(session: Session, ticket_id: int, message_id: int, hand: Hand) -> str | None:
    """Take a reply back while it still waits; its words, to go on editing. None when it already left."""
    ticket = keep_ticket(session, ticket_id, hand)
    message = session.get(Message, message_id)
    if message is None or message.ticket_id != ticket.id:
        return None
    is_back = cancel_messages(session, reason="undone", now=hand.now, message_id=message_id)
    if not (is_back or take_off_page(session, message_id, now=hand.now)):
        return None
    add_event(session, ticket, EventKind.REPLY_UNDONE, now=hand.now, staff_id=hand.staff_id, message_id=message_id)
    session.flush()
    _uncount_answer(session, ticket)
    return str(message.body)


def target_of(session: Session, ticket: Ticket) -> Target | None:
    """Where a reply goes: as a text, when one may go; else to the page on which the patient wrote last."""
    number = number_of(session, ticket)
    if ticket.patient_id is not None and _why_no_text(session, ticket, number) in _TO_THE_PAGE:
        words = _last_message(session, ticket)
        if words is not None and is_of_page(words):
            address = page_address(ticket.patient_id)
            return Target(address, address_index(address), None, is_page=True)
    return number


def number_of(session: Session, ticket: Ticket) -> Target | None:
    """The number this ticket is about: its own contact point, the patient's best one, or whoever wrote last."""
    point = session.get(ContactPoint, ticket.contact_point_id) if ticket.contact_point_id else None
    if point is None and ticket.patient_id is not None:
        point = contact_for(session, session.get_one(Patient, ticket.patient_id), "sms")
    if point is not None:
        return Target(point.address, point.address_index, point.id)
    message = _last_message(session, ticket)
    if message is None or message.address.startswith(f"{PAGE}:"):
        return None
    return Target(message.address, message.address_index, None)


def why_not(session: Session, ticket: Ticket) -> str | None:
    """Why no reply may go to this patient, in a sentence; None when one may."""
    target = target_of(session, ticket)
    return None if target is not None and target.is_page else _why_no_text(session, ticket, target)


def _why_no_text(session: Session, ticket: Ticket, target: Target | None) -> str | None:
    if target is None:
        return _NO_WAY_SENTENCE
    refused = may_reach(session, ticket.patient_id, target.address_index, ticket.clinic_id, "sms", "care")
    return None if refused is None else _REFUSED_SENTENCES.get(refused, _NO_WAY_SENTENCE)


def _last_message(session: Session, ticket: Ticket) -> Message | None:
    """The newest of the patient's messages in this ticket."""
    words = last_words(session, ticket)
    message = session.get(Message, words.message_id) if words and words.message_id else None
    return message or (session.get(Message, ticket.message_id) if ticket.message_id else None)


def _queue(session: Session, ticket: Ticket, *, body: str, key: str, is_live: bool, hand: Hand) -> Message:
    refused, target = why_not(session, ticket), target_of(session, ticket)
    if refused is not None or target is None:
        raise NotAllowed(refused or _NO_WAY_SENTENCE)
    draft = Draft(
        clinic_id=ticket.clinic_id, channel="web" if target.is_page else "sms", address=target.address, body=body,
        locale=ticket.locale, class_=MessageClass.REPLY, purpose="reply", cause=f"reply:{key}",
        priority=Priority.REPLY, patient_id=ticket.patient_id, contact_point_id=target.contact_point_id,
        conversation_id=ticket.conversation_id, ticket_id=ticket.id, obeys_quiet_hours=not is_live,
        due_at=hand.now + timedelta(seconds=UNDO_S), not_after=hand.now + GOOD_FOR,
    )  # fmt: skip
    put = put_on_page if target.is_page else queue_message
    message = put(session, draft, now=hand.now)
    record_audit(
        session, "sent", "message", message.id, actor=hand.actor, now=hand.now, clinic_id=ticket.clinic_id,
        patient_id=ticket.patient_id, ticket_id=ticket.id,
    )  # fmt: skip
    return message


def _count_answer(session: Session, ticket: Ticket, message: Message, hand: Hand) -> None:
    ticket.first_answered_at = ticket.first_answered_at or hand.now
    ticket.answer_due_at = None
    ticket.updated_at = hand.now
    add_event(session, ticket, EventKind.REPLIED, now=hand.now, staff_id=hand.staff_id, message_id=message.id)


def _uncount_answer(session: Session, ticket: Ticket) -> None:
    """Without that reply: who answered first, and does the patient wait again?"""
    standing, words = answers_standing(session, ticket), last_words(session, ticket)
    ticket.first_answered_at = standing[0].at if standing else None
    waits_since = words.at if words is not None else ticket.created_at
    if not standing or standing[-1].at < waits_since:
        clinic, queue = session.get_one(Clinic, ticket.clinic_id), session.get_one(Queue, ticket.queue_id)
        wait_for_answer(ticket, clinic=clinic, queue=queue, since=waits_since)


def _readable(body: str) -> str:
    text = body.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise ShapeWrong("The reply is empty. Write something first.")
    if len(text) > LONGEST:
        raise ShapeWrong("The reply is too long. Keep it under {limit} characters.", limit=LONGEST)
    return text


def _is_live(words: TicketEvent | None, hand: Hand) -> bool:
    return words is not None and is_live_exchange(words.at, hand.now)
