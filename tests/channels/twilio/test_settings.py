"""A wrong setting stops the start with one sentence that names the carrier and the fix."""

from __future__ import annotations

import pytest

from channels.errors import CarrierSettingsError
from tests.channels.twilio.conftest import twilio


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"account_sid": "nonsense"}, "account_sid"),
        ({"auth_tokens": []}, "auth_tokens"),
        ({"auth_tokens": "token"}, "auth_tokens"),
        ({"api_key": "SK1"}, "api_secret"),
        ({"sender": None}, "messaging_service"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeuot_s": 3}, "timeuot_s"),
        ({"kind": "pigeon"}, "pigeon"),
    ],
)
def test_a_wrong_setting_is_named(settings, words):
    with pytest.raises(CarrierSettingsError, match=words) as raised:
        twilio(**settings)
    assert str(raised.value).count(". ") == 0
    assert "'twilio'" in str(raised.value)


def test_the_environment_is_not_read(monkeypatch):
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    client = twilio().text.account.client
    assert client.get_hostname("https://api.twilio.com/x") == "https://api.twilio.com/x"


def test_an_account_without_a_number_carries_no_calls():
    built = twilio(sender=None, messaging_service="MG1")
    assert built.voice is None
    assert built.text is not None
