"""Attachments come from the carrier by id, never from an address that a request named."""

from __future__ import annotations

import pytest

from channels.errors import ChannelError, UnreadableRequest
from channels.twilio.attachments import _allowed, fetch_picture, fetch_recording
from tests.channels.twilio.conftest import twilio

MESSAGE, MEDIA = "MM" + "1" * 32, "ME" + "2" * 32


def test_a_picture_is_fetched_by_message_and_id(calm):
    file = fetch_picture(twilio(base_url=calm.base_url).text.account, MESSAGE, MEDIA)
    assert file.content_type == "image/gif"
    assert file.content.startswith(b"GIF89a")


@pytest.mark.parametrize(
    ("message_id", "media_id"),
    [("../Accounts", MEDIA), (MESSAGE, "http://169.254.169.254/"), (MESSAGE, f"{MEDIA}/../.."), ("", "")],
)
def test_only_ids_of_the_carriers_form_are_fetched(message_id, media_id):
    with pytest.raises(UnreadableRequest):
        fetch_picture(twilio().text.account, message_id, media_id)


def test_a_recording_is_named_by_its_id_alone():
    with pytest.raises(UnreadableRequest):
        fetch_recording(twilio().text.account, "RE1/../../Messages")


@pytest.mark.parametrize(
    "url", ["https://media.twiliocdn.com/AC/x", "https://mms.twiliocdn.com/x", "https://s3-external-1.amazonaws.com/x"]
)
def test_the_carriers_own_file_stores_are_followed(url):
    assert _allowed(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://media.twiliocdn.com/x",
        "https://twiliocdn.com.evil.example/x",
        "https://evil.example/twiliocdn.com",
        "https://169.254.169.254/",
        "https://127.0.0.1:8000/",
        "https://media.twiliocdn.com:8443/x",
        "file:///etc/passwd",
        "/relative",
    ],
)
def test_no_other_place_is_followed(url):
    with pytest.raises(ChannelError):
        _allowed(url)
