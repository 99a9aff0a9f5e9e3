"""What one filing needs, read from our tables at the moment it is filed: resources are built from what is true now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.appointments.models import Appointment, Site
from app.appointments.rules import PatientReply
from app.core.locale import say_day, say_time
from app.core.models import Clinic
from app.intake.fhirpath import server_for
from app.intake.models import PublishedQuestionnaire, Response
from app.intake.plans import plan_for, questionnaire_for
from app.patients.consent import may_share
from app.patients.models import Patient
from app.patients.rules import PatientStatus
from app.patients.store import living_chart
from app.records.errors import ChartUnsure
from app.records.fhir.chart import Known
from app.records.fhir.mapping_out import FinishedForm, Reply, key_identifier, resource_uuid
from app.records.models import Filing
from app.records.rules import FilingKind
from forms.response import About, build_response
from forms.state import Context, State


@dataclass(frozen=True)
class Load:
    """Whose chart, and what goes into it. `locale` is the language the readable copy and remarks are written in."""

    known: Known
    thing: FinishedForm | Reply
    locale: str


class NothingToFile(Exception):
    """What was to be filed is no more, or may not leave: the code says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def load_filing(session: Session, filing: Filing) -> Load:
    """Raises ChartUnsure when the patient has no sure chart, NothingToFile when there is nothing to write."""
    patient = living_chart(session, session.get_one(Patient, filing.patient_id))
    if not may_share(session, patient.id):
        raise NothingToFile("sharing_withdrawn")
    if patient.status == PatientStatus.MERGED:
        raise ChartUnsure("chart_merged")
    if patient.record_id is None:
        raise ChartUnsure("no_chart")
    known = Known(
        record_id=patient.record_id,
        family=patient.family,
        birth_date=patient.birth_date,
        identifiers=frozenset((each.system, each.value) for each in patient.identifiers),
    )
    clinic = session.get_one(Clinic, filing.clinic_id)
    if filing.kind == FilingKind.RESPONSE:
        form = _form(session, filing, patient, clinic)
        return Load(known, form, form.locale)
    return Load(known, _reply(session, filing, patient.record_id), clinic.locale)


def _form(session: Session, filing: Filing, patient: Patient, clinic: Clinic) -> FinishedForm:
    response = session.get_one(Response, filing.local_id)
    if response.completed_at is None:
        raise NothingToFile("not_completed")
    published = session.get_one(PublishedQuestionnaire, response.questionnaire_id)
    questionnaire = questionnaire_for(session, published.id)
    plan, zone = plan_for(session, published.id, response.locale), _zone(session, response, patient) or clinic.zone
    chart = f"Patient/{patient.record_id}"
    built = build_response(
        questionnaire,
        plan,
        State.from_json(response.state),
        context=Context(
            channel="web", locale=response.locale, now=response.completed_at, zone=zone,
            serve=server_for(questionnaire),
        ),
        about=About(
            subject=chart, author=chart, source=chart, identifier=key_identifier(filing.key),
            response_id=resource_uuid(filing.key),
        ),
    )  # fmt: skip
    day = say_day(response.completed_at, zone=zone, locale=response.locale, with_year=True)
    time = say_time(response.completed_at, zone=zone, locale=response.locale)
    return FinishedForm(
        key=filing.key,
        title=plan.title,
        locale=response.locale,
        patient_id=str(patient.record_id),
        completed_at=response.completed_at,
        moment=f"{day}, {time}",
        response=built,
        labels={item.link_id: {each.code or each.value: each.label for each in item.options} for item in plan.items},
    )


def _reply(session: Session, filing: Filing, chart: str) -> Reply:
    """The newest reply counts, about the appointment as it stood when the patient was asked."""
    appointment = session.get_one(Appointment, filing.local_id)
    if appointment.reply is None or appointment.reply_start_at is None or appointment.record_id is None:
        raise NothingToFile("no_reply")
    if appointment.start_at != appointment.reply_start_at:
        raise ChartUnsure("appointment_moved")
    return Reply(
        key=f"appointment/{appointment.id}/{appointment.reply_start_at.isoformat()}",
        appointment_id=appointment.record_id,
        patient_id=chart,
        start=appointment.reply_start_at,
        reply=PatientReply(appointment.reply),
    )


def _zone(session: Session, response: Response, patient: Patient) -> str | None:
    appointment = session.get(Appointment, response.appointment_id) if response.appointment_id else None
    site = session.get(Site, appointment.site_id) if appointment and appointment.site_id else None
    return patient.zone or (site.zone if site else None)
