"""The clinic's record endpoints: connected, probed, switched, and opened for one round of work."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.ground import Ground
from app.records.errors import RecordRefused, RecordUnreachable
from app.records.fhir.capabilities import read_capabilities, speaks_r4
from app.records.models import Filing, RecordEndpoint
from app.records.rules import BREAKER_AFTER, FilingState, pause_s

if TYPE_CHECKING:
    from app.records.fhir.client import FhirClient

KIND = "fhir"


@dataclass(frozen=True)
class Endpoint:
    """A connected record as plain values, to work with while no session is open."""

    id: int
    clinic_id: int
    base_url: str
    token_env: str | None
    capabilities: dict[str, Any]
    is_dry_run: bool
    is_pulled: bool

    def client(self) -> FhirClient:
        """The token is read from the environment at each use: it is never kept in the database."""
        from app.records.fhir.client import FhirClient  # noqa: PLC0415 - an HTTP library only where one is connected

        return FhirClient(self.base_url, token=os.environ.get(self.token_env) if self.token_env else None)


def connect(
    session: Session,
    clinic_id: int,
    url: str,
    *,
    name: str = "record",
    token_env: str | None = None,
    pull: bool = False,
) -> RecordEndpoint:
    """Connect a FHIR R4 server, or give the connection of that name another address. With `pull` patients and
    appointments are read from it, too. Raises ValueError with a sentence when the address must not be used."""
    if not may_connect(url):
        raise ValueError(ADDRESS_SENTENCE)
    endpoint = session.scalars(
        select(RecordEndpoint).where(RecordEndpoint.clinic_id == clinic_id, RecordEndpoint.name == name)
    ).first()
    if endpoint is None:
        endpoint = RecordEndpoint(clinic_id=clinic_id, name=name, kind=KIND, base_url=url.rstrip("/"), failures=0)
        session.add(endpoint)
    endpoint.base_url, endpoint.settings = url.rstrip("/"), {"token_env": token_env, "pull": pull}
    endpoint.capabilities, endpoint.probed_at, endpoint.last_contact_at = {}, None, None
    endpoint.last_error, endpoint.failures, endpoint.paused_until = None, 0, None
    session.flush()
    return endpoint


ADDRESS_SENTENCE = "The address must start with https://; http:// is for a server on this machine or network only."


def may_connect(url: str) -> bool:
    """https anywhere; plain http only where nothing leaves the building. No user or password in the address."""
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_near(parts.hostname))


def switch(
    session: Session,
    row: RecordEndpoint,
    name: Literal["is_on", "is_dry_run"],
    *,
    to: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Turn the endpoint or its dry run on or off. Whatever waited because of it is due at once."""
    setattr(row, name, to)
    row.paused_until, row.failures = None, 0
    session.execute(
        update(Filing).where(Filing.clinic_id == row.clinic_id, Filing.state == FilingState.RETRY).values(next_at=now)
    )
    record_audit(
        session, "switched", "record_endpoint", row.id, actor=actor, now=now, clinic_id=row.clinic_id,
        what=name, to=to,
    )  # fmt: skip


def endpoints_of(session: Session, clinic_id: int) -> list[RecordEndpoint]:
    wanted = select(RecordEndpoint).where(RecordEndpoint.clinic_id == clinic_id, RecordEndpoint.kind == KIND)
    return list(session.scalars(wanted.order_by(RecordEndpoint.id)))


def ready_endpoints(session: Session, machine_now: datetime) -> list[Endpoint]:
    """Every endpoint that is on and not left alone for a while."""
    wanted = select(RecordEndpoint).where(RecordEndpoint.kind == KIND, RecordEndpoint.is_on.is_(True))
    rows = session.scalars(wanted.order_by(RecordEndpoint.id))
    return [as_endpoint(row) for row in rows if row.paused_until is None or row.paused_until <= machine_now]


def as_endpoint(row: RecordEndpoint) -> Endpoint:
    return Endpoint(
        id=row.id, clinic_id=row.clinic_id, base_url=row.base_url, token_env=row.settings.get("token_env"),
        capabilities=dict(row.capabilities), is_dry_run=row.is_dry_run, is_pulled=row.settings.get("pull", False),
    )  # fmt: skip


def probe(ground: Ground, endpoint: Endpoint) -> dict[str, Any]:
    """Ask the server what it can do and keep the answer. Raises RecordError when it cannot be used."""
    capabilities = read_capabilities(endpoint.client().capabilities())
    if not speaks_r4(capabilities):
        raise RecordRefused("not_r4")
    with ground.database.write() as session:
        row = session.get_one(RecordEndpoint, endpoint.id)
        row.capabilities, row.probed_at = capabilities, ground.clock.now()
        note_success(row, ground.clock.now())
    return capabilities


def note_success(row: RecordEndpoint, now: datetime) -> None:
    row.last_contact_at, row.last_error, row.failures, row.paused_until = now, None, 0, None


def note_failure(row: RecordEndpoint, error: RecordUnreachable, *, machine_now: datetime, jitter: float) -> None:
    """Count it; after several in a row, or when the server asks for it, nobody knocks for a while."""
    row.failures, row.last_error = row.failures + 1, error.code
    if error.wait_s is not None or row.failures >= BREAKER_AFTER:
        wait_s = pause_s(row.failures - BREAKER_AFTER, asked_s=error.wait_s, jitter=jitter)
        row.paused_until = machine_now + timedelta(seconds=wait_s)


def _is_near(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or (address.is_private and not address.is_link_local)
