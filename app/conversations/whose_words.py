"""Who may have written, where several patients share a phone: nobody is guessed.

A digit that may mean the visits of several is asked back; what else several may have written goes to a person, without
a patient.
"""

from __future__ import annotations

from app.appointments.models import Appointment
from app.appointments.rules import REMINDED
from app.conversations import line_words
from app.conversations.choices import Choice, is_courtesy, read_choice
from app.conversations.hold import hand_over
from app.conversations.letter import Letter
from app.conversations.line_words import line_of
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind, ConversationState
from app.conversations.store import answered_ahead
from app.conversations.which_one import ask_which, is_number_of_option
from app.support.models import Ticket
from app.support.open_ticket import patient_wrote
from app.support.rules import TicketReason


def general_conversation(letter: Letter, *, is_anybodys: bool = False) -> Conversation:
    """A conversation about nothing we asked, so that a ticket can hold it. `is_anybodys`: whoever holds the phone."""
    conversation = Conversation(
        clinic_id=letter.clinic.id,
        patient_id=None if is_anybodys else letter.patient_id,
        contact_point_id=None if is_anybodys else letter.contact_point_id,
        address_index=letter.address_index,
        kind=ConversationKind.GENERAL,
        channel="sms",
        locale=letter.locale,
        created_at=letter.now,
        updated_at=letter.now,
    )
    letter.session.add(conversation)
    letter.session.flush()
    letter.belongs_to(conversation)
    return conversation


def anybodys_conversation(letter: Letter, held: list[Conversation]) -> Conversation:
    """The one a person already holds with whoever has this phone; else a new one."""
    known = _anybodys(held)
    return known[-1] if known else general_conversation(letter, is_anybodys=True)


def _anybodys(held: list[Conversation]) -> list[Conversation]:
    return [each for each in held if each.kind == ConversationKind.GENERAL and each.patient_id is None]


def may_have_written(letter: Letter, standing: list[Conversation]) -> set[int]:
    """The patients whose questions and tickets stand open here, or whose visit was answered and is still to come."""
    answered = answered_ahead(letter.session, letter.clinic.id, letter.address_index, letter.now)
    return owners([*standing, *answered])


def owners(conversations: list[Conversation]) -> set[int]:
    return {each.patient_id for each in conversations if each.patient_id is not None}


def sharing(letter: Letter, known: set[int]) -> int:
    """How many patients share the phone."""
    return len(known | {each.id for each in letter.speakers})


def form_that_asks(waiting: list[Conversation]) -> Conversation | None:
    """The form whose question any words answer: nothing else is asked by text, and all that is asked is one patient's.
    A form on its page asks nothing by text, unless nothing else does."""
    asked = [each for each in waiting if each.channel != "web"] or waiting
    is_form = bool(asked) and all(each.kind == ConversationKind.QUESTIONNAIRE for each in asked)
    return asked[-1] if is_form and len(owners(asked)) == 1 else None


def is_for_ticket(letter: Letter, waiting: list[Conversation], held: list[Conversation]) -> bool:
    """Both a question and a person wait: a clear choice answers the question, other words whoever spoke last."""
    if not held:
        return False
    asked = waiting[-1]
    if asked.kind == ConversationKind.APPOINTMENT and read_choice(letter.text) is not None:
        return False
    if asked.kind == ConversationKind.GENERAL and is_number_of_option(letter.text):
        return False
    ticket = letter.session.get_one(Ticket, held[-1].held_by_ticket_id)
    return max(held[-1].updated_at, ticket.updated_at) >= asked.updated_at


def ask_whose(letter: Letter, standing: list[Conversation]) -> bool:
    """Deal with words that several may have written. False where it is plain whom they answer."""
    waiting = [each for each in standing if each.state == ConversationState.WAITING]
    held = [each for each in standing if each.state == ConversationState.HELD]
    if any(each.kind == ConversationKind.GENERAL for each in waiting):
        return False
    if form_that_asks(waiting) is not None and not is_for_ticket(letter, waiting, held):
        return False
    if read_choice(letter.text) not in (None, Choice.PERSON) and _ask_whose_visit(letter, waiting, held):
        return True
    known = may_have_written(letter, standing) if waiting else owners(standing)
    if len(known) < 2 or _answers_a_visit(letter, waiting):
        return False
    if _anybodys(held) or not is_courtesy(letter.text):
        _to_a_person(letter, held, sharing(letter, known))
    return True


def _ask_whose_visit(letter: Letter, waiting: list[Conversation], held: list[Conversation]) -> bool:
    """Each patient's open questions count; else the visits they answered about, or that a person holds."""
    asked = _about_visits(letter, waiting)
    known = {each.appointment_id for each in [*waiting, *held]}
    answered = answered_ahead(letter.session, letter.clinic.id, letter.address_index, letter.now)
    settled = [*held, *(each for each in answered if each.appointment_id not in known)]
    meant = asked + [each for each in _about_visits(letter, settled) if each.patient_id not in owners(asked)]
    if len(owners(meant)) < 2:
        return False
    ask_which(letter, meant, general_conversation(letter, is_anybodys=True))
    return True


def _about_visits(letter: Letter, conversations: list[Conversation]) -> list[Conversation]:
    visits = [
        (each, letter.session.get_one(Appointment, each.appointment_id))
        for each in conversations
        if each.kind == ConversationKind.APPOINTMENT
    ]
    return [each for each, visit in visits if visit.status in REMINDED and visit.start_at > letter.now]


def _answers_a_visit(letter: Letter, waiting: list[Conversation]) -> bool:
    is_asked = any(each.kind == ConversationKind.APPOINTMENT for each in waiting)
    return is_asked and read_choice(letter.text) not in (None, Choice.PERSON)


def _to_a_person(letter: Letter, held: list[Conversation], patients: int) -> None:
    """Said once; what follows goes to the same ticket without a word from us."""
    conversation = anybodys_conversation(letter, held)
    letter.belongs_to(conversation)
    if conversation in held:
        ticket = letter.session.get_one(Ticket, conversation.held_by_ticket_id)
        patient_wrote(letter.session, ticket, letter.message, letter.now)
        conversation.updated_at = letter.now
        return
    hand_over(
        letter.session,
        conversation,
        TicketReason.WHO_IS_SPEAKING,
        now=letter.now,
        cause=f"{TicketReason.WHO_IS_SPEAKING}:{letter.message.id}",
        message_id=letter.message.id,
        patients=patients,
    )
    letter.reply(line_words.read_by_person(line_of(letter.clinic, letter.locale)))
