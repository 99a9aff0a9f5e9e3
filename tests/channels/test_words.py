"""A code kept with a message becomes a sentence for a clerk, whichever carrier wrote it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.base import DeliveryStatus
from channels.modem.collector import TOO_LATE
from channels.modem.reasons import failure_reason, report_reason
from channels.registry import Surroundings, build_carriers
from channels.simulator.network import InMemoryNetwork
from channels.smpp.errors import RECEIPT_STATES, STATE_SENTENCES
from channels.words import explain, is_about_us

SETTINGS = {
    "simulator": {},
    "twilio": {"account_sid": "AC" + "0" * 32, "auth_tokens": ["secret"], "sender": "+13435550100"},
    "kannel": {"username": "clinic", "password": "secret", "secret": "0123456789abcdef", "sender": "80080"},
    "smpp": {"host": "127.0.0.1", "port": 1, "system_id": "clinic", "password": "secret", "sender": "80080"},
}


@pytest.fixture(scope="module")
def carriers(tmp_path_factory):
    spool = tmp_path_factory.mktemp("spool")
    for name in ("outgoing", "checked", "failed", "incoming", "sent", "report"):
        (spool / name).mkdir()
    around = Surroundings("https://clinic.example", lambda: datetime(2026, 12, 1, tzinfo=UTC), InMemoryNetwork())
    return build_carriers({**SETTINGS, "modem": {"spool": str(spool), "number": "+13065550177"}}, around)


@pytest.mark.parametrize(
    ("carrier", "code", "words"),
    [
        ("simulator", "switched_off", "switched off"),
        ("simulator", "landline", "landline"),
        ("simulator", "not_in_use", "No phone has this number."),
        ("kannel", "0x0000000b", "cannot be reached by text"),
        ("kannel", "403", "name, password or sender"),
        ("kannel", "503", "tried again"),
        ("modem", "67", "does not know this number"),
        ("modem", "70", "out of reach for too long"),
        ("modem", "38", "no network"),
        ("modem", "310", "SIM card"),
        ("modem", "500", "could not deliver"),
        ("smpp", "0x0000000b", "cannot be reached by text"),
        ("smpp", "1", "Only the carrier knows"),
        ("smpp", "6B", "Only the carrier knows"),
        ("twilio", "400", "gave no reason"),
        ("twilio", "404", "does not know the place"),
        ("twilio", "409", "stood in the way"),
        ("twilio", "429", "busy"),
        ("twilio", "302", "moved"),
        ("twilio", "30005", "not in use any more"),
    ],
)
def test_a_code_is_said_in_words(carriers, carrier, code, words):
    assert words in (explain(code, carriers[carrier]) or "")


@pytest.mark.parametrize(
    ("carrier", "code"),
    [("twilio", "39999"), ("twilio", "39"), ("smpp", "0x00000404"), ("modem", "x"), ("kannel", "x")],
)
def test_a_code_nobody_knows_has_no_words(carriers, carrier, code):
    assert explain(code, carriers[carrier]) is None


@pytest.mark.parametrize(
    ("carrier", "code", "expected"),
    [
        ("twilio", "20003", True), ("twilio", "401", True), ("twilio", "39999", False), ("twilio", "30022", False),
        ("twilio", "429", False), ("kannel", "403", True), ("kannel", "503", False), ("kannel", "0x0000000e", True),
        ("smpp", "0x0000000a", True), ("smpp", "0x00000404", False), ("smpp", "0x00000058", False),
        ("smpp", "account_refused", True), ("smpp", "carrier_unreachable", False), ("modem", "38", False),
    ],
)  # fmt: skip
def test_a_code_says_whether_our_own_account_is_at_fault(carriers, carrier, code, expected):
    assert is_about_us(code, carriers[carrier]) is expected


@pytest.mark.parametrize("reason", [*map(report_reason, range(64, 128)), failure_reason("Modem: CMS ERROR: 38")])
def test_a_modems_code_says_what_its_receipt_said(carriers, reason):
    assert explain(reason.code, carriers["modem"]) == reason.sentence


def test_every_failed_state_of_a_link_has_a_sentence():
    failed = {state for state, status in RECEIPT_STATES.items() if status is DeliveryStatus.UNDELIVERED}
    assert STATE_SENTENCES.keys() == failed
    assert TOO_LATE.sentence
