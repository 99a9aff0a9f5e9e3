"""STOP, START and HELP, before anything else is made of a text; and the words by which a carrier acts on its own.

Each is answered once, in the patient's language, unless the carrier has answered already. CANCEL is both: where the
carrier closed the line it counts as an opt-out, and it still goes on to the conversation as the wish to cancel.
"""

from __future__ import annotations

from app.conversations import line_words as words
from app.conversations.hold import end
from app.conversations.letter import Letter
from app.conversations.line_words import Line, line_of
from app.conversations.rules import ConversationState
from app.conversations.store import open_at
from app.core.audit import Actor, record_audit
from app.messaging.stop_sends import stop_sends, suspend_sends
from app.patients.consent import Reach, lift_opt_out, may_reach_many
from app.patients.store import WRONG_NUMBER, closed_addresses, patient_ids_at
from app.support.open_ticket import open_ticket, patient_wrote
from app.support.rules import TicketReason, Urgency
from app.support.store import open_about_number
from channels.sms.keywords import ConsentWord, is_closing_word, is_wrong_number


def take_consent_word(letter: Letter) -> bool:
    """Act on the word, if the text is one. True: nothing else is to be made of the text."""
    if is_wrong_number(letter.text):
        _wrong_number(letter)
        return True
    word = letter.consent_word
    if word is ConsentWord.STOP:
        stop(letter)
    elif word is ConsentWord.START:
        _start(letter)
    elif letter.carrier_did == ConsentWord.STOP:  # CANCEL, END, QUIT: the line is closed, the wish still counts
        _close(letter, word="carrier_word", source="carrier")
        return False
    elif letter.carrier_did == ConsentWord.START:  # YES
        _lift(letter)
        return False
    return word in (ConsentWord.STOP, ConsentWord.START)


def is_help(letter: Letter) -> bool:
    return letter.consent_word is ConsentWord.HELP


def give_help(letter: Letter) -> None:
    """Who we are and how to reach a person; said once by whoever is first, the carrier or us."""
    if letter.carrier_did != ConsentWord.HELP:
        letter.reply(words.about(_line(letter)), purpose="help", needs_consent=False)


def is_goodbye(letter: Letter) -> bool:
    """END or QUIT where nothing was asked: with a question open it may be its answer ("quit smoking")."""
    return is_closing_word(letter.text)


def stop(letter: Letter) -> None:
    """Close the line and say so, once."""
    if _obey_stop(letter) and letter.carrier_did != ConsentWord.STOP:
        letter.reply(words.stopped(_line(letter)), purpose="opt_out_notice", needs_consent=False)


def _obey_stop(letter: Letter) -> bool:
    """Close the line and end what waits there; False when it was closed already."""
    if closed_addresses(letter.session, letter.clinic.id, [letter.address_index], "sms"):
        return False
    _close(letter, word="stop", source="patient")
    _end_waiting(letter, reason="opted_out")
    return True


def _end_waiting(letter: Letter, *, reason: str) -> None:
    for conversation in open_at(letter.session, letter.clinic.id, letter.address_index):
        if conversation.state != ConversationState.HELD:
            end(conversation, ConversationState.STOPPED, now=letter.now, reason=reason)


def _close(letter: Letter, *, word: str, source: str) -> None:
    stop_sends(
        letter.session, letter.clinic.id, letter.address_index, channel="sms", word=word, source=source, now=letter.now
    )
    _audit(letter, "opted_out")


def _start(letter: Letter) -> None:
    """Opens what STOP closed, and says so; what staff noted or suspended stays as it is, and that is said instead."""
    _lift(letter)
    is_closed = _is_closed_otherwise(letter)
    if letter.carrier_did != ConsentWord.START or is_closed:
        says = words.still_closed if is_closed else words.started
        letter.reply(says(_line(letter)), purpose="opt_in_notice", needs_consent=False)


def _lift(letter: Letter) -> None:
    if lift_opt_out(letter.session, letter.clinic.id, letter.address_index, channel="sms", now=letter.now):
        _audit(letter, "opted_in")


def _is_closed_otherwise(letter: Letter) -> bool:
    """Somebody we know has this number, and none of them may be texted at it."""
    known = patient_ids_at(letter.session, letter.clinic.id, letter.address_index)
    reaches = [Reach(letter.clinic.id, "sms", letter.address_index, patient_id) for patient_id in known]
    return bool(reaches) and all(may_reach_many(letter.session, reaches).values())


def _wrong_number(letter: Letter) -> None:
    """Nobody is texted at this address again until a person has looked. Said again, it counts again, for whoever got
    the number since; it goes to the same ticket and is not answered: it may be a machine. STOP in the same text is
    obeyed too."""
    speakers = letter.speakers  # looked up before nobody is reached here any more
    says_stop = letter.consent_word is ConsentWord.STOP
    if says_stop:
        _obey_stop(letter)
    suspend_sends(letter.session, letter.clinic.id, letter.address_index, reason=WRONG_NUMBER, now=letter.now)
    _end_waiting(letter, reason=WRONG_NUMBER)
    known = open_about_number(letter.session, letter.clinic.id, f"wrong_number:{letter.address_index}:")
    if known is not None:
        patient_wrote(letter.session, known, letter.message, letter.now)
        return
    says = words.wrong_number_and_stop if says_stop else words.wrong_number
    letter.reply(says(_line(letter)), purpose="opt_out_notice", needs_consent=False)
    open_ticket(
        letter.session,
        clinic_id=letter.clinic.id,
        reason=TicketReason.WRONG_NUMBER,
        urgency=Urgency.SOON,
        cause=f"wrong_number:{letter.address_index}:{letter.message.id}",
        locale=letter.locale,
        now=letter.now,
        patient_id=letter.patient_id,
        contact_point_id=letter.contact_point_id,
        message_id=letter.message.id,
        patients=len(speakers),
    )


def _audit(letter: Letter, action: str) -> None:
    record_audit(
        letter.session,
        action,
        "address",
        letter.contact_point_id,
        actor=Actor("patient", letter.patient_id),
        now=letter.now,
        clinic_id=letter.clinic.id,
        patient_id=letter.patient_id,
        message_id=letter.message.id,
    )


def _line(letter: Letter) -> Line:
    return line_of(letter.clinic, letter.locale)
