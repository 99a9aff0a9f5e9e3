"""The judge judged: the stand-in counts before it answers, misbehaves as told, and its callee follows a call."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from channels.base import (
    CallOutcome,
    CallReceipt,
    CallTurn,
    InboundCall,
    Keypress,
    OutboundCall,
    OutboundMessage,
    StatusReceipt,
)
from channels.errors import ChannelError
from channels.registry import BuiltCarrier, build_carriers
from forms.render.voice import KeySpec, Say, VoicePrompt
from tests.channels.rigs.rig import PHONE, surroundings
from tests.gateway.bed import StandInBed, start_standin
from tests.gateway.receiver import Receiver


@pytest.fixture
def standin(tmp_path) -> Iterator[StandInBed]:
    bed = start_standin(tmp_path / "standin")
    yield bed
    bed.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.shutdown()
    made.server_close()


def carrier_of(standin: StandInBed, receiver: Receiver) -> BuiltCarrier:
    built = build_carriers({"twilio": standin.settings}, surroundings(receiver.url))["twilio"]
    receiver.carrier = built.text
    return built


def send(built: BuiltCarrier, number: int) -> None:
    built.text.send(OutboundMessage(f"t{number}", PHONE, f"text {number}"))


def test_what_it_accepted_survives_its_own_sudden_death(standin, receiver):
    built = carrier_of(standin, receiver)
    for number in range(5):
        send(built, number)
    os.kill(standin.process.pid, signal.SIGKILL)
    standin.process.wait()
    again = start_standin(standin.folder)
    assert [entry["body"] for entry in again.messages()] == [f"text {number}" for number in range(5)]
    again.stop()


def test_shares_misbehave_in_proportion_and_the_ledger_counts_only_what_was_taken(standin, receiver):
    built = carrier_of(standin, receiver)
    standin.faults(shares={"too_many": 0.3, "error": 0.2, "reset_after": 0.1}, seed=7)
    outcomes = []
    for number in range(60):
        try:
            send(built, number)
            outcomes.append("ok")
        except ChannelError as error:
            outcomes.append(error.code)
    modes = [request["mode"] for request in standin.ledger()["requests"]]
    assert len(standin.messages()) == modes.count("ok") + modes.count("reset_after")
    assert outcomes.count("ok") == modes.count("ok")
    assert outcomes.count("try_later") == modes.count("too_many")
    assert 10 <= modes.count("too_many") <= 26


@pytest.mark.parametrize(("receipts", "each"), [("ok", 1), ("duplicated", 2), ("reordered", 1)])
def test_receipts_come_signed_and_as_told(standin, receiver, receipts, each):
    built = carrier_of(standin, receiver)
    standin.faults(receipts=receipts)
    for number in range(4):
        send(built, number)
    standin.settle()
    heard = [(event.attempt_token, event.carrier_status) for event in receiver.events]
    expected = [(f"t{number}", word) for number in range(4) for word in ("queued", "sent", "delivered")]
    assert sorted(heard) == sorted(expected * each)
    assert {status for _, status in receiver.statuses} == {200}


def test_reordered_receipts_are_out_of_order(standin, receiver):
    built = carrier_of(standin, receiver)
    standin.faults(receipts="reordered", receipt_delay_ms=5)
    for number in range(8):
        send(built, number)
    standin.settle()
    orders = {tuple(e.carrier_status for e in receiver.events if e.attempt_token == f"t{n}") for n in range(8)}
    assert orders - {("queued", "sent", "delivered")}


def test_early_receipts_come_before_the_send_has_returned(standin, receiver):
    built = carrier_of(standin, receiver)
    standin.faults(receipts="early")
    send(built, 1)
    assert [event.carrier_status for event in receiver.events if isinstance(event, StatusReceipt)] == [
        "queued",
        "sent",
        "delivered",
    ]


def test_a_number_can_be_told_to_fail(standin, receiver):
    built = carrier_of(standin, receiver)
    standin.faults(receipts="ok", undeliver={PHONE: 30006})
    send(built, 1)
    standin.settle()
    assert receiver.events[-1].carrier_code == "30006"


def test_its_callee_takes_a_call_presses_keys_and_hears_every_prompt(standin, receiver):
    built = carrier_of(standin, receiver)
    voice = receiver.carrier = built.voice
    standin.faults(callees={PHONE: ["1", "", "19800815#", "9"]})

    def answer(event):
        if isinstance(event, CallReceipt):
            return voice.acknowledge(event)
        turn = event.turn + 1 if isinstance(event, Keypress) else 0
        keys = KeySpec(most=8 if turn == 2 else 1) if turn < 4 else None
        return voice.render(VoicePrompt((Say(f"Question {turn}.", "en"),), keys), CallTurn("c1", turn))

    receiver.answering = answer
    voice.send(OutboundCall("c1", PHONE))
    receipts = receiver.wait_for(3, CallReceipt)
    (call,) = receiver.wait_for(1, InboundCall)
    assert (call.call_token, call.called) == ("c1", PHONE)
    pressed = [(event.turn, event.keys) for event in receiver.events if isinstance(event, Keypress)]
    assert pressed == [(0, "1"), (1, ""), (2, "19800815"), (3, "9")]
    assert [receipt.outcome for receipt in receipts] == [
        CallOutcome.RINGING,
        CallOutcome.ANSWERED,
        CallOutcome.COMPLETED,
    ]
