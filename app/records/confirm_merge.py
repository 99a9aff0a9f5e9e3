"""A person has looked at two charts and says that they are one patient: the merge that was in doubt goes ahead."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.models import Clinic
from app.patients.models import Patient
from app.patients.rules import PatientStatus
from app.patients.store import living_chart
from app.records.import_report import ImportReport
from app.records.merge_patients import join_charts
from app.records.save_patients import Saving


def confirm_merge(session: Session, old: Patient, into: Patient, *, actor: Actor, now: datetime) -> bool:
    """Move what is to come to the chart that stays. False when the record never said that `old` was merged, or when the
    charts would end in a circle."""
    if old.status != PatientStatus.MERGED or old.merged_into_id is not None or living_chart(session, into).id == old.id:
        return False
    clinic = session.get_one(Clinic, old.clinic_id)
    join_charts(Saving(session, clinic, now, ImportReport(source="decision")), old, into, actor=actor)
    record_audit(
        session, "merged", "patient", old.id, actor=actor, now=now, clinic_id=clinic.id, patient_id=old.id,
        into=into.id,
    )  # fmt: skip
    return True
