"""Texts through the real Kannel: out with the coding we chose, receipts back, inbound kept until we have it."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest

from channels.base import DeliveryStatus, FindingKind, InboundMessage, OutboundMessage, StatusReceipt
from channels.errors import AccountRefused, CarrierUnreachable
from tests.beds.process import free_port
from tests.channels.kannel.conftest import build

PHONE = "+13065550155"


def message(token: str, text: str, to: str = PHONE) -> OutboundMessage:
    return OutboundMessage(token, to, text)


@pytest.mark.parametrize(
    ("token", "text", "coding"),
    [
        ("plain", "See you at 14 h 05, reply 1", "text"),
        ("gsm", "é è à ù É Ç {€} [ok]", "text"),
        ("circumflex", "Peut-être bientôt ?", "ucs-2"),
        ("syllabics", "ᐃᓄᒃᑎᑐᑦ ᑕᑯᓗᒍ", "ucs-2"),
        ("emoji", "Bonjour 😀", "ucs-2"),
    ],
)
def test_a_text_arrives_letter_for_letter_in_the_coding_we_chose(kannel, carrier, token, text, coding):
    kannel.connect_phones()
    receipt = carrier.send(message(token, text))
    (got,) = kannel.received(1)
    sender, recipient, shown_coding, words = got.split(" ", 3)
    arrived = words if coding == "text" else unquote_to_bytes(words.replace("+", "%20")).decode("utf-16-be")
    assert (sender, recipient, shown_coding, arrived) == ("80080", PHONE, coding, text)
    assert (receipt.carrier_id, receipt.carrier_status) == (token, "0")


def test_receipts_bring_our_token_back_in_whatever_order(kannel, carrier, receiver):
    kannel.connect_phones()
    carrier.send(message("token-1", "oui"))
    receipts = receiver.wait_for(2, StatusReceipt, attempt_token="token-1")
    assert {receipt.carrier_id for receipt in receipts} == {"token-1"}
    assert {receipt.status for receipt in receipts} == {DeliveryStatus.SENT, DeliveryStatus.DELIVERED}
    assert set(receiver.statuses) == {("GET", 200)}


def test_a_long_text_is_one_message_to_us_and_parts_to_the_phone(kannel, carrier):
    kannel.connect_phones()
    text = "Votre rendez-vous est à 14 h 05. " * 8
    receipt = carrier.send(message("long", text.strip()))
    assert receipt.segments == len(kannel.received(2))


def test_the_longest_text_arrives_whole(kannel, carrier):
    kannel.connect_phones()
    text = "ᐃᓄ😀 " * 130
    assert carrier.send(message("ten", text)).segments == 10
    parts = [unquote_to_bytes(line.rsplit(" ", 1)[1].replace("+", "%20")) for line in kannel.received(10)]
    assert b"".join(parts).decode("utf-16-be") == text


def test_an_inbound_text_is_heard_with_its_letters(kannel, carrier, receiver):
    kannel.connect_phones(sender="+13065550177", text="Ça va, peut-être ᐃᓄ")
    (text,) = receiver.wait_for(1, InboundMessage)
    assert (text.sender, text.recipient, text.text) == ("+13065550177", "80080", "Ça va, peut-être ᐃᓄ")
    assert len(text.carrier_id) == 36


def test_an_inbound_text_waits_while_we_cannot_keep_it(kannel, carrier, receiver):
    receiver.failing = 2
    kannel.connect_phones(text="still there?")
    (text,) = receiver.wait_for(1, InboundMessage, timeout_s=30)
    assert text.text == "still there?"
    assert [status for method, status in receiver.statuses if method == "POST"] == [503, 503, 200]


def test_messages_wait_for_a_link_that_is_down(kannel, carrier, receiver):
    kannel.disconnect_phones()
    carrier.send(message("patient", "later"))
    kannel.connect_phones()
    assert kannel.received(1) == [f"80080 {PHONE} text later"]
    assert receiver.wait_for(1, StatusReceipt, attempt_token="patient")


def test_a_wrong_password_is_a_matter_of_our_account(kannel):
    with pytest.raises(AccountRefused):
        build({**kannel.settings, "password": "wrong"}).send(message("t", "x"))


def test_a_gateway_that_is_not_there_has_not_got_the_message():
    settings = {"kind": "kannel", "send_url": f"http://127.0.0.1:{free_port()}/cgi-bin/sendsms"}
    settings |= {"username": "clinic", "password": "x", "secret": "0123456789abcdef", "sender": "80080"}
    with pytest.raises(CarrierUnreachable):
        build(settings).send(message("t", "x"))


def test_kannel_lists_nothing_so_only_a_receipt_can_tell(carrier):
    assert carrier.find(message("t", "x"), None).kind is FindingKind.CANNOT_TELL
