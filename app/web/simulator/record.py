"""What the clinical record holds of a demo patient, read back from the record's own server."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import requests
from sqlalchemy import select

from app.core.ground import Ground
from app.patients.models import Patient
from app.records.models import RecordEndpoint

TIMEOUT_S = 5
SHOWN = ("DocumentReference", "AppointmentResponse")


@dataclass(frozen=True)
class Held:
    """One thing in the record. `text` is the readable copy."""

    kind: str
    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Record:
    """`reached` is False when the record's server did not answer or none is connected."""

    address: str
    reached: bool
    held: tuple[Held, ...] = ()


def what_the_record_holds(ground: Ground, patient_id: int) -> Record:
    with ground.database.read() as session:
        endpoint = session.scalar(select(RecordEndpoint).where(RecordEndpoint.kind == "fhir").limit(1))
        patient = session.get(Patient, patient_id)
        address, record_id = endpoint.base_url if endpoint else "", patient.record_id if patient else None
    if not address:
        return Record(address, reached=False)
    try:
        held = [held for kind in SHOWN for held in _search(address, kind, f"Patient/{record_id}")]
    except requests.RequestException:
        return Record(address, reached=False)
    return Record(address, reached=True, held=tuple(held))


def _search(address: str, kind: str, reference: str) -> list[Held]:
    name = "subject" if kind == "DocumentReference" else "actor"
    answer = requests.get(
        f"{address.rstrip('/')}/{kind}",
        params={name: reference},
        timeout=TIMEOUT_S,
        headers={"Accept": "application/fhir+json"},
    )
    if not answer.ok:
        return []
    entries = [entry["resource"] for entry in answer.json().get("entry", [])]
    return [_held(resource) for resource in entries if resource.get("resourceType") == kind]


def _held(resource: dict[str, Any]) -> Held:
    if resource["resourceType"] == "AppointmentResponse":
        appointment = resource.get("appointment", {}).get("reference", "")
        return Held("AppointmentResponse", resource["id"], resource.get("participantStatus", ""), appointment)
    texts = [
        base64.b64decode(content["attachment"]["data"]).decode("utf-8", "replace")
        for content in resource.get("content", [])
        if content.get("attachment", {}).get("contentType", "").startswith("text/plain")
        and "data" in content["attachment"]
    ]
    return Held("DocumentReference", resource["id"], resource.get("description", ""), "\n".join(texts))
