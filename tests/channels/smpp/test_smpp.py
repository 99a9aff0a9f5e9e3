"""Texts over an SMPP link, against a real SMSC on a wire that can be cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import smpp34

from channels.base import DeliveryStatus, FindingKind, Ignored, InboundMessage, OutboundMessage, StatusReceipt
from channels.errors import (
    AccountRefused,
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
from tests.gateway.smsc import TestSmsc, validity_periods
from tests.gateway.wire import Wire

PHONE = "+13065550155"
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
TORONTO = ZoneInfo("America/Toronto")
MALFORMED_SENDERS = ["1234", "North Clinic Ltd", "+1343555010", "911"]
LONG = "Votre rendez-vous est à 14 h 05. " * 12


@dataclass
class Rig:
    smsc: TestSmsc
    wire: Wire
    built: BuiltCarrier

    def send(self, text="oui", token="t1", **more):
        return self.built.text.send(OutboundMessage(token, PHONE, text, **more))

    def collect(self, count=1, *, timeout_s=30):
        """Events until there are `count`."""
        events, deadline = [], time.monotonic() + timeout_s
        while len(events) < count:
            assert time.monotonic() < deadline, events
            self.built.collector.collect(events.append, wait_s=0.05)
        return events

    def bring(self, *texts, **parameters):
        """Each text once the one before it was taken, for the carrier's side sends in no certain order: the events
        they make and the answers they get."""
        events, answers = [], []
        for text in texts:
            answers.append(self.smsc.write(text, **parameters))
            self.built.collector.collect(events.append, wait_s=30)
        return events, [answer.result(30) for answer in answers]


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


def tlv(tag: int, value: bytes):
    return smpp34.Tlv(tag, value)


def sar(reference: int, number: int, total: int) -> list:
    return [tlv(0x020C, reference.to_bytes(2, "big")), tlv(0x020E, bytes([total])), tlv(0x020F, bytes([number]))]


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
    ("sender", "shown"),
    [("80080", "80080"), ("+13435550100", "13435550100"), ("NorthClinic", "NorthClinic"), ("Clinic 2", "Clinic 2")],
)
def test_a_text_comes_from_a_number_a_short_code_or_a_name(rig, sender, shown):
    rig.send(sender=sender)
    assert [part.sender for part in rig.smsc.submitted] == [shown]


@pytest.mark.parametrize("sender", MALFORMED_SENDERS)
def test_a_malformed_sender_is_a_matter_of_our_account_not_of_the_patients_number(rig, sender):
    with pytest.raises(AccountRefused) as raised:
        rig.send(sender=sender)
    assert raised.value.decision is Decision.FIX_ACCOUNT
    assert rig.smsc.submitted == []


@pytest.mark.parametrize("sender", MALFORMED_SENDERS)
def test_a_malformed_sender_stops_the_start(sender):
    with pytest.raises(CarrierSettingsError, match="sender"):
        build(1, sender=sender)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (0x0B, AddressRefused),
        (0x50, AccountRefused),
        (0x51, AccountRefused),
        (0x01, ContentRefused),
        (0x58, TryLater),
        (0x14, TryLater),
        (0x08, TryLater),
    ],
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


def lose_the_answer_to(rig: Rig, number: int) -> None:
    """The part of a long text with this number is taken, and its answer comes too late."""

    def slow_down(part):
        rig.smsc.answer_after_s = 1.3 if part.content[5] == number else 0.0

    rig.smsc.refuse = slow_down


@pytest.mark.parametrize(("lost", "done"), [(1, 0), (2, 1)])
def test_an_answer_lost_in_the_middle_of_a_long_text_does_not_lose_its_rest(rig, lost, done):
    """The part nobody knows of goes again: it bears the same number, and the phone keeps one of the two."""
    lose_the_answer_to(rig, lost)
    with pytest.raises(PartlySent) as raised:
        rig.send(LONG)
    assert len(raised.value.part_ids) == done
    assert isinstance(raised.value.cause, OutcomeUnknown)
    rig.smsc.refuse = lambda _: None
    rig.smsc.answer_after_s = 0.0
    rig.send(LONG, token="t2", parts_done=done)
    assert [part.content[5] for part in rig.smsc.submitted] == [*range(1, lost + 1), *range(lost, 4)]
    assert len({part.content[3] for part in rig.smsc.submitted}) == 1


def test_an_answer_lost_at_the_end_of_a_long_text_leaves_the_parts_before_it_done(rig):
    lose_the_answer_to(rig, 3)
    with pytest.raises(OutcomeUnknown) as raised:
        rig.send(LONG)
    assert len(raised.value.part_ids) == 2


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
    deadline = time.monotonic() + 30
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


@pytest.mark.parametrize(
    ("words", "more", "status", "state"),
    [
        pytest.param(b"", {"esm_class": 4, "state": 2}, DeliveryStatus.DELIVERED, "DELIVRD", id="parameters alone"),
        pytest.param(b"", {"esm_class": 0, "state": 5}, DeliveryStatus.UNDELIVERED, "UNDELIV", id="not marked as one"),
        pytest.param(b"", {"esm_class": 4, "state": 99}, DeliveryStatus.UNKNOWN, "UNKNOWN", id="a state of its own"),
        pytest.param(
            b"id:0A10 sub:001 stat:ENROUTE err:000 text:", {"esm_class": 0x20}, DeliveryStatus.SENT, "ENROUTE",
            id="a word on the way",
        ),
        pytest.param(
            b"ID:0a10 STAT:Expired ERR:042 Text:stat:DELIVRD", {"esm_class": 4}, DeliveryStatus.UNDELIVERED, "EXPIRED",
            id="other letters, and words that look like a receipt",
        ),
    ],
)  # fmt: skip
def test_a_receipt_is_no_text_of_the_patients_whatever_its_form(rig, words, more, status, state):
    sent, state_number = rig.send(), more.pop("state", None)
    tlvs = [tlv(0x001E, sent.carrier_id.encode() + b"\0"), tlv(0x0427, bytes([state_number]))] if state_number else []
    rig.smsc.write(words, tlvs=tlvs, **more)
    (event,) = rig.collect()
    assert isinstance(event, StatusReceipt)
    assert (event.carrier_id, event.status, event.carrier_status) == (sent.carrier_id, status, state)


def test_the_link_binds_again_after_the_carrier_has_unbound(rig):
    rig.send("one")
    rig.smsc.unbind()
    rig.send("two")
    assert [part.content for part in rig.smsc.submitted] == [b"one", b"two"]


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
    assert answered.result(30) == smpp34.ESME_ROK


def test_a_text_we_could_not_keep_stays_with_the_carrier(rig):
    rig.send("bind")
    answered = rig.smsc.write(b"oui")

    def cannot(event):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        rig.built.collector.collect(cannot, wait_s=30)
    assert answered.result(30) == 0x64


def test_a_text_brought_again_because_our_answer_was_lost_is_the_same_text(rig):
    rig.send("bind")
    rig.smsc.write(b"oui")
    events = []

    def keep_and_cut(event):
        events.append(event)
        rig.wire.cut()
        time.sleep(0.2)

    rig.built.collector.collect(keep_and_cut, wait_s=30)
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


def test_ten_parts_named_by_optional_parameters_are_one_text(rig):
    """Some carriers join parts by sar_... parameters in place of a header in the text."""
    rig.send("bind")
    for number in (2, 1, *range(3, 11)):
        rig.smsc.write(f"{number};".encode(), tlvs=sar(7, number, 10))
    (event,) = rig.collect()
    assert (event.text, event.segments) == ("1;2;3;4;5;6;7;8;9;10;", 10)


def test_a_part_brought_twice_is_answered_twice_and_counts_once(rig):
    rig.send("bind")
    header = b"\x05\x00\x03\x2a\x02"
    parts = [header + part for part in (b"\x01bon", b"\x01bon", b"\x02soir")]
    (event,), answers = rig.bring(*parts, esm_class=0x40)
    assert event.text == "bonsoir"
    assert answers == [smpp34.ESME_ROK] * 3


def test_two_long_texts_under_one_number_are_not_mixed(rig):
    rig.send("bind")
    header = b"\x05\x00\x03\x2a\x02"
    parts = [header + part for part in (b"\x01first", b"\x01bon", b"\x02soir")]
    (first, second), _ = rig.bring(*parts, esm_class=0x40)
    assert (first.text, second.text) == ("first", "bonsoir")


def test_what_is_no_text_is_answered_and_ignored(rig):
    rig.send("bind")
    (event,), answers = rig.bring(b"\x01\x06\x00\xae", data_coding=4)
    assert isinstance(event, Ignored)
    assert answers == [smpp34.ESME_ROK]


def test_a_text_in_its_optional_parameter_is_heard(rig):
    rig.send("bind")
    rig.smsc.write(b"", tlvs=[tlv(0x0424, b"x" * 300)])
    assert rig.collect()[0].text == "x" * 300


@pytest.mark.parametrize("tag", [0x0005, 0x0019, 0x001D, 0x0422, 0x1400, 0x3FFF])
def test_a_parameter_nobody_expects_there_does_not_break_the_link(rig, tag):
    rig.send("bind")
    rig.smsc.write(b"oui", tlvs=[tlv(tag, b"\x01")])
    assert rig.collect()[0].text == "oui"
    assert len(rig.smsc.sessions) == 1


def test_what_cannot_be_read_stays_with_the_carrier_and_holds_nobody_up(rig):
    rig.send("bind")
    broken = rig.smsc.write(b"broken", tlvs=[tlv(0x020C, b"\x01")])  # a reference of two octets, with one
    rig.smsc.write(b"oui")
    assert rig.collect()[0].text == "oui"
    assert broken.result(30) == 0x64
    assert len(rig.smsc.sessions) == 1


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


@pytest.mark.parametrize(
    ("not_after", "said"),
    [
        pytest.param(NOW + timedelta(hours=1), "261201160000000+", id="in UTC"),
        pytest.param(datetime(2026, 12, 1, 20, 30, tzinfo=TORONTO), "261202013000000+", id="said in local time"),
        pytest.param(None, "", id="as long as the carrier likes"),
    ],
)
def test_a_message_that_must_not_be_late_expires_at_the_carrier(rig, not_after, said):
    rig.send(LONG, not_after=not_after)
    assert validity_periods(bytes(rig.wire.said)) == [said] * 3


def test_a_pair_of_links_sends_on_one_and_hears_on_the_other():
    smsc = TestSmsc(receipts="DELIVRD")
    smsc.start()
    built = build(smsc.port, bind="pair")
    built.collector.collect(print)
    built.text.send(OutboundMessage("t1", PHONE, "x"))
    assert len(smsc.sessions) == 2
    smsc.write(b"oui", session=smsc.sessions[0])
    heard = []
    while not heard:
        built.collector.collect(heard.append, wait_s=0.05)
    assert heard[0].text == "oui"
    built.text.link.close()
    built.collector.link.close()
    smsc.stop()
