"""What the clinical record holds of a demo patient: each thing Farline filed, read back by its id from the record's own
server, as that server has it now."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.core.ground import Ground
from app.records.errors import RecordError
from app.records.fhir.client import FhirClient
from app.records.models import Filing, RecordEndpoint, RecordLink
from app.records.rules import FilingState
from app.web.shell.here import say

KIND_SENTENCES = {
    "DocumentReference": "The form, to read",
    "QuestionnaireResponse": "The form, as data",
    "AppointmentResponse": "The answer about an appointment",
}


@dataclass(frozen=True)
class Held:
    """One thing in the record. `version` is the server's own: 1 was written once."""

    kind: str
    address: str
    heading: str
    version: str
    title: str
    text: str
    data: str


@dataclass(frozen=True)
class Record:
    """`reached` is False when the record's server did not answer or none is connected; `waiting` is yet to be filed."""

    reached: bool
    held: tuple[Held, ...] = ()
    waiting: int = 0


def what_the_record_holds(ground: Ground, patient_id: int) -> Record:
    with ground.database.read() as session:
        endpoint = session.scalar(select(RecordEndpoint).where(RecordEndpoint.kind == "fhir").limit(1))
        filed, waiting = _filed(session, patient_id), _waiting(session, patient_id)
        address = endpoint.base_url if endpoint else ""
    if not address:
        return Record(reached=False, waiting=waiting)
    client = FhirClient(address)
    try:
        client.capabilities()
        found = [(kind, client.read(kind, remote_id)) for kind, remote_id in filed]
    except RecordError:
        return Record(reached=False, waiting=waiting)
    return Record(True, tuple(_held(address, kind, each.body) for kind, each in found if each), waiting)


def _filed(session: Session, patient_id: int) -> list[tuple[str, str]]:
    """(kind, id in the record) of each resource, the newest form first and its readable copy before its data."""
    is_theirs = and_(Filing.kind == RecordLink.local_kind, Filing.local_id == RecordLink.local_id)
    wanted = select(RecordLink).join(Filing, is_theirs).where(Filing.patient_id == patient_id).distinct()
    order = list(KIND_SENTENCES)
    rows = [row for row in session.scalars(wanted) if row.resource_type in KIND_SENTENCES]
    rows.sort(key=lambda row: (-row.local_id, order.index(row.resource_type)))
    return [(row.resource_type, row.remote_id) for row in rows]


def _waiting(session: Session, patient_id: int) -> int:
    under_way = (FilingState.PENDING, FilingState.CLAIMED, FilingState.RETRY)
    wanted = select(func.count(Filing.id)).where(Filing.patient_id == patient_id, Filing.state.in_(under_way))
    return session.scalar(wanted) or 0


def _held(address: str, kind: str, body: Mapping[str, Any]) -> Held:
    return Held(
        kind=kind,
        address=f"{address.rstrip('/')}/{kind}/{body['id']}",
        heading=say(KIND_SENTENCES[kind]),
        version=str(body.get("meta", {}).get("versionId", "")),
        title=str(body.get("description") or body.get("comment") or ""),
        text=_text(body),
        data=json.dumps(body, ensure_ascii=False, indent=2),
    )


def _text(body: Mapping[str, Any]) -> str:
    return "\n".join(
        base64.b64decode(content["attachment"]["data"]).decode("utf-8", "replace")
        for content in body.get("content", [])
        if content.get("attachment", {}).get("contentType", "").startswith("text/plain")
        and "data" in content["attachment"]
    )
