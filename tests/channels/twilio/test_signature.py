"""Signatures: Twilio's published examples, its own library as judge, and everything a forger or a proxy may try."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.errors import ForgedRequest
from channels.twilio.signature import is_signed, sign
from channels.webhook import WebhookRequest
from tests.channels.twilio.conftest import BASE, FORM, NOW, posted, twilio

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
KNOWN = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def signed(signature, *, url=URL, fields=FIELDS, body=None, content_type=FORM, **headers) -> WebhookRequest:
    sent = urlencode(fields).encode() if body is None else body
    return WebhookRequest("POST", url, {"content-type": content_type, "x-twilio-signature": signature, **headers}, sent)


@pytest.mark.parametrize(
    ("url", "number", "signature"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", "+14158675309", KNOWN),
        ("https://example.com/myapp.php?foo=1&bar=2", "+14158675310", "L/OH5YylLD5NRKLltdqwSvS0BnU="),
    ],
)
def test_the_published_examples_are_reproduced(url, number, signature):
    fields = [(name, number if name in ("Caller", "From") else value) for name, value in FIELDS]
    assert sign(url, fields, TOKEN) == signature
    assert is_signed(signed(signature, url=url, fields=fields), [TOKEN])


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(signed("", url=URL), id="signature missing"),
        pytest.param(WebhookRequest("POST", URL, {"content-type": FORM}, urlencode(FIELDS).encode()), id="no header"),
        pytest.param(signed(KNOWN[:-2] + "A="), id="signature wrong"),
        pytest.param(signed("é"), id="signature not ascii"),
        pytest.param(signed(KNOWN, url=URL.replace("foo=1&bar=2", "bar=2&foo=1")), id="query reordered by a proxy"),
        pytest.param(signed(KNOWN, url=URL.replace("https", "http")), id="scheme changed by a proxy"),
        pytest.param(signed(KNOWN, url=URL.replace("mycompany", "evil")), id="host changed"),
        pytest.param(signed(KNOWN, fields=[*FIELDS, ("Extra", "1")]), id="a field added"),
        pytest.param(signed(KNOWN, fields=FIELDS[:-1]), id="a field removed"),
        pytest.param(signed(KNOWN, fields=[*FIELDS[:-1], ("To", "+18005551213")]), id="a digit changed"),
        pytest.param(signed(KNOWN, content_type="application/json"), id="form sent as JSON"),
    ],
)
def test_what_twilio_did_not_sign_is_refused(request_):
    assert not is_signed(request_, [TOKEN])


def test_the_signed_url_may_carry_the_port_or_not():
    with_port = URL.replace(".com/", ".com:443/")
    assert is_signed(signed(KNOWN, url=with_port), [TOKEN])
    assert is_signed(signed(sign(with_port, FIELDS, TOKEN)), [TOKEN])
    assert not is_signed(signed(sign(URL.replace(".com/", ".com:8443/"), FIELDS, TOKEN)), [TOKEN])


def test_another_port_is_part_of_the_url():
    url = "http://127.0.0.1:8000/carriers/twilio/text"
    assert is_signed(signed(sign(url, FIELDS, TOKEN), url=url), [TOKEN])


def test_two_tokens_are_good_while_one_is_rotated():
    assert is_signed(signed(KNOWN), ["a new one", TOKEN])
    assert not is_signed(signed(KNOWN), ["a new one"])


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([("Body", ""), ("From", "+1")], id="blank value"),
        pytest.param([("MediaUrl", "b"), ("MediaUrl", "a"), ("From", "+1")], id="repeated name"),
        pytest.param([("MediaUrl", "a"), ("MediaUrl", "a")], id="repeated pair"),
        pytest.param([("Body", "ᐃᓄᒃᑎᑐᑦ 37,8 & = % +")], id="syllabics and signs"),
        pytest.param([("Body", " padded ")], id="spaces at the ends"),
        pytest.param([("Body", "line\r\nbreak")], id="line break"),
        pytest.param([("Body", "nul\x00byte")], id="null byte"),
        pytest.param([], id="nothing at all"),
    ],
)
def test_fields_count_as_twilios_own_library_counts_them(fields):
    assert is_signed(signed(_judge(URL, fields), fields=fields), [TOKEN])


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=12), st.text(max_size=40)), max_size=8),
    st.sampled_from(["https://clinic.example/x", "https://clinic.example:443/x?a=1&a=2", "http://h:8080/", URL]),
)
def test_any_form_is_judged_as_twilios_own_library_judges_it(fields, url):
    assert is_signed(signed(_judge(url, fields), url=url, fields=fields), [TOKEN])


def test_a_json_body_is_covered_by_its_hash_in_the_signed_query():
    body = b'{"a":1}'
    url = f"https://x.example/j?bodySHA256={hashlib.sha256(body).hexdigest()}"
    good = {"url": url, "content_type": "application/json"}
    assert is_signed(signed(sign(url, [], TOKEN), body=body, **good), [TOKEN])
    assert not is_signed(signed(sign(url, [], TOKEN), body=body + b" ", **good), [TOKEN])


def test_a_json_body_without_its_hash_is_not_covered():
    url = "https://x.example/j"
    assert not is_signed(signed(sign(url, [], TOKEN), url=url, body=b"{}", content_type="application/json"), [TOKEN])


def test_the_newer_hash_is_read_from_its_header():
    text = URL + "".join(name + value for name, value in sorted(FIELDS))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha256).digest()).decode()
    named = {"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
    assert is_signed(signed(signature, **named), [TOKEN])
    assert not is_signed(signed(signature), [TOKEN])
    assert not is_signed(signed(signature, **{"x-twilio-webhooks-signature-settings": "algorithm=NONE"}), [TOKEN])


# --- the carrier's own door -------------------------------------------------------------------------------------------

TEXT = {"MessageSid": "SM" + "0" * 32, "From": "+13065550155", "To": "+13435550100", "Body": "oui"}


def test_a_signed_form_of_our_account_is_let_in():
    built = twilio()
    built.text.verify(posted("/text", TEXT))
    built.voice.verify(posted("/call", {"CallSid": "CA" + "0" * 32}))


def test_a_replayed_request_is_genuine_and_says_the_same_again():
    text = twilio().text
    request = posted("/text", TEXT)
    text.verify(request)
    text.verify(request)
    assert text.parse(request, NOW) == text.parse(request, NOW)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(posted("/text", TEXT, token="another"), id="another token"),
        pytest.param(posted("/text", TEXT, account="AC" + "9" * 32), id="another account"),
        pytest.param(posted("/text", {**TEXT, "AccountSid": ""}), id="no account"),
        pytest.param(
            WebhookRequest("POST", f"{BASE}/text", {"content-type": FORM}, urlencode(TEXT).encode()), id="bare"
        ),
        pytest.param(WebhookRequest("POST", f"{BASE}/text", {}, b""), id="empty"),
    ],
)
def test_the_door_stays_shut_to_anyone_else(request_):
    with pytest.raises(ForgedRequest):
        twilio().text.verify(request_)


def test_a_signed_json_body_is_not_a_form():
    body = b'{"AccountSid":"AC"}'
    url = f"{BASE}/text?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"content-type": "application/json", "x-twilio-signature": sign(url, [], "stand-in-token")}
    with pytest.raises(ForgedRequest):
        twilio().text.verify(WebhookRequest("POST", url, headers, body))


def test_a_get_with_a_right_signature_is_refused():
    url = f"{BASE}/text?AccountSid=AC"
    with pytest.raises(ForgedRequest):
        twilio().text.verify(WebhookRequest("GET", url, {"x-twilio-signature": sign(url, [], "stand-in-token")}))


def test_secrets_do_not_show_when_a_carrier_is_printed():
    assert "stand-in-token" not in repr(twilio(auth_tokens=["stand-in-token", "older-token"]))
    assert "older-token" not in repr(twilio(auth_tokens=["stand-in-token", "older-token"]))


def _judge(url: str, fields: list[tuple[str, str]]) -> str:
    class Pairs(dict):
        def getlist(self, name):
            return [value for given_name, value in fields if given_name == name]

    return RequestValidator(TOKEN).compute_signature(url, Pairs(fields))
