"""What Farline files -> FHIR R4 resources. Pure; every resource carries its key as an identifier that others can find.

Ids are ours (UUIDv5 of what is filed), so writing the same thing again finds the first one instead of making a second.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.appointments.rules import PatientReply

NAMESPACE = uuid.UUID("5b2f1c1e-6b3d-5d1e-9a51-0f4a6c1d7e21")
KEY_SYSTEM = "https://farline.org/fhir/filing"
LOINC = "http://loinc.org"
RESPONSE_DOCUMENT = ("74465-6", "Questionnaire response Document")

_STATUS = {
    PatientReply.CONFIRMED: "accepted",
    PatientReply.WANTS_MOVE: "tentative",
    PatientReply.WANTS_CANCEL: "declined",
}
COMMENT_SENTENCES = {
    PatientReply.CONFIRMED: "The patient confirms.",
    PatientReply.WANTS_MOVE: "The patient asks for another time.",
    PatientReply.WANTS_CANCEL: "The patient asks to cancel.",
}


def resource_uuid(key: str) -> str:
    """The id under which what `key` names is filed, the same every time."""
    return str(uuid.uuid5(NAMESPACE, key))


def key_identifier(key: str) -> dict[str, str]:
    return {"system": KEY_SYSTEM, "value": key}


@dataclass(frozen=True)
class Reply:
    """A patient's answer about one appointment as it stood when they were asked."""

    key: str
    appointment_id: str  # the record's
    patient_id: str
    start: datetime
    reply: PatientReply


def appointment_response(
    reply: Reply, appointment: Mapping[str, Any], *, translate: Callable[[str], str]
) -> dict[str, Any]:
    """An AppointmentResponse; start and end are copied from the appointment as the record has it."""
    times = {name: appointment[name] for name in ("start", "end") if isinstance(appointment.get(name), str)}
    return {
        "resourceType": "AppointmentResponse",
        "id": resource_uuid(reply.key),
        "identifier": [key_identifier(reply.key)],
        "appointment": {"reference": f"Appointment/{reply.appointment_id}"},
        **times,
        "actor": {"reference": f"Patient/{reply.patient_id}"},
        "participantStatus": _STATUS[reply.reply],
        "comment": translate(COMMENT_SENTENCES[reply.reply]),
    }


def with_participant_status(appointment: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    """The same appointment, only the patient's own participant status changed; whatever else it holds survives."""
    wanted = f"Patient/{reply.patient_id}"
    participants = [
        {**each, "status": _STATUS[reply.reply]} if _reference(each.get("actor")) == wanted else each
        for each in appointment.get("participant", [])
    ]
    return {**appointment, "participant": participants}


@dataclass(frozen=True)
class FinishedForm:
    """A completed form for the chart: its QuestionnaireResponse, the moment in words of the patient's place, and the
    choices' labels as the patient saw them (link id -> code -> label): codes keep the form's own language."""

    key: str
    title: str
    locale: str
    patient_id: str
    completed_at: datetime
    moment: str
    response: Mapping[str, Any]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def document_reference(form: FinishedForm, *, translate: Callable[[str], str], is_related: bool) -> dict[str, Any]:
    """The readable copy, in the patient's language. `is_related` when the structured response is filed too."""
    text = readable_text(form, translate=translate).encode()
    moment = form.completed_at.isoformat().replace("+00:00", "Z")
    code, display = RESPONSE_DOCUMENT
    document = {
        "resourceType": "DocumentReference",
        "id": resource_uuid(f"{form.key}:document"),
        "masterIdentifier": key_identifier(f"{form.key}:document"),
        "status": "current",
        "docStatus": "final",
        "type": {"coding": [{"system": LOINC, "code": code, "display": display}], "text": form.title},
        "subject": {"reference": f"Patient/{form.patient_id}"},
        "date": moment,
        "author": [{"reference": f"Patient/{form.patient_id}"}],
        "description": form.title,
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "language": form.locale,
                    "data": base64.b64encode(text).decode(),
                    "size": len(text),
                    "hash": base64.b64encode(hashlib.sha1(text, usedforsecurity=False).digest()).decode(),
                    "title": form.title,
                    "creation": moment,
                }
            }
        ],
    }
    if is_related:
        document["context"] = {"related": [{"reference": f"QuestionnaireResponse/{resource_uuid(form.key)}"}]}
    return document


def readable_text(form: FinishedForm, *, translate: Callable[[str], str]) -> str:
    """The form as plain text: title, moment, then each question with the answer under it."""
    lines = [form.title, translate("Answered by the patient: {moment}").format(moment=form.moment), ""]
    lines += _lines(form, form.response.get("item", []), 0, translate)
    return "\n".join(lines).rstrip() + "\n"


def _lines(
    form: FinishedForm, items: list[Mapping[str, Any]], depth: int, translate: Callable[[str], str]
) -> list[str]:
    found = []
    for item in items:
        indent, answers, labels = "  " * depth, item.get("answer", []), form.labels.get(item.get("linkId", ""), {})
        found.append(f"{indent}{item.get('text') or item.get('linkId', '')}")
        for answer in answers:
            found += [f"{indent}  {line}" for line in answer_text(answer, labels, translate).splitlines()]
        below = [*item.get("item", []), *(each for answer in answers for each in answer.get("item", []))]
        found += _lines(form, below, depth + 1, translate)
    return found


def answer_text(answer: Mapping[str, Any], labels: Mapping[str, str], translate: Callable[[str], str]) -> str:
    """One answer in words: a choice as the patient saw it, yes or no, a number with its unit."""
    name = next((key for key in answer if key.startswith("value")), None)
    value = answer.get(name) if name else None
    if value is None:
        return translate("(spoken; not written down yet)") if "_valueString" in answer else ""
    if isinstance(value, bool):
        return translate("Yes") if value else translate("No")
    if isinstance(value, Mapping):
        return labels.get(str(value.get("code"))) or _structured(value)
    return labels.get(str(value), str(value))


def _structured(value: Mapping[str, Any]) -> str:
    if "value" in value:
        return f"{value['value']} {value.get('unit') or value.get('code') or ''}".strip()
    return str(value.get("display") or value.get("title") or value.get("reference") or value.get("code") or "")


def _reference(value: Any) -> str | None:
    reference = value.get("reference") if isinstance(value, Mapping) else None
    return reference if isinstance(reference, str) else None


def holds(there: Any, ours: Any) -> bool:
    """Whether what the server has contains everything we would send: servers add, they must not have changed."""
    if isinstance(ours, Mapping):
        return isinstance(there, Mapping) and all(
            key in there and holds(there[key], each) for key, each in ours.items() if key not in ("meta", "text")
        )
    if isinstance(ours, list):
        return (
            isinstance(there, list) and len(there) == len(ours)
            and all(holds(left, right) for left, right in zip(there, ours, strict=True))
        )  # fmt: skip
    return bool(there == ours) or _same_moment(there, ours)


def _same_moment(there: Any, ours: Any) -> bool:
    """Servers may write an instant in another zone or with milliseconds."""
    try:
        return "T" in ours and datetime.fromisoformat(there) == datetime.fromisoformat(ours)
    except (TypeError, ValueError):
        return False
