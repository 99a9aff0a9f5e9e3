"""Simulated phones keep what they are given, on both databases, and hide what did not reach them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.demo.network import DatabaseNetwork
from app.demo.phones import end_call, keep_dialled, keep_written, look_at_phone, show_prompt, take_waiting
from channels.base import CallOutcome, DeliveryStatus
from channels.simulator.network import PhoneBehaviour, SimulatedCall, SimulatedText

NUMBER = "+13065550155"
CLINIC = "+18075550100"


@pytest.fixture
def network(database):
    return DatabaseNetwork(database)


def text(clock, carrier_id="SIM1", words="Hello"):
    return SimulatedText(carrier_id, f"token-{carrier_id}", NUMBER, CLINIC, words, clock.now())


def look(database):
    with database.read() as session:
        return look_at_phone(session, NUMBER)


def test_a_text_shows_once_it_is_delivered(network, database, clock):
    network.keep_text(text(clock))
    assert look(database).bubbles == ()

    network.report_text("SIM1", DeliveryStatus.DELIVERED)

    assert [bubble.text for bubble in look(database).bubbles] == ["Hello"]


def test_every_text_kept_is_a_row_so_that_a_second_copy_shows(network, database, clock):
    for carrier_id in ("SIM1", "SIM2"):
        network.keep_text(text(clock, carrier_id))
        network.report_text(carrier_id, DeliveryStatus.DELIVERED)

    assert [bubble.text for bubble in look(database).bubbles] == ["Hello", "Hello"]


def test_sent_texts_wait_while_there_is_no_coverage(network, clock):
    network.keep_text(text(clock))
    network.report_text("SIM1", DeliveryStatus.SENT)
    network.set_behaviour(NUMBER, PhoneBehaviour.NO_COVERAGE)
    assert network.unreported_texts(10) == []

    network.set_behaviour(NUMBER, PhoneBehaviour.ORDINARY)

    assert [each.carrier_id for each in network.unreported_texts(10)] == ["SIM1"]


def test_texts_since_a_moment_are_found_by_number(network, clock):
    network.keep_text(text(clock))

    assert [each.attempt_token for each in network.texts_to(NUMBER, clock.now())] == ["token-SIM1"]
    assert network.texts_to(NUMBER, clock.now() + timedelta(seconds=1)) == []
    assert network.texts_to("+13065550199", clock.now()) == []


def test_the_same_written_text_twice_is_one(database, clock):
    assert keep_written(database, NUMBER, "SIMTa", "oui", at=clock.now(), waits=False)
    assert not keep_written(database, NUMBER, "SIMTa", "oui", at=clock.now(), waits=False)

    assert [bubble.text for bubble in look(database).bubbles] == ["oui"]


def test_texts_written_without_coverage_go_out_once_in_order(database, clock):
    for name in ("a", "b"):
        keep_written(database, NUMBER, f"SIMT{name}", name, at=clock.now(), waits=True)
    assert [bubble.waits for bubble in look(database).bubbles] == [True, True]

    assert take_waiting(database, NUMBER) == [("SIMTa", "a"), ("SIMTb", "b")]
    assert take_waiting(database, NUMBER) == []


def test_a_written_text_is_no_news_for_the_carrier(network, database, clock):
    keep_written(database, NUMBER, "SIMTa", "oui", at=clock.now(), waits=False)

    assert network.unreported_texts(10) == []
    assert network.texts_to(NUMBER, clock.now()) == []


def test_a_placed_call_rings_until_its_outcome(network, database, clock):
    network.keep_call(SimulatedCall("SIMC1", "token", NUMBER, CLINIC, clock.now(), 30))
    assert look(database).call.rings

    network.change_call("SIMC1", CallOutcome.ANSWERED)
    show_prompt(database, "SIMC1", {"says": [{"text": "Bonjour"}], "hang_up": False})

    call = look(database).call
    assert not call.rings
    assert call.screen["says"][0]["text"] == "Bonjour"
    assert [each.carrier_id for each in network.unreported_calls(10)] == ["SIMC1"]


def test_a_prompt_that_expects_nothing_ends_the_call(database, clock):
    keep_dialled(database, NUMBER, "SIMD1", at=clock.now())
    show_prompt(database, "SIMD1", {"says": [], "hang_up": True})

    assert look(database).call is None


def test_a_dialled_call_is_one_until_it_ends(network, database, clock):
    assert keep_dialled(database, NUMBER, "SIMD1", at=clock.now())
    assert not keep_dialled(database, NUMBER, "SIMD1", at=clock.now())
    assert network.unreported_calls(10) == []

    end_call(database, "SIMD1")

    assert look(database).call is None


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_nothing_a_phone_shows_is_readable_on_disk(network, database, clock):
    network.keep_text(text(clock, words="Rendez-vous vendredi"))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    stored = open(database.engine.url.database, "rb").read()  # noqa: PTH123, SIM115

    assert b"vendredi" not in stored
    assert NUMBER.encode() not in stored
