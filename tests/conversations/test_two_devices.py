"""Two phones on one form, whatever the links do: each answer ends stored once, or shown beside the one that won."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.conversations.accept_packet import accept_packet
from app.core.clock import FrozenClock
from app.core.database import Database
from app.intake.begin_response import begin_response
from app.intake.models import Answer, Packet
from app.intake.store import current_version
from app.patients.links import create_link
from app.patients.models import Link, Patient
from tests.beds.small_clinic import SmallClinic, open_small_clinic

QUESTIONS = {
    "overall": ["better", "same", "worse"], "pain": [0, 1, 7, None], "chest-pain": [False], "drinking": [True, False],
}  # fmt: skip


@dataclass
class Device:
    """What the script on a phone promises: one packet at a time, the same bytes until their receipt comes back."""

    name: str
    skew: timedelta
    unsent: dict[str, tuple[Any, datetime]] = field(default_factory=dict)
    packet: bytes | None = None
    sequence: int = 1
    said: list[tuple[str, Any]] = field(default_factory=list)

    def edit(self, path: str, value: Any, now: datetime) -> None:
        self.unsent[path] = (value, now + self.skew)

    def seal(self, now: datetime) -> None:
        if self.packet is not None or not self.unsent:
            return
        answers = [{"path": p, "value": v, "at": at.isoformat()} for p, (v, at) in self.unsent.items()]
        sent_at = (now + self.skew).isoformat()
        self.packet = json.dumps(
            {"client": self.name, "sequence": self.sequence, "sent_at": sent_at, "answers": answers}
        ).encode()  # fmt: skip
        self.said += [(path, value) for path, (value, _) in self.unsent.items()]
        self.sequence, self.unsent = self.sequence + 1, {}


edits = st.tuples(st.just("edit"), st.sampled_from([(q, v) for q, values in QUESTIONS.items() for v in values]))
moves = st.tuples(st.sampled_from(["send", "lose_request", "lose_receipt", "twice", "reload", "wait"]), st.none())
steps = st.lists(st.tuples(st.sampled_from([0, 1]), edits | moves), min_size=4, max_size=24)
skews = st.sampled_from([timedelta(), timedelta(days=365), timedelta(hours=-9)])


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=steps, skew=skews)
def test_every_answer_is_stored_once_or_shown_as_a_conflict(clinic, walk, skew):
    link = _new_link(clinic)
    devices = [Device("one", skew), Device("two", timedelta())]
    for number, (move, said) in walk:
        clinic.clock.at += timedelta(seconds=7)
        _step(clinic, link, devices[number], move, said)
    for device in devices:
        while device.packet is not None or device.unsent:
            clinic.clock.at += timedelta(seconds=7)
            _step(clinic, link, device, "send", None)
    _check(clinic, link, devices)


def _new_link(clinic: SmallClinic) -> Link:
    """A patient of their own for each walk, so that one clinic serves them all."""
    patient_id, now = clinic.patient(None), clinic.clock.at
    with clinic.ground.database.write() as session:
        patient = session.get_one(Patient, patient_id)
        version = current_version(session, clinic.clinic_id, "symptom-check-in")
        response = begin_response(session, patient, version, "en-CA", now)
        made = create_link(session, patient, purpose="response", response_id=response.id, locale="en-CA", now=now)
        session.expunge(made.link)
    return made.link


def _step(clinic: SmallClinic, link, device: Device, move: str, said) -> None:
    now = clinic.clock.at
    if move == "edit":
        device.edit(*said, now)
        return
    if move in ("reload", "wait"):  # the draft is on the phone: a reload changes nothing
        return
    device.seal(now)
    if device.packet is None or move == "lose_request":
        return
    for _ in range(2 if move == "twice" else 1):
        receipt = accept_packet(clinic.ground, link, device.packet, sent_at=now + device.skew)
    if move != "lose_receipt":
        assert receipt["code"]
        device.packet = None


def _check(clinic: SmallClinic, link, devices: list[Device]) -> None:
    packets = clinic.rows(Packet, response_id=link.response_id)
    assert len(packets) == sum(device.sequence - 1 for device in devices)
    kept = clinic.rows(Answer, response_id=link.response_id)
    current = [each.path for each in kept if each.state == "current"]
    assert len(current) == len(set(current))
    stored = [(each.path, each.value) for each in kept]
    for device in devices:
        for path, value in device.said:
            if value is not None:  # each thing said is there: it counts, or it stands beside what replaced it
                assert (path, value) in stored, (path, value, stored)
    by_packet = [(each.packet_id, each.path) for each in kept]
    assert len(by_packet) == len(set(by_packet))  # nothing a packet brought is there twice
    assert all(each.reason for each in kept if each.state != "current")
