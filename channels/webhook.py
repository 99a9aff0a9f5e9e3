"""A carrier's request to us and our answer, free of any web framework, and the urls a carrier calls.

The url is rebuilt from the configured public address and the raw path and query, never from Host or X-Forwarded
headers: signatures are made over it, and a forged header must not choose it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class WebhookRequest:
    """`url` is absolute: public address + path + query exactly as received. Header names are lower case."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    @cached_property
    def form(self) -> list[tuple[str, str]]:
        """The form-encoded body, pairs in order, blanks and repeats kept; empty for any other content type."""
        if self.content_type != "application/x-www-form-urlencoded":
            return []
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What the carrier is answered."""

    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


@dataclass(frozen=True, slots=True)
class CarrierUrls:
    """The urls one carrier calls, under `base` = public address + "/carriers/" + the carrier's name."""

    base: str

    @classmethod
    def of(cls, public_url: str, carrier: str) -> CarrierUrls:
        return cls(f"{public_url.rstrip('/')}/carriers/{carrier}")

    @property
    def text(self) -> str:
        """Inbound texts."""
        return f"{self.base}/text"

    def receipt(self, attempt_token: str) -> str:
        """Receipts of one attempt."""
        return f"{self.base}/receipt?{urlencode({'attempt': attempt_token})}"

    def call(self, call_token: str | None = None) -> str:
        """A phone is on the line and waits for its first prompt; with our token when we placed the call."""
        return f"{self.base}/call" + (f"?{urlencode({'call': call_token})}" if call_token else "")

    def keys(self, call_token: str, turn: int) -> str:
        """Keys (or silence) for one turn."""
        return f"{self.base}/keys?{urlencode({'call': call_token, 'turn': turn})}"

    def recording(self, call_token: str, turn: int) -> str:
        """Spoken words for one turn."""
        return f"{self.base}/recording?{urlencode({'call': call_token, 'turn': turn})}"

    def audio(self, recording: str) -> str:
        """A recorded prompt to play; an absolute address stays as it is."""
        return recording if recording.startswith("https://") else f"{self.base}/audio/{quote(recording, safe='')}"

    def call_receipt(self, call_token: str) -> str:
        """Progress of a call we placed."""
        return f"{self.base}/call-receipt?{urlencode({'call': call_token})}"
