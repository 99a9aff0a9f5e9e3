"""One Twilio account as configured, checked once at the start, and what every request from it must satisfy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twilio.rest import Client

from channels.errors import CarrierSettingsError, ForgedRequest
from channels.http import HttpSender
from channels.twilio.api import TwilioHttp
from channels.twilio.signature import FORM, is_signed
from channels.webhook import CarrierUrls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from channels.registry import Surroundings
    from channels.webhook import WebhookRequest

DEFAULT_TIMEOUT_S: Final = 10.0
NO_ENVIRONMENT: Final = {"-": ""}  # not empty, or the SDK reads TWILIO_... from the process's environment
KNOWN: Final = frozenset(
    {
        "account_sid",
        "auth_tokens",
        "api_key",
        "api_secret",
        "messaging_service",
        "sender",
        "voice_sender",
        "answers_keywords",
        "machine_detection",
        "voices",
        "base_url",
        "timeout_s",
    }
)


@dataclass(frozen=True, slots=True)
class Account:
    """Name, secrets and senders of one account. `sid` is also the account named in every request to us."""

    name: str
    sid: str
    tokens: tuple[str, ...]
    http: TwilioHttp
    client: Client
    auth: tuple[str, str]
    urls: CarrierUrls
    clock: Callable[[], datetime]
    messaging_service: str | None
    sender: str | None
    voice_sender: str | None
    answers_keywords: bool
    machine_detection: bool
    voices: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Account({self.name!r}, {self.sid!r})"

    def verify(self, request: WebhookRequest) -> None:
        """Raise `ForgedRequest` unless the request is a signed form of this very account."""
        if not is_signed(request, self.tokens):
            raise ForgedRequest
        if request.method != "POST" or request.content_type != FORM:
            raise ForgedRequest("The request is not a form, as the carrier sends them.")
        if [value for name, value in request.form if name == "AccountSid"] != [self.sid]:
            raise ForgedRequest("The request is for another account at the carrier.")


def read_account(name: str, settings: Mapping[str, Any], surroundings: Surroundings) -> Account:
    """The account in `settings`; raises `CarrierSettingsError` with one sentence."""
    _check(name, settings)
    sid, tokens = str(settings["account_sid"]), tuple(str(token) for token in settings["auth_tokens"])
    http = TwilioHttp(HttpSender(float(settings.get("timeout_s", DEFAULT_TIMEOUT_S))), settings.get("base_url"))
    auth = (str(settings.get("api_key") or sid), str(settings.get("api_secret") or tokens[0]))
    sender = settings.get("sender")
    return Account(
        name=name,
        sid=sid,
        tokens=tokens,
        http=http,
        client=Client(*auth, account_sid=sid, http_client=http, environment=NO_ENVIRONMENT),
        auth=auth,
        urls=CarrierUrls.of(surroundings.public_url, name),
        clock=surroundings.clock,
        messaging_service=settings.get("messaging_service"),
        sender=sender,
        voice_sender=settings.get("voice_sender") or sender,
        answers_keywords=bool(settings.get("answers_keywords", True)),
        machine_detection=bool(settings.get("machine_detection", False)),
        voices=dict(settings.get("voices", {})),
    )


def _check(name: str, settings: Mapping[str, Any]) -> None:
    if unknown := settings.keys() - KNOWN:
        raise CarrierSettingsError(f"Carrier {name!r} has unknown settings: {', '.join(sorted(unknown))}.")
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", str(settings.get("account_sid", ""))):
        raise CarrierSettingsError(f"Carrier {name!r} needs account_sid: AC and 32 hexadecimal digits.")
    tokens = settings.get("auth_tokens")
    if not isinstance(tokens, list | tuple) or not tokens or not all(isinstance(t, str) and t for t in tokens):
        raise CarrierSettingsError(f"Carrier {name!r} needs auth_tokens: a list with the account's token.")
    if bool(settings.get("api_key")) != bool(settings.get("api_secret")):
        raise CarrierSettingsError(f"Carrier {name!r} needs api_key and api_secret together, or neither.")
    if not settings.get("messaging_service") and not settings.get("sender"):
        raise CarrierSettingsError(f"Carrier {name!r} needs a messaging_service or a sender (a phone number).")
    timeout_s = settings.get("timeout_s", DEFAULT_TIMEOUT_S)
    if not isinstance(timeout_s, int | float) or timeout_s <= 0:
        raise CarrierSettingsError(f"Carrier {name!r} needs timeout_s above 0 seconds.")
