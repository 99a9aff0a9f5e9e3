"""What Kannel's requests say, what ours say, and who may knock; without a running Kannel."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
import requests

from channels.base import DeliveryStatus, InboundMessage, OutboundMessage, StatusReceipt
from channels.errors import (
    AccountRefused,
    AddressRefused,
    CarrierSettingsError,
    ContentRefused,
    Decision,
    ForgedRequest,
    OutcomeUnknown,
    TryLater,
    UnreadableRequest,
)
from channels.kannel.carrier import STATUSES, _error
from channels.webhook import WebhookRequest
from tests.channels.kannel.conftest import build

NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
SECRET = "0123456789abcdef"
SETTINGS = {"kind": "kannel", "username": "clinic", "password": "pass", "secret": SECRET, "sender": "80080"}
BASE = "https://clinic.example/carriers/kannel"


def basic(user="kannel", secret=SECRET) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


def text(body=b"oui", *, query="?id=c0d3", headers=None) -> WebhookRequest:
    sent = {"x-kannel-from": "+13065550155", "x-kannel-to": "80080", **basic(), **(headers or {})}
    return WebhookRequest("POST", f"{BASE}/text{query}", sent, body)


def receipt(kind: str, reply: str = "") -> WebhookRequest:
    return WebhookRequest("GET", f"{BASE}/receipt?attempt=t1&type={kind}&fid=9&reply={reply}", basic())


def test_a_request_with_the_secret_is_let_in_again_and_again_and_says_the_same():
    carrier = build(SETTINGS)
    carrier.verify(text())
    carrier.verify(text())
    assert carrier.parse(text(), NOW) == carrier.parse(text(), NOW)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"authorization": ""}, id="missing"),
        pytest.param(basic(secret="another-secret-0"), id="another secret"),
        pytest.param(basic(user="admin"), id="another user"),
        pytest.param({"authorization": f"Bearer {SECRET}"}, id="another scheme"),
        pytest.param({"authorization": "Basic é"}, id="not ascii"),
    ],
)
def test_the_door_stays_shut_without_the_secret(headers):
    with pytest.raises(ForgedRequest):
        build(SETTINGS).verify(text(headers=headers))


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"oui", "oui"), (b"", ""), ("ᐃᓄ ça".encode(), "ᐃᓄ ça"), (b"nul\x00", "nul\x00"), (b"\xff", "\ufffd")],
)
def test_a_text_is_kept_as_received(body, words):
    event = build(SETTINGS).parse(text(body), NOW)
    assert event == InboundMessage("kannel", "c0d3", "+13065550155", "80080", words, NOW)


@pytest.mark.parametrize(
    ("written", "known"),
    [("13435550100", "+13435550100"), ("+13435550100", "+13435550100"), ("+80080", "80080"), ("80080", "80080")],
)
def test_our_number_is_known_however_the_link_wrote_it(written, known):
    event = build(SETTINGS).parse(text(headers={"x-kannel-to": written}), NOW)
    assert event.recipient == known


@pytest.mark.parametrize("kind", [*STATUSES, "64"])
def test_every_receipt_type_is_a_receipt(kind):
    event = build(SETTINGS).parse(receipt(kind), NOW)
    assert isinstance(event, StatusReceipt)
    assert (event.carrier_id, event.attempt_token, event.carrier_status) == ("t1", "t1", kind)
    assert event.status is STATUSES.get(kind, DeliveryStatus.UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "reply", "code", "decision"),
    [
        ("16", "NACK%2F0x0000000b%2FInvalid+dst", "0x0000000b", Decision.STOP_ADDRESS),
        ("16", "NACK%2F0x00000058%2FThrottled", "0x00000058", Decision.TRY_LATER),
        ("16", "NACK%2F11%2FInvalid", "0x0000000b", Decision.STOP_ADDRESS),
        ("16", "NACK%2F", None, Decision.TRY_LATER),
        ("2", "id:1 stat:UNDELIV", None, Decision.TRY_LATER),
        ("1", "", None, None),
    ],
)
def test_a_failure_says_what_to_do(kind, reply, code, decision):
    event = build(SETTINGS).parse(receipt(kind, reply), NOW)
    assert (event.carrier_code, event.decision) == (code, decision)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(text(query=""), id="a text without id"),
        pytest.param(text(headers={"x-kannel-from": ""}), id="a text from nobody"),
        pytest.param(WebhookRequest("GET", f"{BASE}/receipt?type=1", basic()), id="a receipt of nothing"),
    ],
)
def test_a_genuine_request_of_the_wrong_shape_says_so(request_):
    with pytest.raises(UnreadableRequest):
        build(SETTINGS).parse(request_, NOW)


def test_a_message_is_worded_with_our_token_and_without_its_words_in_any_url():
    said = build({**SETTINGS, "smsc": "link"}).render(OutboundMessage("t1", "+13065550155", "peut-être"))
    assert said == {
        "X-Kannel-From": "80080",
        "X-Kannel-To": "+13065550155",
        "X-Kannel-Coding": "2",
        "X-Kannel-DLR-Mask": "31",
        "X-Kannel-DLR-URL": f"https://kannel:{SECRET}@clinic.example/carriers/kannel/receipt?attempt=t1"
        "&type=%d&fid=%F&reply=%A",
        "X-Kannel-SMSC": "link",
    }


@pytest.mark.parametrize("to", ["+1306555\r\nX-Kannel-To: 911", "911", "", "ᐃᓄ"])
def test_what_is_no_address_never_becomes_a_header(to):
    with pytest.raises(AddressRefused):
        build(SETTINGS).render(OutboundMessage("t1", to, "x"))


@pytest.mark.parametrize(("parts", "fits"), [(10, True), (11, False)])
def test_a_text_that_the_gateway_would_cut_short_is_refused(parts, fits):
    carrier, message = build(SETTINGS), OutboundMessage("t1", "+13065550155", "ᐃ" * 67 * parts)
    if fits:
        assert carrier.render(message)["X-Kannel-Coding"] == "2"
    else:
        with pytest.raises(ContentRefused):
            carrier.render(message)


def test_a_message_that_must_not_be_late_expires_at_the_gateway():
    soon = datetime.now(UTC) + timedelta(minutes=4, seconds=30)
    assert build(SETTINGS).render(OutboundMessage("t", "+13065550155", "x", not_after=soon))["X-Kannel-Validity"] == "5"


@pytest.mark.parametrize(
    ("status", "words", "error"),
    [
        (403, "Authorization failed for sendsms", AccountRefused),
        (403, "Not routable. Do not try again.", AccountRefused),
        (400, "Empty receiver number not allowed, rejected", AddressRefused),
        (400, "Sender missing and no global set, rejected", AccountRefused),
        (400, "Malformed X-Kannel-Coding", ContentRefused),
        (503, "Temporal failure, try again later.", TryLater),
        (500, "", OutcomeUnknown),
    ],
)
def test_each_answer_means_one_error(status, words, error):
    answer = requests.Response()
    answer.status_code, answer._content = status, words.encode()
    assert type(_error(answer)) is error


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"secret": "short"}, "secret"),
        ({"secret": None}, "secret"),
        ({"user": "x"}, "user"),
        ({"sender": ""}, "sender"),
        ({"max_parts": 0}, "max_parts"),
    ],
)
def test_a_wrong_setting_is_named(settings, words):
    with pytest.raises(CarrierSettingsError, match=words):
        build({**SETTINGS, **settings})


def test_secrets_do_not_show_when_a_carrier_is_printed():
    assert SECRET not in repr(build(SETTINGS))
