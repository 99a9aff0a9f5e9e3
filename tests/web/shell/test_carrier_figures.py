"""What a monitor can see of handing over: doubts, the dead, leases, and each carrier's answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.core.clock import SystemClock
from app.core.ground import Ground
from app.core.ids import first_id_at
from app.messaging.drain import drain
from app.messaging.models import Message
from app.messaging.queue_message import Draft, queue_message
from app.web.shell.metrics import figures
from channels.errors import ContentRefused, OutcomeUnknown, TryLater
from tests.messaging.carrier import ScriptedCarrier
from tests.messaging.people import make_clinic

PHONE = "+13065550001"


@pytest.fixture
def clock():
    """Ids hold the machine's time, so a standing clock would know nothing of the last five minutes."""
    return SystemClock()


@pytest.fixture
def shown(database, clock):
    """Five texts with five fates at one carrier; the page of figures."""

    def mood(outbound):
        errors = {"doubt": OutcomeUnknown(), "later": TryLater(), "bad": ContentRefused()}
        if error := errors.get(outbound.text):
            raise error

    carrier = ScriptedCarrier(mood=mood)
    ground = Ground(database, clock, {carrier.name: carrier.built()}, "https://farline.test")
    with database.write() as session:
        clinic = make_clinic(session).id
        for number, words in enumerate(("fine", "fine too", "doubt", "later", "bad")):
            draft = Draft(
                clinic_id=clinic, channel="sms", address=f"+1306555{number:04}", purpose="reply", cause=words,
                body=words, obeys_quiet_hours=False,
            )  # fmt: skip
            queue_message(session, draft, now=clock.now())
    drain(ground)

    def page(later=timedelta()):
        with database.read() as session:
            return figures(session, clock.now(), clock.machine_now() + later)

    return page


@pytest.mark.parametrize(
    "line",
    [
        "farline_messages_uncertain 1",
        "farline_messages_dead_last_day 1",
        'farline_carrier_attempts{carrier="scripted",outcome="accepted"} 2',
        'farline_carrier_attempts{carrier="scripted",outcome="uncertain"} 1',
        'farline_carrier_failure_ratio{carrier="scripted"} 0.4',
        "farline_leases_expired 0",
    ],
)
def test_each_fate_is_counted(shown, line):
    assert line in shown().splitlines()


def test_what_waits_for_a_carrier_is_counted_though_it_is_due_later_each_time(database, clock):
    ground = Ground(database, clock, {}, "https://farline.test")
    with database.write() as session:
        draft = Draft(
            clinic_id=make_clinic(session).id, channel="sms", address="+13065550001", purpose="reply", cause="held",
            body="held", obeys_quiet_hours=False,
        )  # fmt: skip
        queue_message(session, draft, now=clock.now())
    drain(ground)
    with database.read() as session:
        page = figures(session, clock.now(), clock.machine_now())
    assert 'farline_messages_held{reason="no_carrier"} 1' in page
    assert 'farline_messages_held{reason="spend_cap"} 0' in page


def test_the_age_of_the_oldest_doubt_is_told(shown):
    line = next(line for line in shown(timedelta(seconds=90)).splitlines() if line.startswith("farline_oldest_unc"))
    assert 90 <= float(line.split()[1]) < 150


@pytest.mark.parametrize(
    ("written_days", "ahead_days", "ended_hours", "counted"),
    [(40, 0, 1, 1), (0, 10, 1, 1), (0, -10, 1, 1), (40, 0, 25, 0)],
    ids=["written long ago", "a demo's clock ahead", "a demo's clock behind", "ended the day before"],
)
def test_a_dead_text_is_counted_by_when_it_ended(database, clock, written_days, ahead_days, ended_hours, counted):
    machine_now = clock.machine_now()
    now = machine_now + timedelta(days=ahead_days)
    with database.write() as session:
        draft = Draft(clinic_id=make_clinic(session).id, channel="sms", address=PHONE, purpose="reply", cause="long")
        queue_message(session, draft, now=now - timedelta(days=written_days))
        session.flush()
        made = first_id_at(machine_now - timedelta(days=written_days))
        ended = {"id": made, "state": "dead", "updated_at": now - timedelta(hours=ended_hours)}
        session.execute(update(Message).values(ended))
    with database.read() as session:
        assert f"farline_messages_dead_last_day {counted}" in figures(session, now, machine_now).splitlines()


def test_what_a_person_decides_is_no_open_doubt_any_more(shown, database):
    with database.write() as session:
        row = session.query(Message).filter(Message.cause == "doubt").one()
        row.reason, row.lease_until = "unsettled", None
    lines = shown(timedelta(hours=2)).splitlines()
    assert "farline_messages_uncertain 0" in lines
    assert "farline_oldest_uncertain_seconds 0.0" in lines


def test_a_carriers_time_to_answer_is_told(shown):
    lines = [line for line in shown().splitlines() if line.startswith("farline_carrier_answer_seconds{")]
    assert [line.partition("of=")[2][:6] for line in lines] == ['"mean"', '"most"']
    assert all(0 <= float(line.split()[-1]) < 30 for line in lines)


def test_what_is_older_than_five_minutes_speaks_for_no_carrier(shown):
    assert 'carrier="scripted"' not in shown(timedelta(minutes=6))


def test_a_lease_nobody_swept_is_seen(shown, database):
    with database.write() as session:
        row = session.query(Message).filter(Message.cause == "fine").one()
        row.state, row.lease_until = "claimed", SystemClock().machine_now() - timedelta(minutes=3)
    assert "farline_leases_expired 1" in shown().splitlines()
