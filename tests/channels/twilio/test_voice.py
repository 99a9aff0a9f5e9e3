"""Calls over Twilio: prompts as TwiML that our schema accepts, and what its requests say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from channels.base import (
    AnsweredBy,
    CallOutcome,
    CallReceipt,
    CallTurn,
    FindingKind,
    InboundCall,
    Keypress,
    OutboundCall,
    Recording,
)
from channels.errors import (
    AccountRefused,
    AddressRefused,
    CallRefused,
    ContentRefused,
    Decision,
    OutcomeUnknown,
    UnreadableRequest,
)
from channels.twilio.errors import CALL_STATUSES
from forms.render.voice import KeySpec, Play, RecordSpec, Say, VoicePrompt
from tests.channels.twilio.conftest import BASE, NOW, posted, twilio

SCHEMA = etree.XMLSchema(file=str(Path(__file__).with_name("twiml.xsd")))
TURN = CallTurn("c1", 3)
KEYS_URL = f"{BASE}/keys?call=c1&turn=3"
SID = "CA" + "1" * 32
CALL = {"CallSid": SID, "From": "+13065550155", "To": "+13435550100"}
HELLO = (Say("Bonjour. Appuyez sur 1 pour confirmer.", "fr-CA"),)


def twiml(prompt, **settings):
    answer = twilio(**settings).voice.render(prompt, TURN)
    assert answer.content_type == "text/xml; charset=utf-8"
    document = etree.fromstring(answer.body.encode())
    SCHEMA.assertValid(document)
    return document


# --- prompts ----------------------------------------------------------------------------------------------------------


def test_a_prompt_for_one_key_takes_any_key_and_comes_back_to_the_same_turn():
    response = twiml(VoicePrompt(HELLO, KeySpec(most=1)))
    gather, redirect = response
    assert dict(gather.attrib) == {
        "input": "dtmf",
        "action": KEYS_URL,
        "method": "POST",
        "timeout": "8",
        "actionOnEmptyResult": "true",
        "numDigits": "1",
        "finishOnKey": "",
    }
    assert [(say.text, say.get("language")) for say in gather] == [(HELLO[0].text, "fr-CA")]
    assert (redirect.tag, redirect.text) == ("Redirect", KEYS_URL)


def test_a_prompt_for_a_number_ends_with_its_finishing_key():
    gather = twiml(VoicePrompt(HELLO, KeySpec(most=8, finish="#", timeout_s=5)))[0]
    assert (gather.get("numDigits"), gather.get("finishOnKey"), gather.get("timeout")) == ("8", "#", "5")


def test_a_prompt_that_expects_nothing_is_said_and_hangs_up():
    assert [verb.tag for verb in twiml(VoicePrompt(HELLO))] == ["Say", "Hangup"]


def test_words_are_recorded_and_silence_comes_back_to_the_same_turn():
    say, record, redirect = twiml(VoicePrompt(HELLO, record=RecordSpec(most_s=60)))
    assert say.tag == "Say"
    assert (record.get("action"), record.get("maxLength")) == (f"{BASE}/recording?call=c1&turn=3", "60")
    assert redirect.text == KEYS_URL


def test_a_recorded_prompt_is_played_from_our_own_address():
    says = (Play("intake/q1.crk.mp3", "tânisi", "crk"), Play("https://media.example/a.mp3", "hello", "en"))
    played = [verb.text for verb in twiml(VoicePrompt(says))[:2]]
    assert played == [f"{BASE}/audio/intake%2Fq1.crk.mp3", "https://media.example/a.mp3"]


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en", "en-CA"), ("en-CA", "en-CA"), ("en_US", "en-US"), ("fr", "fr-CA"), ("fr-CA", "fr-CA"), ("fr-FR", "fr-FR")],
)
def test_english_and_french_are_spoken(locale, language):
    assert twiml(VoicePrompt((Say("x", locale),)))[0].get("language") == language


@pytest.mark.parametrize("locale", ["crk", "oj", "iu", "kl", "es", ""])
def test_no_other_language_is_spoken_by_a_synthetic_voice(locale):
    with pytest.raises(ContentRefused):
        twilio().voice.render(VoicePrompt((Say("x", locale),)), TURN)


def test_a_voice_chosen_in_the_settings_is_used_for_its_language_only():
    says = (Say("x", "fr-CA"), Say("x", "en-CA"))
    voices = [say.get("voice") for say in twiml(VoicePrompt(says), voices={"fr-CA": "Polly.Chantal"})[:2]]
    assert voices == ["Polly.Chantal", None]


@given(st.text(max_size=200), st.sampled_from(["en", "fr-CA"]), st.sampled_from([None, KeySpec(1), KeySpec(6)]))
def test_any_words_make_a_valid_document(text, locale, keys):
    twiml(VoicePrompt((Say(text, locale),), keys))


# --- heard ------------------------------------------------------------------------------------------------------------


def hear(path, fields):
    return twilio().voice.parse(posted(path, fields), NOW)


def test_a_caller_waits_for_a_first_prompt():
    assert hear("/call", {**CALL, "CallStatus": "ringing"}) == InboundCall(
        "twilio", SID, "+13065550155", "+13435550100", NOW
    )


@pytest.mark.parametrize(
    ("stated", "answered_by"),
    [
        ("human", AnsweredBy.HUMAN),
        ("machine_start", AnsweredBy.MACHINE),
        ("fax", AnsweredBy.MACHINE),
        ("unknown", AnsweredBy.UNSURE),
    ],
)
def test_a_call_we_placed_says_who_picked_up(stated, answered_by):
    call = hear("/call?call=c1", {**CALL, "CallStatus": "in-progress", "AnsweredBy": stated})
    assert (call.call_token, call.answered_by) == ("c1", answered_by)


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"Digits": "1"}, "1"),
        ({"Digits": "#"}, "#"),
        ({"Digits": "19800815", "FinishedOnKey": "#"}, "19800815"),
        ({"Digits": "", "FinishedOnKey": "#"}, "#"),
        ({"Digits": "", "FinishedOnKey": ""}, ""),
        ({}, ""),
    ],
)
def test_keys_come_with_their_turn_and_silence_is_no_key(fields, keys):
    event = hear("/keys?call=c1&turn=3", {**CALL, "CallStatus": "in-progress", **fields})
    assert event == Keypress("twilio", SID, "c1", 3, keys, NOW)


def test_recorded_words_come_with_their_turn_and_silence_is_no_recording():
    recording_id = "RE" + "2" * 32
    fields = {**CALL, "RecordingSid": recording_id, "RecordingDuration": "6", "Digits": "#"}
    event = hear("/recording?call=c1&turn=4", fields)
    assert event == Recording("twilio", recording_id, SID, "c1", 4, 6, NOW)
    assert hear("/recording?call=c1&turn=4", CALL) == Keypress("twilio", SID, "c1", 4, "", NOW)


@pytest.mark.parametrize("status", [*CALL_STATUSES, "something-new"])
def test_every_call_status_is_a_receipt(status):
    event = hear("/call-receipt?call=c1", {**CALL, "CallStatus": status, "CallDuration": "0"})
    assert isinstance(event, CallReceipt)
    assert (event.outcome, event.carrier_status) == (CALL_STATUSES.get(status, CallOutcome.UNKNOWN), status)
    assert (event.call_token, event.seconds) == ("c1", 0)


def test_an_unanswered_call_may_be_tried_again_and_a_failed_one_not():
    decisions = [hear("/call-receipt", {**CALL, "CallStatus": s}).decision for s in ("no-answer", "busy", "failed")]
    assert decisions == [Decision.TRY_LATER, Decision.TRY_LATER, Decision.STOP_CALLS]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/call", {}),
        ("/call", {"CallSid": SID}),
        ("/keys?call=c1", {**CALL, "Digits": "1"}),
        ("/keys?call=c1&turn=x", {**CALL, "Digits": "1"}),
        ("/keys?call=c1&turn=٣", {**CALL, "Digits": "1"}),
    ],
)
def test_a_genuine_request_of_the_wrong_shape_says_so(path, fields):
    with pytest.raises(UnreadableRequest):
        hear(path, fields)


# --- placed -----------------------------------------------------------------------------------------------------------

OUTBOUND = OutboundCall("c9", "+13065550155", ring_s=25)


def test_a_call_is_placed_once_with_our_token_in_its_urls(calm):
    receipt = twilio(base_url=calm.base_url, machine_detection=True).voice.send(OUTBOUND)
    call = calm.calls()[-1]
    assert (call["sid"], call["to"], call["from"]) == (receipt.carrier_id, "+13065550155", "+13435550100")
    assert (call["url"], call["callback"]) == (f"{BASE}/call?call=c9", f"{BASE}/call-receipt?call=c9")
    assert (call["fields"]["Timeout"], call["fields"]["MachineDetection"]) == ("25", "Enable")


@pytest.mark.parametrize(
    ("code", "error", "decision"),
    [
        pytest.param(21214, CallRefused, Decision.STOP_CALLS, id="a number that cannot be called"),
        pytest.param(21216, AccountRefused, Decision.FIX_ACCOUNT, id="an account that may not call it"),
        pytest.param(21211, AddressRefused, Decision.STOP_ADDRESS, id="no number at all"),
    ],
)
def test_a_refused_call_says_whose_fault_it_is(calm, code, error, decision):
    calm.faults(refuse={OUTBOUND.to: code})
    with pytest.raises(error) as raised:
        twilio(base_url=calm.base_url).voice.send(OUTBOUND)
    assert raised.value.decision is decision


def test_a_call_whose_answer_was_lost_is_found(calm):
    voice, since = twilio(base_url=calm.base_url).voice, datetime.now(UTC)
    calm.faults(mode="reset_after")
    call = OutboundCall("c10", "+13065550188")
    with pytest.raises(OutcomeUnknown):
        voice.send(call)
    finding = voice.find(call, since)
    assert finding.kind is FindingKind.FOUND
    assert voice.find(call, since, known_ids=[finding.receipt.carrier_id]).kind is FindingKind.ABSENT
