"""Every reason a message can end with has words a clerk understands; none is shown as a carrier's code."""

from __future__ import annotations

import re
from pathlib import Path

from app.appointments.rules import REMINDED, AppointmentStatus, PatientReply
from app.messaging.rules import MessageState, Reason
from app.patients.rules import ContactState, PatientStatus
from app.web.desk.message_words import MORE_REASON_SENTENCES
from app.web.desk.words import MESSAGE_STATE_SENTENCES, PURPOSE_SENTENCES, REASON_SENTENCES

ROOT = Path(__file__).resolve().parents[3]
INBOUND = {"inbound", "keypress"}
LINKS = {"home", "response"}  # what a link opens, not why a message is written


def test_every_reason_of_ours_is_said_in_words():
    known = {*REASON_SENTENCES, *MORE_REASON_SENTENCES}
    ends = {"next_rung", "answered", "delivered", "rescheduled", "ladder_ran_out", "appointment_started", "fault",
            "undone", "pathway_changed", "patient_changed", "patient_died", "patient_inactive", "patient_merged",
            "opted_out", "no_consent", "patient_unknown", "contact_removed", "staff"}  # fmt: skip
    ends |= {f"appointment_{status}" for status in AppointmentStatus if status not in REMINDED}
    ends |= {f"patient_{status}" for status in PatientStatus if status is not PatientStatus.ACTIVE}
    ends |= {f"contact_{state}" for state in ContactState if state is not ContactState.USABLE}
    assert {*Reason, *PatientReply, *ends} - known == set()


def test_every_state_has_words_of_its_own():
    assert set(MessageState) == MESSAGE_STATE_SENTENCES.keys()


def test_every_purpose_is_named():
    written = re.compile(r'\bpurpose="(\w+)"')
    found = {
        purpose
        for folder in ("conversations", "messaging", "pathways", "support", "jobs")
        for path in (ROOT / "app" / folder).rglob("*.py")
        for purpose in written.findall(path.read_text(encoding="utf-8"))
    }
    assert found - PURPOSE_SENTENCES.keys() <= INBOUND | LINKS
