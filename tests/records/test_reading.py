"""Resources are read without trust: no shape, however wrong, ends in anything but a reading or a reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.patients.rules import PatientStatus
from app.records.fhir.mapping_appointment import (
    ReadAppointment,
    ReadPlace,
    ReadPractitioner,
    read_appointment,
    read_place,
    read_practitioner,
)
from app.records.fhir.mapping_patient import ONTARIO_HEALTH_NUMBER, ReadPatient, read_patient
from app.records.fhir.reading import words
from app.records.rules import is_health_number, language_tag

NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)
BASE = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [{"family": "Bond", "given": ["Ada"]}],
    "birthDate": "1950-02-03",
}


def patient(**changes) -> ReadPatient:
    read = read_patient({**BASE, **changes}, NOW)
    assert isinstance(read, ReadPatient), read
    return read


KEYS = (
    "id", "name", "family", "given", "telecom", "system", "value", "use", "rank", "period", "end", "birthDate",
    "active",
    "deceasedBoolean", "deceasedDateTime", "link", "other", "type", "reference", "communication", "language", "coding",
    "code", "preferred", "identifier", "extension", "url", "valueCode", "meta", "lastUpdated", "versionId", "status",
    "start", "minutesDuration", "participant", "actor", "display", "serviceType", "text", "created", "address", "state",
)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["Patient/1", "replaced-by", "phone", "2026-12-04T10:00:00-05:00", "booked", "9999-12-31T23:59:59-14:00"]
    ),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8),
    max_leaves=40,
)
RESOURCES = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=20)


@settings(max_examples=400, deadline=None)
@given(RESOURCES)
def test_no_shape_of_a_resource_raises(resource):
    assert isinstance(read_patient(resource, NOW), ReadPatient | str)
    assert isinstance(read_patient({**BASE, **resource, "id": "p1"}, NOW), ReadPatient | str)
    assert isinstance(read_appointment({**resource, "id": "a1", "status": "booked"}), ReadAppointment | str)
    assert isinstance(read_place(resource), ReadPlace | str)
    assert isinstance(read_practitioner(resource), ReadPractitioner | str)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("Bond", "Bond"),
        ("  Bond \n", "Bond"),
        ("Bo\x00nd", "Bond"),
        ("B\u202eond\u202c", "Bond"),
        ("\u200fBond", "Bond"),
        ("Bond 👩🏽‍⚕️", "Bond 👩🏽‍⚕️"),
        ("Bo\ud800nd", "Bond"),
        ("ᐊᓂᐦᔑᓈᐯ", "ᐊᓂᐦᔑᓈᐯ"),
        ("x" * 10_000, "x" * 200),
        (7, ""),
        (None, ""),
    ],
    ids=[
        "plain", "blanks", "null byte", "right-to-left override", "right-to-left mark", "emoji", "lone surrogate",
        "syllabics", "10,000 characters", "a number", "nothing",
    ],
)  # fmt: skip
def test_text_is_kept_without_what_hides_or_reorders(raw, kept):
    assert words(raw) == kept


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("2417776313", True),
        ("2417 776 313", True),
        ("2417-776-313-AB", True),
        ("2417776314", False),
        ("241777631", False),
        ("24177763130", False),
        ("٢٤١٧٧٧٦٣١٣", False),
        ("", False),
    ],
    ids=["right", "spaced", "with version code", "wrong digit", "nine digits", "eleven", "other digits", "empty"],
)
def test_the_check_digit_of_a_health_number(value, holds):
    assert is_health_number(value) is holds


def test_a_wrong_check_digit_is_marked_and_kept():
    wrong = {"system": ONTARIO_HEALTH_NUMBER, "value": "2417776314"}
    (identifier,) = patient(identifier=[wrong]).identifiers
    assert (identifier.value, identifier.kind, identifier.problem) == ("2417776314", "JHN", "check_digit")


def test_another_provinces_number_is_not_measured_by_ontarios_rule():
    other = {
        "system": "https://fhir.infoway-inforoute.ca/NamingSystem/ca-mb-patient-healthcare-id",
        "type": {"coding": [{"code": "JHN"}]},
        "value": "123456789",
    }
    assert patient(identifier=[other]).identifiers[0].problem is None


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PatientStatus.ACTIVE),
        ({"active": False}, PatientStatus.INACTIVE),
        ({"deceasedBoolean": True}, PatientStatus.DECEASED),
        ({"deceasedBoolean": False}, PatientStatus.ACTIVE),
        ({"deceasedDateTime": "2026-12-05", "active": True}, PatientStatus.DECEASED),
        ({"link": [{"type": "replaced-by", "other": {"reference": "Patient/p2"}}]}, PatientStatus.MERGED),
        ({"link": [{"type": "seealso", "other": {"reference": "Patient/p2"}}]}, PatientStatus.ACTIVE),
    ],
    ids=["active", "inactive", "died", "not died", "died on a day", "merged", "see also"],
)
def test_the_status_the_record_gives(changes, status):
    assert patient(**changes).status is status


@pytest.mark.parametrize(
    ("telecom", "address", "is_landline", "reason"),
    [
        ({"system": "phone", "use": "mobile", "value": "(807) 555-0123"}, "+18075550123", False, None),
        ({"system": "phone", "use": "home", "value": "807.555.0123"}, "+18075550123", True, None),
        ({"system": "phone", "value": "1 807 555 0123"}, "+18075550123", False, None),
        ({"system": "phone", "use": "mobile", "value": "807-555"}, "807-555", False, "too_short"),
        ({"system": "phone", "use": "mobile", "value": "+1 911"}, "+1 911", False, "emergency"),
        ({"system": "phone", "use": "mobile", "value": "see chart"}, "see chart", False, "words"),
    ],
    ids=["mobile", "home", "no use given", "half a number", "911", "words"],
)
def test_numbers_are_read_as_written_or_kept_with_the_reason(telecom, address, is_landline, reason):
    (phone,) = patient(telecom=[telecom]).phones
    assert (phone.address, phone.is_landline, phone.reason) == (address, is_landline, reason)


def test_old_and_ended_numbers_are_left_out():
    ended = {"system": "phone", "value": "8075550124", "period": {"end": "2020-01-01T00:00:00Z"}}
    assert patient(telecom=[{"system": "phone", "use": "old", "value": "8075550123"}, ended]).phones == ()


def test_the_same_number_as_home_and_mobile_is_one_that_takes_texts():
    both = [{"system": "phone", "use": use, "value": "8075550123"} for use in ("home", "mobile")]
    (phone,) = patient(telecom=both).phones
    assert not phone.is_landline


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("fr-CA", "fr-CA"),
        ("FR_ca", "fr-CA"),
        ("iu", "iu"),
        ("crk", "crk"),
        ("iu-Cans", "iu-Cans"),
        ("French", None),
        ("", None),
    ],
)
def test_language_codes_nobody_heard_of_are_kept(code, tag):
    assert language_tag(code) == tag


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": "no spaces"}, "no_id"),
        ({"status": "maybe"}, "unknown_status"),
        ({"start": "2026-12-04T10:00:00"}, "no_start"),
        ({"start": None}, "no_start"),
        ({"participant": []}, "no_patient"),
        ({"participant": [{"actor": {"reference": f"Patient/{n}"}} for n in (1, 2)]}, "several_patients"),
    ],
    ids=["bad id", "unknown status", "time without offset", "no time", "nobody", "a group"],
)
def test_an_appointment_that_cannot_be_kept_says_why(changes, code):
    sound = {
        "id": "a1",
        "status": "booked",
        "start": "2026-12-04T10:00:00-05:00",
        "participant": [{"actor": {"reference": "Patient/1"}}],
    }
    assert isinstance(read_appointment(sound), ReadAppointment)
    assert read_appointment({**sound, **changes}) == code
