"""The way to Twilio: an HTTP client for its SDK that tells a request that never left from one whose fate is unknown.

The SDK's own client logs urls and bodies and has no base url; this one logs nothing and sends where it is told.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.http.response import Response
from urllib3.exceptions import MaxRetryError, NewConnectionError

from channels.errors import CarrierUnreachable, ChannelError, OutcomeUnknown
from channels.twilio.errors import error_for

CONNECT_TIMEOUT_S: Final = 5.0
LONGEST_WAIT_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class TwilioHttp:
    """What the SDK calls for every request. One session per thread: a session is not made for sharing."""

    timeout_s: float
    base_url: str | None = None
    is_async: bool = False
    _local: threading.local = field(default_factory=threading.local, repr=False)

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002
    ) -> Response:
        """One request, never repeated; anything but a success is raised as a `ChannelError`."""
        try:
            answer = self.session().request(
                method,
                self.place(url),
                params=params,
                data=data,
                headers=headers,
                auth=auth,
                timeout=(min(CONNECT_TIMEOUT_S, self.timeout_s), timeout or self.timeout_s),
                allow_redirects=allow_redirects,
            )
        except requests.RequestException as error:
            raise _what_became_of_it(error) from error
        if answer.status_code >= 300:
            raise error_for(answer.status_code, _code(answer), retry_after_s=_retry_after(answer))
        return Response(answer.status_code, answer.text, answer.headers)

    def session(self) -> requests.Session:
        """This thread's session."""
        if not hasattr(self._local, "session"):
            session = requests.Session()
            for scheme in ("https://", "http://"):
                session.mount(scheme, HTTPAdapter(max_retries=0))
            self._local.session = session
        session = self._local.session
        assert isinstance(session, requests.Session)
        return session

    def place(self, url: str) -> str:
        """The same path at the configured base url."""
        if self.base_url is None:
            return url
        base, parts = urlsplit(self.base_url), urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + parts.path, parts.query, ""))


def _what_became_of_it(error: requests.RequestException) -> ChannelError:
    """Unreachable only when no byte of the request can have left; otherwise nobody knows."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return CarrierUnreachable()
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError):
        return CarrierUnreachable()
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return CarrierUnreachable("The carrier's certificate could not be verified.")
    return OutcomeUnknown()


def _code(answer: requests.Response) -> int | None:
    try:
        code = json.loads(answer.text).get("code")
    except (ValueError, AttributeError):
        return None
    return code if isinstance(code, int) else None


def _retry_after(answer: requests.Response) -> float | None:
    """Seconds the carrier asks us to wait, at most an hour; a date is not worth reading and gives nothing."""
    stated = answer.headers.get("Retry-After", "")
    return min(float(stated), LONGEST_WAIT_S) if stated.isdecimal() else None
