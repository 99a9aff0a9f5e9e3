"""Two at once, a fault of ours, every sentence's cost."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from app.appointments.models import Appointment
from app.conversations import appointment_words, line_words
from app.conversations.choices import Choice
from app.conversations.hear_text import hear_text
from app.conversations.line_words import Line
from app.conversations.visit import Visit
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.models import Event
from app.intake.models import Answer, Response
from app.messaging.models import Message
from app.pathways.models import DueStep
from app.pathways.run_due_steps import run_due_steps
from app.support.models import Ticket
from channels.base import InboundMessage
from channels.sms.segments import Encoding, measure
from tests.beds.small_clinic import CARRIER, SENDER, SmallClinic, open_small_clinic
from tests.conversations.test_form_by_text import ask

TORONTO = ZoneInfo("America/Toronto")
START = datetime(2026, 12, 10, 14, 0, tzinfo=TORONTO)
PHONE = "+13065550155"


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


def at_once(*jobs) -> None:
    """Run all jobs at the same moment; a fault in one fails the test."""
    faults: list[Exception] = []
    gate = threading.Barrier(len(jobs))

    def run(job) -> None:
        gate.wait()
        try:
            job()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test shows it
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def inbound(clinic: SmallClinic, message_id: str, words: str) -> InboundMessage:
    return InboundMessage(CARRIER, message_id, PHONE, SENDER, words, clinic.clock.now())


def test_one_message_delivered_by_several_webhooks_at_once_is_one_message(clinic):
    clinic.book(clinic.patient(PHONE), START)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    heard = []
    at_once(*[lambda: heard.append(hear_text(clinic.ground, CARRIER, inbound(clinic, "SM-1", "2")))] * 6)
    assert sorted(each.is_new for each in heard) == [False] * 5 + [True]
    assert len({each.message_id for each in heard}) == 1
    assert len(clinic.rows(Event, kind="appointment_replied")) == 1
    assert len(clinic.rows(Ticket)) == 1
    assert len([row for row in clinic.rows(Message) if row.purpose == "reply"]) == 1


def test_several_answers_at_once_are_taken_one_after_the_other(clinic):
    response_id = ask(clinic, PHONE, "en-CA")
    at_once(*[lambda n=n: hear_text(clinic.ground, CARRIER, inbound(clinic, f"SM-{n}", "1")) for n in range(5)])
    (response,) = clinic.rows(Response)
    assert response.version == 6
    answered = [each.path for each in clinic.rows(Answer, response_id=response_id, state="current")]
    assert len(answered) == len(set(answered)) == 5


def test_due_steps_run_by_several_at_once_are_each_done_once(clinic):
    for number in range(12):
        clinic.book(clinic.patient(f"+130655501{number:02}"), START)
    clinic.tick()
    clinic.clock.at = START - timedelta(days=3)
    at_once(*[lambda: run_due_steps(clinic.ground)] * 4)
    reminders = [row for row in clinic.rows(Message) if row.purpose == "reminder"]
    assert len(reminders) == len({row.due_step_id for row in reminders}) == 12
    assert {row.state for row in clinic.rows(DueStep, step="three_days")} == {"on_ladder"}


def test_a_fault_of_ours_loses_no_text_it_goes_to_a_person(clinic):
    ask(clinic, PHONE, "en-CA")
    with clinic.ground.database.write() as session:
        session.execute(update(Response).values(state_sealed=b"broken"))
    clinic.text(PHONE, "I feel worse")
    (message,) = clinic.rows(Message, direction="inbound")
    assert (message.body, message.state) == ("I feel worse", "handled")
    assert [ticket.reason for ticket in clinic.rows(Ticket)] == ["unexpected_message"]
    assert clinic.rows(Answer) == []


def sentences(locale: str) -> dict[str, str]:
    visit = Visit("Pine Narrows Health Centre", "", "807-555-0100", datetime(2027, 8, 18, 18, 5, tzinfo=UTC),
                  "America/Toronto", locale)  # fmt: skip
    line = Line("Pine Narrows Health Centre", "807-555-0100", locale)
    said = {
        "ask": appointment_words.ask(visit),
        "recall": appointment_words.recall(visit, is_confirmed=False),
        "recall_confirmed": appointment_words.recall(visit, is_confirmed=True),
        "confirmed": appointment_words.confirmed(visit),
        "already": appointment_words.already_confirmed(visit),
        "move": appointment_words.passed_on(visit, Choice.MOVE),
        "cancel": appointment_words.passed_on(visit, Choice.CANCEL),
        "person": appointment_words.passed_on(visit, Choice.PERSON),
        "cannot": appointment_words.ask_move_or_cancel(visit),
        "not_read_1": appointment_words.not_read(visit, 1),
        "not_read_2": appointment_words.not_read(visit, 2),
        "handed_over": appointment_words.handed_over(visit),
        "moved": appointment_words.moved_since(visit),
        "off": appointment_words.no_longer_booked(visit),
        "over": appointment_words.is_over(visit),
    }
    plain = ("stopped", "started", "about", "read_by_person", "came_late", "wrong_number", "wrong_number_and_stop",
             "empty", "too_long", "no_pictures", "unknown_number", "form_intro", "back_to_questions")  # fmt: skip
    said |= {name: getattr(line_words, name)(line) for name in plain}
    return said | {
        name: getattr(line_words, name)(line, "https://f.ca/p/" + "x" * 27)
        for name in ("link", "form_link", "home_link")
    }


@pytest.mark.parametrize("locale", ["en-CA", "fr-CA"])
@pytest.mark.parametrize("name", sorted(sentences("en-CA")))
def test_every_sentence_costs_at_most_two_segments_and_no_dear_letter(name, locale):
    text = sentences(locale)[name]
    measured = measure(text)
    assert measured.encoding is Encoding.GSM_7, measured.offenders
    assert measured.segments <= 2


@pytest.mark.parametrize("name", sorted(sentences("en-CA")))
def test_every_sentence_exists_in_french(name):
    assert sentences("en-CA")[name] != sentences("fr-CA")[name]


def test_an_appointment_reply_is_told_once_to_what_sits_above(clinic):
    clinic.book(clinic.patient(PHONE), START)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    clinic.text(PHONE, "1")
    (event,) = clinic.rows(Event, kind="appointment_replied")
    assert event.details["start_at"] == clinic.rows(Appointment)[0].start_at.isoformat()
