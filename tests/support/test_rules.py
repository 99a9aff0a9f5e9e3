"""Who gets which ticket, and what follows a missed deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.support.rules import (
    Rung,
    Taker,
    TicketReason,
    TicketState,
    Timer,
    Topic,
    Urgency,
    Waiting,
    climbs_of,
    is_free,
    is_live_exchange,
    may_move,
    may_take,
    missed,
    needs_of,
    next_rung,
    order_for,
    topic_of,
)
from app.support.sentences import CLOSES_SENTENCES, SHORT_SENTENCES, WHY_SENTENCES

NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
ENGLISH = Taker({"en": "converse", "fr": "read"}, frozenset())
NURSE = Taker({"en": "converse"}, frozenset({"clinical"}))


def waiting(minutes: int, **said) -> Waiting:
    usual = {"topic": Topic.GENERAL, "urgency": Urgency.ROUTINE, "locale": "en", "is_raised": False}
    return Waiting(**{**usual, **said}, since=NOW - timedelta(minutes=minutes))


@pytest.mark.parametrize("reason", TicketReason)
def test_each_reason_says_why_and_what_closes_it(reason):
    assert WHY_SENTENCES[reason]
    assert CLOSES_SENTENCES[reason].endswith("then close.")
    assert SHORT_SENTENCES[reason]
    assert topic_of(reason) in Topic


def test_clinical_work_needs_a_clinical_skill_however_long_it_waits():
    old = waiting(60 * 24 * 30, topic=Topic.CLINICAL)
    assert not may_take(ENGLISH, old)
    assert may_take(NURSE, old)


@pytest.mark.parametrize(
    ("settings", "said", "expected"),
    [
        pytest.param({"requires": ["wounds"]}, {}, False, id="a skill the queue insists on"),
        pytest.param({"requires_language": True}, {"locale": "fr-CA"}, True, id="reading is enough for a text"),
        pytest.param({"requires_language": True}, {"locale": "fr-CA", "is_call": True}, False, id="not for a call"),
        pytest.param({"requires_language": True}, {"locale": "iu"}, False, id="a language nobody knows here"),
        pytest.param({}, {"locale": "iu"}, True, id="a preference alone refuses nobody"),
    ],
)
def test_what_a_queue_requires_never_relaxes(settings, said, expected):
    old = waiting(60 * 24 * 30, needs=needs_of(settings), **said)
    assert may_take(ENGLISH, old) is expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(waiting(5, locale="fr"), waiting(10, locale="iu"), id="read before foreign"),
        pytest.param(waiting(5), waiting(10, topic=Topic.TECHNICAL), id="without the topic's skill later"),
        pytest.param(
            waiting(10, locale="iu", needs=needs_of({"relaxes_after": 5})), waiting(5), id="the queue relaxes sooner"
        ),
        pytest.param(waiting(1, urgency=Urgency.URGENT), waiting(999, urgency=Urgency.SOON), id="urgency before age"),
        pytest.param(waiting(10), waiting(5), id="the older first"),
        pytest.param(waiting(5), waiting(10, locale="fr"), id="my language first while it is young"),
        pytest.param(waiting(25, locale="fr"), waiting(5), id="the preference ends after twenty minutes"),
        pytest.param(waiting(5, is_raised=True), waiting(60), id="released to the top"),
        pytest.param(waiting(5, urgency=Urgency.SOON), waiting(60, is_raised=True), id="raised in its urgency"),
    ],
)
def test_the_next_ticket_is_chosen_by_urgency_then_need_then_age(first, second):
    assert min([second, first], key=lambda each: order_for(ENGLISH, each, NOW)) is first


@pytest.mark.parametrize(
    ("state", "minutes_left", "expected"),
    [
        (TicketState.OPEN, None, True),
        (TicketState.CLAIMED, 5, False),
        (TicketState.CLAIMED, 0, True),
        (TicketState.SNOOZED, None, False),
        (TicketState.CLOSED, None, False),
    ],
)
def test_a_ticket_is_free_when_open_or_its_lease_ran_out(state, minutes_left, expected):
    lease = None if minutes_left is None else NOW + timedelta(minutes=minutes_left)
    assert is_free(state, lease_until=lease, machine_now=NOW) is expected


def test_a_closed_ticket_can_only_be_opened_again():
    assert [to for to in TicketState if may_move(TicketState.CLOSED, to)] == [TicketState.OPEN]


def test_missed_deadlines_come_earliest_first_and_kept_ones_never():
    late = missed(now=NOW, claim_due=None, answer_due=NOW, close_due=NOW - timedelta(hours=1))
    assert [timer for timer, _ in late] == [Timer.CLOSE, Timer.ANSWER]


@pytest.mark.parametrize(
    ("urgency", "climbed", "minutes", "expected"),
    [
        (Urgency.URGENT, 0, 0, Rung.REMIND),
        (Urgency.URGENT, 1, 4, None),
        (Urgency.URGENT, 1, 5, Rung.RELEASE),
        (Urgency.URGENT, 2, 10, Rung.SUPERVISOR),
        (Urgency.URGENT, 3, 15, Rung.ON_CALL),
        (Urgency.URGENT, 4, 600, None),
        (Urgency.ROUTINE, 2, 480, Rung.SUPERVISOR),
        (Urgency.ROUTINE, 3, 6000, None),
    ],
)
def test_the_ladder_is_climbed_one_rung_per_wait_and_only_urgent_rings(urgency, climbed, minutes, expected):
    assert (
        next_rung(climbs_of({}, urgency), climbed=climbed, missed_at=NOW - timedelta(minutes=minutes), now=NOW)
        is expected
    )


def test_an_answer_may_come_at_night_to_who_just_wrote():
    assert is_live_exchange(NOW - timedelta(minutes=119), NOW)
    assert not is_live_exchange(NOW - timedelta(minutes=120), NOW)
