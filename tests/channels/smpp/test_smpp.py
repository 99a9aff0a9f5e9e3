"""Texts over an SMPP link, against a real SMSC on a wire that can be cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import smpp34

from channels.base import DeliveryStatus, FindingKind, InboundMessage, OutboundMessage, StatusReceipt
from channels.errors import (
    AddressRefused,
    CarrierSettingsError,
    CarrierUnreachable,
    ChannelError,
    ContentRefused,
    Decision,
    ForgedRequest,
    OutcomeUnknown,
    PartlySent,
    TryLater,
    UnreadableRequest,
)
from channels.registry import BuiltCarrier, Surroundings, build_carriers
from channels.smpp.errors import submit_error
from channels.webhook import WebhookRequest
from tests.gateway.smsc import TestSmsc
from tests.gateway.wire import Wire

PHONE = "+13065550155"
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
LONG = "Votre rendez-vous est à 14 h 05. " * 12


@dataclass
class Rig:
    smsc: TestSmsc
    wire: Wire
    built: BuiltCarrier

    def send(self, text="oui", token="t1", **more):
        return self.built.text.send(OutboundMessage(token, PHONE, text, **more))

    def collect(self, count=1, *, timeout_s=8):
        """Events until there are `count`."""
        events, deadline = [], time.monotonic() + timeout_s
        while len(events) < count:
            assert time.monotonic() < deadline, events
            self.built.collector.collect(events.append, wait_s=0.05)
        return events


@pytest.fixture
def rig() -> Iterator[Rig]:
    smsc = TestSmsc()
    smsc.start()
    wire = Wire(smsc.port)
    made = Rig(smsc, wire, build(wire.port))
    yield made
    made.built.text.link.close()
    wire.close()
    smsc.stop()


def build(port: int, **settings) -> BuiltCarrier:
    given = {"kind": "smpp", "host": "127.0.0.1", "port": port, "system_id": "clinic", "password": "secret08"}
    given |= {"sender": "80080", "timeout_s": 1.0, "per_second": 500, **settings}
    return build_carriers({"smpp": given}, Surroundings("https://clinic.example", lambda: NOW))["smpp"]


# --- sending ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "content", "data_coding"),
    [("é {€}", b"\x05 \x1b(\x1be\x1b)", 0), ("ᐃᓄ", "ᐃᓄ".encode("utf-16-be"), 8), ("peut-être", None, 8)],
)
def test_a_text_arrives_in_the_coding_it_needs(rig, text, content, data_coding):
    receipt = rig.send(text)
    (part,) = rig.smsc.submitted
    assert part.content == (content or text.encode("utf-16-be"))
    assert (part.to, part.sender, part.data_coding) == ("13065550155", "80080", data_coding)
    assert (receipt.carrier_id, receipt.segments) == (part.id.lower().lstrip("0"), 1)


def test_a_long_text_goes_in_order_and_asks_for_one_receipt(rig):
    receipt = rig.send(LONG)
    parts = rig.smsc.submitted
    assert [part.content[5] for part in parts] == [1, 2, 3]
    assert [part.receipt_wanted for part in parts] == [False, False, True]
    assert receipt.part_ids[-1] == receipt.carrier_id
    assert receipt.segments == len(receipt.part_ids) == 3


@pytest.mark.parametrize(
    ("status", "error"),
    [(0x0B, AddressRefused), (0x01, ContentRefused), (0x58, TryLater), (0x14, TryLater), (0x08, TryLater)],
)
def test_a_refused_text_says_what_to_do_and_the_link_lives_on(rig, status, error):
    rig.smsc.refuse = lambda _: status
    with pytest.raises(error) as raised:
        rig.send()
    assert raised.value.carrier_code == f"0x{status:08x}"
    rig.smsc.refuse = lambda _: None
    rig.send("again")
    assert len(rig.smsc.submitted) == 1


def test_a_code_of_the_carriers_own_is_kept():
    error = submit_error(0x0404)
    assert (error.carrier_code, error.retryable) == ("0x00000404", False)


def test_a_long_text_stopped_half_way_goes_on_where_it_stopped(rig):
    rig.smsc.refuse = lambda part: 0x58 if part.content[5] == 2 else None
    with pytest.raises(PartlySent) as raised:
        rig.send(LONG)
    assert len(raised.value.part_ids) == 1
    assert isinstance(raised.value.cause, TryLater)
    rig.smsc.refuse = lambda _: None
    rig.send(LONG, token="t2", parts_done=1)
    assert [part.content[5] for part in rig.smsc.submitted] == [1, 2, 3]
    assert len({part.content[3] for part in rig.smsc.submitted}) == 1


def test_threads_may_send_at_the_same_time_within_the_window(rig):
    failures: list[ChannelError] = []

    def send(number: int) -> None:
        try:
            rig.send(f"text {number}", token=f"t{number}")
        except ChannelError as error:
            failures.append(error)

    threads = [threading.Thread(target=send, args=[number]) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(part.content for part in rig.smsc.submitted) == sorted(f"text {n}".encode() for n in range(60))
    assert len(rig.smsc.sessions) == 1


def test_the_link_keeps_its_pace():
    smsc = TestSmsc()
    smsc.start()
    carrier, began = build(smsc.port, per_second=20).text, time.monotonic()
    for number in range(5):
        carrier.send(OutboundMessage(f"t{number}", PHONE, "x"))
    assert time.monotonic() - began >= 4 / 20
    carrier.link.close()
    smsc.stop()


# --- a bad wire -------------------------------------------------------------------------------------------------------


def test_a_carrier_nobody_can_connect_to_has_not_got_the_text():
    smsc = TestSmsc()  # a port nobody listens on
    with pytest.raises(CarrierUnreachable):
        build(smsc.port).text.send(OutboundMessage("t1", PHONE, "x"))


def test_an_answer_that_never_comes_leaves_the_outcome_unknown(rig):
    rig.send("bound")
    rig.wire.mute = True
    with pytest.raises(OutcomeUnknown):
        rig.send("lost answer")
    assert len(rig.smsc.submitted) == 2
    message = OutboundMessage("t1", PHONE, "x")
    assert rig.built.text.find(message, NOW).kind is FindingKind.CANNOT_TELL


def test_a_wire_cut_while_waiting_leaves_the_outcome_unknown(rig):
    rig.smsc.answer_after_s = 0.5
    threading.Timer(0.2, rig.wire.cut).start()
    with pytest.raises(OutcomeUnknown):
        rig.send()


def test_the_link_binds_again_after_a_cut(rig):
    rig.send("one")
    rig.wire.cut()
    deadline = time.monotonic() + 5
    while len(rig.smsc.submitted) < 2:
        assert time.monotonic() < deadline
        try:
            rig.send("two")
        except CarrierUnreachable:
            time.sleep(0.05)
    assert [part.content for part in rig.smsc.submitted] == [b"one", b"two"]


def test_an_answer_after_we_gave_up_settles_the_attempt(rig):
    rig.smsc.answer_after_s = 1.3
    with pytest.raises(OutcomeUnknown):
        rig.send(token="late-1")
    (event,) = rig.collect()
    assert (event.attempt_token, event.status) == ("late-1", DeliveryStatus.ACCEPTED)
    assert event.carrier_id == rig.smsc.submitted[0].id.lower().lstrip("0")


def test_a_late_refusal_settles_the_attempt_too(rig):
    rig.smsc.answer_after_s = 1.3
    rig.smsc.refuse = lambda _: 0x0B
    with pytest.raises(OutcomeUnknown):
        rig.send(token="late-2")
    (event,) = rig.collect()
    assert (event.attempt_token, event.status) == ("late-2", DeliveryStatus.UNDELIVERED)
    assert event.decision is Decision.STOP_ADDRESS


# --- receipts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("DELIVRD", DeliveryStatus.DELIVERED),
        ("ACCEPTD", DeliveryStatus.SENT),
        ("UNDELIV", DeliveryStatus.UNDELIVERED),
        ("EXPIRED", DeliveryStatus.UNDELIVERED),
        ("NEWWORD", DeliveryStatus.UNKNOWN),
    ],
)
def test_a_receipt_names_the_message_it_is_about(rig, state, status):
    rig.smsc.receipts = state
    sent = rig.send()
    (event,) = rig.collect()
    assert isinstance(event, StatusReceipt)
    assert (event.carrier_id, event.status, event.carrier_status) == (sent.carrier_id, status, state)


def test_a_carrier_that_writes_receipts_in_decimal_is_understood():
    smsc = TestSmsc(receipts="DELIVRD", receipt_id=lambda carrier_id: str(int(carrier_id, 16)))
    smsc.start()
    built = build(smsc.port, receipt_ids="decimal")
    made = Rig(smsc, Wire(smsc.port), built)
    sent = made.send()
    assert made.collect()[0].carrier_id == sent.carrier_id
    built.text.link.close()
    smsc.stop()


# --- inbound ----------------------------------------------------------------------------------------------------------


def test_an_inbound_text_is_answered_only_after_it_is_kept(rig):
    rig.send("bind")
    answered = rig.smsc.write("Ça va".encode("utf-16-be"), data_coding=8)
    time.sleep(0.2)
    assert not answered.done()
    (event,) = rig.collect()
    assert (event.sender, event.recipient, event.text) == ("+13065550155", "80080", "Ça va")
    assert isinstance(event, InboundMessage)
    assert answered.result(5) == smpp34.ESME_ROK


def test_a_text_we_could_not_keep_stays_with_the_carrier(rig):
    rig.send("bind")
    answered = rig.smsc.write(b"oui")

    def cannot(event):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        rig.built.collector.collect(cannot, wait_s=2)
    assert answered.result(5) == 0x64


def test_a_text_brought_again_because_our_answer_was_lost_is_the_same_text(rig):
    rig.send("bind")
    rig.smsc.write(b"oui")
    events = []

    def keep_and_cut(event):
        events.append(event)
        rig.wire.cut()
        time.sleep(0.2)

    rig.built.collector.collect(keep_and_cut, wait_s=2)
    rig.send("bind again")
    rig.smsc.write(b"oui")
    events += rig.collect()
    rig.smsc.write(b"oui")
    events += rig.collect()
    ids = [event.carrier_id for event in events]
    assert ids[0] == ids[1] != ids[2]


def test_the_parts_of_a_long_text_are_one_text_in_whatever_order_they_come(rig):
    rig.send("bind")
    header = b"\x05\x00\x03\x2a\x02"
    rig.smsc.write(header + b"\x02soir", esm_class=0x40)
    time.sleep(0.1)
    rig.smsc.write(header + b"\x01bon", esm_class=0x40)
    (event,) = rig.collect()
    assert (event.text, event.segments) == ("bonsoir", 2)


def test_a_part_whose_rest_never_comes_is_not_lost(rig, monkeypatch):
    monkeypatch.setattr("channels.smpp.collector.PATIENCE_S", 0.3)
    rig.send("bind")
    rig.smsc.write(b"\x05\x00\x03\x2a\x02\x01only half", esm_class=0x40)
    assert rig.collect()[0].text == "only half"


# --- no door ----------------------------------------------------------------------------------------------------------


def test_there_is_no_web_door_to_knock_at():
    carrier, request = build(1).text, WebhookRequest("POST", "https://clinic.example/carriers/smpp/text")
    with pytest.raises(ForgedRequest):
        carrier.verify(request)
    with pytest.raises(UnreadableRequest):
        carrier.parse(request, NOW)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"host": ""}, "host"),
        ({"window": 0}, "window"),
        ({"port": "x"}, "port"),
        ({"bind": "both"}, "bind"),
        ({"hots": "x"}, "hots"),
    ],
)
def test_a_wrong_setting_is_named(settings, words):
    with pytest.raises(CarrierSettingsError, match=words):
        build(settings.pop("port", 1), **settings)


def test_secrets_do_not_show_when_a_carrier_is_printed():
    assert "secret08" not in repr(build(1).text) + repr(build(1).text.link.settings)


def test_a_message_that_must_not_be_late_expires_at_the_carrier(rig):
    rig.send(not_after=NOW + timedelta(hours=1))
    assert len(rig.smsc.submitted) == 1


def test_a_pair_of_links_sends_on_one_and_hears_on_the_other():
    smsc = TestSmsc(receipts="DELIVRD")
    smsc.start()
    built = build(smsc.port, bind="pair")
    built.collector.collect(print)
    built.text.send(OutboundMessage("t1", PHONE, "x"))
    assert len(smsc.sessions) == 2
    smsc.write(b"oui")
    built.text.link.close()
    built.collector.link.close()
    smsc.stop()
