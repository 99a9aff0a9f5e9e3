"""Writing to a FHIR server so that twice changes nothing: look first, write under our own id, never over another's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.records.errors import ChartUnsure, RecordConflict, RecordRefused
from app.records.fhir.capabilities import is_declared, way_of_reply
from app.records.fhir.chart import Known, check_appointment, check_chart
from app.records.fhir.mapping_out import (
    FinishedForm,
    Reply,
    appointment_response,
    document_reference,
    holds,
    with_participant_status,
)

if TYPE_CHECKING:
    from app.records.fhir.client import FhirClient, Held


@dataclass(frozen=True)
class Written:
    """One resource as it now stands in the record."""

    kind: str
    id: str
    etag: str | None
    body: Mapping[str, Any]


@dataclass
class Connection:
    """One server, what it can do, what we last saw of our own resources there, and whether to write at all."""

    client: FhirClient
    capabilities: Mapping[str, Any]
    etags: Mapping[tuple[str, str], str | None]
    translate: Callable[[str], str]
    is_dry_run: bool = False
    written: list[Written] = field(default_factory=list)


def file_form(connection: Connection, form: FinishedForm) -> None:
    """The structured response where the server takes one, then the readable copy."""
    is_related = _file_response(connection, form)
    write_once(
        connection, "DocumentReference", document_reference(form, translate=connection.translate, is_related=is_related)
    )


def file_reply(connection: Connection, reply: Reply) -> None:
    """The patient's answer, in the most honest resource the server takes."""
    held = connection.client.read("Appointment", reply.appointment_id)
    check_appointment(held.body if held else None, patient_id=reply.patient_id, start=reply.start)
    assert held is not None, "check_appointment refuses an appointment that is not there"
    way = way_of_reply(connection.capabilities)
    if way is None:
        raise RecordRefused("no_way_for_replies")
    if way == "AppointmentResponse":
        write_once(connection, way, appointment_response(reply, held.body, translate=connection.translate))
    else:
        _replace(connection, "Appointment", held, with_participant_status(held.body, reply))


def verify_chart(connection: Connection, known: Known, *, now: Any) -> None:
    """Read the patient from the record and raise ChartUnsure unless it is the one we know."""
    try:
        held = connection.client.read("Patient", known.record_id)
    except RecordConflict as error:
        raise ChartUnsure("chart_missing") from error
    check_chart(known, held.body if held else None, now)


def write_once(connection: Connection, kind: str, body: Mapping[str, Any]) -> None:
    """Create it, find it there, or renew what only we have written. What somebody else changed is a conflict."""
    held = connection.client.read(kind, str(body["id"]))
    if held is None:
        _write(connection, kind, body, if_match=None)
    elif holds(held.body, body):
        connection.written.append(Written(kind, str(body["id"]), held.etag, body))
    elif held.etag is not None and connection.etags.get((kind, str(body["id"]))) == held.etag:
        _write(connection, kind, body, if_match=held.etag)
    else:
        raise RecordConflict("changed_there")


def _file_response(connection: Connection, form: FinishedForm) -> bool:
    """Whether the structured response is in the record. A server that never declared it may decline it."""
    kind = "QuestionnaireResponse"
    try:
        write_once(connection, kind, form.response)
    except RecordRefused:
        if is_declared(connection.capabilities, kind, "update"):
            raise
        return False
    return True


def _replace(connection: Connection, kind: str, held: Held, body: Mapping[str, Any]) -> None:
    if holds(held.body, body):
        connection.written.append(Written(kind, str(body["id"]), held.etag, body))
        return
    if held.etag is None:
        raise RecordRefused("no_versions")
    _write(connection, kind, body, if_match=held.etag)


def _write(connection: Connection, kind: str, body: Mapping[str, Any], *, if_match: str | None) -> None:
    etag = None
    if not connection.is_dry_run:
        etag = connection.client.put(kind, body, if_match=if_match).etag
    connection.written.append(Written(kind, str(body["id"]), etag, body))
