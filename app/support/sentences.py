"""Why a ticket is here and what would close it, one sentence each: English msgids that the desk translates."""

from __future__ import annotations

from collections.abc import Mapping

from app.support.rules import EventKind, Outcome, Rung, TicketReason, TicketState, Topic, Urgency

WHY_SENTENCES: Mapping[TicketReason, str] = {
    TicketReason.NOT_UNDERSTOOD: "Three answers in a row could not be read.",
    TicketReason.ASKED_FOR_PERSON: "The patient asked for a person.",
    TicketReason.RED_FLAG: "Something the patient said is a red flag. The patient was told what to do now.",
    TicketReason.LADDER_RAN_OUT: "Nobody could be reached: every way of reaching out was tried.",
    TicketReason.WANTS_MOVE: "The patient wants to move the appointment.",
    TicketReason.WANTS_CANCEL: "The patient wants to cancel the appointment.",
    TicketReason.WRONG_NUMBER: "Somebody says this is the wrong number. Nothing more is sent to it.",
    TicketReason.WHO_IS_SPEAKING: "Several patients share this phone, and we do not know who wrote.",
    TicketReason.UNCERTAIN_MESSAGE: "Nobody knows whether a message was sent. It was not sent again.",
    TicketReason.UNDELIVERED: "A message did not reach the patient.",
    TicketReason.FILING_REJECTED: "The clinical record refused what was to be filed.",
    TicketReason.FILING_CONFLICT: "The clinical record holds something else than what was to be filed.",
    TicketReason.LATE_ANSWER: "Answers came in late and disagree with newer ones.",
    TicketReason.CALL_BACK: "The patient asked to be called back.",
    TicketReason.UNEXPECTED_MESSAGE: "The patient wrote without being asked anything.",
    TicketReason.IMPORT_PROBLEM: "Something in an import needs a decision.",
}
CLOSES_SENTENCES: Mapping[TicketReason, str] = {
    TicketReason.NOT_UNDERSTOOD: "Ask the question in your own words, or note the answer; then close.",
    TicketReason.ASKED_FOR_PERSON: "Answer what the patient needs; then close.",
    TicketReason.RED_FLAG: "Speak to the patient now and make sure they are looked after; then close.",
    TicketReason.LADDER_RAN_OUT: "Find a way to reach the patient, or decide that none is needed; then close.",
    TicketReason.WANTS_MOVE: "Agree on a new time and change it in the record; then close.",
    TicketReason.WANTS_CANCEL: "Cancel it in the record or agree on a new time; then close.",
    TicketReason.WRONG_NUMBER: "Find the right number and correct it in the record; then close.",
    TicketReason.WHO_IS_SPEAKING: "Find out who wrote and set the ticket to that patient; then close.",
    TicketReason.UNCERTAIN_MESSAGE: "Ask the patient whether it arrived, or send it again; then close.",
    TicketReason.UNDELIVERED: "Reach the patient another way, or correct the number; then close.",
    TicketReason.FILING_REJECTED: "Put right what the record objects to, or enter it by hand; then close.",
    TicketReason.FILING_CONFLICT: "Compare both and decide which one stands; then close.",
    TicketReason.LATE_ANSWER: "Compare both answers and decide which one stands; then close.",
    TicketReason.CALL_BACK: "Call, and note how it went; then close.",
    TicketReason.UNEXPECTED_MESSAGE: "Read it and answer when it needs one; then close.",
    TicketReason.IMPORT_PROBLEM: "Decide, and correct it in the record; then close.",
}
SHORT_SENTENCES: Mapping[TicketReason, str] = {
    TicketReason.NOT_UNDERSTOOD: "Not understood",
    TicketReason.ASKED_FOR_PERSON: "Wants a person",
    TicketReason.RED_FLAG: "Red flag",
    TicketReason.LADDER_RAN_OUT: "Not reached",
    TicketReason.WANTS_MOVE: "Wants to move",
    TicketReason.WANTS_CANCEL: "Wants to cancel",
    TicketReason.WRONG_NUMBER: "Wrong number",
    TicketReason.WHO_IS_SPEAKING: "Who is speaking?",
    TicketReason.UNCERTAIN_MESSAGE: "Perhaps not sent",
    TicketReason.UNDELIVERED: "Not delivered",
    TicketReason.FILING_REJECTED: "Record refused",
    TicketReason.FILING_CONFLICT: "Record conflict",
    TicketReason.LATE_ANSWER: "Late answers",
    TicketReason.CALL_BACK: "Call back",
    TicketReason.UNEXPECTED_MESSAGE: "Wrote to us",
    TicketReason.IMPORT_PROBLEM: "Import problem",
}
CAP_WHY_SENTENCE = "The limit of text parts a day is reached: reminders wait. What is urgent still goes."
CAP_CLOSES_SENTENCE = (
    "Have an administrator raise the limit in the settings, or let them wait until tomorrow; then close."
)
ACCOUNT_WHY_SENTENCE = "A carrier refuses our account or our number: texts wait, or go by another carrier."
ACCOUNT_CLOSES_SENTENCE = "Have whoever runs Farline put the carrier’s settings right; what waits then leaves. Close."
NOTICE_WHY_SENTENCE = "A notice could not be texted: no number that takes texts, or the patient does not want them."
NOTICE_CLOSES_SENTENCE = "Call the patient and say what the notice says; then close."
SILENT_WHY_SENTENCE = (
    "So many texts went to this number within an hour that it gets no more automatic answers until the hour is over."
)
SILENT_CLOSES_SENTENCE = (
    "Call if it is the patient who wrote: the last question did not arrive, and the next words may be taken for an"
    " answer to it; then close."
)

SHARED_FLAG_WHY_SENTENCE = (
    "Something said on a phone that several patients share is a red flag. What to do now was sent to the phone."
)
SHARED_FLAG_CLOSES_SENTENCE = "Call now, find out who said it and make sure they are looked after; then close."


def why_sentences(reason: TicketReason, details: Mapping[str, object]) -> tuple[str, str]:
    """Why the ticket is here, and what would close it."""
    if reason is TicketReason.RED_FLAG and details.get("patients"):
        return SHARED_FLAG_WHY_SENTENCE, SHARED_FLAG_CLOSES_SENTENCE
    special = _SPECIAL_SENTENCES.get((reason, details.get("why")))
    return special or (WHY_SENTENCES[reason], CLOSES_SENTENCES[reason])


_SPECIAL_SENTENCES: Mapping[tuple[TicketReason, object], tuple[str, str]] = {
    (TicketReason.UNDELIVERED, "spend_cap"): (CAP_WHY_SENTENCE, CAP_CLOSES_SENTENCE),
    (TicketReason.UNDELIVERED, "account_refused"): (ACCOUNT_WHY_SENTENCE, ACCOUNT_CLOSES_SENTENCE),
    (TicketReason.UNDELIVERED, "reply_budget"): (SILENT_WHY_SENTENCE, SILENT_CLOSES_SENTENCE),
    (TicketReason.LADDER_RAN_OUT, "notice"): (NOTICE_WHY_SENTENCE, NOTICE_CLOSES_SENTENCE),
}


URGENCY_SENTENCES: Mapping[Urgency, str] = {Urgency.URGENT: "Urgent", Urgency.SOON: "Soon", Urgency.ROUTINE: "Routine"}
STATE_SENTENCES: Mapping[TicketState, str] = {
    TicketState.OPEN: "waiting",
    TicketState.CLAIMED: "taken",
    TicketState.SNOOZED: "snoozed",
    TicketState.CLOSED: "closed",
}
TOPIC_SENTENCES: Mapping[Topic, str] = {
    Topic.GENERAL: "General",
    Topic.CLINICAL: "Clinical",
    Topic.SCHEDULING: "Scheduling",
    Topic.TECHNICAL: "Technical",
}
OUTCOME_SENTENCES: Mapping[Outcome, str] = {
    Outcome.ANSWERED: "Answered",
    Outcome.BOOKED: "Appointment booked, moved or cancelled",
    Outcome.REFERRED: "Passed on to a clinician",
    Outcome.NO_ANSWER: "Could not reach the patient",
    Outcome.NOT_NEEDED: "Nothing needed",
    Outcome.MERGED: "Merged into another ticket",
}
EVENT_SENTENCES: Mapping[EventKind, str] = {
    EventKind.OPENED: "Ticket opened",
    EventKind.CLAIMED: "{name} took the ticket",
    EventKind.RELEASED: "Back in the queue",
    EventKind.REPLY_UNDONE: "{name} took a reply back before it left",
    EventKind.TRANSFERRED: "{name} moved the ticket to another queue",
    EventKind.SNOOZED: "{name} snoozed the ticket",
    EventKind.ESCALATED: "Escalated: {rung}",
    EventKind.BREACHED: "A deadline was missed: {timer}",
    EventKind.CALLED: "{name} called: {outcome}",
    EventKind.MERGED: "Another ticket was merged into this one",
    EventKind.CLOSED: "{name} closed the ticket: {outcome}",
    EventKind.REOPENED: "Opened again: the patient wrote",
    EventKind.FLAGGED: "Another red flag came to this ticket",
    EventKind.FORM_SENT: "{name} sent a form",
    EventKind.LINK_SENT: "{name} sent a link to the patient’s page",
    EventKind.PATHWAY_STARTED: "{name} started a pathway",
}
RUNG_SENTENCES: Mapping[Rung, str] = {
    Rung.REMIND: "the holder was reminded",
    Rung.RELEASE: "released to the top of the queue",
    Rung.SUPERVISOR: "supervisors were told",
    Rung.ON_CALL: "the on-call phone was alerted",
}
