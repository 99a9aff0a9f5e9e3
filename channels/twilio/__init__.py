"""Twilio: texts and calls over the internet, for clinics with an account there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from channels.registry import BuiltCarrier, Surroundings
from channels.twilio.account import Account, read_account
from channels.twilio.attachments import fetch_picture, fetch_recording
from channels.twilio.errors import decision_on, explain
from channels.twilio.sms import TwilioSms
from channels.twilio.voice import TwilioVoice

if TYPE_CHECKING:
    from collections.abc import Mapping


def build(name: str, settings: Mapping[str, Any], surroundings: Surroundings) -> BuiltCarrier:
    """One account: texts, and calls when it has a number to call from. Settings: docs/carriers.md."""
    account = read_account(name, settings, surroundings)
    voice = TwilioVoice(account) if account.voice_sender else None
    return BuiltCarrier(
        name,
        "twilio",
        TwilioSms(account),
        voice,
        explain=explain,
        decision_on=decision_on,
        fetch_recording=partial(_recording, account),
        fetch_attachment=partial(_attachment, account),
    )


def _attachment(account: Account, message_id: str, attachment_id: str) -> bytes:
    return fetch_picture(account, message_id, attachment_id).content


def _recording(account: Account, recording_id: str) -> bytes:
    return fetch_recording(account, recording_id).content
