"""What every carrier keeps, whoever it is: one test of the adapter's contract, run against each one's own network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from channels.base import (
    Carrier,
    Collector,
    DeliveryStatus,
    FindingKind,
    InboundMessage,
    OutboundMessage,
    StatusReceipt,
)
from channels.errors import ChannelError, ContentRefused, ForgedRequest, OutcomeUnknown, TryLater
from channels.registry import KINDS
from tests.channels.rigs.kannel import KannelRig
from tests.channels.rigs.modem import ModemRig
from tests.channels.rigs.rig import PHONE, Arrived, Rig, wait_for
from tests.channels.rigs.simulator import SimulatorRig
from tests.channels.rigs.smpp import SmppRig
from tests.channels.rigs.twilio import TwilioRig

RIGS = {"simulator": SimulatorRig, "twilio": TwilioRig, "kannel": KannelRig, "smpp": SmppRig, "modem": ModemRig}
TEXTS = {
    "plain": "See you at 14 h 05. Reply 1 for yes.",
    "gsm": "é è à ù É {€} [ok]",
    "accents": "Peut-être bientôt ?",
    "syllabics": "ᐃᓄᒃᑎᑐᑦ ᑕᑯᓗᒍ",
    "emoji": "À demain 😀",
    "base64": "aGVsbG8=",
}


def test_every_registered_kind_has_a_rig():
    assert RIGS.keys() == KINDS.keys()


@pytest.fixture(params=sorted(RIGS))
def rig(request, tmp_path) -> Iterator[Rig]:
    made = RIGS[request.param](tmp_path)
    yield made
    made.close()


def send(rig: Rig, text: str = TEXTS["plain"], token: str = "t1"):
    return rig.built.text.send(OutboundMessage(token, PHONE, text))


def write(rig: Rig, text: str) -> None:
    rig.write(text, to=rig.numbers[0][0])


def heard(rig: Rig, kind, count=1):
    """Events of one kind, once there are `count`."""
    found = []

    def look():
        found.extend(event for event in rig.events() if isinstance(event, kind))
        return found if len(found) >= count else None

    return wait_for(look)


def test_it_is_what_it_says(rig):
    assert isinstance(rig.built.text, Carrier)
    assert rig.built.collector is None or isinstance(rig.built.collector, Collector)
    assert rig.built.name == rig.built.text.name == rig.built.kind


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_arrives_once_and_letter_for_letter(rig, text):
    send(rig, text)
    wait_for(rig.arrived)
    assert rig.arrived() == [Arrived(PHONE, text)]


def test_receipts_name_the_message_and_end_delivered(rig):
    sent = send(rig)
    wait_for(rig.arrived)
    receipts = []

    def delivered():
        receipts.extend(event for event in rig.events() if isinstance(event, StatusReceipt))
        return any(receipt.status is DeliveryStatus.DELIVERED for receipt in receipts)

    wait_for(delivered)
    assert all(receipt.attempt_token == "t1" or receipt.carrier_id == sent.carrier_id for receipt in receipts)
    assert all(receipt.carrier == rig.built.name and receipt.heard_at.tzinfo is UTC for receipt in receipts)


@pytest.mark.parametrize("text", ["oui", "Ça va, peut-être ᐃᓄ", "  37,8 "])
def test_a_text_is_heard_as_it_was_written(rig, text):
    write(rig, text)
    (message,) = heard(rig, InboundMessage)
    assert (message.carrier, message.sender, message.text) == (rig.built.name, PHONE, text)
    assert message.recipient == rig.numbers[0][1]
    assert message.carrier_id
    assert message.received_at.tzinfo is not None


def test_a_text_names_our_number_as_we_know_it_however_the_network_writes_it(rig):
    """By that number its clinic is found."""
    for written, known in rig.numbers:
        rig.write("oui", to=written)
        (message,) = heard(rig, InboundMessage)
        assert (written, message.recipient) == (written, known)


def test_the_same_words_twice_are_two_texts(rig):
    write(rig, "1")
    first = heard(rig, InboundMessage)[0]
    write(rig, "1")
    second = heard(rig, InboundMessage)[0]
    assert first.carrier_id != second.carrier_id


def test_an_answer_to_the_carrier_is_a_yes_without_words(rig):
    write(rig, "oui")
    answer = rig.built.text.acknowledge(heard(rig, InboundMessage)[0])
    assert 200 <= answer.status < 300
    assert "oui" not in answer.body


def test_a_request_the_carrier_did_not_sign_is_refused(rig):
    with pytest.raises(ForgedRequest) as raised:
        rig.built.text.verify(rig.forged())
    assert raised.value.sentence


def test_a_lost_answer_leaves_the_outcome_unknown_and_is_never_called_absent(rig):
    send(rig, "before", token="t0")
    since = datetime.now(UTC)
    if not rig.lose_the_next_answer():
        pytest.skip("this carrier takes a message in one step that cannot lose its answer")
    with pytest.raises(OutcomeUnknown) as raised:
        send(rig, "lost")
    assert not raised.value.retryable
    finding = rig.built.text.find(OutboundMessage("t1", PHONE, "lost"), since)
    assert finding.kind is not FindingKind.ABSENT
    assert finding.kind is not FindingKind.FOUND or finding.receipt.carrier_id


def test_what_was_never_sent_is_never_found(rig):
    message = OutboundMessage("never", PHONE, "never sent")
    assert rig.built.text.find(message, datetime.now(UTC)).kind is not FindingKind.FOUND


def test_a_carrier_that_is_not_there_may_be_tried_later(rig):
    with pytest.raises(TryLater) as raised:
        rig.absent().send(OutboundMessage("t1", PHONE, "secret words"))
    assert raised.value.retryable
    assert rig.arrived() == []
    assert PHONE not in str(raised.value)
    assert "secret words" not in str(raised.value)


def test_an_empty_text_is_refused_before_it_leaves(rig):
    with pytest.raises(ContentRefused):
        send(rig, "")
    assert rig.arrived() == []


def test_wording_a_message_changes_nothing(rig):
    message = OutboundMessage("t1", PHONE, TEXTS["accents"])
    assert dict(rig.built.text.render(message)) == dict(rig.built.text.render(message))
    assert rig.arrived() == []


def test_threads_may_send_at_the_same_time(rig):
    failures: list[ChannelError] = []

    def one(number: int) -> None:
        try:
            send(rig, f"text {number:02}", token=f"t{number}")
        except ChannelError as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    wait_for(lambda: len(rig.arrived()) >= 12)
    assert sorted(arrived.text for arrived in rig.arrived()) == [f"text {number:02}" for number in range(12)]


def test_secrets_do_not_show_when_a_carrier_is_printed(rig):
    for secret in ("stand-in-token", "simulator-test-secret", "kannel-test-secret", "trial-send", "link-secret"):
        assert secret not in repr(rig.built)
