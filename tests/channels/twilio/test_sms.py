"""Texts over Twilio: what its requests say, what ours say, and what each of its answers makes us decide."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import requests

from channels.base import (
    Attachment,
    DeliveryStatus,
    FindingKind,
    InboundMessage,
    OutboundMessage,
    StatusReceipt,
    later_status,
)
from channels.errors import (
    AccountRefused,
    CarrierUnreachable,
    ChannelError,
    ContentRefused,
    Decision,
    OutcomeUnknown,
    TryLater,
    UnreadableRequest,
)
from channels.twilio.errors import MEANINGS, STATUSES, error_for
from tests.beds.process import free_port
from tests.channels.twilio.conftest import BASE, NOW, posted, twilio

SID = "SM" + "1" * 32
TEXT = {"MessageSid": SID, "SmsSid": SID, "From": "+13065550155", "To": "+13435550100", "NumMedia": "0"}
MESSAGE = OutboundMessage("attempt-1", "+13065550155", "Rendez-vous le 3 déc. Répondez 1 pour oui.")


# --- heard ------------------------------------------------------------------------------------------------------------


def hear(path, fields, **settings):
    return twilio(**settings).text.parse(posted(path, fields), NOW)


@pytest.mark.parametrize(
    "body",
    ["oui", "", " 37,8 ", "ᐃᓄᒃᑎᑐᑦ", "aGVsbG8=", "abcd", "nul\x00byte", "\u202eright to left", "😀" * 300, "x" * 10_000],
)
def test_a_text_is_kept_exactly_as_received(body):
    event = hear("/text", {**TEXT, "Body": body, "NumSegments": "1", "SmsStatus": "received"})
    assert event == InboundMessage("twilio", SID, "+13065550155", "+13435550100", body, NOW, segments=1)


def test_fields_we_have_never_seen_are_harmless():
    event = hear("/text", {**TEXT, "Body": "1", "FromCity": "", "SomethingNew": "yes"})
    assert isinstance(event, InboundMessage)


def test_attachments_are_named_by_id_and_never_by_url():
    media = "ME" + "a" * 32
    event = hear(
        "/text",
        {
            **TEXT,
            "Body": "",
            "NumMedia": "3",
            "MediaUrl0": f"https://api.twilio.com/2010-04-01/Accounts/AC/Messages/{SID}/Media/{media}",
            "MediaContentType0": "image/jpeg",
            "MediaUrl1": "http://169.254.169.254/latest/meta-data",
            "MediaContentType1": "text/html",
        },
    )
    assert event.attachments == (Attachment(media, "image/jpeg"),)


@pytest.mark.parametrize(
    ("fields", "settings", "word"),
    [
        ({"Body": "STOP"}, {}, "stop"),
        ({"Body": "cancel"}, {}, "stop"),
        ({"Body": "YES"}, {}, "start"),
        ({"Body": "help"}, {}, "help"),
        ({"Body": " Info "}, {}, "help"),
        ({"Body": "stop please"}, {}, None),
        ({"Body": "1"}, {}, None),
        ({"Body": "ça suffit", "OptOutType": "STOP"}, {}, "stop"),
        ({"Body": "STOP"}, {"answers_keywords": False}, None),
        ({"Body": "STOP", "OptOutType": "STOP"}, {"answers_keywords": False}, "stop"),
    ],
)
def test_words_the_carrier_has_already_answered_are_marked(fields, settings, word):
    assert hear("/text", {**TEXT, **fields}, **settings).consent_word == word


@pytest.mark.parametrize(
    "body", ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"], ids=str.lower
)
def test_each_of_the_carriers_own_words_has_closed_the_line(body):
    assert hear("/text", {**TEXT, "Body": body}).consent_word == "stop"


@pytest.mark.parametrize("body", ["Arrêt", "ARRET", "AIDE", "REMOVE", "TD", "OPT-OUT", "STOP ALL"])
def test_words_of_other_carriers_are_left_to_us_to_answer(body):
    assert hear("/text", {**TEXT, "Body": body}).consent_word is None


@pytest.mark.parametrize("status", [*STATUSES, "something-new"])
def test_every_status_is_a_receipt_and_is_answered_2xx(status):
    text = twilio().text
    event = text.parse(posted("/receipt?attempt=t1", {**TEXT, "MessageStatus": status, "SmsStatus": status}), NOW)
    assert event == StatusReceipt(
        "twilio", SID, "t1", STATUSES.get(status, DeliveryStatus.UNKNOWN), status, NOW, None, None, None
    )
    answer = text.acknowledge(event)
    assert (answer.status, answer.body) == (200, '<?xml version="1.0" encoding="UTF-8"?><Response/>')


@pytest.mark.parametrize("status", ["receiving", "received"])
def test_a_word_on_an_inbound_text_is_answered_2xx_and_changes_nothing(status):
    text = twilio().text
    event = text.parse(posted("/receipt", {**TEXT, "MessageStatus": status, "SmsStatus": status}), NOW)
    assert (event.status, event.carrier_status) == (DeliveryStatus.UNKNOWN, status)
    assert text.acknowledge(event).status == 200


def test_all_documented_statuses_are_known():
    documented = "accepted scheduled canceled queued sending sent failed delivered undelivered read partially_delivered"
    assert set(documented.split()) == STATUSES.keys()


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        ("21211", Decision.STOP_ADDRESS),
        ("21614", Decision.STOP_ADDRESS),
        ("30004", Decision.STOP_ADDRESS),
        ("30005", Decision.STOP_ADDRESS),
        ("21610", Decision.OPTED_OUT),
        ("30006", Decision.LANDLINE_CALL),
        ("21635", Decision.LANDLINE_CALL),
        ("30001", Decision.TRY_LATER),
        ("30003", Decision.TRY_LATER),
        ("30008", Decision.TRY_LATER),
        ("30036", Decision.TRY_LATER),
        ("21611", Decision.TRY_LATER),
        ("20429", Decision.TRY_LATER),
        ("63018", Decision.TRY_LATER),
        ("30007", Decision.FIX_CONTENT),
        ("21617", Decision.FIX_CONTENT),
        ("30034", Decision.FIX_ACCOUNT),
        ("21612", Decision.FIX_ACCOUNT),
        ("14107", Decision.FIX_ACCOUNT),
    ],
)
def test_a_failure_says_what_to_do_and_why(code, decision):
    event = hear("/receipt?attempt=t1", {**TEXT, "MessageStatus": "undelivered", "ErrorCode": code})
    assert (event.status, event.carrier_code, event.decision) == (DeliveryStatus.UNDELIVERED, code, decision)
    assert event.sentence


def test_a_code_we_do_not_know_is_kept_without_a_decision():
    for code in ("39999", "9" * 5000, "none", "-1"):
        event = hear("/receipt?attempt=t1", {**TEXT, "MessageStatus": "failed", "ErrorCode": code})
        assert (event.carrier_code, event.decision, event.sentence) == (code, None, None)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"MessageSid": SID, "From": "+1", "To": "+1"}, id="no words"),
        pytest.param({"Body": "1", "From": "+1", "To": "+1"}, id="no id"),
        pytest.param({"MessageStatus": "sent"}, id="a receipt of nothing"),
    ],
)
def test_a_genuine_request_of_the_wrong_shape_says_so(fields):
    with pytest.raises(UnreadableRequest):
        hear("/text", fields)


# --- said -------------------------------------------------------------------------------------------------------------


def test_a_message_is_worded_for_the_carrier_with_our_attempt_in_the_callback():
    assert twilio().text.render(MESSAGE) == {
        "To": "+13065550155",
        "Body": MESSAGE.text,
        "From": "+13435550100",
        "StatusCallback": f"{BASE}/receipt?attempt=attempt-1",
        "SmartEncoded": "false",
    }


@pytest.mark.parametrize(
    ("settings", "sender", "expected"),
    [
        ({}, None, {"From": "+13435550100"}),
        ({"messaging_service": "MG1"}, None, {"MessagingServiceSid": "MG1"}),
        ({"messaging_service": "MG1"}, "+13435550111", {"From": "+13435550111", "MessagingServiceSid": "MG1"}),
    ],
)
def test_a_service_sends_from_the_messages_own_sender_where_there_is_one(settings, sender, expected):
    said = twilio(**settings).text.render(OutboundMessage("t", "+13065550155", "x", sender=sender))
    assert {name: said[name] for name in ("From", "MessagingServiceSid") if name in said} == expected


@pytest.mark.parametrize(("left", "expected"), [(60, 60), (-5, 1), (10**6, 36_000)])
def test_a_message_that_must_not_be_late_expires_at_the_carrier(left, expected):
    moment = datetime(2026, 12, 1, 15, tzinfo=UTC)
    not_after = moment + timedelta(seconds=left)
    said = twilio(clock=lambda: moment).text.render(OutboundMessage("t", "+13065550155", "x", not_after=not_after))
    assert int(said["ValidityPeriod"]) == expected


@pytest.mark.parametrize("text", ["", "x" * 1601])
def test_what_the_carrier_would_refuse_is_refused_before_it_is_asked(text):
    with pytest.raises(ContentRefused):
        twilio().text.render(OutboundMessage("t", "+13065550155", text))


def test_a_sent_message_reaches_the_carrier_once_word_for_word(calm):
    before = len(calm.messages())
    receipt = twilio(base_url=calm.base_url).text.send(MESSAGE)
    (kept,) = calm.messages()[before:]
    assert (kept["sid"], kept["to"], kept["body"]) == (receipt.carrier_id, MESSAGE.to, MESSAGE.text)
    assert kept["callback"] == f"{BASE}/receipt?attempt=attempt-1"
    assert (receipt.carrier, receipt.carrier_status, receipt.segments) == ("twilio", "queued", 1)


@pytest.mark.parametrize(
    ("mode", "error", "kept"),
    [
        ("too_many", TryLater, 0),
        ("error", OutcomeUnknown, 0),
        ("error_after", OutcomeUnknown, 1),
        ("reset_before", OutcomeUnknown, 0),
        ("reset_after", OutcomeUnknown, 1),
        ("hang_before", OutcomeUnknown, 0),
        ("hang_after", OutcomeUnknown, 1),
    ],
)
def test_a_failed_send_says_whether_the_message_may_have_gone(calm, mode, error, kept):
    calm.faults(mode=mode, hang_s=1.5, retry_after_s=7)
    before = len(calm.messages())
    with pytest.raises(error) as raised:
        twilio(base_url=calm.base_url, timeout_s=0.6).text.send(MESSAGE)
    assert len(calm.messages()) - before == kept
    assert raised.value.retryable is (error is TryLater)
    assert raised.value.retry_after_s == (7 if mode == "too_many" else None)


def test_a_carrier_nobody_can_connect_to_has_not_got_the_message():
    with pytest.raises(CarrierUnreachable):
        twilio(base_url=f"http://127.0.0.1:{free_port()}").text.send(MESSAGE)


def test_a_wrong_token_is_a_matter_of_our_account(calm):
    with pytest.raises(AccountRefused):
        twilio(base_url=calm.base_url, auth_tokens=["wrong"]).text.send(MESSAGE)


def test_an_api_key_signs_in_in_place_of_the_token():
    account = twilio(api_key="SK1", api_secret="secret").text.account
    assert account.auth == ("SK1", "secret")
    assert account.tokens == ("stand-in-token",)


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_each_refusal_raises_the_error_its_code_means(calm, code):
    calm.faults(refuse={MESSAGE.to: code})
    with pytest.raises(MEANINGS[code].error) as raised:
        twilio(base_url=calm.base_url).text.send(MESSAGE)
    assert raised.value.carrier_code == str(code)
    assert raised.value.sentence
    assert MESSAGE.to not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "code", "decision", "retryable"),
    [
        (400, None, Decision.GIVE_UP, False),
        (400, 39999, Decision.GIVE_UP, False),
        (401, 20003, Decision.FIX_ACCOUNT, False),
        (404, 20404, Decision.FIX_ACCOUNT, False),
        (429, None, Decision.TRY_LATER, True),
        (408, None, Decision.SETTLE, False),
        (500, 20500, Decision.SETTLE, False),
        (503, None, Decision.SETTLE, False),
    ],
)
def test_an_answer_without_a_known_code_is_judged_by_its_status(status, code, decision, retryable):
    error = error_for(status, code)
    assert (error.decision, error.retryable) == (decision, retryable)


def test_threads_may_send_at_the_same_time(calm):
    text, before, failures = twilio(base_url=calm.base_url).text, len(calm.messages()), []

    def send(number: int) -> None:
        try:
            text.send(OutboundMessage(f"t{number}", "+13065550155", f"text {number}"))
        except ChannelError as error:
            failures.append(error)

    threads = [threading.Thread(target=send, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(entry["body"] for entry in calm.messages()[before:]) == sorted(f"text {n}" for n in range(20))


# --- found again ------------------------------------------------------------------------------------------------------


def attempt(text="à bientôt", to="+13065550177"):
    return OutboundMessage("lost", to, text)


def test_a_message_whose_answer_was_lost_is_found_at_the_carrier(calm):
    carrier, since = twilio(base_url=calm.base_url).text, datetime.now(UTC)
    calm.faults(mode="reset_after")
    with pytest.raises(OutcomeUnknown):
        carrier.send(attempt())
    finding = carrier.find(attempt(), since)
    assert finding.kind is FindingKind.FOUND
    assert finding.receipt.carrier_id == calm.messages()[-1]["sid"]


def test_a_message_that_never_arrived_is_absent(calm):
    carrier, since = twilio(base_url=calm.base_url).text, datetime.now(UTC)
    calm.faults(mode="reset_before")
    with pytest.raises(OutcomeUnknown):
        carrier.send(attempt("jamais arrivé"))
    assert carrier.find(attempt("jamais arrivé"), since).kind is FindingKind.ABSENT


def test_another_attempts_message_is_not_taken_for_ours(calm):
    carrier, since = twilio(base_url=calm.base_url).text, datetime.now(UTC)
    receipt = carrier.send(attempt("same words"))
    assert carrier.find(attempt("same words"), since).kind is FindingKind.FOUND
    assert carrier.find(attempt("same words"), since, known_ids=[receipt.carrier_id]).kind is FindingKind.ABSENT


@pytest.mark.parametrize(
    ("looked_for", "later"),
    [
        pytest.param(attempt("other words"), timedelta(), id="other words"),
        pytest.param(attempt("words", to="+13065550178"), timedelta(), id="another number"),
        pytest.param(attempt("words"), timedelta(hours=1), id="an hour before"),
    ],
)
def test_only_the_same_words_to_the_same_number_since_the_attempt_are_ours(calm, looked_for, later):
    carrier = twilio(base_url=calm.base_url).text
    carrier.send(attempt("words"))
    assert carrier.find(looked_for, datetime.now(UTC) + later).kind is FindingKind.ABSENT


def test_a_message_whose_words_the_carrier_has_discarded_may_be_ours(calm):
    """An account can be told to keep no words. Such a text to that number since then is not proof of absence."""
    carrier, since = twilio(base_url=calm.base_url).text, datetime.now(UTC)
    to = "+13065550188"
    known = carrier.send(attempt("words", to=to)).carrier_id
    calm.faults(redacted=[to])
    assert carrier.find(attempt("words", to=to), since).kind is FindingKind.CANNOT_TELL
    assert carrier.find(attempt("words", to=to), since, known_ids=[known]).kind is FindingKind.ABSENT


@pytest.mark.parametrize("answer", ["{}", "[]", "<html>sign in to this network</html>", ""])
def test_a_yes_that_names_no_message_leaves_the_outcome_unknown(answer, monkeypatch):
    carrier = twilio().text
    said = requests.Response()
    said.status_code, said._content = 200, answer.encode()
    monkeypatch.setattr(requests.Session, "request", lambda *_, **__: said)
    with pytest.raises(OutcomeUnknown):
        carrier.send(MESSAGE)


def test_the_look_reads_every_page(calm):
    carrier, since = twilio(base_url=calm.base_url).text, datetime.now(UTC)
    for number in range(60):
        carrier.send(attempt(f"page {number}", to="+13065550166"))
    assert carrier.find(attempt("page 0", to="+13065550166"), since).kind is FindingKind.FOUND


@pytest.mark.parametrize("answer", ["{}", "[]", "<html>sign in to this network</html>", ""])
def test_an_answer_that_lists_nothing_cannot_tell(answer, monkeypatch):
    said = requests.Response()
    said.status_code, said._content = 200, answer.encode()
    monkeypatch.setattr(requests.Session, "request", lambda *_, **__: said)
    assert twilio().text.find(attempt(), NOW).kind is FindingKind.CANNOT_TELL


def test_a_carrier_that_cannot_be_asked_says_so():
    carrier = twilio(base_url=f"http://127.0.0.1:{free_port()}").text
    with pytest.raises(CarrierUnreachable):
        carrier.find(attempt(), NOW)


# --- receipts in any order --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current", "heard", "kept"),
    [
        (DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.SENT),
        (DeliveryStatus.DELIVERED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED),
        (DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERED, DeliveryStatus.DELIVERED),
        (DeliveryStatus.UNDELIVERED, DeliveryStatus.DELIVERED, DeliveryStatus.DELIVERED),
        (DeliveryStatus.SENT, DeliveryStatus.UNKNOWN, DeliveryStatus.SENT),
    ],
)
def test_a_status_never_moves_backwards(current, heard, kept):
    assert later_status(current, heard) is kept
