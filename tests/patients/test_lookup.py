"""Sealed names and numbers are found however staff type them."""

from __future__ import annotations

import pytest

from app.patients.models import Patient, PatientIdentifier
from app.patients.store import family_index, identifier_index, living_chart, patient_with_identifier
from tests.patients.conftest import add_patient

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("kept", "typed", "same"),
    [
        ("Côté", "cote", True),
        ("Côté", "CÔTÉ ", True),
        ("O'Neil", "oneil", True),
        ("Saint-Pierre", "saint pierre", True),
        ("Bond", "Bonds", False),
    ],
)
def test_a_family_name_is_found_without_accents_or_marks(family, kept, typed, same):
    assert (family_index(kept) == family_index(typed)) is same


def give_number(session, patient_id: int, value: str) -> None:
    patient = session.get_one(Patient, patient_id)
    session.add(
        PatientIdentifier(
            clinic_id=patient.clinic_id, patient_id=patient_id, system="urn:hn", kind="JHN", value=value,
            index=identifier_index("urn:hn", value),
        )
    )  # fmt: skip
    session.flush()


@pytest.mark.parametrize("typed", ["2417776313", "2417 776 313", "2417-776-313"])
def test_a_number_is_found_as_it_stands_on_the_card(family, typed):
    with family.database.write() as session:
        give_number(session, family.ada, "2417776313")
        assert patient_with_identifier(session, family.clinic_id, typed).id == family.ada
        assert patient_with_identifier(session, family.clinic_id + 1, typed) is None


def test_a_number_that_two_have_finds_neither(family):
    with family.database.write() as session:
        for patient_id in (family.ada, family.bo):
            give_number(session, patient_id, "2417776313")
        assert patient_with_identifier(session, family.clinic_id, "2417776313") is None


def test_merged_charts_lead_to_the_one_that_stays_and_a_circle_ends(family):
    with family.database.write() as session:
        third = add_patient(session, family.clinic_id)
        ada, bo, last = (session.get_one(Patient, each) for each in (family.ada, family.bo, third))
        ada.merged_into_id, bo.merged_into_id = bo.id, last.id
        assert living_chart(session, ada).id == last.id
        last.merged_into_id = ada.id
        assert living_chart(session, ada).id in {ada.id, bo.id, last.id}
