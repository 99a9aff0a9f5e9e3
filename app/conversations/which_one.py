"""Several appointments were asked about and one reply came: the patient says which, by the day and time we texted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.appointments.models import Appointment
from app.conversations import appointment_words
from app.conversations.choices import Choice, plain_words, read_choice
from app.conversations.hold import end, hand_over, reopen
from app.conversations.letter import Letter
from app.conversations.models import Conversation
from app.conversations.rules import OPEN_STATES, ConversationState
from app.conversations.store import lock_conversation
from app.conversations.take_choice import MISSES, take_choice, visit_now
from app.conversations.visit import Visit
from app.messaging.models import Message
from app.patients.models import ContactPoint
from app.support.models import Ticket
from app.support.open_ticket import patient_wrote
from app.support.rules import TicketReason

LASTS = timedelta(hours=24)
MOST = 8  # options in one text


def ask_which(letter: Letter, conversations: list[Conversation], which: Conversation) -> None:
    """Ask; the reply so far is remembered and taken once it is known whom it answers. Where nothing neutral tells the
    options apart, a person does."""
    options = sorted(conversations, key=lambda each: _visit(letter, each).start_at)[:MOST]
    labels = _labels(letter, options)
    if labels is None:
        _to_a_person(letter, which, options)
        return
    choice = read_choice(letter.text)
    which.memory = {
        "options": [each.id for each in options],
        "choice": choice.value if choice else None,
        "message_id": letter.message.id,
    }
    which.expires_at = letter.now + LASTS
    letter.reply(_question(letter, options, labels))


def answer_which(letter: Letter, which: Conversation) -> None:
    """The number of one option: the remembered choice is taken there. Anything else is asked again, then a person."""
    letter.belongs_to(which)
    memory = which.memory or {}
    options = [lock_conversation(letter.session, each) for each in memory.get("options", [])]
    picked = _picked(letter.text, options)
    if picked is not None:
        end(which, ConversationState.COMPLETED, now=letter.now)
        _take(letter, picked, memory)
        return
    which.misunderstood += 1
    which.updated_at = letter.now
    if read_choice(letter.text) is Choice.PERSON or which.misunderstood >= MISSES:
        _to_a_person(letter, which, options)
    else:
        letter.reply(_question(letter, options, _labels(letter, options) or ()))


def is_number_of_option(text: str) -> bool:
    return _number(text) > 0


def _take(letter: Letter, conversation: Conversation, memory: dict[str, Any]) -> None:
    letter.belongs_to(conversation)
    if conversation.state == ConversationState.HELD:
        _give_to_holder(letter, conversation, memory.get("message_id"))
        return
    if conversation.state not in OPEN_STATES:
        reopen(conversation, now=letter.now)
    choice = Choice(memory["choice"])
    reaction = take_choice(letter.session, conversation, choice, now=letter.now, message_id=letter.message.id)
    letter.reply(reaction.says)


def _give_to_holder(letter: Letter, conversation: Conversation, message_id: int | None) -> None:
    """A person is on it: the first reply, whose it was now known, goes to their ticket."""
    ticket = letter.session.get_one(Ticket, conversation.held_by_ticket_id)
    first = letter.session.get(Message, message_id) if message_id is not None else None
    patient_wrote(letter.session, ticket, first or letter.message, letter.now)
    conversation.updated_at = letter.now
    letter.reply(appointment_words.handed_over(_visit(letter, conversation)))


def _to_a_person(letter: Letter, which: Conversation, options: list[Conversation]) -> None:
    cause = f"which:{which.id}"
    hand_over(
        letter.session,
        which,
        TicketReason.WHO_IS_SPEAKING,
        now=letter.now,
        cause=cause,
        message_id=letter.message.id,
        patients=len({each.patient_id for each in options}),
    )
    letter.reply(appointment_words.handed_over(_visit(letter, options[0])))


def _picked(text: str, options: list[Conversation]) -> Conversation | None:
    number = _number(text)
    return options[number - 1] if 1 <= number <= len(options) else None


def _number(text: str) -> int:
    """The one digit that the text is, else 0."""
    said = plain_words(text)
    return int(said[0]) if len(said) == 1 and said[0].isdecimal() and len(said[0]) == 1 else 0


def _question(letter: Letter, options: list[Conversation], labels: Sequence[str]) -> str:
    return appointment_words.which_one([_visit(letter, each) for each in options], labels)


def _labels(letter: Letter, options: list[Conversation]) -> list[str] | None:
    """What tells the options apart besides day and time: nothing where these do, else the neutral name staff gave each
    one's number. None: nothing does."""
    starts = [_visit(letter, each).start_at for each in options]
    if len(set(starts)) == len(starts):
        return ["" for _ in options]
    points = [letter.session.get(ContactPoint, each.contact_point_id) for each in options if each.contact_point_id]
    labels = [point.label or "" for point in points if point is not None]
    told = set(zip(starts, labels, strict=False))
    return labels if all(labels) and len(told) == len(options) else None


def _visit(letter: Letter, conversation: Conversation) -> Visit:
    return visit_now(letter.session, conversation, letter.session.get_one(Appointment, conversation.appointment_id))
