"""Two charts become one: the patient's own phones open and are told of the chart that stays; apart again, none opens
another's chart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.audit import Actor
from app.core.models import AuditEvent
from app.patients.consent import is_agreed
from app.patients.links import find_link, link_of_cookie, open_session, people_behind
from app.patients.models import Link, Patient, PatientPasskey, PushSubscription
from app.patients.rules import LinkProblem
from app.patients.told_phones import tell_on_phone
from app.records.import_fhir import import_fhir
from app.records.judge_charts import Charts, merge_charts, undo_judgement
from app.staff.models import StaffAccount
from app.support.claim_ticket import Hand
from tests.beds.small_clinic import open_small_clinic
from tests.records.conftest import Day
from tests.records.test_import import bundle, person, replaced_by
from tests.web.desk.test_phones_lock import give_lock

ENDPOINT = "https://push.example/phone"


def set_up(ground, patient_id) -> tuple[str, str]:
    """A phone whose lock opens the chart, which is told and has just proved who holds it: the token of the link it
    keeps, and its cookie."""
    give_lock(ground, patient_id)
    with ground.database.write() as session:
        patient = session.get_one(Patient, patient_id)
        now, actor = ground.clock.now(), Actor("patient", patient.id)
        token = tell_on_phone(session, patient, ENDPOINT, locale="en-CA", actor=actor, now=now)
        link = session.scalars(select(Link).where(Link.patient_id == patient.id)).one()
        return token, open_session(session, link, token=None, now=now, request_id=None).cookie


def owners(ground) -> tuple[list[int], list[int]]:
    with ground.database.read() as session:
        return tuple(list(session.scalars(select(table.patient_id))) for table in (PatientPasskey, PushSubscription))


def opens(ground, token: str) -> object:
    """Whose pages the phone's link opens, or why none."""
    with ground.database.read() as session:
        link = find_link(session, token, ground.clock.now())
        return link if isinstance(link, LinkProblem) else [each.id for each in people_behind(session, link)]


def is_known(ground, cookie: str) -> bool:
    with ground.database.read() as session:
        return link_of_cookie(session, cookie, ground.clock.now()) is not None


def told(ground, action: str) -> list[tuple[str, str, int]]:
    with ground.database.read() as session:
        wanted = select(AuditEvent).where(
            AuditEvent.action == action, AuditEvent.object_kind.in_(("passkey", "told_phone"))
        )
        return sorted((each.object_kind, each.actor_kind, each.patient_id) for each in session.scalars(wanted))


def agrees(ground, patient_id: int) -> bool:
    with ground.database.read() as session:
        return is_agreed(session, patient_id, "web", "care")


@pytest.fixture
def two(database, clock):
    """A clinic, two charts and the hand of somebody on staff."""
    clinic = open_small_clinic(database, clock)
    stays, goes = clinic.patient("+13065550155"), clinic.patient("+13065550156")
    with clinic.ground.database.write() as session:
        account = StaffAccount(clinic_id=clinic.clinic_id, login="ann", name="Ann", locale="en", created_at=clock.now())
        session.add(account)
    return clinic.ground, Charts(goes=goes, stays=stays), Hand(account.id, clock.now(), clock.machine_now())


def test_merged_by_a_person_the_phone_follows_and_taken_apart_it_goes_back(two):
    ground, charts, ann = two
    token, cookie = set_up(ground, charts.goes)
    with ground.database.write() as session:
        judgement = merge_charts(session, charts, ann)
    assert owners(ground) == ([charts.stays], [charts.stays])
    assert (opens(ground, token), agrees(ground, charts.stays)) == ([charts.stays], True)
    assert not is_known(ground, cookie), "asked again who it is"
    both = sorted((kind, "staff", each) for kind in ("passkey", "told_phone") for each in (charts.goes, charts.stays))
    assert told(ground, "transferred") == both
    with ground.database.write() as session:
        undo_judgement(session, judgement.id, ann)
    assert owners(ground) == ([charts.goes], [charts.goes])
    assert opens(ground, token) == [charts.goes]
    assert told(ground, "transferred") == sorted(both * 2)


def test_a_phone_set_up_since_the_merge_stays_with_the_chart_it_was_set_up_for(two):
    ground, charts, ann = two
    with ground.database.write() as session:
        judgement = merge_charts(session, charts, ann)
    token, cookie = set_up(ground, charts.stays)
    with ground.database.write() as session:
        undo_judgement(session, judgement.id, ann)
    assert owners(ground) == ([charts.stays], [charts.stays])
    assert (opens(ground, token), is_known(ground, cookie)) == ([charts.stays], False)


@pytest.fixture
def day(ground, clinic) -> Day:
    found = Day(ground, clinic)
    import_fhir(ground, clinic, bundle(person("old"), person("new")))
    return found


def chart(day: Day, name: str) -> int:
    return next(row.id for row in day.all(Patient) if row.record_id == name)


def test_merged_by_the_record_the_phone_follows_and_apart_again_it_is_set_up_anew(day):
    ground, old, new = day.ground, chart(day, "old"), chart(day, "new")
    token, cookie = set_up(ground, old)
    for _ in range(2):
        import_fhir(ground, day.clinic, bundle(person("old", **replaced_by("new"))))
    assert owners(ground) == ([new], [new])
    assert (opens(ground, token), agrees(ground, new), is_known(ground, cookie)) == ([new], True, False)
    assert told(ground, "transferred") == sorted(
        (k, "system", p) for k in ("passkey", "told_phone") for p in (old, new)
    )
    import_fhir(ground, day.clinic, bundle(person("old")))
    assert owners(ground) == ([], [])
    assert opens(ground, token) is LinkProblem.REVOKED
    assert told(ground, "removed") == [("passkey", "system", new), ("told_phone", "system", new)]


def test_a_merge_in_doubt_leaves_the_phone_shut_until_a_person_confirms_it(day):
    from app.records.confirm_merge import confirm_merge

    ground, old = day.ground, chart(day, "old")
    import_fhir(ground, day.clinic, bundle(person("other", birth_date="1990-01-01")))
    token, _ = set_up(ground, old)
    import_fhir(ground, day.clinic, bundle(person("old", **replaced_by("other"))))
    assert (owners(ground), opens(ground, token)) == (([old], [old]), LinkProblem.REVOKED)
    other = chart(day, "other")
    with ground.database.write() as session:
        charts = [session.get_one(Patient, each) for each in (old, other)]
        assert confirm_merge(session, *charts, actor=Actor("operator"), now=ground.clock.now())
    assert (owners(ground), opens(ground, token)) == (([other], [other]), [other])
    assert told(ground, "transferred")[0] == ("passkey", "operator", old)


def test_who_wanted_no_more_notices_on_the_chart_that_stays_is_not_told(day):
    from app.patients.consent import record_consent
    from app.patients.rules import ConsentStatus

    ground, old, new = day.ground, chart(day, "old"), chart(day, "new")
    set_up(ground, old)
    ground.clock.advance(timedelta(minutes=1))
    with ground.database.write() as session:
        record_consent(
            session, session.get_one(Patient, new), status=ConsentStatus.WITHDRAWN, wording="w", source="staff",
            now=ground.clock.now(), channel="web",
        )  # fmt: skip
    import_fhir(ground, day.clinic, bundle(person("old", **replaced_by("new"))))
    assert not agrees(ground, new)
