"""Which conversation a text belongs to, and what is made of it. Several people may share a number: never guessed."""

from __future__ import annotations

from app.conversations import line_words as words
from app.conversations.choices import Choice, is_courtesy, is_empty, plain_words, read_choice
from app.conversations.hold import hand_over, reopen
from app.conversations.letter import Letter
from app.conversations.line_words import Line, line_of
from app.conversations.models import Conversation
from app.conversations.raise_alarm import Voices, alarm_in, raise_alarm
from app.conversations.rules import ConversationKind, ConversationState
from app.conversations.send_link import home_link_for, link_for
from app.conversations.store import answered_ahead, newest_ended, open_at
from app.conversations.take_choice import take_choice
from app.conversations.take_consent_word import give_help, is_goodbye, is_help, stop, take_consent_word
from app.conversations.take_words import take_words
from app.conversations.wake_next import wake_next
from app.conversations.which_one import answer_which, ask_which
from app.conversations.whose_words import (
    anybodys_conversation,
    ask_whose,
    form_that_asks,
    general_conversation,
    is_for_ticket,
    may_have_written,
    owners,
    sharing,
)
from app.intake.models import Response
from app.intake.store import newest_unfinished
from app.support.models import Ticket
from app.support.open_ticket import patient_wrote
from app.support.rules import TicketReason

LINK_WORDS = frozenset({"link", "lien", "web", "page"})
LONGEST = 2000  # characters; a dozen texts in one: nobody answers a question so


def route_text(letter: Letter) -> None:
    """Make of the text what it is: a consent word, an answer, words for a ticket, or something nobody waited for."""
    if take_consent_word(letter):
        return
    standing = open_at(letter.session, letter.clinic.id, letter.address_index)
    waiting = [each for each in standing if each.state == ConversationState.WAITING]
    held = [each for each in standing if each.state == ConversationState.HELD]
    if _sounds_alarm(letter, standing, waiting, held):
        return
    if is_help(letter):
        give_help(letter)
        _help_with_question(letter, waiting)
    elif _cannot_be_read(letter, waiting, held) or _link_for_anybody(letter, waiting) or ask_whose(letter, standing):
        return
    elif waiting and not is_for_ticket(letter, waiting, held):
        _answer(letter, waiting)
    elif held:
        _give_to_ticket(letter, held[-1])
    else:
        _nobody_asked(letter)


def _sounds_alarm(
    letter: Letter, standing: list[Conversation], waiting: list[Conversation], held: list[Conversation]
) -> bool:
    """Words of danger, whatever was asked. True when nothing more is made of them: only a form takes its answer too."""
    alarm = alarm_in(letter.clinic, letter.text)
    if alarm is None:
        return False
    known, form, latest = may_have_written(letter, standing), form_that_asks(waiting), waiting or held
    if form is not None:
        conversation = form
    elif len(known) > 1:
        conversation = anybodys_conversation(letter, held)
    else:
        conversation = latest[-1] if latest else general_conversation(letter)
    raise_alarm(letter, conversation, alarm, Voices(sharing(letter, known), may_be_any=len(known) > 1))
    return conversation.kind != ConversationKind.QUESTIONNAIRE and conversation not in held


def _cannot_be_read(letter: Letter, waiting: list[Conversation], held: list[Conversation]) -> bool:
    """Empty, a picture, or far too long: said so, kept, and no answer changed. A person reads everything as it came."""
    if held and not waiting:
        return False
    if letter.has_attachments and is_empty(letter.text) and not waiting:
        return False  # nobody asked: a person looks at it
    if letter.has_attachments and is_empty(letter.text):
        problem = words.no_pictures(_line(letter))
    elif is_empty(letter.text):
        problem = words.empty(_line(letter))
    elif len(letter.text) > LONGEST:
        problem = words.too_long(_line(letter))
    else:
        return False
    if waiting and len(owners(waiting)) < 2:
        letter.belongs_to(waiting[-1])
    letter.reply(problem)
    return True


def _answer(letter: Letter, waiting: list[Conversation]) -> None:
    which = next((each for each in waiting if each.kind == ConversationKind.GENERAL), None)
    appointments = [each for each in waiting if each.kind == ConversationKind.APPOINTMENT]
    if which is not None:
        answer_which(letter, which)
    elif len(appointments) > 1 and read_choice(letter.text) not in (None, Choice.PERSON):
        ask_which(letter, appointments, general_conversation(letter))
    else:
        conversation = _asked(waiting, appointments)
        letter.belongs_to(conversation)
        if _asks_for_link(letter) and conversation.response_id is not None:
            _send_link(letter, letter.session.get_one(Response, conversation.response_id))
        else:
            take_words(letter, conversation)
    if any(each.state != ConversationState.WAITING for each in waiting):
        wake_next(letter.session, letter.clinic.id, letter.address_index, now=letter.now)


def _asked(waiting: list[Conversation], appointments: list[Conversation]) -> Conversation:
    """The question that is answered: the newest; on a shared phone the one visit that was asked about, else the form
    that asks by text."""
    if len(owners(waiting)) < 2:
        return waiting[-1]
    return appointments[-1] if appointments else form_that_asks(waiting) or waiting[-1]


def _help_with_question(letter: Letter, waiting: list[Conversation]) -> None:
    """HELP while a form asks: the question again, with its rule and an example."""
    if len(waiting) == 1 and waiting[0].kind == ConversationKind.QUESTIONNAIRE:
        letter.belongs_to(waiting[0])
        take_words(letter, waiting[0])


def _give_to_ticket(letter: Letter, conversation: Conversation) -> None:
    """A person is on it: the engine is silent."""
    letter.belongs_to(conversation)
    ticket = letter.session.get_one(Ticket, conversation.held_by_ticket_id)
    patient_wrote(letter.session, ticket, letter.message, letter.now)
    conversation.updated_at = letter.now


def _nobody_asked(letter: Letter) -> None:
    if _asks_for_link(letter):
        _link_without_question(letter)
    elif is_goodbye(letter):
        stop(letter)
    elif not (_changes_mind(letter) or is_courtesy(letter.text)):
        _to_a_person(letter)


def _changes_mind(letter: Letter) -> bool:
    """A choice about an appointment already answered and still to come."""
    if read_choice(letter.text) is None:
        return False
    answered = answered_ahead(letter.session, letter.clinic.id, letter.address_index, letter.now)
    if len(answered) > 1:
        ask_which(letter, answered, general_conversation(letter))
    elif answered:
        reopen(answered[0], now=letter.now)
        letter.belongs_to(answered[0])
        reaction = take_choice(
            letter.session, answered[0], read_choice(letter.text), now=letter.now, message_id=letter.message.id
        )
        letter.reply(reaction.says)
    return bool(answered)


def _to_a_person(letter: Letter) -> None:
    """Said once; what follows goes to the same ticket without a word from us."""
    expired = newest_ended(
        letter.session, letter.clinic.id, letter.address_index, state=ConversationState.EXPIRED, now=letter.now
    )
    conversation = general_conversation(letter)
    if expired is not None:
        reason, says = TicketReason.LATE_ANSWER, words.came_late(_line(letter))
        conversation.response_id, conversation.appointment_id = expired.response_id, expired.appointment_id
        conversation.patient_id = conversation.patient_id or expired.patient_id
    elif len(letter.speakers) > 1:
        reason, says = TicketReason.WHO_IS_SPEAKING, words.read_by_person(_line(letter))
    else:
        reason, says = TicketReason.UNEXPECTED_MESSAGE, words.read_by_person(_line(letter))
    hand_over(
        letter.session,
        conversation,
        reason,
        now=letter.now,
        cause=f"{reason}:{letter.message.id}",
        message_id=letter.message.id,
        patients=len(letter.speakers),
    )
    letter.reply(says)


def _link_for_anybody(letter: Letter, waiting: list[Conversation]) -> bool:
    """LINK where several are asked something: home, where each comes to their own."""
    if not _asks_for_link(letter) or len(owners(waiting)) < 2 or form_that_asks(waiting) is not None:
        return False
    _link_without_question(letter)
    return True


def _link_without_question(letter: Letter) -> None:
    """LINK with no question open: the form of the one who can have written; else home, where each of those who share
    the phone comes to their own."""
    speakers = letter.speakers
    unfinished = newest_unfinished(letter.session, speakers[0].id) if len(speakers) == 1 else None
    if unfinished is not None:
        _send_link(letter, unfinished)
    elif speakers:
        also = [each.id for each in speakers[1:]]
        url = home_link_for(
            letter.session, speakers[0], public_url=letter.public_url, locale=letter.locale, now=letter.now, also=also
        )
        letter.reply(words.home_link(_line(letter), url), purpose="link")
    else:
        letter.reply(words.unknown_number(_line(letter)))


def _send_link(letter: Letter, response: Response) -> None:
    url = link_for(letter.session, response, public_url=letter.public_url, now=letter.now)
    letter.reply(words.link(_line(letter), url), purpose="link")


def _asks_for_link(letter: Letter) -> bool:
    said = plain_words(letter.text)
    return len(said) == 1 and said[0] in LINK_WORDS


def _line(letter: Letter) -> Line:
    return line_of(letter.clinic, letter.locale)
