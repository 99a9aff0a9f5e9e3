"""A Twilio account of a made-up clinic, and requests signed with its token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from channels.registry import BuiltCarrier, Surroundings, build_carriers
from channels.twilio.signature import sign
from channels.webhook import WebhookRequest
from tests.gateway.bed import StandInBed, start_standin
from tests.gateway.standin import ACCOUNT, TOKEN

PUBLIC_URL = "https://clinic.example"
BASE = f"{PUBLIC_URL}/carriers/twilio"
FORM = "application/x-www-form-urlencoded"
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def standin(tmp_path_factory) -> Iterator[StandInBed]:
    bed = start_standin(tmp_path_factory.mktemp("standin"))
    yield bed
    bed.stop()


@pytest.fixture
def calm(standin: StandInBed) -> StandInBed:
    """The stand-in on its best behaviour."""
    standin.faults(mode="ok", shares={}, delay_ms=0, refuse={}, undeliver={}, redacted=[], receipts="none", callees={})
    return standin


def twilio(clock: Callable[[], datetime] = lambda: datetime.now(UTC), **settings) -> BuiltCarrier:
    """A carrier built from settings, as the server builds it."""
    given = {"kind": "twilio", "account_sid": ACCOUNT, "auth_tokens": [TOKEN], "sender": "+13435550100", **settings}
    surroundings = Surroundings(PUBLIC_URL, clock=clock)
    return build_carriers({"twilio": given}, surroundings)["twilio"]


def posted(path: str, fields: dict[str, str], *, token: str = TOKEN, account: str = ACCOUNT) -> WebhookRequest:
    """A request as Twilio posts it."""
    url, pairs = BASE + path, list({"AccountSid": account, **fields}.items())
    headers = {"content-type": FORM, "x-twilio-signature": sign(url, pairs, token)}
    return WebhookRequest("POST", url, headers, urlencode(pairs).encode())
