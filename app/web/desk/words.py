"""Codes of the house as staff read them. English msgids."""

from __future__ import annotations

from collections.abc import Mapping

from app.support.rules import Timer

CHANNEL_SENTENCES: Mapping[str, str] = {"sms": "text message", "voice": "phone call", "web": "page"}
MESSAGE_STATE_SENTENCES: Mapping[str, str] = {
    "pending": "waits to be sent",
    "claimed": "being sent",
    "attempting": "being sent",
    "accepted": "taken by the carrier",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "not delivered",
    "uncertain": "perhaps sent, being checked",
    "cancelled": "cancelled before sending",
    "expired": "too late, not sent",
    "suppressed": "not sent",
    "dead": "given up",
    "received": "arrived, not read yet",
    "handled": "arrived and taken up",
}
REASON_SENTENCES: Mapping[str, str] = {
    "too_late": "it was too late to be useful",
    "quiet_hours": "quiet hours",
    "opted_out": "the patient asked us to stop",
    "patient_not_active": "not a patient any more",
    "not_a_phone": "no usable number",
    "no_contact": "no usable number",
    "cost_cap": "what one reminder may cost is spent",
    "no_consent": "no consent",
    "country_not_allowed": "the number is abroad",
    "reply_budget": "too many texts in an hour",
    "spend_cap": "the spending limit is reached",
    "poison": "it failed again and again",
    "no_carrier": "no carrier for this channel",
    "probably_sent": "the carrier did not say",
    "maybe_twice": "perhaps sent twice",
    "unsettled": "the carrier did not say",
    "undone": "taken back",
    "on_page": "stands on the patient’s page",
    "cancelled": "the appointment was cancelled",
    "rescheduled": "the appointment was moved",
    "confirmed": "the patient had confirmed",
    "no_answer": "no answer",
}
RUNG_REASON_SENTENCES: Mapping[str, str] = {
    "first": "it was time",
    "no_answer": "no answer before",
    "undelivered": "the one before did not arrive",
    "expired": "the one before could not be sent in time",
    "no_contact": "no number for the way before",
    "cost_cap": "the way before would have cost too much",
    "no_consent": "no consent to the way before",
    "opted_out": "STOP was said on the phone before",
}
STEP_SENTENCES: Mapping[str, str] = {  # of the pathways that ship; a clinic's own step shows its key
    "three_days": "three days before",
    "two_hours": "two hours before",
    "form": "the form",
    "first_day": "the first day",
    "third_day": "the third day",
    "seventh_day": "the seventh day",
}
WAY_SENTENCES: Mapping[str, str] = {  # of a ladder's rungs
    "sms": "text message",
    "other_sender": "text from another number",
    "voice": "phone call",
    "ticket": "a person",
}
PATHWAY_SENTENCES: Mapping[str, str] = {
    "appointment-reminder": "Appointment reminder",
    "pre-visit-intake": "Form before the visit",
    "symptom-check-in": "Symptom check-in",
}
CONSENT_SENTENCES: Mapping[str, str] = {
    "given": "Consent to be reached: given",
    "withdrawn": "Consent to be reached: withdrawn",
}
CONSENT_ABOUT_SENTENCES: Mapping[str, str] = {  # what an act is about; the desk offers these, in this order
    "all": "everything, also the clinical record",
    "texts": "text messages",
    "calls": "phone calls",
    "reminders": "appointment reminders",
    "forms": "forms and check-ins",
    "record": "sharing with the clinical record",
    "page": "notices on the phone",
    "care": "all ways of reaching them",
}
SAID_SENTENCES: Mapping[str, str] = {  # how a patient told staff
    "in_person": "said in person",
    "by_phone": "said on the phone",
    "in_writing": "in writing",
}
SOURCE_SENTENCES: Mapping[str, str] = {
    "record": "by the clinical record",
    "patient_sms": "by the patient, by text",
    "patient_web": "by the patient, on the page",
    "staff": "noted by staff",
}
PURPOSE_SENTENCES: Mapping[str, str] = {
    "reminder": "Reminder",
    "question": "Question",
    "reply": "Reply",
    "link": "Link",
    "call": "Call",
    "reminder_call": "Reminder call",
    "question_call": "Call with questions",
    "opt_out_notice": "Notice",
    "opt_in_notice": "Notice",
    "help": "What this number is for",
    "notice": "Notice to visitors",
    "staff_alert": "Staff alert",
    "emergency": "What to do now",
}
CALL_STATE_SENTENCES: Mapping[str, str] = {
    "ringing": "rang",
    "in_progress": "going on",
    "completed": "answered",
    "busy": "busy",
    "no_answer": "not answered",
    "failed": "did not get through",
    "call_cancelled": "the call was cancelled before anybody answered",
}
CALL_OUTCOME_SENTENCES: Mapping[str, str] = {
    "reached": "spoke to the patient",
    "voicemail": "left a message",
    "no_answer": "nobody answered",
    "busy": "busy",
    "wrong_person": "reached somebody else",
}
DUE_STATE_SENTENCES: Mapping[str, str] = {"skipped": "skipped", "cancelled": "cancelled", "missed": "missed"}
FILING_STATE_SENTENCES: Mapping[str, str] = {
    "pending": "waits to be filed",
    "claimed": "being filed",
    "retry": "the record did not answer; tried again later",
    "filed": "filed",
    "conflict": "the record holds something else",
    "rejected": "refused by the record",
    "skipped": "not filed, by decision",
}
TIMER_SENTENCES: Mapping[Timer, str] = {
    Timer.CLAIM: "to be taken",
    Timer.ANSWER: "to be answered by a person",
    Timer.CLOSE: "to be closed",
}
TOLD_SENTENCES: Mapping[str, str] = {
    "taken": "The ticket is yours. It comes back to the queue after 15 minutes without activity.",
    "released": "The ticket is back in the queue.",
    "noted": "The note is kept. Nothing was sent.",
    "draft": "The draft is kept.",
    "undone": "Taken back. Your words are in the draft below.",
    "too_late": "Too late: the reply has already left.",
    "closed": "Closed.",
    "none_waits": "Nothing waits that fits you. Good work.",
    "moved": "The ticket is in the other queue.",
    "snoozed": "Snoozed. It comes back at that time, or as soon as the patient writes.",
    "called": "The call is noted.",
    "merged": "The two tickets are one now.",
    "patient_set": "The ticket belongs to this patient now.",
    "form_sent": "The form is on its way.",
    "form_waits": "The form waits until the patient has answered what is being asked now.",
    "link_sent": "The link is on its way.",
    "pathway_started": "The pathway has started.",
    "charts_merged": "The two charts are one now. You can take them apart again below.",
    "kept_apart": "They stay two patients.",
    "judgement_undone": "As it was before. What came since stays with the chart it came for.",
    "settings_saved": "Saved. It counts from the next ticket on.",
    "notice_sent": "The texts leave in the patients’ daytime, after whatever answers a patient.",
    "notice_stopped": "Stopped. What had not left stays here.",
    "saved": "Saved. It can be used once somebody has reviewed it.",
    "reviewed": "Reviewed. It can be used now.",
}
