"""Talking to a FHIR R4 server: strict, bounded, and honest about who must act when it fails.

ETags are opaque and go back as received; 409 and 412 are conflicts; 429 and 503 say how long to wait; anything between
sending and an answer (a reset, a timeout) leaves the outcome unknown, and the caller looks before it writes again.
"""

from __future__ import annotations

import email.utils
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from app.records.errors import RecordConflict, RecordRefused, RecordUnreachable

FHIR_JSON = "application/fhir+json"
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 20
MOST_BYTES = 16 * 1024 * 1024
MOST_PAGES = 2000


@dataclass(frozen=True)
class Held:
    """A resource as the server has it now. `etag` is None when the server gives none."""

    body: dict[str, Any]
    etag: str | None


class FhirClient:
    """One server. Not shared between threads."""

    def __init__(self, base_url: str, *, token: str | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.headers.update({"Accept": FHIR_JSON, "User-Agent": "farline"})
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def capabilities(self) -> dict[str, Any]:
        return _json(self._ask("GET", f"{self.base_url}/metadata"))

    def read(self, kind: str, resource_id: str) -> Held | None:
        """The resource, None when there is none. One that was deleted raises RecordConflict: somebody meant that."""
        answer = self._ask("GET", f"{self.base_url}/{kind}/{resource_id}", allowed=(404, 410))
        if answer.status_code == 410:
            raise RecordConflict("deleted_there")
        if answer.status_code == 404:
            return None
        body = _json(answer)
        if body.get("resourceType") != kind or body.get("id") != resource_id:
            raise RecordRefused("wrong_resource")
        return Held(body, answer.headers.get("ETag"))

    def put(self, kind: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Held:
        """Create under our own id, or replace what `if_match` names. Never replaces something unseen."""
        headers = {"Content-Type": FHIR_JSON, "Prefer": "return=representation"}
        headers |= {"If-Match": if_match} if if_match else {"If-None-Match": "*"}
        url = f"{self.base_url}/{kind}/{body['id']}"
        answer = self._ask("PUT", url, headers=headers, data=json.dumps(body, ensure_ascii=False).encode())
        return Held(_json(answer) if answer.content else dict(body), answer.headers.get("ETag"))

    def search(self, kind: str, **wanted: str) -> Iterator[list[dict[str, Any]]]:
        """The pages of a search, by following the server's own `next` links to the end."""
        url: str | None = f"{self.base_url}/{kind}?{urlencode(wanted)}"
        seen: set[str] = set()
        while url and url not in seen and len(seen) < MOST_PAGES:
            seen.add(url)
            page = _json(self._ask("GET", url, headers={"Prefer": "handling=strict"}))
            yield [
                entry["resource"]
                for entry in page.get("entry", [])
                if isinstance(entry.get("resource"), dict)
                and entry["resource"].get("resourceType") == kind
                and (entry.get("search") or {}).get("mode", "match") == "match"
            ]
            url = self._next(page)

    def _next(self, page: Mapping[str, Any]) -> str | None:
        link = next((each.get("url") for each in page.get("link", []) if each.get("relation") == "next"), None)
        if link is None:
            return None
        url = urljoin(f"{self.base_url}/", link)
        if urlsplit(url)[:2] != urlsplit(self.base_url)[:2]:
            raise RecordRefused("next_link_elsewhere")
        return url

    def _ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        allowed: tuple[int, ...] = (),
    ) -> requests.Response:
        try:
            answer = self._session.request(
                method, url, headers=headers, data=data, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                allow_redirects=False, stream=True,
            )  # fmt: skip
            _load(answer)
        except requests.RequestException as error:
            raise RecordUnreachable(_code_of(error)) from error
        if answer.status_code not in allowed:
            _raise_for(answer)
        return answer


def retry_after_s(value: str | None, date: str | None) -> float | None:
    """Seconds from a Retry-After header: a number, or a date, measured from the server's own Date header."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        until, said_at = email.utils.parsedate_to_datetime(value), email.utils.parsedate_to_datetime(date or "")
        return max(0.0, (until - said_at).total_seconds())
    except (ValueError, TypeError):
        return None


def _load(answer: requests.Response) -> None:
    """Read the body within bounds: a server gone wild must not fill the memory."""
    body = b""
    for piece in answer.iter_content(64 * 1024):
        body += piece
        if len(body) > MOST_BYTES:
            answer.close()
            raise RecordRefused("answer_too_large")
    answer._content = body  # noqa: SLF001 - requests has no bounded read of its own


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        body = json.loads(answer.content)
    except ValueError as error:
        raise RecordUnreachable("not_json") from error  # a proxy's page, most often
    if not isinstance(body, dict):
        raise RecordRefused("not_a_resource")
    return body


def _code_of(error: requests.RequestException) -> str:
    if isinstance(error, requests.ConnectTimeout | requests.ReadTimeout):
        return "timeout"
    return "tls" if isinstance(error, requests.exceptions.SSLError) else "no_connection"


def _raise_for(answer: requests.Response) -> None:
    status = answer.status_code
    if status < 300:
        return
    if status in (409, 412):
        raise RecordConflict("changed_there")
    if status in (401, 403):
        raise RecordUnreachable("not_authorised", wait_s=15 * 60)
    if status == 429 or status >= 500 or status in (408, 423, 425):
        wait_s = retry_after_s(answer.headers.get("Retry-After"), answer.headers.get("Date"))
        raise RecordUnreachable(f"http_{status}", wait_s=wait_s)
    raise RecordRefused(f"http_{status}{_issue(answer)}")


def _issue(answer: requests.Response) -> str:
    """The OperationOutcome's issue code, never its text: it may quote the patient."""
    try:
        issues = json.loads(answer.content).get("issue", [])
        code = issues[0].get("code", "")
    except (ValueError, AttributeError, IndexError, KeyError, TypeError):
        return ""
    return f":{code[:40]}" if isinstance(code, str) and code else ""
