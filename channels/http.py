"""HTTP towards carriers: one request, never repeated, and the truth about one that failed.

A request that cannot have left us may be tried again or given to another carrier; one that may have left must be
settled first.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from channels.errors import AccountRefused, CarrierUnreachable, ChannelError, OutcomeUnknown, TryLater

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_TIMEOUT_S: Final = 5.0
LONGEST_WAIT_S: Final = 3600.0
STATUS_SENTENCES: Final[Mapping[str, str]] = {
    "401": "The carrier did not accept our name or password.",
    "403": "The carrier did not accept our name or password.",
    "404": "The carrier does not know the place or the account we named. Its settings need a look.",
    "409": "Another request of ours stood in the way of this one at the carrier.",
    "429": TryLater.default_sentence,
    "503": TryLater.default_sentence,
}
KIND_SENTENCES: Final[Mapping[str, str]] = {  # by the first digit
    "3": "The carrier has moved to another address. Its settings need a look.",
    "4": "The carrier did not accept our request and gave no reason.",
    "5": "The carrier has a fault of its own.",
}


@dataclass(frozen=True, slots=True)
class HttpSender:
    """Sends requests, each thread over its own session: a session is not made for sharing. Logs nothing."""

    timeout_s: float
    _local: threading.local = field(default_factory=threading.local, repr=False)

    def request(self, method: str, url: str, *, timeout_s: float | None = None, **parameters: Any) -> requests.Response:
        """The answer, whatever its status; raises `CarrierUnreachable` or `OutcomeUnknown` when there is none."""
        timeouts = (min(CONNECT_TIMEOUT_S, self.timeout_s), timeout_s or self.timeout_s)
        try:
            return self.session.request(method, url, timeout=timeouts, allow_redirects=False, **parameters)
        except requests.RequestException as error:
            raise _what_became_of_it(error) from error

    @property
    def session(self) -> requests.Session:
        """This thread's session."""
        session = getattr(self._local, "session", None)
        if not isinstance(session, requests.Session):
            session = self._local.session = _new_session()
        return session


def retry_after_s(answer: requests.Response) -> float | None:
    """Seconds the carrier asks us to wait, at most an hour; a date is not worth reading and gives nothing."""
    stated = answer.headers.get("Retry-After", "")
    return min(float(stated), LONGEST_WAIT_S) if stated.isdecimal() else None


def explain_status(code: str) -> str | None:
    """The sentence for a clerk, of an HTTP status kept as a code; None for what is none."""
    if len(code) != 3 or not code.isdecimal():
        return None
    return STATUS_SENTENCES.get(code) or KIND_SENTENCES.get(code[0])


def _new_session() -> requests.Session:
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=0))
    return session


def _what_became_of_it(error: requests.RequestException) -> ChannelError:
    """Unreachable only when no byte of the request can have left; otherwise nobody knows."""
    if isinstance(error, ValueError):  # an impossible url or header: never sent
        return AccountRefused()
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return CarrierUnreachable()
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError):
        return CarrierUnreachable()
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return CarrierUnreachable("The carrier's certificate could not be verified.")
    return OutcomeUnknown()
