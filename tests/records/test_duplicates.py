"""Two charts of one patient: found, judged by a person, merged with everything that belongs to her, taken apart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.appointments.models import Appointment
from app.core.errors import Conflict
from app.messaging.models import Message
from app.patients.consent import may_reach
from app.patients.models import ContactPoint, Patient
from app.patients.store import address_index, birth_date_index, family_index
from app.records.find_duplicates import Likeness, find_duplicates, likeness_of
from app.records.judge_charts import Charts, keep_apart, merge_charts, undo_judgement
from app.reports.access_report import accesses
from app.staff.models import StaffAccount
from app.support.claim_ticket import Hand
from app.support.models import Ticket
from tests.beds.small_clinic import SmallClinic, open_small_clinic

OLD, NEW = "+13065550155", "+13065550156"


@pytest.fixture
def clinic(database, clock) -> SmallClinic:
    return open_small_clinic(database, clock)


@pytest.fixture
def ann(clinic) -> Hand:
    with clinic.ground.database.write() as session:
        account = StaffAccount(
            clinic_id=clinic.clinic_id, login="ann", name="Ann", locale="en", created_at=clinic.clock.now()
        )
        session.add(account)
    return Hand(account.id, clinic.clock.now(), clinic.clock.machine_now())


def chart(clinic: SmallClinic, number: str, *, family: str = "Côté", born: str = "1950-03-10", **said) -> int:
    indexes = {"family_index": family_index(family), "birth_date_index": birth_date_index(born)}
    return clinic.patient(number, family=family, birth_date=born, **indexes, **said)


@pytest.fixture
def two(clinic) -> tuple[int, int]:
    """Two charts: the second has an appointment, a reminder sent to it and a ticket."""
    first, second = chart(clinic, OLD, given="Ada"), chart(clinic, NEW, given="Adah", family="Cote")
    clinic.text(NEW, "May I bring my daughter?")
    clinic.book(second, clinic.clock.now() + timedelta(days=2))
    clinic.tick()
    return first, second


def pairs(clinic) -> list[tuple[int, int, Likeness]]:
    with clinic.look() as session:
        found = find_duplicates(session, clinic.clinic_id)
        return [(pair.first.id, pair.second.id, pair.likeness) for pair in found]


def owners(clinic, model) -> set[int]:
    return {row.patient_id for row in clinic.rows(model) if row.patient_id is not None}


def test_charts_alike_are_found_however_the_name_is_written_and_others_are_not(clinic, two):
    chart(clinic, "+13065550157", family="Cote", born="1981-01-01")
    shared = chart(clinic, OLD, family="Roy")
    found = pairs(clinic)
    assert (*two, Likeness.NAME_AND_BIRTH) in found
    assert (two[0], shared, Likeness.PHONE_AND_BIRTH) in found
    assert len(found) == 2


def test_what_belongs_to_her_follows_to_the_chart_that_stays_and_reminders_go_on_there(clinic, two, ann):
    first, second = two
    with clinic.ground.database.write() as session:
        merge_charts(session, Charts(goes=second, stays=first), ann)
    for model in (Appointment, Message, Ticket):
        assert owners(clinic, model) == {first}, model
    assert pairs(clinic) == []
    with clinic.look() as session:
        points = session.scalars(select(ContactPoint.patient_id)).all()
        assert set(points) == {first}
        assert may_reach(session, first, address_index(NEW), clinic.clinic_id, "sms", "care") is None
    before = len(clinic.texts(OLD)) + len(clinic.texts(NEW))
    clinic.pass_time(timedelta(days=1, hours=22, minutes=5))
    assert len(clinic.texts(OLD)) + len(clinic.texts(NEW)) == before + 1


def test_a_merge_taken_apart_leaves_everything_where_it_was(clinic, two, ann):
    first, second = two
    kinds = (Appointment, Message, Ticket)
    before = {model: [(row.id, row.patient_id) for row in clinic.rows(model)] for model in kinds}
    with clinic.ground.database.write() as session:
        judgement = merge_charts(session, Charts(goes=second, stays=first), ann)
    with clinic.ground.database.write() as session:
        undo_judgement(session, judgement.id, ann)
    for model, rows in before.items():
        assert [(row.id, row.patient_id) for row in clinic.rows(model)] == rows
    statuses = {row.id: (row.status, row.merged_into_id) for row in clinic.rows(Patient)}
    assert statuses == {first: ("active", None), second: ("active", None)}
    with clinic.look() as session:
        assert {point.patient_id for point in session.scalars(select(ContactPoint))} == {first, second}
    assert pairs(clinic) == [(first, second, Likeness.NAME_AND_BIRTH)]
    with pytest.raises(Conflict), clinic.ground.database.write() as session:
        undo_judgement(session, judgement.id, ann)


def test_twins_kept_apart_are_not_asked_about_again(clinic, two, ann):
    with clinic.ground.database.write() as session:
        keep_apart(session, Charts(goes=two[0], stays=two[1]), ann)
    assert pairs(clinic) == []
    assert owners(clinic, Appointment) == {two[1]}


def test_a_chart_merged_by_somebody_else_meanwhile_is_not_merged_again(clinic, two, ann):
    with clinic.ground.database.write() as session:
        merge_charts(session, Charts(goes=two[1], stays=two[0]), ann)
    with pytest.raises(Conflict), clinic.ground.database.write() as session:
        merge_charts(session, Charts(goes=two[0], stays=two[1]), ann)


def test_charts_with_nothing_in_common_are_no_pair(clinic, two):
    stranger = chart(clinic, "+13065550157", family="Roy", born="1981-01-01")
    with clinic.look() as session:
        first, other = session.get_one(Patient, two[0]), session.get_one(Patient, stranger)
        assert likeness_of(session, first, other) is None
        assert likeness_of(session, session.get_one(Patient, two[1]), first) is Likeness.NAME_AND_BIRTH


def test_the_access_report_of_the_chart_that_stays_tells_of_both(clinic, two, ann):
    first, second = two
    with clinic.ground.database.write() as session:
        merge_charts(session, Charts(goes=second, stays=first), ann)
        assert [each.action for each in accesses(session, first)][:2] == ["merged", "merged"]
