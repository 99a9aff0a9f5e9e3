"""Charts the record merged: nothing more goes to the old one, its appointments follow the patient to the new one.

Two charts that cannot be one person (different dates of birth, a circle, a chart that is not here) are stopped and
wait for a person; nothing is moved on a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.appointments.rules import REMINDED
from app.appointments.store import appointments_of
from app.core.audit import SYSTEM, Actor
from app.core.events import record_event
from app.patients.follow_chart import bring_consent, forget_phones, move_phones
from app.patients.links import revoke_links_of
from app.patients.models import Patient
from app.patients.rules import PatientStatus
from app.patients.store import living_chart, patient_with_record_id
from app.records.fhir.mapping_patient import ReadPatient
from app.records.import_report import Note
from app.records.save_patients import Saving, plan_again
from app.records.store import merged_by_people, merged_record_ids
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency


def merge_patients(saving: Saving, reads: Sequence[ReadPatient]) -> None:
    """Follow what the record says about merged charts, also about charts merged before that stand alone again."""
    merged_before = merged_record_ids(saving.session, saving.clinic.id)
    judged = merged_by_people(saving.session, saving.clinic.id)
    for read in reads:
        if read.status is not PatientStatus.MERGED and read.record_id not in merged_before:
            continue
        patient = patient_with_record_id(saving.session, saving.clinic.id, read.record_id)
        if patient is None or saving.is_older(read.updated_at, patient.record_updated_at):
            continue
        if read.status is PatientStatus.MERGED:
            _merge(saving, patient, read)
        elif patient.status == PatientStatus.MERGED and patient.id not in judged:
            _part(saving, patient, read)


def _merge(saving: Saving, patient: Patient, read: ReadPatient) -> None:
    if patient.merged_into_id is not None:
        return
    was_reached = patient.status != PatientStatus.MERGED
    patient.status = PatientStatus.MERGED
    revoke_links_of(saving.session, patient.id, saving.now)
    into = patient_with_record_id(saving.session, saving.clinic.id, read.replaced_by or "")
    doubt = _doubt(saving.session, patient, into)
    if into is not None and doubt is None:
        join_charts(saving, patient, into)
        return
    _ask_person(saving, patient, read, doubt or "merge_unknown")
    if was_reached:
        _tell(saving, patient)


def join_charts(saving: Saving, patient: Patient, into: Patient, *, actor: Actor = SYSTEM) -> None:
    """One person, one chart from here on: the appointments, and the patient's phones, go to the chart that stays."""
    patient.merged_into_id = into.id
    living = living_chart(saving.session, into)
    _move_appointments(saving, patient, living)
    bring_consent(saving.session, patient, living)
    move_phones(saving.session, patient.id, living.id, actor=actor, now=saving.now)
    saving.report.happened["merged"] += 1
    _tell(saving, patient)


def _tell(saving: Saving, patient: Patient) -> None:
    record_event(
        saving.session, "patient_merged", clinic_id=patient.clinic_id, subject_id=patient.id, now=saving.now,
        into=patient.merged_into_id,
    )  # fmt: skip


def _doubt(session: Session, patient: Patient, into: Patient | None) -> str | None:
    if into is None:
        return "merge_unknown"
    if living_chart(session, into).id == patient.id:
        return "merge_circle"
    if patient.birth_date and into.birth_date and patient.birth_date != into.birth_date:
        return "merge_birth_date"
    return None


def _move_appointments(saving: Saving, patient: Patient, into: Patient) -> None:
    for appointment in appointments_of(saving.session, patient.id):
        appointment.patient_id, appointment.updated_at = into.id, saving.now
        if appointment.status in REMINDED and appointment.start_at > saving.now:
            record_event(
                saving.session, "appointment_changed", clinic_id=patient.clinic_id, subject_id=appointment.id,
                now=saving.now,
            )  # fmt: skip


def _part(saving: Saving, patient: Patient, read: ReadPatient) -> None:
    """Merged once, separate again: which appointments are whose is for a person to say. Nobody's phone may open the
    other's chart meanwhile."""
    living = living_chart(saving.session, patient)
    for each in (patient, living) if living is not patient else ():
        forget_phones(saving.session, each, actor=SYSTEM, now=saving.now)
    patient.status, patient.merged_into_id = read.status, None
    plan_again(saving, patient)
    _ask_person(saving, patient, read, "unmerged")


def _ask_person(saving: Saving, patient: Patient, read: ReadPatient, code: str) -> None:
    saving.report.notes.append(Note("merge_unsure", "Patient", read.record_id, who=read.spoken_name, detail=code))
    open_ticket(
        saving.session,
        clinic_id=patient.clinic_id,
        reason=TicketReason.IMPORT_PROBLEM,
        urgency=Urgency.SOON,
        cause=f"import:{code}:{patient.id}:{patient.record_version}",
        locale=saving.clinic.locale,
        now=saving.now,
        patient_id=patient.id,
        code=code,
    )
