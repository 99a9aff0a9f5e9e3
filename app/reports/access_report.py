"""Who saw this patient, when and why: the answer a patient or a privacy officer is owed, as rows and as FHIR."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.models import AuditEvent
from app.patients.models import Patient
from app.staff.models import StaffAccount

# our action -> DICOM audit action code: create, read, update, delete, execute
_READS = ("viewed", "found", "broke_glass", "exported", "viewed_access_report")
_FHIR_ACTIONS = {**dict.fromkeys(_READS, "R"), "sent": "C", "noted": "C", "removed": "D"}


@dataclass(frozen=True)
class Access:
    """One thing somebody did with this patient's information."""

    id: int
    at: datetime
    who: str
    actor_kind: str
    actor_id: int | None
    action: str
    object_kind: str
    object_id: int | None
    reason: str | None


def accesses(session: Session, patient_id: int, *, limit: int = 5000) -> list[Access]:
    """Newest first, charts merged into this one included. Staff by name; the system, carriers and the patient by what
    they are."""
    wanted = (
        select(AuditEvent, StaffAccount.name)
        .outerjoin(StaffAccount, (StaffAccount.id == AuditEvent.actor_id) & (AuditEvent.actor_kind == "staff"))
        .where(AuditEvent.patient_id.in_(_charts(session, patient_id)))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    )
    return [
        Access(
            event.id, event.at, name or event.actor_kind, event.actor_kind, event.actor_id, event.action,
            event.object_kind, event.object_id, event.reason,
        )
        for event, name in session.execute(wanted)
    ]  # fmt: skip


def _charts(session: Session, patient_id: int) -> list[int]:
    """This chart and those merged into it, however often."""
    found, new = [patient_id], [patient_id]
    while new:
        wanted = select(Patient.id).where(Patient.merged_into_id.in_(new), Patient.id.not_in(found))
        new = list(session.scalars(wanted))
        found += new
    return found


def as_fhir(found: list[Access], patient_record_id: str | None, patient_id: int) -> dict[str, Any]:
    """A Bundle of FHIR R4 AuditEvent, shaped after IHE BALP: type, action, recorded, two agents, source, entity."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": _audit_event(each, patient_record_id or str(patient_id))} for each in found],
    }


def _audit_event(access: Access, patient_reference: str) -> dict[str, Any]:
    person = {
        "type": {"coding": [_coding("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")]},
        "who": {"display": access.who, "identifier": {"value": f"{access.actor_kind}/{access.actor_id or ''}"}},
        "requestor": True,
    }
    server = {
        "type": {"coding": [_coding("http://dicom.nema.org/resources/ontology/DCM", "110152")]},
        "who": {"display": "Farline"},
        "requestor": False,
    }
    return {
        "resourceType": "AuditEvent",
        "id": str(access.id),
        "type": _coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest"),
        "subtype": [{"system": "https://farline.org/fhir/CodeSystem/audit-action", "code": access.action}],
        "action": _FHIR_ACTIONS.get(access.action, "U"),
        "recorded": access.at.isoformat(),
        "outcome": "0",
        "agent": [person, server],
        "source": {"observer": {"display": "Farline"}},
        "entity": [
            {"what": {"reference": f"Patient/{patient_reference}"}},
            {"what": {"identifier": {"value": f"{access.object_kind}/{access.object_id or ''}"}}},
        ],
        **({"purposeOfEvent": [{"text": access.reason}]} if access.reason else {}),
    }


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code}
