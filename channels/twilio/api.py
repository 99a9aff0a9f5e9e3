"""The way to Twilio: an HTTP client for its SDK that sends where it is told and raises our errors.

The SDK's own client logs urls with phone numbers in them, retries, and has no base url.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from twilio.http.response import Response

from channels.errors import OutcomeUnknown
from channels.http import retry_after_s
from channels.twilio.errors import error_for

if TYPE_CHECKING:
    import requests

    from channels.http import HttpSender


@dataclass(frozen=True, slots=True)
class TwilioHttp:
    """What the SDK calls for every request."""

    sender: HttpSender
    base_url: str | None = None
    is_async: bool = False

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: ARG002, FBT001, FBT002  never
    ) -> Response:
        """One request, never repeated; anything but a success is raised as a `ChannelError`."""
        answer = self.sender.request(
            method, self.place(url), timeout_s=timeout, params=params, data=data, headers=headers, auth=auth
        )
        if answer.status_code >= 300:
            raise error_for(answer.status_code, _code(answer), retry_after_s=retry_after_s(answer))
        if "sid" not in (made := _document(answer)) and method.upper() == "POST":
            raise OutcomeUnknown  # a yes that names nothing: not the carrier's, or cut short
        return Response(answer.status_code, json.dumps(made), answer.headers)

    def place(self, url: str) -> str:
        """The same path at the configured base url."""
        if self.base_url is None:
            return url
        base, parts = urlsplit(self.base_url), urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + parts.path, parts.query, ""))


def _code(answer: requests.Response) -> int | None:
    code = _document(answer).get("code")
    return code if isinstance(code, int) else None


def _document(answer: requests.Response) -> dict[str, Any]:
    """The answer's JSON object; empty for any other text, such as a sign-in page of the network in between."""
    try:
        document = json.loads(answer.text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
