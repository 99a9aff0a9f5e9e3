"""A link opens one patient's page to whoever knows the date of birth, and tells nothing to anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.patients.birth_dates import birth_dates_in
from app.patients.links import create_link, find_link, link_of_cookie, paused_until, prove_birth_date, revoke
from app.patients.models import Link, Patient
from app.patients.rules import PAUSE, TRIES_BEFORE_PAUSE, TRIES_IN_ALL, LinkProblem
from tests.conftest import NOW

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def session(family):
    with family.database.write() as session:
        yield session


@pytest.fixture
def made(session, family):
    patient = session.get_one(Patient, family.ada)
    return create_link(session, patient, purpose="response", response_id=7, locale="en-CA", now=NOW)


def test_token_and_code_find_the_link_and_neither_is_kept(session, made):
    for typed in (
        made.token,
        made.code,
        f" {made.code[:4].lower()} {made.code[4:].lower()} ",
        f"{made.code[:4]}-{made.code[4:]}",
    ):
        assert find_link(session, typed, NOW).id == made.link.id
    stored = str(session.execute(text("SELECT * FROM link")).all())
    assert made.token not in stored
    assert made.code not in stored
    assert len(made.token) * 6 >= 128


@ONE_DATABASE
@pytest.mark.parametrize("typed", ["", "nonsense", "AAAAAAAA", "x" * 10_000, "\x00", "\ud800", "é"])
def test_what_is_no_link_is_unknown(session, made, typed):
    assert find_link(session, typed, NOW) is LinkProblem.UNKNOWN


@ONE_DATABASE
def test_a_link_ends(session, made):
    assert find_link(session, made.token, made.link.expires_at) is LinkProblem.EXPIRED
    revoke(session, made.link, NOW)
    assert find_link(session, made.token, NOW) is LinkProblem.REVOKED


@ONE_DATABASE
@pytest.mark.parametrize("status", ["merged", "deceased", "inactive"])
def test_a_link_ends_with_the_chart(session, made, family, status):
    cookie = prove_birth_date(session, made.link, "1950-02-03", NOW)
    session.get_one(Patient, family.ada).status = status
    session.flush()
    assert find_link(session, made.token, NOW) is LinkProblem.REVOKED
    assert link_of_cookie(session, cookie, NOW) is None


def test_the_date_of_birth_opens_it_for_this_browser_only(session, made):
    cookie = prove_birth_date(session, made.link, "3 February 1950", NOW)
    assert link_of_cookie(session, cookie, NOW).id == made.link.id
    assert link_of_cookie(session, "another browser", NOW) is None
    assert link_of_cookie(session, cookie, NOW + timedelta(hours=13)) is None
    assert prove_birth_date(session, made.link, "03/02/50", NOW) not in (None, cookie)
    revoke(session, made.link, NOW)
    assert link_of_cookie(session, cookie, NOW) is None


@ONE_DATABASE
@pytest.mark.parametrize(
    "typed", ["1999-12-31", "1950", "", "0000-00-00", "1950-02-03 1951-02-03", "x" * 10_000, "\x00"]
)
def test_anything_else_does_not(session, made, typed):
    """The first is the date of birth of the relative who shares the phone."""
    assert prove_birth_date(session, made.link, typed, NOW) is None
    assert made.link.failed_checks == 1


@ONE_DATABASE
def test_without_a_known_date_of_birth_nobody_gets_in(session, family):
    from tests.patients.conftest import add_patient

    patient = session.get_one(Patient, add_patient(session, family.clinic_id, born=None))
    made = create_link(session, patient, purpose="home", response_id=None, locale="en", now=NOW)
    assert prove_birth_date(session, made.link, "1950-02-03", NOW) is None


def test_guessing_pauses_the_link_and_then_closes_it(session, made):
    now = NOW
    for tried in range(1, TRIES_IN_ALL + 1):
        assert prove_birth_date(session, made.link, f"19{tried:02}-01-01", now) is None
        if tried % TRIES_BEFORE_PAUSE == 0 and tried < TRIES_IN_ALL:
            assert paused_until(made.link, now) == now + PAUSE
            assert prove_birth_date(session, made.link, "1950-02-03", now) is None, "right, but too soon"
            now += PAUSE
    assert find_link(session, made.token, now) is LinkProblem.REVOKED
    assert prove_birth_date(session, made.link, "1950-02-03", now + PAUSE) is None


@ONE_DATABASE
def test_a_right_date_forgives_earlier_slips(session, made):
    for _ in range(TRIES_BEFORE_PAUSE - 1):
        prove_birth_date(session, made.link, "1949-02-03", NOW)
    assert prove_birth_date(session, made.link, "1950-02-03", NOW)
    assert session.get_one(Link, made.link.id).failed_checks == 0


@pytest.mark.parametrize(
    ("written", "dates"),
    [
        ("1986-05-06", {"1986-05-06"}),
        ("1986/5/6", {"1986-05-06"}),
        ("06/05/1986", {"1986-05-06", "1986-06-05"}),
        ("6 mai 1986", {"1986-05-06"}),
        ("1er mai 1986", {"1986-05-01"}),
        ("le 6 MAI 1986", {"1986-05-06"}),
        ("August 4th, 1950", {"1950-08-04"}),
        ("4 août 1950", {"1950-08-04"}),
        ("19860506", {"1986-05-06"}),
        ("06051986", {"1986-05-06", "1986-06-05"}),
        ("31/12/99", {"1999-12-31", "2099-12-31"}),
        ("29/02/1987", set()),
        ("1986", set()),
        ("hier", set()),
        ("", set()),
        ("١٩٨٦/٠٥/٠٦", {"1986-05-06"}),
    ],
)
def test_a_date_of_birth_is_read_as_people_write_it(written, dates):
    assert birth_dates_in(written) == dates
