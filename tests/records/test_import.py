"""The clinic's day comes in whole, again without change, and what changed is told in the same commit."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.appointments.models import Appointment, Practitioner, Site
from app.core.audit import Actor
from app.core.models import AuditEvent, Clinic, Event
from app.patients.change_contact import Act, trust_number
from app.patients.models import Consent, ContactPoint, Patient
from app.patients.rules import ConsentStatus
from app.patients.store import contact_for, patients_at, suspend_address
from app.records.import_fhir import import_fhir
from app.records.import_report import Fate
from app.records.models import ImportRun
from app.support.models import Ticket
from tests.conftest import NOW
from tests.records.bed import CHANGES, DAY
from tests.records.conftest import Day, excerpt

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def nothing_yet(ground, clinic) -> Day:
    return Day(ground, clinic)


def kinds(day: Day) -> Counter[str]:
    return Counter(event.kind for event in day.all(Event))


def codes(report) -> Counter[str]:
    return Counter(note.code for note in report.notes)


def snapshot(day: Day) -> list[tuple]:
    """Everything the record owns, as it stands."""
    return sorted(
        [(row.record_id, row.status, row.start_at, row.patient_id) for row in day.all(Appointment)]
        + [(row.record_id, row.status, row.family, row.merged_into_id) for row in day.all(Patient)]
        + [(row.patient_id, row.address, row.is_current, row.state) for row in day.all(ContactPoint)],
        key=str,
    )


def test_the_whole_day_comes_in_and_a_second_time_changes_nothing(nothing_yet):
    day = nothing_yet
    report = import_fhir(day.ground, day.clinic, DAY)
    assert (report.entries, report.count(Fate.CREATED), report.count(Fate.REFUSED)) == (706, 705, 0)
    assert (len(day.all(Patient)), len(day.all(Appointment)), len(day.all(Site))) == (240, 400, 6)
    assert len(day.all(Practitioner)) == 59
    booked = kinds(day)
    assert set(booked) == {"appointment_booked"}
    before = snapshot(day)
    again = import_fhir(day.ground, day.clinic, DAY)
    assert again.count(Fate.UNCHANGED) == 706
    assert (snapshot(day), kinds(day)) == (before, booked)
    assert codes(again) == codes(report)


def test_changes_are_told_once_and_an_older_file_takes_nothing_back(nothing_yet, clock):
    day = nothing_yet
    import_fhir(day.ground, day.clinic, DAY)
    clock.at = datetime(2026, 12, 6, 16, tzinfo=UTC)
    report = import_fhir(day.ground, day.clinic, CHANGES)
    assert (report.entries, report.count(Fate.REFUSED)) == (74, 0)
    told = kinds(day)
    assert told["patient_died"] == 4
    assert told["patient_inactive"] == 3
    assert told["patient_merged"] == 3
    assert told["appointment_cancelled"] > 15
    assert told["appointment_changed"] > 20
    after = snapshot(day)
    assert import_fhir(day.ground, day.clinic, CHANGES).count(Fate.UNCHANGED) == 74
    older = import_fhir(day.ground, day.clinic, DAY)
    assert older.count(Fate.UNCHANGED) == 706
    assert codes(older)["older"] > 50
    assert (snapshot(day), kinds(day)) == (after, told)


@ONE_DATABASE
def test_every_row_is_accounted_for_and_every_doubt_is_named(nothing_yet):
    report = import_fhir(nothing_yet.ground, nothing_yet.clinic, DAY)
    assert sum(report.count(fate) for fate in Fate) == 706
    found = codes(report)
    assert found["unusable_number"] == 4
    assert found["no_number"] > 10
    assert found["landline_only"] > 10
    assert found["shared_number"] == 1
    assert found["check_digit"] == 9
    assert found["unknown_language"] == 35
    assert found["no_language"] == 1
    text = report.details()
    assert "807-555: too few digits" in text
    assert "Bechtelar" not in text, "a patient about whom there is nothing to say"
    assert "706 entries: 705 new" in report.summary()
    assert json.dumps(report.to_json())
    (run,) = nothing_yet.all(ImportRun)
    assert run.report["totals"] == {"created": 705, "changed": 1, "unchanged": 0, "refused": 0, "left_out": 0}
    assert [event.action for event in nothing_yet.all(AuditEvent)] == ["imported"]


@ONE_DATABASE
def test_the_report_speaks_french(nothing_yet):
    from app.core.locale import translator

    report = import_fhir(nothing_yet.ground, nothing_yet.clinic, excerpt(60))
    assert "entrées" in report.summary(translator("fr-CA"))
    assert "Seulement une ligne fixe" in report.details(translator("fr-CA"))


def test_names_numbers_and_dates_of_birth_are_sealed_in_the_database(nothing_yet, database):
    from sqlalchemy import text

    import_fhir(nothing_yet.ground, nothing_yet.clinic, excerpt(10))
    with database.read() as session:
        rows = [
            dict(row._mapping)
            for table in ("patient", "contact_point", "patient_identifier", "import_run", "event", "audit_event")
            for row in session.execute(text(f"SELECT * FROM {table}"))
        ]
    stored = " ".join(
        str(bytes(value) if isinstance(value, memoryview) else value) for row in rows for value in row.values()
    )
    for secret in ("Bechtelar", "Suzi", "1986-05-05", "5550155", "2417776313", "101000"):
        assert secret not in stored


@ONE_DATABASE
def test_a_number_shared_by_a_family_finds_all_of_them(nothing_yet):
    import_fhir(nothing_yet.ground, nothing_yet.clinic, DAY)
    with nothing_yet.ground.database.read() as session:
        assert len(patients_at(session, nothing_yet.clinic.id, "+12045550133")) == 16
        assert patients_at(session, nothing_yet.clinic.id, "+18075559999") == []


@ONE_DATABASE
def test_a_new_number_takes_over_and_the_old_one_is_not_written_to_again(nothing_yet):
    from app.patients.consent import may_reach

    day = nothing_yet
    import_fhir(day.ground, day.clinic, DAY)
    import_fhir(day.ground, day.clinic, CHANGES)
    with day.ground.database.read() as session:
        patient = session.scalars(
            select(Patient).where(Patient.record_id == "74471285-113b-5637-b9fd-dbf27b9835b5")
        ).one()
        point = contact_for(session, patient, "sms")
        assert point.address == "+12495550153"
        old = next(each for each in patient.contact_points if each.address == "+17055550122")
        assert may_reach(session, patient.id, old.address_index, day.clinic.id, "sms", "care") == "contact_removed"
        assert may_reach(session, patient.id, point.address_index, day.clinic.id, "sms", "care") is None


@ONE_DATABASE
def test_a_number_people_here_suspended_stays_suspended(nothing_yet):
    day = nothing_yet
    import_fhir(day.ground, day.clinic, excerpt(10))
    with day.ground.database.write() as session:
        point = session.scalars(select(ContactPoint).where(ContactPoint.system == "phone")).first()
        suspend_address(session, point.clinic_id, point.address_index, "wrong_number")
        session.get_one(Patient, point.patient_id).record_hash = "as if the record had changed something"
    import_fhir(day.ground, day.clinic, excerpt(10))
    row = next(each for each in day.all(ContactPoint) if each.id == point.id)
    assert (row.state, row.reason) == ("suspended", "wrong_number")


@ONE_DATABASE
@pytest.mark.parametrize(("is_trusted", "state"), [(False, "suspended"), (True, "usable")])
def test_a_new_row_of_a_wrong_number_starts_suspended_until_staff_trust_the_number(nothing_yet, is_trusted, state):
    day = nothing_yet
    import_fhir(day.ground, day.clinic, excerpt(10))
    with day.ground.database.write() as session:
        phones = select(ContactPoint).where(ContactPoint.system == "phone").order_by(ContactPoint.id)
        known, new = session.scalars(phones.limit(2)).all()
        relative_id, address = new.patient_id, new.address
        session.get_one(Patient, relative_id).record_hash = "as if the record had just listed this number"
        known.address, known.address_index = new.address, new.address_index
        session.delete(new)
        suspend_address(session, known.clinic_id, known.address_index, "wrong_number")
        if is_trusted:
            trust_number(session, known, Act(Actor("staff", 1), NOW))
    import_fhir(day.ground, day.clinic, excerpt(10))
    (row,) = [each for each in day.all(ContactPoint) if each.patient_id == relative_id and each.address == address]
    assert (row.state, row.reason) == (state, None if is_trusted else "wrong_number")


@ONE_DATABASE
def test_the_records_list_of_numbers_is_taken_as_consent_for_care_once(nothing_yet):
    day = nothing_yet
    import_fhir(day.ground, day.clinic, excerpt(10))
    before = len(day.all(Consent))
    assert before == len(day.all(Patient))
    import_fhir(day.ground, day.clinic, excerpt(10))
    assert len(day.all(Consent)) == before
    assert {row.status for row in day.all(Consent)} == {ConsentStatus.GIVEN}


@ONE_DATABASE
def test_a_clinic_that_asks_each_patient_gets_no_consent_from_the_record(nothing_yet):
    day = nothing_yet
    with day.ground.database.write() as session:
        session.get_one(Clinic, day.clinic.id).settings = {"record_implies_consent": False}
    import_fhir(day.ground, day.clinic, excerpt(5))
    assert day.all(Consent) == []


# --- merges -----------------------------------------------------------------------------------------------------------


def person(record_id: str, *, birth_date: str = "1950-02-03", **more) -> dict:
    return {
        "resourceType": "Patient",
        "id": record_id,
        "name": [{"family": "Bond", "given": ["Ada"]}],
        "birthDate": birth_date,
        "telecom": [{"system": "phone", "use": "mobile", "value": "807 555 0123"}],
        **more,
    }


def visit(record_id: str, patient: str, **more) -> dict:
    return {
        "resourceType": "Appointment",
        "id": record_id,
        "status": "booked",
        "start": "2026-12-10T10:00:00-05:00",
        "participant": [{"actor": {"reference": f"Patient/{patient}"}}],
        **more,
    }


def bundle(*resources) -> bytes:
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    ).encode()


def replaced_by(record_id: str) -> dict:
    return {"active": False, "link": [{"type": "replaced-by", "other": {"reference": f"Patient/{record_id}"}}]}


def test_a_merge_moves_the_appointments_to_the_chart_that_stays(nothing_yet):
    day = nothing_yet
    import_fhir(day.ground, day.clinic, bundle(person("old"), person("new"), visit("v1", "old")))
    report = import_fhir(day.ground, day.clinic, bundle(person("old", **replaced_by("new"))))
    assert report.happened["merged"] == 1
    old, new = sorted(day.all(Patient), key=lambda row: row.record_id, reverse=True)
    assert (old.status, old.merged_into_id) == ("merged", new.id)
    assert [row.patient_id for row in day.all(Appointment)] == [new.id]
    assert kinds(day) == {"appointment_booked": 1, "appointment_changed": 1, "patient_merged": 1}
    again = import_fhir(day.ground, day.clinic, bundle(person("old", **replaced_by("new")), visit("v1", "old")))
    assert again.count(Fate.UNCHANGED) == 2
    assert kinds(day)["patient_merged"] == 1
    assert day.all(Ticket) == []


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (
            [person("old"), person("new", birth_date="1990-01-01")],
            person("old", **replaced_by("new")),
            "merge_birth_date",
        ),
        ([person("old")], person("old", **replaced_by("gone")), "merge_unknown"),
        (
            [person("old"), person("new", **replaced_by("old"))],
            person("old", **replaced_by("new")),
            "merge_circle",
        ),
    ],
    ids=["two dates of birth", "a chart that is not here", "a circle"],
)
@ONE_DATABASE
def test_a_merge_in_doubt_stops_sends_moves_nothing_and_asks_a_person_once(nothing_yet, first, second, code):
    day = nothing_yet
    import_fhir(day.ground, day.clinic, bundle(*first, visit("v1", "old")))
    before = [row.patient_id for row in day.all(Appointment)]
    for _ in range(2):
        report = import_fhir(day.ground, day.clinic, bundle(second))
        assert [note.detail for note in report.notes if note.code == "merge_unsure"] == [code]
    assert [row.status for row in day.all(Patient) if row.record_id == "old"] == ["merged"]
    assert [row.patient_id for row in day.all(Appointment)] == before
    assert [ticket.details["code"] for ticket in day.all(Ticket)] == [code]
    assert kinds(day)["patient_merged"] == (2 if code == "merge_circle" else 1)


@ONE_DATABASE
def test_a_person_may_confirm_a_merge_that_was_in_doubt_once(nothing_yet):
    from app.core.audit import Actor
    from app.records.confirm_merge import confirm_merge

    day = nothing_yet
    import_fhir(
        day.ground, day.clinic, bundle(person("old"), person("new", birth_date="1990-01-01"), visit("v1", "old"))
    )
    import_fhir(day.ground, day.clinic, bundle(person("old", **replaced_by("new"))))
    ids = {row.record_id: row.id for row in day.all(Patient)}
    for expected in (True, False):
        with day.ground.database.write() as session:
            old, new = session.get_one(Patient, ids["old"]), session.get_one(Patient, ids["new"])
            assert confirm_merge(session, new, old, actor=Actor("operator"), now=NOW) is False
            assert confirm_merge(session, old, new, actor=Actor("operator"), now=NOW) is expected
    assert [row.patient_id for row in day.all(Appointment)] == [ids["new"]]
    assert kinds(day)["appointment_changed"] == 1


@ONE_DATABASE
def test_a_chart_that_stands_alone_again_is_a_persons_matter(nothing_yet):
    day = nothing_yet
    import_fhir(day.ground, day.clinic, bundle(person("old"), person("new"), visit("v1", "old")))
    import_fhir(day.ground, day.clinic, bundle(person("old", **replaced_by("new"))))
    import_fhir(day.ground, day.clinic, bundle(person("old")))
    old = next(row for row in day.all(Patient) if row.record_id == "old")
    assert (old.status, old.merged_into_id) == ("active", None)
    assert [ticket.details["code"] for ticket in day.all(Ticket)] == ["unmerged"]


# --- bad rows ---------------------------------------------------------------------------------------------------------


@ONE_DATABASE
def test_rows_that_cannot_be_taken_never_stop_the_others(nothing_yet):
    day = nothing_yet
    report = import_fhir(
        day.ground,
        day.clinic,
        bundle(
            person("p1"),
            person("p2", name=[]),
            person("bad id!"),
            visit("v1", "p1"),
            visit("v2", "nobody"),
            visit("v3", "p1", status="perhaps"),
            visit("v4", "p1", start="tomorrow"),
            {"resourceType": "Observation", "id": "o1"},
            {"id": "no type"},
            "not even an object",
            person("p3", name=[{"family": "x" * 10_000, "given": ["\u202e\x00👵"]}]),
        ),
    )
    assert {note.detail for note in report.notes if note.code == "refused"} == {
        "no_name", "no_id", "unknown_patient", "unknown_status", "no_start", "no_kind", "empty_entry"
    }  # fmt: skip
    assert report.entries == 11
    assert (report.count(Fate.CREATED), report.count(Fate.REFUSED), report.count(Fate.LEFT_OUT)) == (3, 7, 1)
    assert not report.is_complete
    assert all(note.entry for note in report.notes if note.code == "refused")
    assert sorted(row.record_id for row in day.all(Patient)) == ["p1", "p3"]
    assert len(next(row for row in day.all(Patient) if row.record_id == "p3").family) == 200
    assert codes(report)["text_cleaned"] == 1


def test_no_text_however_foul_stops_an_import_on_either_database(nothing_yet):
    foul = "\x00\ud800\u202e👩🏽‍⚕️'; DROP TABLE patient; --" + "x" * 10_000
    concept = {"text": foul, "coding": [{"system": foul, "code": foul, "display": foul}]}
    reference = {"reference": foul, "display": foul}
    ada = person(
        "p1",
        name=[{"family": foul, "given": [foul], "use": foul}],
        meta={"versionId": foul, "lastUpdated": foul},
        telecom=[{"system": "phone", "use": foul, "value": foul}, {"system": "email", "value": foul}],
        identifier=[{"system": foul, "value": foul, "type": {"coding": [{"code": "MR"}]}}],
        communication=[{"language": concept}],
        extension=[{"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": foul}],
        address=[{"state": foul}],
        link=[{"type": foul, "other": reference}],
    )
    seen = visit("v1", "p1", serviceType=[concept], comment=foul, created=foul, meta={"versionId": foul})
    seen["participant"].append({"actor": {"reference": "Practitioner/d1", "display": foul}})
    place = {"resourceType": "Location", "id": "l1", "name": foul, "address": {"state": foul}}
    doctor = {"resourceType": "Practitioner", "id": "d1", "name": [{"family": foul, "prefix": [foul]}]}
    strange = {"resourceType": foul, "id": foul}
    report = import_fhir(nothing_yet.ground, nothing_yet.clinic, bundle(place, doctor, ada, seen, strange))
    assert (report.entries, report.count(Fate.CREATED), report.count(Fate.LEFT_OUT)) == (5, 4, 1)
    (report.details() + report.summary() + json.dumps(report.to_json(), ensure_ascii=False)).encode()
    again = import_fhir(nothing_yet.ground, nothing_yet.clinic, bundle(place, doctor, ada, seen, strange))
    assert again.count(Fate.UNCHANGED) == 4


@ONE_DATABASE
def test_two_patients_with_one_id_are_both_refused_and_the_same_twice_is_one(nothing_yet):
    day = nothing_yet
    report = import_fhir(
        day.ground,
        day.clinic,
        bundle(person("p1"), person("p1", birth_date="1999-09-09"), person("p2"), person("p2"), visit("v1", "p1")),
    )
    assert [row.record_id for row in day.all(Patient)] == ["p2"]
    assert [(note.entry, note.detail) for note in report.notes if note.code == "refused"] == [
        (1, "twice"),
        (2, "twice"),
        (5, "unknown_patient"),
    ]
    assert (report.count(Fate.CREATED), report.count(Fate.UNCHANGED), report.entries) == (1, 1, 5)


@ONE_DATABASE
def test_one_health_number_in_two_charts_is_shown(nothing_yet):
    number = {"type": {"coding": [{"code": "JHN"}]}, "system": "urn:x:hn", "value": "123"}
    report = import_fhir(
        nothing_yet.ground,
        nothing_yet.clinic,
        bundle(person("p1", identifier=[number]), person("p2", identifier=[number])),
    )
    assert codes(report)["same_identifier"] == 1


@ONE_DATABASE
def test_a_file_never_deletes(nothing_yet):
    day = nothing_yet
    import_fhir(day.ground, day.clinic, bundle(person("p1")))
    deleting = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"request": {"method": "DELETE", "url": "Patient/p1"}}],
    }
    report = import_fhir(day.ground, day.clinic, json.dumps(deleting).encode())
    assert [note.detail for note in report.notes] == ["deletes"]
    assert len(day.all(Patient)) == 1


@ONE_DATABASE
def test_an_appointment_elsewhere_or_with_somebody_unknown_is_kept_and_named(nothing_yet):
    more = [{"actor": {"reference": "Location/none"}}, {"actor": {"reference": "Practitioner/none"}}]
    unsure = visit("v1", "p1")
    unsure["participant"] += more
    report = import_fhir(nothing_yet.ground, nothing_yet.clinic, bundle(person("p1"), unsure))
    assert report.is_complete
    assert codes(report)["unknown_site"] == codes(report)["unknown_practitioner"] == 1


@ONE_DATABASE
def test_a_patient_who_comes_back_is_planned_again(nothing_yet):
    day = nothing_yet
    import_fhir(day.ground, day.clinic, bundle(person("p1"), visit("v1", "p1")))
    import_fhir(day.ground, day.clinic, bundle(person("p1", active=False)))
    assert kinds(day)["patient_inactive"] == 1
    import_fhir(day.ground, day.clinic, bundle(person("p1")))
    assert kinds(day)["appointment_changed"] == 1
    assert day.all(Patient)[0].status == "active"


@ONE_DATABASE
def test_a_visit_that_took_place_is_over_for_reminders(nothing_yet):
    day = nothing_yet
    import_fhir(day.ground, day.clinic, bundle(person("p1"), visit("v1", "p1")))
    import_fhir(day.ground, day.clinic, bundle(visit("v1", "p1", status="fulfilled")))
    assert kinds(day) == {"appointment_booked": 1, "appointment_cancelled": 1}
    import_fhir(day.ground, day.clinic, bundle(visit("v1", "p1")))
    assert kinds(day)["appointment_booked"] == 2


# --- interrupted, at once ---------------------------------------------------------------------------------------------


def test_two_clerks_with_the_same_file_make_one_day_of_it(nothing_yet):
    from concurrent.futures import ThreadPoolExecutor

    day = nothing_yet
    with ThreadPoolExecutor(3) as clerks:
        reports = list(clerks.map(lambda _: import_fhir(day.ground, day.clinic, excerpt(40)), range(3)))
    alone = import_fhir(day.ground, day.clinic, excerpt(40))
    assert alone.count(Fate.UNCHANGED) == alone.entries
    created = sum(report.count(Fate.CREATED) for report in reports)
    tables = (Patient, Appointment, Site, Practitioner)
    assert created == sum(len(day.all(table)) for table in tables)
    to_come = {row.id for row in day.all(Appointment) if row.status in ("booked", "pending") and row.start_at > NOW}
    told = [event.subject_id for event in day.all(Event)]
    assert len(told) == len(set(told))
    assert set(told) == to_come


def test_an_import_stopped_after_any_commit_goes_on_where_it_ended(nothing_yet):
    """The clock is asked once per commit; a clock that breaks stops the import there."""
    day = nothing_yet

    class Power:
        def __init__(self, commits: int) -> None:
            self.left = commits

        def now(self):
            self.left -= 1
            if self.left < 0:
                raise RuntimeError("the power went")
            return NOW

    for commits in range(1, 12, 2):
        with pytest.raises(RuntimeError, match="power"):
            import_fhir(replace(day.ground, clock=Power(commits)), day.clinic, DAY)
    report = import_fhir(day.ground, day.clinic, DAY)
    assert report.count(Fate.REFUSED) == 0
    assert (len(day.all(Patient)), len(day.all(Appointment))) == (240, 400)
    assert import_fhir(day.ground, day.clinic, DAY).count(Fate.UNCHANGED) == 706
    assert kinds(day) == {"appointment_booked": 315}
