"""What became of each message, for a clerk: found by filters, said in words, exported, identifying nobody."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from app.core.models import AuditEvent
from app.messaging.models import Message, MessageAttempt, Receipt
from app.messaging.queue_message import Draft, queue_message
from app.staff.rules import Role
from app.support.models import Ticket
from channels.registry import Surroundings, build_carriers
from tests.web.clinics import PHONE

SECRET_WORDS = "Your visit is on Friday"
TWILIO = {"kind": "twilio", "account_sid": "AC" + "0" * 32, "auth_tokens": ["secret"], "sender": "+13435550100"}


@pytest.fixture
def keep(ground):
    """Keep one message as it stands after its trip, with a try and a receipt; gives its id."""

    def keep(made, *, state="delivered", reason=None, channel="sms", carrier="line", purpose="reminder", words=()):
        now = ground.clock.now()
        with ground.database.write() as session:
            draft = Draft(
                clinic_id=made.clinic_id, channel=channel, address=PHONE, purpose=purpose, body=SECRET_WORDS,
                cause=f"test:{state}:{reason}:{channel}:{made.clinic_id}", patient_id=made.patient_id,
            )  # fmt: skip
            message = queue_message(session, draft, now=now)
            message.state, message.reason, message.carrier = state, reason, carrier
            message.external_id = f"SM-{message.id}"
            session.flush()
            session.add(
                MessageAttempt(
                    message_id=message.id, number=1, token=f"token-{message.id}", carrier=carrier, started_at=now,
                    outcome="accepted", external_id=message.external_id,
                )
            )  # fmt: skip
            for status, code, sentence in words:
                session.add(
                    Receipt(
                        carrier=carrier, external_id=message.external_id, status=status, error_code=code,
                        message_id=message.id, raw={"sentence": sentence}, received_at=now, applied_at=now,
                    )
                )  # fmt: skip
            return message.id

    return keep


@pytest.fixture
def twilio(ground):
    """The ground's carriers are Twilio's; nothing is sent."""
    known = build_carriers({"line": TWILIO}, Surroundings(ground.public_url, ground.clock.now))
    ground.carriers.update(known)
    return known


def rows(page: str) -> int:
    return page.count("<tr>") - 1 if "<tbody>" in page else 0


@pytest.mark.parametrize(
    ("which", "found"),
    [("all", 5), ("delivered", 1), ("not_delivered", 1), ("in_doubt", 1), ("not_sent", 1), ("waiting", 1), ("x", 5)],
)
def test_the_list_shows_what_was_asked_for(north, sign_in, keep, which, found):
    for state in ("delivered", "undelivered", "uncertain", "suppressed", "pending"):
        keep(north, state=state)
    assert rows(sign_in(north).get(f"/desk/messages?which={which}").text) == found


def test_channel_carrier_and_days_narrow_it_down(north, sign_in, keep):
    keep(north)
    keep(north, channel="voice", carrier="other")
    keep(north, channel="web", carrier="line")
    agent = sign_in(north)
    for query, found in (
        ("channel=voice", 1), ("carrier=other", 1), ("carrier=nobody", 0), ("channel=pigeon", 3), ("channel=web", 1),
        ("first=2026-12-01&last=2026-12-01", 3), ("last=2026-11-30", 0), ("first=tomorrow", 3),
    ):  # fmt: skip
        assert rows(agent.get(f"/desk/messages?{query}").text) == found, query


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "0001-01-03", "1999-12-31", "2101-01-01"])
@pytest.mark.parametrize("end", ["first", "last"])
def test_a_day_outside_our_calendar_is_as_if_it_were_not_said(north, sign_in, keep, day, end):
    keep(north)
    agent = sign_in(north)
    assert rows(agent.get(f"/desk/messages?{end}={day}").text) == 1
    assert agent.get(f"/desk/messages.csv?{end}={day}").text.count("\n") == 2


def test_words_on_the_page_went_to_no_number(north, sign_in, keep):
    message_id = keep(north, channel="web")
    agent = sign_in(north)
    assert '<option value="web">page</option>' in agent.get("/desk/messages").text
    text = agent.get(f"/desk/messages/{message_id}").text
    assert "Number" not in text
    assert PHONE[-4:] not in text


@pytest.mark.parametrize("reason", ["30005", "no_answer"])
def test_a_reason_ends_with_one_full_stop(north, sign_in, keep, twilio, reason):
    message_id = keep(north, state="undelivered", reason=reason)
    said = sign_in(north).get(f"/desk/messages/{message_id}").text.partition("<dl")[0]
    assert ".." not in said
    assert ". The next way to reach the patient" in said


def test_older_ones_are_behind_a_link(north, sign_in, keep, monkeypatch):
    monkeypatch.setattr("app.web.desk.messages.A_PAGE", 2)
    for state in ("delivered", "undelivered", "uncertain"):
        keep(north, state=state)
    agent = sign_in(north)
    page = agent.get("/desk/messages").text
    assert rows(page) == 2
    older = page.partition("before=")[2].partition('"')[0]
    assert rows(agent.get(f"/desk/messages?before={older}").text) == 1


def test_neither_list_nor_page_nor_file_says_who_or_what(north, sign_in, keep):
    message_id = keep(north)
    agent = sign_in(north)
    for path in ("/desk/messages", f"/desk/messages/{message_id}", "/desk/messages.csv"):
        text = agent.get(path).text
        for secret in (SECRET_WORDS, PHONE, PHONE[2:5] + " ", "Lindqvist", "Ada"):
            assert secret not in text, path


def test_a_code_becomes_a_sentence_and_says_what_comes_next(north, sign_in, keep, twilio):
    message_id = keep(north, state="undelivered", reason="30005", words=[("undelivered", "30005", None)])
    text = sign_in(north).get(f"/desk/messages/{message_id}").text
    assert "This number is not in use any more, or unknown to its network." in text
    assert "It did not reach the phone." in text
    assert "The next way to reach the patient is tried, or a ticket is opened." in text


@pytest.mark.parametrize(
    ("reason", "words", "said"),
    [
        ("undelivered", None, "it did not reach the phone, and no reason was given"),
        ("undelivered", ("undelivered", "", "The phone was out of reach for too long."), "out of reach for too long"),
        ("39999", ("undelivered", "39999", "The phone was out of reach for too long."), "out of reach for too long"),
        ("404", None, "The carrier does not know the place or the account we named."),
    ],
)
def test_page_list_and_file_say_why_in_words(north, sign_in, keep, twilio, reason, words, said):
    message_id = keep(north, state="undelivered", reason=reason, words=[words] if words else ())
    agent = sign_in(north)
    for path in (f"/desk/messages/{message_id}", "/desk/messages", "/desk/messages.csv"):
        assert said in agent.get(path).text, path
    assert "the carrier’s code" not in agent.page.text


def test_what_a_carrier_refused_at_once_is_said_in_its_words(north, sign_in, keep, twilio, ground):
    message_id = keep(north, state="undelivered", reason="21211")
    with ground.database.write() as session:
        refused = session.get_one(Message, message_id)
        refused.carrier = refused.external_id = None
    assert "this is not a valid phone number" in sign_in(north).get("/desk/messages").text


def test_the_patients_history_says_why_in_words_too(north, sign_in, keep, twilio):
    keep(north, state="undelivered", reason="undelivered", words=[("undelivered", "", "Nobody answered the call.")])
    agent = sign_in(north)
    assert "Nobody answered the call." in agent.get(f"/desk/tickets/{north.ticket_id}").text


def test_what_nobody_could_settle_is_not_said_to_be_checked(north, sign_in, keep, ground):
    message_id = keep(north, state="uncertain", reason="unsettled")
    with ground.database.write() as session:
        session.get_one(Ticket, north.ticket_id).message_id = message_id
    text = sign_in(north).get(f"/desk/messages/{message_id}").text
    assert "Perhaps sent" in text
    assert "The ticket decides" in text
    assert f'href="/desk/tickets/{north.ticket_id}"' in text
    for untrue in ("being checked", "15 minutes", "being asked"):
        assert untrue not in text


def test_what_most_likely_left_is_not_said_to_be_taken(north, sign_in, keep):
    message_id = keep(north, state="accepted", reason="probably_sent")
    agent = sign_in(north)
    text = agent.get(f"/desk/messages/{message_id}").text
    assert "Probably sent" in text
    assert "nobody knows for sure" in text
    assert "taken by the carrier" not in text + agent.get(f"/desk/tickets/{north.ticket_id}").text


def test_a_call_the_carrier_cancelled_says_nothing_of_the_appointment(north, sign_in, keep):
    message_id = keep(north, state="undelivered", reason="call_cancelled", channel="voice", purpose="reminder_call")
    text = sign_in(north).get(f"/desk/messages/{message_id}").text
    assert "the call was cancelled before anybody answered" in text
    assert "appointment was cancelled" not in text


@pytest.mark.parametrize(
    ("reason", "says", "says_not"),
    [
        ("no_carrier", "Tell whoever runs Farline", "Nothing needs to be done"),
        ("carrier_sick", "it leaves by itself. Nothing needs to be done.", "Tell whoever"),
        ("spend_cap", "raise the day’s limit in the settings", "Nothing needs to be done"),
        ("20003", "Tell whoever runs Farline", "Nothing needs to be done"),
        ("account_refused", "Tell whoever runs Farline", "Nothing needs to be done"),
        ("30022", "Nothing needs to be done", "Tell whoever"),
        ("carrier_unreachable", "Nothing needs to be done", "Tell whoever"),
        ("paced", "Nothing needs to be done", "Tell whoever"),
    ],
)
def test_what_waits_says_who_must_act(north, sign_in, keep, twilio, ground, reason, says, says_not):
    message_id = keep(north, state="pending", reason=reason)
    with ground.database.write() as session:
        session.get_one(Message, message_id).carrier = None
    text = sign_in(north).get(f"/desk/messages/{message_id}").text
    assert says in text
    assert says_not not in text


def test_a_fault_of_our_own_is_no_code_of_the_carriers(north, sign_in, keep, ground):
    message_id = keep(north, state="uncertain", reason="carrier_failed")
    with ground.database.write() as session:
        session.query(MessageAttempt).update({"outcome": "uncertain", "error_code": "carrier_failed"})
    text = sign_in(north).get(f"/desk/messages/{message_id}").text
    assert "Our own program failed while sending." in text
    assert "carrier_failed" not in text


def test_it_is_said_in_french_too(north, sign_in, keep, twilio):
    message_id = keep(north, state="undelivered", reason="30005", words=[("undelivered", "30005", None)])
    agent = sign_in(north)
    agent.get("/staff/account")
    agent.submit("/language", lang="fr", back="/staff/account")
    text = agent.get(f"/desk/messages/{message_id}").text
    assert "Le message n’est pas arrivé au téléphone." in text
    assert "30005" not in text.partition("<dl")[0]


def test_a_code_nobody_knows_is_shown_to_be_looked_up(north, sign_in, keep, twilio):
    message_id = keep(north, state="undelivered", reason="39999")
    assert "39999" in sign_in(north).get(f"/desk/messages/{message_id}").text


def test_the_file_holds_what_the_filters_found_and_is_on_record(north, sign_in, keep, ground):
    keep(north, state="undelivered", reason="no_carrier")
    keep(north)
    text = sign_in(north).get("/desk/messages.csv?which=not_delivered").text
    lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert len(lines) == 2
    assert lines[1][5:7] == ["not delivered", "no carrier for this channel"]
    with ground.database.read() as session:
        exported = session.scalars(select(AuditEvent).where(AuditEvent.action == "exported")).one()
        assert (exported.object_kind, exported.details) == ("message", {"rows": 1})


@pytest.mark.parametrize(("most", "is_cut"), [(2, True), (3, False)])
def test_a_file_that_does_not_hold_all_says_so(north, south, sign_in, keep, monkeypatch, most, is_cut):
    monkeypatch.setattr("app.web.desk.messages.A_PAGE", 1)
    monkeypatch.setattr("app.web.desk.messages.AN_EXPORT", most)
    for state in ("delivered", "undelivered", "expired"):
        keep(north, state=state)
    keep(south)
    agent = sign_in(north)
    words = f"it ends after the newest {most}."
    assert (words in agent.get("/desk/messages").text) is is_cut
    lines = list(csv.reader(io.StringIO(agent.get("/desk/messages.csv").text.lstrip("\ufeff"))))
    assert len(lines) == 4
    assert (words in lines[-1][0]) is is_cut


def test_opening_one_is_on_the_patients_record(north, sign_in, keep, ground):
    message_id = keep(north)
    sign_in(north).get(f"/desk/messages/{message_id}")
    with ground.database.read() as session:
        viewed = session.scalars(select(AuditEvent).where(AuditEvent.object_kind == "message")).one()
        assert (viewed.action, viewed.patient_id, viewed.object_id) == ("viewed", north.patient_id, message_id)


def test_another_clinics_messages_are_as_if_there_were_none(north, south, sign_in, keep, ground):
    message_id = keep(south)
    agent = sign_in(north)
    assert rows(agent.get("/desk/messages").text) == 0
    assert agent.get(f"/desk/messages/{message_id}").status_code == 404
    with ground.database.read() as session:
        assert session.get(Message, message_id) is not None


def test_who_runs_the_clinic_sees_states_and_whoever_audits_does_not(north, sign_in, keep):
    keep(north)
    assert sign_in(north, Role.ADMINISTRATOR).get("/desk/messages").status_code == 200
    assert sign_in(north, Role.AUDITOR).get("/desk/messages").status_code == 403


@pytest.mark.parametrize(
    ("state", "words"), [("received", "Arrived, not read yet"), ("handled", "Arrived and taken up")]
)
def test_a_patients_text_is_said_to_be_where_it_is(north, sign_in, keep, ground, state, words):
    message_id = keep(north, state=state)
    with ground.database.write() as session:
        session.get_one(Message, message_id).direction = "inbound"
    assert words in sign_in(north).get(f"/desk/messages/{message_id}").text
