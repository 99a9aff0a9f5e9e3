"""Inbound texts: stored once, exactly as they came, whatever they hold."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from app.core.models import Clinic
from app.messaging.models import Message
from app.messaging.receive_message import AlreadyReceived, address_of, message_of, received_before, store_message
from app.patients.store import address_index
from channels.base import InboundMessage


def text_in(ground, words="oui", *, carrier_id="SM1", sender="+13065550155"):
    return InboundMessage("scripted", carrier_id, sender, "+13435550100", words, ground.clock.now())


def receive(ground, clinic, inbound):
    """The id of the stored text, and whether it was new."""
    try:
        with ground.database.write() as session:
            address = address_of(inbound)
            message = message_of(
                "scripted", inbound, address, address_index(address),
                clinic=session.get_one(Clinic, clinic), now=ground.clock.now(),
            )  # fmt: skip
            store_message(session, message)
            return message.id, True
    except AlreadyReceived:
        with ground.database.read() as session:
            return received_before(session, "scripted", inbound), False


def test_a_text_is_stored_once(ground, clinic):
    first = receive(ground, clinic, text_in(ground))
    assert first[1]
    assert receive(ground, clinic, text_in(ground)) == (first[0], False)


@pytest.mark.parametrize(
    "words",
    ["", "\x00", "oui\x00non", "🙂" * 300, "x" * 10_000, "\u202earabic\u200f", "é\u0301", "\ud83d"],
    ids=["empty", "null", "null inside", "emoji", "long", "right to left", "combining", "half an emoji"],
)
def test_the_words_are_kept_exactly(ground, clinic, message, words):
    stored, _ = receive(ground, clinic, text_in(ground, words))
    assert message(stored).body == words


@pytest.mark.parametrize("sender", ["+1 306 555 0155", "306-555-0155", "+13065550155"])
def test_the_sender_is_known_however_the_carrier_writes_it(ground, clinic, message, sender):
    stored, _ = receive(ground, clinic, text_in(ground, sender=sender))
    assert message(stored).address == "+13065550155"


def test_a_null_in_the_carriers_own_fields_is_survived(ground, clinic):
    inbound = text_in(ground, carrier_id="SM\x002", sender="BANK\x00")
    assert receive(ground, clinic, inbound)[1]
    assert not receive(ground, clinic, inbound)[1]


def test_the_same_text_at_once_from_many_threads_is_one(ground, clinic):
    answers, threads = [], []
    for _ in range(8):
        threads.append(threading.Thread(target=lambda: answers.append(receive(ground, clinic, text_in(ground)))))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert sorted(is_new for _, is_new in answers) == [False] * 7 + [True]
    with ground.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_nothing_a_patient_wrote_lies_open_in_the_database(ground, clinic):
    stored, _ = receive(ground, clinic, text_in(ground, "my chest hurts"))
    with ground.database.read() as session:
        row = session.execute(select(Message.__table__).where(Message.id == stored)).one()
    assert not any(b"chest" in str(value).encode() or b"3065550155" in str(value).encode() for value in row)
