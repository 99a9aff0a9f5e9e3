"""What goes to the record, and how it is known again there. No row, no network."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from fhir.resources.R4B.documentreference import DocumentReference
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from app.records.fhir.capabilities import read_capabilities, speaks_r4, way_of_reply
from app.records.fhir.client import retry_after_s
from app.records.fhir.mapping_out import FinishedForm, document_reference, holds, readable_text, resource_uuid
from app.records.rules import pause_s

RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "status": "completed",
    "item": [
        {
            "linkId": "1",
            "text": "Do you have a fever?",
            "answer": [{"valueBoolean": True, "item": [{"linkId": "1.1", "text": "How high?", "answer": [
                {"valueQuantity": {"value": 38.5, "unit": "°C"}}
            ]}]}],
        },
        {"linkId": "2", "text": "Which of these?", "answer": [
            {"valueCoding": {"system": "s", "code": "a", "display": "Cough"}}, {"valueCoding": {"code": "b"}},
        ]},
        {"linkId": "3", "text": "Medicines", "item": [{"linkId": "3.1", "text": "Name", "answer": [
            {"valueString": "Metformin\nin the morning"}
        ]}]},
        {"linkId": "4", "text": "Tell us more", "answer": [{"_valueString": {"extension": [{"url": "x"}]}}]},
        {"linkId": "5", "answer": [{"valueDate": "2026-12-01"}, {"valueInteger": 3}, {}]},
    ],
}  # fmt: skip


def form(**changes) -> FinishedForm:
    return FinishedForm(
        **{
            "key": "response/7", "title": "How are you?", "locale": "en-CA", "patient_id": "p1",
            "completed_at": datetime(2026, 12, 1, 15, tzinfo=UTC), "moment": "2026-12-01, 10:00", "response": RESPONSE,
            "labels": {"2": {"b": "Sore throat"}}, **changes,
        }
    )  # fmt: skip


def test_the_readable_copy_reads_like_the_form():
    assert readable_text(form(), translate=str).splitlines() == [
        "How are you?",
        "Answered by the patient: 2026-12-01, 10:00",
        "",
        "Do you have a fever?",
        "  Yes",
        "  How high?",
        "    38.5 °C",
        "Which of these?",
        "  Cough",
        "  Sore throat",
        "Medicines",
        "  Name",
        "    Metformin",
        "    in the morning",
        "Tell us more",
        "  (spoken; not written down yet)",
        "5",
        "  2026-12-01",
        "  3",
    ]


@pytest.mark.parametrize("is_related", [True, False])
def test_the_document_is_valid_and_says_what_it_copies(is_related):
    document = document_reference(form(), translate=str, is_related=is_related)
    DocumentReference.model_validate(document)
    QuestionnaireResponse.model_validate(RESPONSE)
    attachment = document["content"][0]["attachment"]
    text = base64.b64decode(attachment["data"])
    assert (attachment["size"], text.decode()) == (len(text), readable_text(form(), translate=str))
    assert ("context" in document) is is_related
    assert document["date"] == "2026-12-01T15:00:00Z"


def test_ids_are_the_same_every_time_and_differ_for_what_differs():
    assert resource_uuid("response/7") == "7c829e93-a820-5782-abe0-9f838383b685"
    assert len({resource_uuid(key) for key in ("response/7", "response/8", "response/7:document")}) == 3


@pytest.mark.parametrize(
    ("there", "ours", "same"),
    [
        ({"a": 1, "meta": {"versionId": "3"}}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "text": {"div": "made by us"}}, True),
        ({"a": 2}, {"a": 1}, False),
        ({}, {"a": None}, False),
        ({"a": [1, 2]}, {"a": [1, 2]}, True),
        ({"a": [1, 2, 3]}, {"a": [1, 2]}, False),
        ({"a": [{"b": 1, "id": "x"}]}, {"a": [{"b": 1}]}, True),
        ({"at": "2026-12-01T10:00:00.000-05:00"}, {"at": "2026-12-01T15:00:00Z"}, True),
        ({"at": "2026-12-01T10:00:01-05:00"}, {"at": "2026-12-01T15:00:00Z"}, False),
        ({"a": "Tuesday"}, {"a": "Thursday"}, False),
        (None, {}, False),
    ],
)
def test_what_the_server_added_is_no_change_and_what_it_changed_is(there, ours, same):
    assert holds(there, ours) is same


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("120", None, 120.0),
        ("Tue, 01 Dec 2026 15:02:00 GMT", "Tue, 01 Dec 2026 15:00:00 GMT", 120.0),
        ("Tue, 01 Dec 2026 14:00:00 GMT", "Tue, 01 Dec 2026 15:00:00 GMT", 0.0),
        ("Tue, 01 Dec 2026 15:02:00 GMT", None, None),
        ("soon", None, None),
        ("-5", None, None),
        (None, None, None),
    ],
)
def test_retry_after_in_either_notation(value, date, seconds):
    assert retry_after_s(value, date) == seconds


@pytest.mark.parametrize(
    ("failures", "asked_s", "least", "most"),
    [
        (0, None, 15, 22.5),
        (3, None, 120, 180),
        (50, None, 3600, 5400),
        (0, 90.0, 90, 135),
        (9, 0.0, 1, 1.5),
        (0, 1e9, 86400, 129600),
    ],
)
def test_pauses_grow_and_never_undercut_what_was_asked(failures, asked_s, least, most):
    assert pause_s(failures, asked_s=asked_s, jitter=0) == least
    assert pause_s(failures, asked_s=asked_s, jitter=1) == most


@pytest.mark.parametrize(
    ("declared", "way"),
    [
        ({"AppointmentResponse": ["update"], "Appointment": ["read", "update"]}, "AppointmentResponse"),
        ({"AppointmentResponse": ["read"], "Appointment": ["read", "update"]}, "Appointment"),
        ({"Appointment": ["read"]}, None),
        ({}, None),
    ],
    ids=["both", "participant status", "read only", "nothing"],
)
def test_the_most_honest_way_the_server_allows(declared, way):
    statement = {
        "fhirVersion": "4.0.1",
        "rest": [
            {
                "resource": [
                    {"type": kind, "interaction": [{"code": code} for code in can]} for kind, can in declared.items()
                ]
            }
        ],
    }
    assert way_of_reply(read_capabilities(statement)) == way


@pytest.mark.parametrize("statement", [{}, {"rest": "x"}, {"rest": [{"resource": [{"type": 7}]}]}, {"software": []}])
def test_a_statement_of_any_shape_is_read(statement):
    assert way_of_reply(read_capabilities(statement)) is None
    assert not speaks_r4(read_capabilities(statement))
