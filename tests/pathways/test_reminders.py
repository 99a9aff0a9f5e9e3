"""The appointment reminder from booking to its last rung: when, on which channel, with which end."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.appointments.models import Appointment
from app.appointments.rules import AppointmentStatus
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.models import Clinic
from app.messaging.models import Message
from app.pathways.models import DueStep, Enrolment, Rung
from app.pathways.preview import preview
from app.pathways.rules import DueState
from app.pathways.run_due_steps import run_due_steps
from app.patients.models import ContactPoint, Patient
from app.support.models import Ticket
from channels.base import AnsweredBy, CallOutcome
from channels.simulator.network import PhoneBehaviour
from tests.beds.small_clinic import SmallClinic, open_small_clinic

TORONTO = ZoneInfo("America/Toronto")
START = datetime(2026, 12, 10, 14, 0, tzinfo=TORONTO)
PHONE = "+13065550155"


def steps(clinic: SmallClinic) -> dict[str, tuple[str, str | None]]:
    return {step.step: (step.state, step.reason) for step in clinic.rows(DueStep)}


def rungs(clinic: SmallClinic) -> list[tuple[str, str]]:
    return [(rung.action, rung.reason) for rung in clinic.rows(Rung)]


def booked(clinic: SmallClinic, start: datetime = START, number: str | None = PHONE, **values: object) -> int:
    appointment_id = clinic.book(clinic.patient(number, **values), start)
    clinic.tick()
    return appointment_id


def test_three_days_and_two_hours_before_and_each_step_ends_with_a_reason(clinic):
    booked(clinic)
    clinic.at(START - timedelta(days=3, seconds=1))
    assert clinic.texts(PHONE) == []
    clinic.at(START - timedelta(days=3))
    assert len(clinic.texts(PHONE)) == 1
    clinic.text(PHONE, "1")
    clinic.at(START - timedelta(hours=2))
    clinic.tick()
    assert clinic.texts(PHONE)[-1] == (
        "Pine Narrows Health Centre: your appointment is Thursday, December 10 at 2:00 p.m. Questions: 807-555-0100."
    )
    assert steps(clinic) == {"three_days": ("sent", "answered"), "two_hours": ("sent", "delivered")}


def test_the_same_event_handled_twice_and_the_same_tick_twice_send_once(clinic):
    appointment_id = booked(clinic)
    clinic.move(appointment_id, START)
    clinic.at(START - timedelta(days=3))
    clinic.tick()
    assert run_due_steps(clinic.ground) == 0
    assert len(clinic.texts(PHONE)) == 1
    assert len(clinic.rows(DueStep)) == 2
    assert len(clinic.rows(Enrolment)) == 1


def test_no_answer_climbs_to_a_call_then_to_a_person_and_each_rung_is_recorded(clinic):
    booked(clinic)
    clinic.behave(PHONE, PhoneBehaviour.ORDINARY)
    clinic.at(START - timedelta(days=3))
    clinic.pass_time(timedelta(hours=24))
    (call,) = clinic.calls(PHONE)
    clinic.network.change_call(call, CallOutcome.NO_ANSWER)
    clinic.tick()
    assert rungs(clinic) == [("sms", "first"), ("voice", "no_answer"), ("ticket", "undelivered")]
    (ticket,) = clinic.rows(Ticket)
    assert ticket.reason == "ladder_ran_out"
    assert ticket.details["rungs"] == ["sms", "voice"]
    assert steps(clinic)["three_days"] == ("sent", "ladder_ran_out")


def test_an_undelivered_text_goes_on_to_the_call_at_once(clinic):
    booked(clinic)
    clinic.behave(PHONE, PhoneBehaviour.SWITCHED_OFF)
    clinic.at(START - timedelta(days=3))
    clinic.tick()
    assert rungs(clinic)[:2] == [("sms", "first"), ("voice", "undelivered")]


def test_a_call_that_is_answered_but_not_replied_to_ends_with_a_person(clinic):
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    clinic.pass_time(timedelta(hours=24))
    (call,) = clinic.calls(PHONE)
    clinic.network.change_call(call, CallOutcome.COMPLETED)
    clinic.pass_time(timedelta(hours=4))
    assert rungs(clinic)[-1] == ("ticket", "no_answer")


def test_a_landline_starts_with_the_call(clinic):
    booked(clinic, is_landline=True)
    clinic.at(START - timedelta(days=3))
    assert clinic.texts(PHONE) == []
    assert len(clinic.calls(PHONE)) == 1
    assert rungs(clinic) == [("voice", "no_contact")]


def test_without_any_number_a_person_is_told(clinic):
    booked(clinic, number=None)
    clinic.at(START - timedelta(days=3))
    assert rungs(clinic) == [("ticket", "no_contact")]
    assert steps(clinic)["three_days"] == ("skipped", "no_contact")
    assert [ticket.reason for ticket in clinic.rows(Ticket)] == ["ladder_ran_out"]


def test_without_consent_nothing_goes(clinic):
    booked(clinic, has_consented=False)
    clinic.at(START - timedelta(days=3))
    clinic.at(START - timedelta(hours=2))
    assert clinic.texts(PHONE) == []
    assert clinic.calls(PHONE) == []
    assert set(steps(clinic).values()) == {("skipped", "no_consent")}


def test_rescheduling_plans_anew_and_says_the_new_time_only(clinic):
    appointment_id = booked(clinic)
    clinic.move(appointment_id, START + timedelta(days=7))
    clinic.at(START - timedelta(days=3))
    assert clinic.texts(PHONE) == []
    clinic.at(START + timedelta(days=4))
    (text,) = clinic.texts(PHONE)
    assert "Thursday, December 17" in text
    old = [step for step in clinic.rows(DueStep) if step.state == DueState.CANCELLED]
    assert {step.reason for step in old} == {"rescheduled"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (AppointmentStatus.CANCELLED, "appointment_cancelled"),
        (AppointmentStatus.FULFILLED, "appointment_fulfilled"),
        (AppointmentStatus.ARRIVED, "appointment_arrived"),
        (AppointmentStatus.ENTERED_IN_ERROR, "appointment_entered-in-error"),
        (AppointmentStatus.NOSHOW, "appointment_noshow"),
    ],
)
def test_cancellation_and_attendance_clear_what_was_planned(clinic, status, reason):
    appointment_id = booked(clinic)
    clinic.set_status(appointment_id, status)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    clinic.at(START - timedelta(hours=2))
    assert clinic.texts(PHONE) == []
    assert set(steps(clinic).values()) == {("cancelled", reason)}


def test_a_status_the_events_have_not_told_yet_is_seen_before_sending(clinic):
    appointment_id = booked(clinic)
    with clinic.ground.database.write() as session:
        session.get_one(Appointment, appointment_id).status = AppointmentStatus.CANCELLED
    clinic.at(START - timedelta(days=3))
    assert clinic.texts(PHONE) == []
    assert steps(clinic)["three_days"] == ("cancelled", "appointment_cancelled")


@pytest.mark.parametrize(
    ("status", "kind"),
    [("deceased", "patient_died"), ("merged", "patient_merged"), ("inactive", "patient_inactive")],
)
def test_death_merge_and_leaving_stop_everything_even_what_waits_in_the_outbox(clinic, status, kind):
    appointment_id = booked(clinic)
    clinic.clock.at = START - timedelta(days=3)
    run_due_steps(clinic.ground)
    patient_id = clinic.rows(Appointment, id=appointment_id)[0].patient_id
    clinic.set_patient(patient_id, status, kind)
    clinic.tick()
    clinic.at(START - timedelta(hours=2))
    assert clinic.texts(PHONE) == []
    assert {state for state, _ in steps(clinic).values()} == {"cancelled"}
    assert [message.state for message in clinic.rows(Message)] == ["cancelled"]


def test_booked_again_for_the_same_time_is_reminded_after_all(clinic):
    appointment_id = booked(clinic)
    clinic.set_status(appointment_id, AppointmentStatus.CANCELLED)
    clinic.tick()
    with clinic.ground.database.write() as session:
        session.get_one(Appointment, appointment_id).status = AppointmentStatus.BOOKED
        clinic._tell(session, "appointment_booked", appointment_id)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    assert len(clinic.texts(PHONE)) == 1


def test_nothing_goes_at_night_in_the_patients_own_zone(clinic):
    booked(clinic, zone="America/Vancouver", start=datetime(2026, 12, 10, 9, 0, tzinfo=TORONTO))
    clinic.at(datetime(2026, 12, 7, 9, 0, tzinfo=TORONTO))
    clinic.at(datetime(2026, 12, 7, 10, 59, tzinfo=TORONTO))
    assert clinic.texts(PHONE) == []
    clinic.at(datetime(2026, 12, 7, 11, 0, tzinfo=TORONTO))
    (text,) = clinic.texts(PHONE)
    assert "at 6:00 a.m." in text


def test_a_late_booking_is_caught_up_within_the_hour(clinic):
    clinic.at(START - timedelta(days=2))
    booked(clinic)
    assert len(clinic.texts(PHONE)) == 1
    assert steps(clinic)["three_days"][0] == "on_ladder"


def test_a_server_that_was_down_too_long_says_so_instead_of_sending_late(clinic):
    booked(clinic)
    clinic.at(START - timedelta(hours=3))
    assert clinic.texts(PHONE) == []
    assert steps(clinic)["three_days"] == ("missed", "too_late")


def test_whoever_asked_to_cancel_is_not_reminded_again(clinic):
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    clinic.text(PHONE, "3")
    clinic.at(START - timedelta(hours=2))
    assert steps(clinic)["two_hours"] == ("skipped", "wants_cancel")


def test_who_has_not_answered_is_asked_once_more_two_hours_before(clinic):
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    clinic.at(START - timedelta(hours=2))
    assert "Reply 1 if you are coming, 3 to cancel, 9 for a person." in clinic.texts(PHONE)[-1]
    (text,) = clinic.text(PHONE, "1")
    assert text.startswith("Thank you.")


def test_opting_out_between_the_steps_ends_the_ladder(clinic):
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    clinic.text(PHONE, "STOP")
    clinic.pass_time(timedelta(hours=25))
    clinic.at(START - timedelta(hours=2))
    assert clinic.calls(PHONE) == []
    assert len(clinic.texts(PHONE)) == 2
    assert {state for state, _ in steps(clinic).values()} <= {"sent", "skipped"}


def carried_by(clinic, **channels):
    with clinic.ground.database.write() as session:
        row = session.get_one(Clinic, clinic.clinic_id)
        row.settings = {**row.settings, "carriers": {channel: [name] for channel, name in channels.items()}}


def test_an_answer_takes_back_the_call_that_still_waits(clinic):
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    carried_by(clinic, voice="away")
    clinic.pass_time(timedelta(hours=24))
    assert rungs(clinic) == [("sms", "first"), ("voice", "no_answer")]
    clinic.text(PHONE, "1")
    carried_by(clinic, voice="simulator")
    clinic.pass_time(timedelta(minutes=5))
    assert clinic.calls(PHONE) == []
    assert steps(clinic)["three_days"] == ("sent", "answered")


def test_stop_takes_back_the_call_that_still_waits(clinic):
    """Whoever was told "no more texts" is not rung up by what was planned before."""
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    carried_by(clinic, voice="away")
    clinic.pass_time(timedelta(hours=24))
    clinic.text(PHONE, "STOP")
    carried_by(clinic, voice="simulator")
    clinic.pass_time(timedelta(minutes=5))
    assert clinic.calls(PHONE) == []
    (call,) = clinic.rows(Message, channel="voice")
    assert (call.state, call.reason) == ("suppressed", "opted_out")
    assert steps(clinic)["three_days"] == ("skipped", "opted_out")


def test_a_late_receipt_takes_back_the_call_that_still_waits(clinic):
    booked(clinic)
    carried_by(clinic, voice="away")
    clinic.at(START - timedelta(days=3))
    clinic.text(PHONE, "1")
    clinic.behave(PHONE, PhoneBehaviour.NO_COVERAGE)
    clinic.at(START - timedelta(hours=2))
    text = clinic.rows(Message, purpose="reminder")[-1]
    assert text.state == "sent"
    with clinic.ground.database.write() as session:  # the network gave up, then found the phone after all
        step = session.query(DueStep).filter_by(step="two_hours").one()
        step.due_at, step.reason = clinic.clock.now(), "undelivered"
    clinic.tick()
    assert rungs(clinic)[-1] == ("voice", "undelivered")
    clinic.behave(PHONE, PhoneBehaviour.ORDINARY)
    clinic.pass_time(timedelta(minutes=2))
    carried_by(clinic, voice="simulator")
    clinic.pass_time(timedelta(minutes=2))
    assert clinic.calls(PHONE) == []
    assert steps(clinic)["two_hours"] == ("sent", "delivered")


def test_a_late_failure_of_the_text_leaves_the_call_that_followed_it_alone(clinic):
    booked(clinic)
    clinic.behave(PHONE, PhoneBehaviour.NO_COVERAGE)
    clinic.at(START - timedelta(days=3))
    carried_by(clinic, voice="away")
    clinic.pass_time(timedelta(hours=24))
    clinic.behave(PHONE, PhoneBehaviour.SWITCHED_OFF)
    clinic.pass_time(timedelta(minutes=2))
    assert [(each.channel, each.state) for each in clinic.rows(Message)] == [
        ("sms", "undelivered"),
        ("voice", "pending"),
    ]
    assert rungs(clinic) == [("sms", "first"), ("voice", "no_answer")]
    (point,) = clinic.rows(ContactPoint)
    assert point.last_failed_at is not None


def test_when_a_person_takes_over_no_machine_calls_any_more(clinic):
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    carried_by(clinic, voice="away")
    clinic.pass_time(timedelta(hours=24))
    clinic.pass_time(timedelta(hours=5))
    assert rungs(clinic)[-1][0] == "ticket"
    carried_by(clinic, voice="simulator")
    clinic.pass_time(timedelta(minutes=5))
    assert clinic.calls(PHONE) == []


def test_a_reminder_nobody_carried_is_not_called_sent(clinic):
    booked(clinic)
    carried_by(clinic, sms="away", voice="away")
    clinic.at(START - timedelta(hours=2))
    clinic.at(START - timedelta(minutes=30))
    clinic.at(START - timedelta(minutes=29))
    assert steps(clinic)["two_hours"] == ("missed", "too_late")
    (ticket,) = clinic.rows(Ticket)
    assert (ticket.reason, ticket.details["why"], ticket.details["rungs"]) == ("ladder_ran_out", "expired", ["sms"])


def test_a_text_nobody_carried_in_time_goes_on_to_the_call(clinic):
    """Booked 27 hours ahead: the text is of no use in the last 24, its ladder runs until 4 hours before."""
    carried_by(clinic, sms="away", voice="simulator")
    clinic.at(START - timedelta(hours=27))
    booked(clinic)
    clinic.at(START - timedelta(hours=24) + timedelta(minutes=1))
    assert clinic.texts(PHONE) == []
    assert len(clinic.calls(PHONE)) == 1
    assert rungs(clinic) == [("sms", "first"), ("voice", "expired")]
    clinic.pass_time(timedelta(hours=4))
    assert rungs(clinic)[-1][0] == "ticket"


def test_what_expires_in_the_evening_is_a_persons_before_the_night_is_over(clinic):
    visit = datetime(2026, 12, 10, 8, 15, tzinfo=TORONTO)
    clinic.at(visit - timedelta(hours=14))
    booked(clinic, start=visit)
    carried_by(clinic, sms="away", voice="away")
    clinic.at(datetime(2026, 12, 9, 20, 0, tzinfo=TORONTO))
    clinic.at(datetime(2026, 12, 9, 21, 1, tzinfo=TORONTO))
    assert [(each.state, each.reason) for each in clinic.rows(Message)] == [("expired", "quiet_hours")]
    assert steps(clinic)["two_hours"] == ("missed", "too_late")
    assert [ticket.reason for ticket in clinic.rows(Ticket)] == ["ladder_ran_out"]


def test_what_nobody_carried_until_the_end_of_its_ladder_is_one_ticket_and_was_not_sent(clinic):
    carried_by(clinic, sms="away", voice="away")
    clinic.at(START - timedelta(hours=27))
    booked(clinic)
    clinic.at(START - timedelta(hours=24) + timedelta(minutes=1))
    clinic.pass_time(timedelta(hours=4))
    clinic.at(START - timedelta(hours=3))
    assert rungs(clinic)[1:] == [("voice", "expired"), ("ticket", "no_answer")]
    assert steps(clinic)["three_days"] == ("missed", "ladder_ran_out")
    assert len(clinic.rows(Ticket)) == 1


def test_a_text_that_expired_with_its_visit_is_nobodys_work_any_more(clinic):
    booked(clinic)
    carried_by(clinic, sms="away", voice="away")
    clinic.at(START - timedelta(hours=2))
    clinic.at(START + timedelta(minutes=1))
    assert steps(clinic)["two_hours"] == ("missed", "appointment_started")
    assert clinic.rows(Ticket) == []


def test_an_appointment_cancelled_between_the_rungs_ends_the_ladder(clinic):
    appointment_id = booked(clinic)
    clinic.at(START - timedelta(days=3))
    clinic.set_status(appointment_id, AppointmentStatus.CANCELLED)
    clinic.pass_time(timedelta(hours=30))
    assert clinic.calls(PHONE) == []
    assert steps(clinic)["three_days"] == ("cancelled", "appointment_cancelled")
    assert clinic.rows(Ticket) == []


def test_one_step_that_fails_does_not_stop_the_others(clinic):
    broken = booked(clinic)
    booked(clinic, number="+13065550156")
    with clinic.ground.database.write() as session:
        step = session.query(DueStep).order_by(DueStep.id).first()
        session.get_one(Patient, session.get_one(Appointment, broken).patient_id).locale = ""
        step.occurrence = "broken"
        enrolment = session.get_one(Enrolment, step.enrolment_id)
        enrolment.anchor_id = 1  # an appointment that does not exist
    clinic.at(START - timedelta(days=3))
    assert len(clinic.texts("+13065550156")) == 1
    for _ in range(5):
        clinic.pass_time(timedelta(minutes=30))
    assert ("missed", "fault") in {(step.state, step.reason) for step in clinic.rows(DueStep)}
    assert "ladder_ran_out" in {ticket.reason for ticket in clinic.rows(Ticket)}


def test_the_preview_is_exactly_what_the_patient_gets(clinic):
    appointment_id = booked(clinic, locale="fr-CA")
    with clinic.look() as session:
        foreseen = preview(session, session.get_one(Appointment, appointment_id), clinic.clock.now())
    clinic.at(START - timedelta(days=3))
    assert [step.channel for step in foreseen] == ["sms", "sms"]
    assert foreseen[0].body == clinic.texts(PHONE)[0]
    assert foreseen[0].at == START - timedelta(days=3)
    assert foreseen[0].segments == clinic.rows(Message)[0].segments
    assert foreseen[0].local_time == "lundi 7 décembre, 14 h 00"


def test_a_moment_in_the_night_is_previewed_where_it_is_moved_to(clinic):
    appointment_id = booked(clinic, start=datetime(2026, 12, 10, 8, 15, tzinfo=TORONTO))
    with clinic.look() as session:
        foreseen = preview(session, session.get_one(Appointment, appointment_id), clinic.clock.now())
    assert [step.at.astimezone(TORONTO).strftime("%d %H:%M") for step in foreseen] == ["07 08:15", "09 20:00"]


def test_claiming_takes_what_is_due_and_nothing_else(database: Database, clock: FrozenClock):
    clinic = open_small_clinic(database, clock)
    for day in range(5):
        booked(clinic, start=START + timedelta(days=day), number=f"+1306555016{day}")
    clinic.clock.at = START - timedelta(days=3) + timedelta(days=1)
    assert run_due_steps(clinic.ground) == 2


def test_a_machine_that_answers_hears_nothing_and_is_no_answer(clinic):
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    clinic.pass_time(timedelta(hours=24))
    (call,) = clinic.calls(PHONE)
    turn = clinic.pick_up(PHONE, call, answered_by=AnsweredBy.MACHINE)
    assert turn.prompt.says == ()
    assert turn.hangs_up
    clinic.network.change_call(call, CallOutcome.COMPLETED)
    clinic.pass_time(timedelta(hours=4))
    assert rungs(clinic)[-1] == ("ticket", "no_answer")
