"""The real smsd with a modem of ours: texts leave, arrive and are reported on through the folder alone."""

from __future__ import annotations

import time

from channels.base import DeliveryStatus, InboundMessage, OutboundMessage, StatusReceipt
from tests.channels.modem.conftest import build

PHONE = "+13065550155"


def until(built, wanted, *, timeout_s=30):
    """Events, once the wanted ones are among them."""
    events, deadline = [], time.monotonic() + timeout_s
    while not wanted(events):
        assert time.monotonic() < deadline, events
        built.collector.collect(events.append)
        time.sleep(0.05)
    return events


def test_texts_leave_letter_for_letter_and_come_back_reported(smstools):
    built = build(smstools.folder)
    built.text.send(OutboundMessage("short", PHONE, "être à 14 h"))
    built.text.send(OutboundMessage("long", PHONE, "long é texte {€} " * 12))

    def both_delivered(events):
        return sum(e.status is DeliveryStatus.DELIVERED for e in events if isinstance(e, StatusReceipt)) == 2

    events = until(built, both_delivered)
    assert [event.status for event in events if event.attempt_token == "short"] == [
        DeliveryStatus.SENT,
        DeliveryStatus.DELIVERED,
    ]
    parts = smstools.modem.submitted
    assert [part.text for part in parts if not part.header] == ["être à 14 h"]
    assert "".join(part.text for part in parts if part.header) == "long é texte {€} " * 12


def test_texts_arrive_whole(smstools):
    built = build(smstools.folder)
    smstools.modem.receive("+13065550177", "Ça va ᐃᓄ")
    smstools.modem.receive("+13065550177", "soir", header=b"\x05\x00\x03\x2a\x02\x02")
    smstools.modem.receive("+13065550177", "bon", header=b"\x05\x00\x03\x2a\x02\x01")
    events = until(built, lambda heard: len(heard) == 2)
    assert sorted(event.text for event in events if isinstance(event, InboundMessage)) == ["bonsoir", "Ça va ᐃᓄ"]
    assert {event.sender for event in events} == {"+13065550177"}


def test_a_modem_without_network_ends_in_a_reason(smstools):
    smstools.modem.refuse = True
    built = build(smstools.folder)
    built.text.send(OutboundMessage("t1", PHONE, "x"))
    (event,) = until(built, len)
    assert (event.attempt_token, event.carrier_code) == ("t1", "38")
