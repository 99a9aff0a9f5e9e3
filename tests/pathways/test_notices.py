"""A notice: everybody with a visit in some days hears the same thing once, or a person calls them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.appointments.rules import AppointmentStatus
from app.core.models import AuditEvent, Clinic
from app.messaging.insert_many import WORTH_A_DETOUR
from app.messaging.models import Message
from app.pathways.models import Notice
from app.pathways.tell_visitors import foresee, stop_notice, tell_visitors
from app.pathways.written_notice import WrittenNotice, read_notice
from app.support.claim_ticket import Hand
from app.support.models import Ticket

DAY = date(2026, 12, 10)
START = datetime(2026, 12, 10, 14, 0, tzinfo=ZoneInfo("America/Toronto"))
NOON = START - timedelta(hours=26)
ADA, BEA, CEE = "+13065550155", "+13065550166", "+13065550177"
WORDS = {"en": "{clinic}: we are closed on Thursday. Call {phone}.", "fr": "{clinic} : fermé jeudi. {phone}."}
IN_ENGLISH = "Pine Narrows Health Centre: we are closed on Thursday. Call 807-555-0100."
IN_FRENCH = "Pine Narrows Health Centre : fermé jeudi. 807-555-0100."


@pytest.fixture
def closed(clinic):
    """It is noon the day before; nobody is reminded of anything by pathways here."""
    clinic.clock.at = NOON
    return clinic


def visit(clinic, number: str | None, start_at: datetime = START, **patient) -> int:
    patient_id = clinic.patient(number, **patient)
    clinic.book(patient_id, start_at)
    return patient_id


def written(first: date = DAY, last: date = DAY, site_id: int | None = None, words=WORDS) -> WrittenNotice:
    return WrittenNotice(first, last, site_id, words, {})


def hand(clinic) -> Hand:
    return Hand(1, clinic.clock.now(), clinic.clock.now())


def tell(clinic, what: WrittenNotice) -> Notice:
    with clinic.ground.database.write() as session:
        row, mine = session.get_one(Clinic, clinic.clinic_id), hand(clinic)
        return tell_visitors(session, row, what, foresee(session, row, what, mine.now), mine)


def heard(clinic, number: str) -> list[str]:
    return [text for text in clinic.texts(number) if "closed" in text or "fermé" in text]


def test_everybody_with_a_visit_that_day_is_told_once_in_their_language(closed):
    ada = visit(closed, ADA)
    closed.book(ada, START + timedelta(hours=2))
    visit(closed, BEA, locale="fr-CA")
    visit(closed, CEE, START + timedelta(days=1))
    notice = tell(closed, written())
    closed.tick()
    assert (notice.texts, notice.untold) == (2, 0)
    assert (heard(closed, ADA), heard(closed, BEA), heard(closed, CEE)) == ([IN_ENGLISH], [IN_FRENCH], [])
    told = closed.rows(Message, purpose="notice")
    assert all(each.accepted_at for each in told)
    assert {each.notice_id for each in told} == {notice.id}


def test_whoever_cannot_be_texted_is_called_by_a_person(closed):
    nobody = visit(closed, None)
    landline = visit(closed, ADA, is_landline=True)
    unwilling = visit(closed, BEA, START + timedelta(days=4), has_consented=False)
    notice = tell(closed, written(last=DAY + timedelta(days=4)))
    closed.tick()
    assert (notice.texts, notice.untold) == (0, 3)
    tickets = {each.patient_id: each for each in closed.rows(Ticket) if each.cause.startswith("notice:")}
    assert set(tickets) == {nobody, landline, unwilling}
    assert {each.details["why"] for each in tickets.values()} == {"notice"}
    assert (tickets[nobody].urgency, tickets[unwilling].urgency) == ("routine", "routine")


def test_a_visit_within_the_day_makes_the_call_pressing(closed):
    closed.clock.at = START - timedelta(hours=3)
    visit(closed, None)
    tell(closed, written())
    (ticket,) = [each for each in closed.rows(Ticket) if each.cause.startswith("notice:")]
    assert ticket.urgency == "soon"


def test_visits_that_are_off_or_over_and_people_who_are_gone_are_left_alone(closed):
    visit(closed, ADA)
    closed.set_status(closed.book(closed.patient(BEA), START), AppointmentStatus.CANCELLED)
    closed.set_patient(visit(closed, CEE), "deceased", "patient_died")
    closed.clock.at = START + timedelta(minutes=1)
    with closed.look() as session:
        foreseen = foresee(session, session.get_one(Clinic, closed.clinic_id), written(), closed.clock.now())
    assert (foreseen.texts, foreseen.untold) == ([], [])


def test_two_patients_of_one_phone_are_told_once(closed):
    visit(closed, ADA)
    visit(closed, ADA, START + timedelta(hours=1))
    notice = tell(closed, written())
    closed.tick()
    assert (notice.texts, heard(closed, ADA)) == (1, [IN_ENGLISH])


def test_only_the_place_that_is_meant(closed):
    visit(closed, ADA)
    assert tell(closed, written(site_id=closed.site_id)).texts == 1
    closed.book(closed.patient(BEA), START)
    with closed.look() as session:
        clinic = session.get_one(Clinic, closed.clinic_id)
        assert foresee(session, clinic, written(site_id=1), closed.clock.now()).texts == []


def test_nobody_is_woken_and_nothing_leaves_when_the_days_are_over(closed):
    visit(closed, ADA)
    closed.clock.at = START - timedelta(hours=11)  # three in the morning
    tell(closed, written())
    closed.tick()
    assert heard(closed, ADA) == []
    closed.at(START - timedelta(hours=5))
    assert heard(closed, ADA) == [IN_ENGLISH]


def test_what_has_not_left_is_stopped_and_the_rest_stays(closed):
    closed.clock.at = START - timedelta(hours=11)
    visit(closed, ADA)
    notice = tell(closed, written())
    with closed.ground.database.write() as session:
        assert stop_notice(session, session.get_one(Notice, notice.id), hand(closed)) == 1
    with closed.ground.database.write() as session:
        assert stop_notice(session, session.get_one(Notice, notice.id), hand(closed)) == 0
    closed.at(START - timedelta(hours=5))
    assert heard(closed, ADA) == []
    assert [each.action for each in closed.rows(AuditEvent, object_kind="notice")] == ["sent", "stopped"]


def test_hundreds_are_told_by_few_statements(closed):
    """More than fit one plain insert; each has a row of their own, sealed for it."""
    count = WORTH_A_DETOUR + 20
    for number in range(count):
        visit(closed, f"+1306555{number:04}")
    notice = tell(closed, written())
    rows = closed.rows(Message, notice_id=notice.id)
    assert notice.texts == len(rows) == count
    assert {row.body for row in rows} == {IN_ENGLISH}


FORM = {"first": "2026-12-10", "last": "2026-12-11", "site": "", "words-en": WORDS["en"], "words-fr": ""}


def read(**said) -> WrittenNotice:
    return read_notice({**FORM, **said}, today=DAY, sites=[7], locales=["en", "fr"], usual="en")


def test_what_is_written_is_read():
    assert read() == written(last=DAY + timedelta(days=1), words={"en": WORDS["en"]})
    assert read(last="").last == DAY
    assert read(site="7").site_id == 7


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"first": ""}, "first"),
        ({"first": "tomorrow"}, "first"),
        ({"first": "2026-12-09"}, "first"),
        ({"last": "2026-12-09"}, "last"),
        ({"last": "9999-12-31"}, "last"),
        ({"last": "x"}, "last"),
        ({"site": "8"}, "site"),
        ({"words-en": " "}, "words-en"),
        ({"words-en": "We are closed."}, "words-en"),
        ({"words-en": "{clinic}: the diabetes group is off."}, "words-en"),
        ({"words-en": "{clinic}: {name}, we are closed."}, "words-en"),
        ({"words-en": "{clinic:>9999999} is closed."}, "words-en"),
        ({"words-en": "{clinic!r} is closed."}, "words-en"),
        ({"words-en": "{clinic is closed."}, "words-en"),
        ({"words-en": "{clinic}: " + "x" * 600}, "words-en"),
        ({"words-fr": "Fermé."}, "words-fr"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(said, field):
    assert list(read(**said).wrong) == [field]
