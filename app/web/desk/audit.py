"""Who saw what: the audit page, the flags of the week, and a patient's access report as page, CSV and FHIR."""

from __future__ import annotations

import json

from flask import Response, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record_audit, verify_chain
from app.core.errors import NotFound
from app.core.models import AuditEvent, Clinic
from app.patients.models import Patient
from app.reports.access_report import Access, accesses, as_fhir
from app.reports.csv_file import csv_bytes
from app.reports.flags import flags
from app.staff.models import StaffAccount
from app.web.desk.audit_words import ACTION_SENTENCES, FLAG_SENTENCES, OBJECT_SENTENCES
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import text_of
from app.web.desk.search import find_patients
from app.web.shell.database import clinic_read, clinic_write, found
from app.web.shell.here import ground, now, say, viewer

RECENT = 100
HEADER_SENTENCES = ("When (UTC)", "Who", "What", "Where", "Reason")


@blueprint.get("/audit")
def audit() -> str:
    return _page()


@blueprint.post("/audit", endpoint="audit_search")
def search() -> str:
    """Finds whose access report to open; shows record numbers, never names."""
    with clinic_write() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        matches = [each.id for each in find_patients(session, clinic, text_of("who").strip()[:100])]
        record_audit(
            session, "searched", "patient", None, actor=viewer().actor, now=now(), clinic_id=clinic.id,
            found=len(matches),
        )  # fmt: skip
    return _page(matches=matches)


@blueprint.get("/patients/<int:patient_id>/access")
def access_report(patient_id: int) -> str:
    rows = _report(patient_id, "viewed_access_report")[1]
    return render_template(
        "desk/access.html", rows=rows, patient_id=patient_id, actions=ACTION_SENTENCES, objects=OBJECT_SENTENCES
    )


@blueprint.get("/patients/<int:patient_id>/access.<kind>", endpoint="access_export")
def export(patient_id: int, kind: str) -> Response:
    if kind not in ("csv", "json"):
        raise NotFound
    record_id, rows = _report(patient_id, "exported")
    if kind == "json":
        body = json.dumps(as_fhir(rows, record_id, patient_id)).encode()
        return _file(body, "application/fhir+json", "access.json")
    header = [say(words) for words in HEADER_SENTENCES]
    lines = [
        [each.at.isoformat(), each.who, _words(ACTION_SENTENCES, each.action), _place(each), each.reason]
        for each in rows
    ]
    return _file(csv_bytes(header, lines), "text/csv; charset=utf-8", "access.csv")


@blueprint.post("/audit/verify", endpoint="audit_verify")
def verify() -> str:
    """Walks the whole chain, so only when asked."""
    with ground().database.read() as session:
        chain = verify_chain(session)
    return _page(chain=chain)


def _page(**said: object) -> str:
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        return render_template(
            "desk/audit.html",
            flags=flags(session, clinic, now()),
            recent=_recent(session),
            actions=ACTION_SENTENCES,
            objects=OBJECT_SENTENCES,
            flag_words=FLAG_SENTENCES,
            **{"matches": None, "chain": None, **said},
        )


def _recent(session: Session) -> list[tuple[AuditEvent, str | None]]:
    wanted = (
        select(AuditEvent, StaffAccount.name)
        .outerjoin(StaffAccount, StaffAccount.id == AuditEvent.actor_id)
        .where(AuditEvent.clinic_id == viewer().clinic_id, AuditEvent.actor_kind == "staff")
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(RECENT)
    )
    return [(row[0], row[1]) for row in session.execute(wanted)]


def _report(patient_id: int, action: str) -> tuple[str | None, list[Access]]:
    """The rows as they were before this look, and the record that somebody looked."""
    with clinic_write() as session:
        patient = found(session, Patient, patient_id)
        rows = accesses(session, patient.id)
        record_audit(
            session, action, "access_report", patient.id, actor=viewer().actor, now=now(), clinic_id=patient.clinic_id,
            patient_id=patient.id,
        )  # fmt: skip
        return patient.record_id, rows


def _file(body: bytes, kind: str, name: str) -> Response:
    return Response(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _words(words: dict[str, str], code: str) -> str:
    return say(words[code]) if code in words else code.replace("_", " ")


def _action(access: Access) -> str:
    return _words(ACTION_SENTENCES, access.action)


def _place(access: Access) -> str:
    return _words(OBJECT_SENTENCES, access.object_kind)
