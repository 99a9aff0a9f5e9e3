"""What became of a message, said so that a clerk knows what to do: reasons, attempts, receipts, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from app.messaging.models import Message, MessageAttempt, Receipt
from app.messaging.rules import SETTLE_WITHIN, Direction, MessageState, Outcome, Reason
from app.web.desk.words import CALL_STATE_SENTENCES, MESSAGE_STATE_SENTENCES, REASON_SENTENCES
from app.web.shell.here import ground, say
from channels.words import explain, is_about_us

MORE_REASON_SENTENCES: Mapping[str, str] = {
    "paced": "the line sends only so many at once",
    "carrier_sick": "the carrier has failed too often and is left alone for a moment",
    "unreadable": "its words cannot be opened with our keys",
    "next_rung": "another way to reach the patient was tried instead",
    "answered": "the patient has answered",
    "delivered": "the one before arrived after all",
    "ladder_ran_out": "a person has taken over",
    "appointment_started": "the appointment has begun",
    "appointment_cancelled": "the appointment was cancelled",
    "appointment_fulfilled": "the patient came",
    "appointment_arrived": "the patient came",
    "appointment_checked-in": "the patient came",
    "appointment_waitlist": "the appointment waits for a free place",
    "appointment_proposed": "the appointment waits for a free place",
    "appointment_noshow": "the patient did not come",
    "appointment_entered-in-error": "the appointment was an error",
    "wants_move": "the patient wants another time",
    "wants_cancel": "the patient wants to cancel",
    "patient_changed": "the appointment is another patient’s now",
    "patient_died": "the patient has died",
    "pathway_changed": "this reminder was changed",
    "fault": "our own program failed again and again",
    "contact_removed": "the record does not list this number any more",
    "contact_suspended": "the number is suspended until a person has looked",
    "contact_unusable": "no usable number",
    "patient_deceased": "the patient has died",
    "patient_inactive": "not a patient any more",
    "patient_merged": "the chart was merged into another one",
    "patient_unknown": "nobody knows whose number this is",
    "carrier_failed": "our own program failed while sending",
    "staff": "stopped by staff",
    "no_money": "the money set aside for reaching out is used up",
}
LAST_WORD_SENTENCES: Mapping[str, str] = {  # of a message nobody could settle, in place of its state's own words
    Reason.UNSETTLED: "perhaps sent",
    Reason.PROBABLY_SENT: "probably sent",
}
OUTCOME_SENTENCES: Mapping[str, str] = {
    Outcome.ACCEPTED: "The carrier took it.",
    Outcome.REFUSED: "The carrier refused it.",
    Outcome.PUT_OFF: "Not now: it was tried again later.",
    Outcome.UNCERTAIN: "No answer came. Nobody knows yet whether it left.",
    Outcome.SETTLED_SENT: "The answer was lost, but the carrier has it.",
    Outcome.SETTLED_NOT_SENT: "The carrier never got it, so it was tried again.",
    Outcome.UNSETTLED: "The carrier could not say whether it left.",
}
FAULT_SENTENCES: Mapping[str, str] = {"carrier_failed": "Our own program failed while sending."}
NO_REASON_SENTENCE = "it did not reach the phone, and no reason was given"
WAITING_SENTENCES: Mapping[str, str] = {  # what holds back a message whose time has come
    Reason.NO_CARRIER: "Nobody is set up to carry it. Tell whoever runs Farline; it leaves by itself once that is"
    " mended.",
    Reason.CARRIER_SICK: "The carrier is tried again every moment, and it leaves by itself. Nothing needs to be done.",
    Reason.SPEND_CAP: "Have an administrator raise the day’s limit in the settings, under “What a reminder may cost”,"
    " or let it wait until tomorrow.",
}
OUR_FAULT_SENTENCE = (
    "The carrier takes nothing from us as we are set up. Tell whoever runs Farline; it leaves by itself once that is"
    " mended."
)
UNDER_WAY_SENTENCE = "It is being handed over."
RECEIPT_SENTENCES: Mapping[str, str] = {
    "accepted": "The carrier has it in its queue.",
    "sent": "It left for the phone’s network.",
    "delivered": "It is on the phone. That does not say that anybody read it.",
    "undelivered": "It did not reach the phone.",
}
NEXT_SENTENCES: Mapping[str, str] = {
    MessageState.PENDING: "It waits for its time. Nothing needs to be done.",
    MessageState.CLAIMED: "It is about to leave.",
    MessageState.ATTEMPTING: "It is being handed over.",
    MessageState.ACCEPTED: "Wait for the carrier’s word. Some networks never send one.",
    MessageState.SENT: "Wait for the carrier’s word. Some networks never send one.",
    MessageState.DELIVERED: "Nothing needs to be done.",
    MessageState.UNDELIVERED: "The next way to reach the patient is tried, or a ticket is opened.",
    MessageState.UNCERTAIN: "Do not send it again yet: the carrier is being asked.",
    MessageState.CANCELLED: "Nothing needs to be done: it was taken back.",
    MessageState.EXPIRED: "It is not sent any more. Call if the patient still needs to know.",
    MessageState.SUPPRESSED: "It is not sent. Call if the patient needs to know.",
    MessageState.DEAD: "It is not tried again. A person has to decide.",
    MessageState.RECEIVED: "It is being read.",
    MessageState.HANDLED: "It was taken into the conversation.",
}


NEXT_AFTER_LAST_WORD_SENTENCES: Mapping[str, str] = {
    Reason.UNSETTLED: "The carrier could not say whether it left. The ticket decides whether it is sent again.",
    Reason.PROBABLY_SENT: "Most such messages arrive, but nobody knows for sure. It is not sent again by itself:"
    " call if the patient has to know.",
}


def state_words(message: Message) -> str:
    return say(_last_word(message, LAST_WORD_SENTENCES) or MESSAGE_STATE_SENTENCES.get(message.state, message.state))


def our_words(reason: str) -> str | None:
    """The sentence of a code of the house; None for one that only a carrier can know."""
    return REASON_SENTENCES.get(reason) or MORE_REASON_SENTENCES.get(reason) or CALL_STATE_SENTENCES.get(reason)


def reason_words(reason: str, carrier: str | None, sentence: str | None = None) -> str:
    """Ours, else the `sentence` kept with the receipt, else by the carrier's table, else the code to be looked up."""
    known = our_words(reason) or sentence or explain(reason, ground().carriers.get(carrier or ""))
    if not known and reason == MessageState.UNDELIVERED:
        known = NO_REASON_SENTENCE
    return say(known) if known else say("the carrier’s code {code}", code=reason)


def attempt_words(attempt: MessageAttempt) -> str:
    said = say(OUTCOME_SENTENCES.get(attempt.outcome or "", UNDER_WAY_SENTENCE))
    if not attempt.error_code or attempt.outcome in (Outcome.ACCEPTED, Outcome.SETTLED_SENT):
        return said
    why = FAULT_SENTENCES.get(attempt.error_code) or explain(attempt.error_code, ground().carriers.get(attempt.carrier))
    said_why = say(why) if why else say("The carrier’s code is {code}.", code=attempt.error_code)
    return f"{said} {said_why}"


def receipt_words(receipt: Receipt) -> str:
    """The carrier's own sentence is English from our tables; a status nobody knows is shown as it came."""
    said = RECEIPT_SENTENCES.get(receipt.status)
    words = say(said) if said else say("The carrier says “{status}”.", status=receipt.status)
    why = (receipt.raw or {}).get("sentence") or explain(receipt.error_code, ground().carriers.get(receipt.carrier))
    return f"{words} {say(why)}" if why else words


def next_words(message: Message, carrier: str | None = None) -> str:
    """`carrier`: the one that was last asked to take it."""
    if told := _last_word(message, NEXT_AFTER_LAST_WORD_SENTENCES):
        return say(told)
    if message.state == MessageState.PENDING and (held := _held_words(message.reason or "", carrier)):
        return say(held)
    if message.direction == Direction.OUTBOUND and message.state == MessageState.UNCERTAIN:
        minutes = int(SETTLE_WITHIN / timedelta(minutes=1))
        within = say("It is settled within {count} minutes.", count=minutes)
        return f"{say(NEXT_SENTENCES[MessageState.UNCERTAIN])} {within}"
    return say(NEXT_SENTENCES[MessageState(message.state)])


def _held_words(reason: str, carrier: str | None) -> str | None:
    is_our_fault = not our_words(reason) and is_about_us(reason, ground().carriers.get(carrier or ""))
    return OUR_FAULT_SENTENCE if is_our_fault else WAITING_SENTENCES.get(reason)


def _last_word(message: Message, sentences: Mapping[str, str]) -> str | None:
    is_left = message.state in (MessageState.UNCERTAIN, MessageState.ACCEPTED)
    return sentences.get(message.reason or "") if is_left else None
