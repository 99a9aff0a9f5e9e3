"""Nobody is reached who died, left, said stop, or never agreed; everybody else is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.patients.consent import lift_opt_out, may_reach, record_consent, record_opt_out
from app.patients.models import OptOut, Patient
from app.patients.rules import ConsentStatus, is_consent_in_force
from app.patients.store import address_index, contact_for, patients_at, suspend_address
from tests.conftest import NOW
from tests.patients.conftest import FAMILY_PHONE, add_number, add_patient, numbers_of

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
GIVEN, WITHDRAWN = ConsentStatus.GIVEN, ConsentStatus.WITHDRAWN


def reach(session, family, patient_id, *, channel="sms", number=FAMILY_PHONE):
    return may_reach(session, patient_id, address_index(number), family.clinic_id, channel, "care")


def test_stop_closes_the_number_for_everybody_who_shares_it_until_start(family):
    line = (family.clinic_id, address_index(FAMILY_PHONE))
    with family.database.write() as session:
        assert reach(session, family, family.ada) is None
        record_opt_out(session, *line, channel="sms", word="stop", source="patient", now=NOW)
        assert [reach(session, family, who) for who in (family.ada, family.bo, None)] == ["opted_out"] * 3
        assert reach(session, family, family.ada, channel="voice") is None
        assert lift_opt_out(session, *line, channel="sms", now=NOW) is True
        assert lift_opt_out(session, *line, channel="sms", now=NOW) is False
        assert reach(session, family, family.bo) is None


def test_stop_twice_is_one_stop_and_each_stop_is_kept(family):
    line = (family.clinic_id, address_index(FAMILY_PHONE))
    with family.database.write() as session:
        first = record_opt_out(session, *line, channel="sms", word="stop", source="patient", now=NOW)
        assert record_opt_out(session, *line, channel="sms", word="arret", source="carrier", now=NOW) is first
        lift_opt_out(session, *line, channel="sms", now=NOW)
        second = record_opt_out(session, *line, channel="sms", word="stop", source="patient", now=NOW)
        assert second.id != first.id
        assert session.query(OptOut).count() == 2


@ONE_DATABASE
@pytest.mark.parametrize("status", ["inactive", "deceased", "merged"])
def test_who_is_no_patient_any_more_is_not_reached(family, status):
    with family.database.write() as session:
        session.get_one(Patient, family.ada).status = status
        session.flush()
        assert reach(session, family, family.ada) == f"patient_{status}"
        assert [patient.id for patient in patients_at(session, family.clinic_id, FAMILY_PHONE)] == [family.bo]


@ONE_DATABASE
def test_silence_is_no_consent(family):
    with family.database.write() as session:
        quiet = add_patient(session, family.clinic_id, consents=False)
        assert reach(session, family, quiet) == "no_consent"


@ONE_DATABASE
def test_another_clinics_patient_is_nobody(family):
    with family.database.write() as session:
        index = address_index(FAMILY_PHONE)
        assert may_reach(session, family.ada, index, family.clinic_id + 1, "sms", "care") == "patient_unknown"


@ONE_DATABASE
def test_the_newest_word_on_a_channel_counts(family):
    with family.database.write() as session:
        patient = session.get_one(Patient, family.ada)

        def say(status, channel, minutes):
            now = NOW + timedelta(minutes=minutes)
            record_consent(session, patient, status=status, wording="w", source="staff", now=now, channel=channel)

        say(WITHDRAWN, "sms", 1)
        assert (reach(session, family, patient.id), reach(session, family, patient.id, channel="voice")) == (
            "no_consent",
            None,
        )
        say(GIVEN, "sms", 2)
        assert reach(session, family, patient.id) is None
        say(WITHDRAWN, "any", 3)
        assert reach(session, family, patient.id, channel="voice") == "no_consent"


@pytest.mark.parametrize(
    ("acts", "holds"),
    [
        ([], False),
        ([("any", "care", GIVEN)], True),
        ([("sms", "care", WITHDRAWN), ("any", "any", GIVEN)], False),
        ([("voice", "care", WITHDRAWN), ("any", "care", GIVEN)], True),
        ([("sms", "research", WITHDRAWN), ("any", "care", GIVEN)], True),
        ([("sms", "any", GIVEN), ("sms", "care", WITHDRAWN)], True),
    ],
    ids=["nothing said", "all channels", "not by text", "not by phone", "other purpose", "given again"],
)
def test_consent_in_force(acts, holds):
    assert is_consent_in_force(acts, "sms", "care") is holds


@ONE_DATABASE
def test_a_wrong_number_is_closed_for_all_who_had_it(family):
    with family.database.write() as session:
        point = numbers_of(session, family.ada)[0]
        suspend_address(session, point.clinic_id, point.address_index, "wrong_number")
        assert reach(session, family, family.bo) == "contact_suspended"
        assert patients_at(session, family.clinic_id, FAMILY_PHONE) == []
        assert contact_for(session, session.get_one(Patient, family.bo), "sms") is None


@ONE_DATABASE
def test_texts_go_to_the_best_number_that_takes_texts(family):
    with family.database.write() as session:
        patient = session.get_one(Patient, family.ada)
        add_number(session, patient, "+18075550199", use="home", rank=0, is_landline=True)
        add_number(session, patient, "+18075550198", rank=2)
        add_number(session, patient, "+18075550197", rank=0, state="unusable")
        add_number(session, patient, "+18075550196", rank=0, is_current=False)
        assert contact_for(session, patient, "sms").address == FAMILY_PHONE
        assert contact_for(session, patient, "voice").address == "+18075550199"
        record_opt_out(
            session,
            family.clinic_id,
            address_index(FAMILY_PHONE),
            channel="sms",
            word="stop",
            source="patient",
            now=NOW,
        )
        assert contact_for(session, patient, "sms").address == "+18075550198"
