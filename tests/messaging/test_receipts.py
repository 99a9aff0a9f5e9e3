"""Receipts in any order, any number of times, before our own row and long after: the end is always the same."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core.models import AuditEvent, Event
from app.core.sealed import keyring
from app.messaging.drain import drain
from app.messaging.models import Receipt
from app.messaging.record_call_receipt import record_call_receipt
from app.messaging.record_receipt import apply_late_receipts, record_receipt
from app.messaging.settle_uncertain import settle_uncertain
from app.patients.models import ContactPoint, OptOut
from channels.base import CallOutcome, CallReceipt, DeliveryStatus, StatusReceipt
from channels.errors import Decision, OutcomeUnknown
from tests.messaging.carrier import failing
from tests.messaging.conftest import PHONE


def receipt(ground, status, *, carrier_id=None, token=None, code=None, decision=None, word=None):
    return StatusReceipt(
        carrier="scripted",
        carrier_id=carrier_id,
        attempt_token=token,
        status=status,
        carrier_status=word or status.value,
        heard_at=ground.clock.now(),
        carrier_code=code,
        decision=decision,
    )


@pytest.fixture
def sent(ground, carrier, queue, patient):
    """One message the carrier has accepted; gives its id."""
    with ground.database.read() as session:
        point = session.scalars(select(ContactPoint.id)).one()
    made = queue(patient_id=patient, contact_point_id=point, due_step_id=3)
    drain(ground)
    return made


def hear(ground, carrier, status, **more):
    record_receipt(ground, "scripted", receipt(ground, status, carrier_id=carrier.id_of(carrier.accepted[-1]), **more))


def kinds(ground):
    with ground.database.read() as session:
        return [event.kind for event in session.scalars(select(Event).order_by(Event.id))]


def test_receipts_move_a_message_to_delivered(ground, carrier, sent, message):
    hear(ground, carrier, DeliveryStatus.SENT)
    assert message(sent).state == "sent"
    hear(ground, carrier, DeliveryStatus.DELIVERED)
    assert (message(sent).state, message(sent).delivered_at) == ("delivered", ground.clock.now())
    assert kinds(ground) == ["message_delivered"]


def test_a_receipt_heard_twice_is_one_row_and_one_event(ground, carrier, sent):
    for _ in range(3):
        hear(ground, carrier, DeliveryStatus.DELIVERED)
    with ground.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == 1
    assert kinds(ground) == ["message_delivered"]


@pytest.mark.parametrize("later", [DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.UNDELIVERED])
def test_nothing_moves_a_delivered_message_back(ground, carrier, sent, message, later):
    hear(ground, carrier, DeliveryStatus.DELIVERED)
    hear(ground, carrier, later)
    assert message(sent).state == "delivered"


def test_a_word_nobody_knows_is_kept_and_changes_nothing(ground, carrier, sent, message):
    hear(ground, carrier, DeliveryStatus.UNKNOWN, word="teleported")
    assert message(sent).state == "accepted"
    with ground.database.read() as session:
        assert session.scalars(select(Receipt.status)).one() == "teleported"


def test_undelivered_says_why_and_tells_those_above(ground, carrier, sent, message):
    hear(ground, carrier, DeliveryStatus.UNDELIVERED, code="30003", decision=Decision.TRY_LATER)
    assert (message(sent).state, message(sent).reason) == ("undelivered", "30003")
    assert kinds(ground) == ["message_undelivered"]


def point_of(ground):
    with ground.database.read() as session:
        point = session.scalars(select(ContactPoint)).one()
        session.expunge(point)
        return point


def test_a_landline_is_remembered(ground, carrier, sent):
    hear(ground, carrier, DeliveryStatus.UNDELIVERED, code="30006", decision=Decision.LANDLINE_CALL)
    assert point_of(ground).is_landline
    assert point_of(ground).last_failed_at == ground.clock.now()


def test_a_number_that_is_nobodys_is_suspended(ground, carrier, sent):
    hear(ground, carrier, DeliveryStatus.UNDELIVERED, code="30005", decision=Decision.STOP_ADDRESS)
    assert (point_of(ground).state, point_of(ground).reason) == ("suspended", "30005")


@pytest.mark.parametrize("decision", [Decision.STOP_CALLS, Decision.FIX_ACCOUNT])
def test_a_number_that_cannot_be_called_or_an_account_of_ours_does_not_stop_its_texts(ground, carrier, sent, decision):
    hear(ground, carrier, DeliveryStatus.UNDELIVERED, code="21214", decision=decision)
    assert point_of(ground).state == "usable"


@pytest.mark.parametrize(
    ("code", "decision", "is_the_numbers"),
    [
        ("30003", Decision.TRY_LATER, True),
        ("30005", Decision.STOP_ADDRESS, True),
        ("30008", None, True),
        ("30007", Decision.FIX_CONTENT, False),
        ("30034", Decision.FIX_ACCOUNT, False),
    ],
    ids=["unreachable", "nobody's", "no word why", "filtered wording", "unregistered sender"],
)
def test_only_a_failure_that_speaks_of_the_number_is_held_against_it(
    ground, carrier, sent, code, decision, is_the_numbers
):
    hear(ground, carrier, DeliveryStatus.UNDELIVERED, code=code, decision=decision)
    assert (point_of(ground).last_failed_at is not None) is is_the_numbers


def test_a_delivery_is_remembered(ground, carrier, sent):
    hear(ground, carrier, DeliveryStatus.DELIVERED)
    assert point_of(ground).last_delivered_at == ground.clock.now()


def test_an_opt_out_the_carrier_holds_becomes_ours(ground, carrier, sent, queue, message):
    waiting = queue()
    hear(ground, carrier, DeliveryStatus.UNDELIVERED, code="21610", decision=Decision.OPTED_OUT)
    with ground.database.read() as session:
        opt_out = session.scalars(select(OptOut)).one()
        assert (opt_out.source, opt_out.address_index) == ("carrier", keyring().blind_index("address", PHONE))
    assert message(waiting).reason == "opted_out"


def test_an_opt_out_the_carrier_holds_is_in_the_audit_once(ground, carrier, sent):
    for code in ("21610", "21610", "30003"):
        hear(ground, carrier, DeliveryStatus.UNDELIVERED, code=code, decision=Decision.OPTED_OUT)
    with ground.database.read() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "opted_out"))
        assert (event.actor_kind, event.reason, event.patient_id) == ("carrier", "21610", point_of(ground).patient_id)


def test_another_carriers_receipt_does_not_touch_our_attempt(ground, carrier, sent, message):
    """Whoever learnt a token at one carrier's door cannot speak of another carrier's text."""
    token = carrier.accepted[0].attempt_token
    told = receipt(ground, DeliveryStatus.UNDELIVERED, carrier_id="K-1", token=token, code="21610",
                   decision=Decision.OPTED_OUT)  # fmt: skip
    record_receipt(ground, "another", told)
    assert message(sent).state == "accepted"
    with ground.database.read() as session:
        assert session.scalars(select(OptOut)).all() == []


def test_a_receipt_before_the_send_returned_is_applied_at_once(ground, carrier, queue, message):
    carrier.before_answer = lambda outbound, carrier_id: record_receipt(
        ground, "scripted", receipt(ground, DeliveryStatus.SENT, carrier_id=carrier_id, token=outbound.attempt_token)
    )
    early = queue()
    drain(ground)
    row = message(early)
    assert (row.state, row.external_id) == ("sent", carrier.id_of(carrier.accepted[0]))


def test_a_receipt_without_our_token_waits_for_the_carriers_id(ground, carrier, queue, message):
    carrier.before_answer = lambda _outbound, carrier_id: record_receipt(
        ground, "scripted", receipt(ground, DeliveryStatus.DELIVERED, carrier_id=carrier_id)
    )
    early = queue()
    drain(ground)
    assert message(early).state == "delivered"


def test_a_receipt_nobody_knows_is_kept_and_tried_again(ground, carrier, sent, message):
    record_receipt(ground, "scripted", receipt(ground, DeliveryStatus.DELIVERED, carrier_id="C-unknown"))
    assert apply_late_receipts(ground) == 0
    with ground.database.read() as session:
        assert session.scalars(select(Receipt.applied_at)).one() is None


def test_a_receipt_with_our_token_settles_an_uncertain_message(ground, carrier, queue, message):
    carrier.lost_answers = {PHONE}
    doubtful = queue()
    assert drain(ground).uncertain == 1
    token = carrier.accepted[0].attempt_token
    record_receipt(ground, "scripted", receipt(ground, DeliveryStatus.SENT, carrier_id="C-1", token=token))
    assert (message(doubtful).state, message(doubtful).external_id) == ("sent", "C-1")
    assert settle_uncertain(ground).still_open == 0


def test_a_receipt_stops_the_second_copy_of_a_message_believed_absent(ground, carrier, clock, queue, message):
    tokens = []

    def swallow(outbound):
        tokens.append(outbound.attempt_token)
        raise OutcomeUnknown

    carrier.mood = swallow
    doubtful = queue()
    drain(ground)
    settle_uncertain(ground)
    clock.advance(timedelta(minutes=2))
    assert settle_uncertain(ground).not_sent == 1
    record_receipt(ground, "scripted", receipt(ground, DeliveryStatus.DELIVERED, carrier_id="C-9", token=tokens[0]))
    assert drain(ground).handled == 0
    assert message(doubtful).state == "delivered"


def test_an_older_tries_failure_says_nothing_about_the_newer(ground, carrier, clock, queue, message):
    carrier.mood = failing(OutcomeUnknown())
    tried = queue()
    drain(ground)
    token = attempt_token(ground, tried)
    settle_uncertain(ground)
    clock.advance(timedelta(minutes=2))
    settle_uncertain(ground)
    carrier.mood = lambda _message: None
    drain(ground)
    record_receipt(ground, "scripted", receipt(ground, DeliveryStatus.UNDELIVERED, carrier_id="C-old", token=token))
    assert message(tried).state == "accepted"


def attempt_token(ground, message_id):
    from app.messaging.store import newest_attempt

    with ground.database.read() as session:
        return newest_attempt(session, message_id).token


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (CallOutcome.COMPLETED, "delivered", None),
        (CallOutcome.BUSY, "undelivered", "busy"),
        (CallOutcome.NO_ANSWER, "undelivered", "no_answer"),
        (CallOutcome.FAILED, "undelivered", "failed"),
        (CallOutcome.CANCELLED, "undelivered", "call_cancelled"),
        (CallOutcome.RINGING, "sent", None),
    ],
)
def test_a_calls_outcome_is_its_receipt(ground, carrier, sent, message, outcome, state, reason):
    token = carrier.accepted[0].attempt_token
    record_call_receipt(
        ground, "scripted", CallReceipt("scripted", "CA1", token, outcome, outcome.value, ground.clock.now())
    )
    assert (message(sent).state, message(sent).reason) == (state, reason)


STATUSES = st.sampled_from(
    [DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.UNDELIVERED, DeliveryStatus.DELIVERED]
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(heard=st.lists(st.tuples(STATUSES, st.booleans()), min_size=1, max_size=8), early=st.integers(0, 8))
def test_any_schedule_ends_where_the_best_word_says(ground, carrier, queue, message, heard, early):
    """Each receipt by our token or by the carrier's id, some before the send has returned, in any order."""

    def speak(outbound, carrier_id, words):
        for status, with_token in words:
            token = outbound.attempt_token if with_token else None
            record_receipt(ground, "scripted", receipt(ground, status, carrier_id=carrier_id, token=token))

    carrier.before_answer = lambda outbound, carrier_id: speak(outbound, carrier_id, heard[:early])
    made = queue(class_="reminder")
    drain(ground)
    speak(carrier.accepted[-1], carrier.id_of(carrier.accepted[-1]), heard[early:])
    best = max((status for status, _ in heard), key=lambda status: status.rank)
    assert message(made).state == best.value


def test_the_same_receipt_from_two_threads_at_once_is_one(ground, carrier, sent, message):
    threads = [threading.Thread(target=hear, args=(ground, carrier, DeliveryStatus.DELIVERED)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds(ground) == ["message_delivered"]
    assert message(sent).state == "delivered"
