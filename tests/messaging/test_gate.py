"""The gate inside the claim: consent, status, quiet hours, not-after and loops, at hand-over time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.models import Clinic
from app.core.sealed import keyring
from app.messaging.drain import drain
from app.messaging.rules import MessageClass
from app.messaging.stop_sends import stop_sends
from app.patients.consent import lift_opt_out, record_consent
from app.patients.models import Patient
from app.patients.rules import ConsentStatus, PatientStatus
from tests.messaging.conftest import PHONE


def stop(ground, clinic):
    with ground.database.write() as session:
        index = keyring().blind_index("address", PHONE)
        return stop_sends(session, clinic, index, channel="sms", word="stop", source="patient", now=ground.clock.now())


def change_patient(ground, patient, **values):
    with ground.database.write() as session:
        row = session.get_one(Patient, patient)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_patient_who_stopped_after_the_message_was_queued_gets_nothing(
    ground, carrier, clinic, patient, queue, message
):
    waiting = queue(patient_id=patient)
    assert stop(ground, clinic) == 1
    assert drain(ground).handled == 0
    assert carrier.texts == []
    assert (message(waiting).state, message(waiting).reason) == ("suppressed", "opted_out")


def test_a_message_queued_after_stop_ends_at_the_gate(ground, carrier, clinic, patient, queue, message):
    stop(ground, clinic)
    late = queue(patient_id=patient)
    drain(ground)
    assert carrier.texts == []
    assert (message(late).state, message(late).reason) == ("suppressed", "opted_out")


def test_stop_by_text_ends_the_calls_that_a_ladder_has_waiting(ground, clinic, patient, queue, message):
    """A call that staff ask for, or that answers the patient's own wish, is none of a ladder's."""
    ladders = queue(patient_id=patient, channel="voice", purpose="reminder_call", due_step_id=7)
    asked_for = queue(patient_id=patient, channel="voice", purpose="call", ticket_id=7)
    assert stop(ground, clinic) == 1
    assert (message(ladders).state, message(ladders).reason) == ("suppressed", "opted_out")
    assert message(asked_for).state == "pending"


def test_a_ladders_call_queued_after_stop_ends_at_the_gate(ground, clinic, patient, queue, message):
    stop(ground, clinic)
    ladders = queue(patient_id=patient, channel="voice", purpose="reminder_call", due_step_id=7)
    asked_for = queue(patient_id=patient, channel="voice", purpose="call", ticket_id=7)
    drain(ground)
    drain(ground)
    assert (message(ladders).state, message(ladders).reason) == ("suppressed", "opted_out")
    assert (message(asked_for).state, message(asked_for).reason) == ("pending", "no_carrier")


def test_the_one_answer_that_confirms_stop_is_sent(ground, carrier, clinic, patient, queue):
    queue(patient_id=patient, needs_consent=False, body="You will get no more texts.")
    assert stop(ground, clinic) == 0
    assert drain(ground).accepted == 1


def test_start_opens_the_line_again_but_revives_nothing(ground, carrier, clinic, patient, queue):
    queue(patient_id=patient, body="old")
    stop(ground, clinic)
    with ground.database.write() as session:
        lift_opt_out(session, clinic, keyring().blind_index("address", PHONE), channel="sms", now=ground.clock.now())
    queue(patient_id=patient, body="new")
    drain(ground)
    assert carrier.texts == ["new"]


def test_withdrawn_consent_stops_what_waits(ground, carrier, clock, patient, queue, message):
    waiting = queue(patient_id=patient)
    clock.advance(timedelta(seconds=1))
    with ground.database.write() as session:
        record_consent(
            session, session.get_one(Patient, patient), status=ConsentStatus.WITHDRAWN, wording="said", source="staff",
            now=ground.clock.now(),
        )  # fmt: skip
    drain(ground)
    assert (message(waiting).state, message(waiting).reason) == ("suppressed", "no_consent")


@pytest.mark.parametrize("status", [PatientStatus.DECEASED, PatientStatus.MERGED, PatientStatus.INACTIVE])
@pytest.mark.parametrize("needs_consent", [True, False])
def test_nothing_goes_to_a_patient_who_is_no_longer_there(
    ground, carrier, patient, queue, message, status, needs_consent
):
    waiting = queue(patient_id=patient, needs_consent=needs_consent)
    change_patient(ground, patient, status=status)
    drain(ground)
    assert carrier.texts == []
    assert message(waiting).state == "suppressed"


@pytest.mark.parametrize(
    ("moment", "goes"),
    [
        ("2026-12-01T20:59-06:00", True),
        ("2026-12-01T21:00-06:00", False),
        ("2026-12-02T03:00-06:00", False),
        ("2026-12-02T07:59-06:00", False),
        ("2026-12-02T08:00-06:00", True),
    ],
)
def test_quiet_hours_are_kept_to_the_minute(ground, at, queue, moment, goes):
    at(moment)
    queue()
    assert drain(ground).accepted == int(goes)


def test_a_message_met_at_night_waits_for_the_morning_and_is_no_try(ground, at, queue, message):
    at("2026-12-01T23:30-06:00")
    waiting = queue(not_after=None)
    drain(ground)
    assert message(waiting).due_at.isoformat() == "2026-12-02T14:00:00+00:00"
    assert (message(waiting).state, message(waiting).attempts) == ("pending", 0)


def test_a_message_that_would_be_too_late_in_the_morning_ends_in_the_night(ground, clock, at, queue, message):
    at("2026-12-01T23:30-06:00")
    waiting = queue(not_after=clock.now() + timedelta(hours=2))
    drain(ground)
    assert (message(waiting).state, message(waiting).reason) == ("expired", "quiet_hours")


def test_an_answer_to_somebody_who_just_wrote_goes_at_night(ground, at, queue):
    at("2026-12-01T21:40-06:00")
    queue(obeys_quiet_hours=False)
    assert drain(ground).accepted == 1


@pytest.mark.parametrize(
    ("patients_zone", "places_zone", "goes"),
    [
        (None, None, True),  # 20:30 in Winnipeg, the clinic's
        (None, "America/St_Johns", False),  # 23:00 at the place
        ("America/Winnipeg", "America/St_Johns", True),  # the patient's own goes first
        ("America/Toronto", None, False),  # 21:30 where the patient lives
        ("Nowhere/Unknown", None, True),
    ],
)
def test_the_patients_zone_goes_before_the_places_and_the_clinics(
    ground, at, patient, queue, patients_zone, places_zone, goes
):
    at("2026-12-01T20:30-06:00")
    change_patient(ground, patient, zone=patients_zone)
    queue(patient_id=patient, zone=places_zone)
    assert drain(ground).accepted == int(goes)


def test_a_zone_learned_while_a_message_waits_moves_its_morning(ground, at, clock, patient, queue, message):
    at("2026-12-01T21:30-06:00")
    waiting = queue(patient_id=patient)
    drain(ground)
    change_patient(ground, patient, zone="America/Vancouver")
    clock.at = message(waiting).due_at  # eight in Winnipeg is six in Vancouver
    assert drain(ground).accepted == 0
    assert message(waiting).due_at - clock.now() == timedelta(hours=2)
    clock.at = message(waiting).due_at
    assert drain(ground).accepted == 1


def test_nothing_is_sent_after_its_time(ground, carrier, clock, queue, message):
    late = queue(not_after=clock.now() + timedelta(hours=1), class_=MessageClass.REMINDER)
    clock.advance(timedelta(hours=1, seconds=1))
    drain(ground)
    assert carrier.texts == []
    assert (message(late).state, message(late).reason) == ("expired", "too_late")


def test_every_message_has_a_not_after(ground, clock, queue, message):
    assert message(queue()).not_after == clock.now() + timedelta(hours=24)


@pytest.mark.parametrize("address", ["12345", "BANKOFNORTH"], ids=["short code", "a sender's name"])
def test_machines_are_not_answered(ground, carrier, queue, message, address):
    silent = queue(address=address)
    drain(ground)
    assert carrier.texts == []
    assert (message(silent).state, message(silent).reason) == ("suppressed", "not_a_phone")


def test_only_listed_countries_are_texted(ground, carrier, clinic, queue, message):
    abroad = queue(address="+33612345678")
    drain(ground)
    assert (message(abroad).state, message(abroad).reason) == ("suppressed", "country_not_allowed")
    with ground.database.write() as session:
        session.get_one(Clinic, clinic).settings = {"countries": ["CA", "FR"]}
    queue(address="+33612345678")
    assert drain(ground).accepted == 1


def test_two_machines_talking_to_each_other_fall_silent(ground, carrier, clock, queue, message):
    for number in range(61):
        last = queue(body=str(number))
        clock.advance(timedelta(seconds=1))
    while drain(ground).handled:
        pass
    assert len(carrier.texts) == 60
    assert (message(last).state, message(last).reason) == ("suppressed", "reply_budget")
    clock.advance(timedelta(hours=1))
    queue(body="an hour later")
    drain(ground)
    assert carrier.texts[-1] == "an hour later"
