"""A link opens one patient's page to whoever knows the date of birth, and tells nothing to anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core.models import AuditEvent
from app.patients.birth_dates import birth_dates_in
from app.patients.links import (
    Asked,
    Proof,
    asked_for,
    create_link,
    end_sessions_of,
    find_link,
    link_of_cookie,
    paused_until,
    prove,
    revoke,
)
from app.patients.models import Link, Patient
from app.patients.pins import remove_pin, set_pin
from app.patients.rules import PAUSE, TRIES_BEFORE_PAUSE, TRIES_IN_ALL, LinkProblem, PinProblem, pin_problem
from tests.conftest import NOW

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def prove_birth_date(session, link, typed, now):
    opened = prove(session, link, Proof(birth_date=typed), now=now)
    return opened and opened.cookie


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


# --- PIN --------------------------------------------------------------------------------------------------------------


def pin_of(session, link, pin, *, born=""):
    return prove(session, link, Proof(birth_date=born, pin=pin), now=NOW)


@ONE_DATABASE
def test_a_pin_opens_instead_of_the_date_of_birth_until_staff_take_it_off(session, made, family):
    ada = session.get_one(Patient, family.ada)
    assert asked_for(session, made.link) == Asked(birth_date=True, pin=False)
    set_pin(ada, "5093")
    assert asked_for(session, made.link) == Asked(birth_date=False, pin=True)
    assert prove_birth_date(session, made.link, "1950-02-03", NOW) is None
    assert pin_of(session, made.link, "5094") is None
    for typed in ("5093", " 50-93 ", "\u0665\u0660\u0669\u0663"):
        assert pin_of(session, made.link, typed), typed
    assert remove_pin(ada)
    assert not remove_pin(ada)
    assert prove_birth_date(session, made.link, "1950-02-03", NOW)


@ONE_DATABASE
def test_a_pin_is_kept_as_nothing_that_shows_it(session, family):
    ada, bo = (session.get_one(Patient, each) for each in (family.ada, family.bo))
    set_pin(ada, "5093")
    set_pin(bo, "5093")
    session.flush()
    assert ada.pin_hash != bo.pin_hash
    assert "5093" not in str(session.execute(text("SELECT pin_hash FROM patient")).all()).replace(ada.pin_hash, "")


@pytest.mark.parametrize(
    ("pin", "again", "problem"),
    [
        ("5093", "5093", None),
        ("50937164", "50937164", None),
        ("509", "509", PinProblem.DIGITS),
        ("509371648", "509371648", PinProblem.DIGITS),
        ("50a3", "50a3", PinProblem.DIGITS),
        ("", "", PinProblem.DIGITS),
        ("5093", "5094", PinProblem.DIFFERENT),
        ("7777", "7777", PinProblem.EASY),
        ("1234", "1234", PinProblem.EASY),
        ("9876", "9876", PinProblem.EASY),
        ("1950", "1950", PinProblem.EASY),
        ("0302", "0302", PinProblem.EASY),
        ("030250", "030250", PinProblem.EASY),
        ("19500203", "19500203", PinProblem.EASY),
    ],
)
def test_a_pin_is_four_to_eight_digits_that_a_relative_would_not_try_first(pin, again, problem):
    assert pin_problem(pin, again, "1950-02-03") is problem


@ONE_DATABASE
def test_other_browsers_say_again_who_they_are(session, made, family):
    mine, other = (prove_birth_date(session, made.link, "1950-02-03", NOW) for _ in range(2))
    end_sessions_of(session, family.ada, NOW, but=mine)
    assert link_of_cookie(session, mine, NOW)
    assert link_of_cookie(session, other, NOW) is None


# --- several people on one phone --------------------------------------------------------------------------------------


@pytest.fixture
def shared(session, family):
    ada = session.get_one(Patient, family.ada)
    return create_link(session, ada, purpose="home", response_id=None, locale="en-CA", now=NOW, also=[family.bo]).link


def test_the_date_of_birth_tells_who_of_several_opens_their_own_home(session, shared, family):
    ada = prove(session, shared, Proof("1950-02-03"), now=NOW)
    assert (ada.link.id, ada.token) == (shared.id, None)
    bo = prove(session, shared, Proof("1999-12-31"), now=NOW)
    assert bo.link.patient_id == family.bo
    assert bo.link.expires_at == shared.expires_at
    assert find_link(session, bo.token, NOW).id == bo.link.id
    assert link_of_cookie(session, bo.cookie, NOW).patient_id == family.bo
    assert prove(session, shared, Proof("1970-01-01"), now=NOW) is None


@ONE_DATABASE
def test_of_several_the_one_with_a_pin_gives_both(session, shared, family):
    set_pin(session.get_one(Patient, family.bo), "5093")
    assert asked_for(session, shared) == Asked(birth_date=True, pin=True)
    assert pin_of(session, shared, "", born="1999-12-31") is None
    assert pin_of(session, shared, "5093") is None
    assert pin_of(session, shared, "5093", born="1999-12-31").link.patient_id == family.bo
    assert pin_of(session, shared, "", born="1950-02-03").link.patient_id == family.ada


@ONE_DATABASE
def test_twins_on_one_phone_are_never_guessed(session, shared, family):
    session.get_one(Patient, family.bo).birth_date = "1950-02-03"
    session.flush()
    assert prove_birth_date(session, shared, "1950-02-03", NOW) is None


@ONE_DATABASE
def test_who_opened_and_who_failed_is_recorded(session, made, family):
    prove_birth_date(session, made.link, "1950-02-04", NOW)
    prove_birth_date(session, made.link, "1950-02-03", NOW)
    session.flush()
    rows = session.execute(select(AuditEvent.action, AuditEvent.actor_id, AuditEvent.patient_id)).all()
    assert sorted(rows, key=str) == [("refused", None, family.ada), ("signed_in", family.ada, family.ada)]
