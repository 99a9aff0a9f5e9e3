"""Sessions end: by idling, by age, by signing out, by an administrator; a link signs in once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.audit import Actor
from app.core.models import AuditEvent
from app.staff.disable_staff import disable_staff
from app.staff.models import StaffAccount, StaffSession
from app.staff.rules import ABSOLUTE_LIMIT, IDLE_LIMIT, INVITATION_LASTS
from tests.web.clinics import Person


def is_in(person: Person) -> bool:
    return person.client.get("/staff/account").status_code == 200


def test_opening_the_link_uses_nothing_up_and_accepting_it_works_once(app, ground, north):
    first, second = Person(app, ground), Person(app, ground)
    for _ in range(3):
        assert "Agent North" in first.get(f"/staff/invitation/{north.tokens['agent']}").text
    assert first.accept(north.tokens["agent"]).status_code == 302
    assert second.accept(north.tokens["agent"]).status_code == 410
    assert second.get(f"/staff/invitation/{north.tokens['agent']}").status_code == 410


def test_a_link_too_old_signs_nobody_in(app, ground, north, clock):
    clock.advance(INVITATION_LASTS)
    assert Person(app, ground).accept(north.tokens["agent"]).status_code == 410


def test_a_session_left_alone_ends(north, sign_in, clock):
    person = sign_in(north)
    clock.advance(IDLE_LIMIT - timedelta(seconds=1))
    assert is_in(person)
    clock.advance(IDLE_LIMIT - timedelta(seconds=1))
    assert is_in(person)
    clock.advance(IDLE_LIMIT)
    assert not is_in(person)


def test_a_page_that_only_refreshes_does_not_keep_the_session(north, sign_in, clock):
    person = sign_in(north)
    for _ in range(3):
        clock.advance(IDLE_LIMIT / 3)
        last = person.client.get("/desk/tickets/refresh", headers={"HX-Request": "true"})
    assert last.status_code == 401
    assert last.headers["HX-Refresh"] == "true"


def test_a_session_ends_after_a_long_shift_however_busy(north, sign_in, clock):
    person = sign_in(north)
    for _ in range(int(ABSOLUTE_LIMIT / timedelta(minutes=10)) - 1):
        clock.advance(timedelta(minutes=10))
        assert is_in(person)
    clock.advance(timedelta(minutes=10))
    assert not is_in(person)


def test_signing_out_ends_the_session_on_the_server(north, sign_in):
    person = sign_in(north)
    cookie = person.client.get_cookie("__Host-farline").value
    person.get("/staff/account")
    assert "storage" in person.submit("/staff/sign-out").headers["Clear-Site-Data"]
    person.client.set_cookie("__Host-farline", cookie)
    assert not is_in(person)


def test_a_disabled_account_is_out_at_once(north, sign_in, ground, clock):
    person = sign_in(north)
    with ground.database.write() as session:
        account = session.get_one(StaffAccount, north.staff["agent"])
        assert disable_staff(session, account, actor=Actor("operator"), now=clock.now(), machine_now=clock.now()) == 1
    assert not is_in(person)


def test_the_cookie_is_stored_nowhere(north, sign_in, ground):
    cookie = sign_in(north).client.get_cookie("__Host-farline").value
    with ground.database.read() as session:
        stored = session.scalars(select(StaffSession)).one()
        assert cookie not in (stored.cookie_hash, stored.csrf)


@pytest.mark.parametrize("action", ["signed_in", "signed_out"])
def test_signing_in_and_out_are_recorded(north, sign_in, ground, action):
    person = sign_in(north)
    person.get("/staff/account")
    person.submit("/staff/sign-out")
    with ground.database.read() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == action)).one()
        assert (event.actor_id, event.clinic_id) == (north.staff["agent"], north.clinic_id)
