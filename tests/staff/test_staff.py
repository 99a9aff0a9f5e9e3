"""Invitations, roles, recovery: who may come in, and who may let them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core.audit import Actor
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.errors import Conflict, NotAllowed, ShapeWrong
from app.core.models import AuditEvent, Clinic
from app.core.passkeys import site_of
from app.staff.change_staff import Scope, set_roles, set_scope
from app.staff.invite_staff import Colleague, invite_staff
from app.staff.models import StaffAccount
from app.staff.passkeys import account_of_passkey, ask_to_sign_in, enrol
from app.staff.recover_staff import allow_recovery, ask_recovery
from app.staff.recovery_codes import HOW_MANY, account_of_code, codes_left, make_codes
from app.staff.rules import (
    FRESH_FOR,
    IDLE_LIMIT,
    INVITATION_LASTS,
    PERMISSIONS,
    Permission,
    Role,
    is_fresh,
    is_session_over,
    permissions_of,
)
from app.staff.sign_in import find_viewer, sign_in_by_invitation
from app.staff.store import roles_of
from tests.messaging.people import make_clinic

NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
OPERATOR = Actor("operator")
SITE = site_of("https://farline.test")


@pytest.fixture
def people(database: Database, clock: FrozenClock) -> dict[str, int]:
    """Two administrators and an agent."""
    made = {}
    with database.write() as session:
        clinic = make_clinic(session)
        for login, role in (("ada", Role.ADMINISTRATOR), ("bo", Role.ADMINISTRATOR), ("cy", Role.AGENT)):
            made[login] = invite(session, clinic, login, role).account.id
    return made


def invite(session, clinic: Clinic, login: str, *roles: Role):
    return invite_staff(session, clinic, Colleague(login, roles), actor=OPERATOR, now=NOW, machine_now=NOW)


def clinic_of(session, staff_id: int) -> Clinic:
    return session.get_one(Clinic, session.get_one(StaffAccount, staff_id).clinic_id)


@pytest.mark.parametrize(
    ("roles", "may", "may_not"),
    [
        ({Role.AGENT}, Permission.WORK_TICKETS, Permission.MANAGE_STAFF),
        ({Role.AGENT}, Permission.SEE_PATIENTS, Permission.SEE_AUDIT),
        ({Role.COORDINATOR}, Permission.SUPERVISE, Permission.SEE_AUDIT),
        ({Role.ADMINISTRATOR}, Permission.MANAGE_STAFF, Permission.SEE_PATIENTS),
        ({Role.AUDITOR}, Permission.SEE_AUDIT, Permission.SEE_TICKETS),
        ({Role.AUDITOR, Role.AGENT}, Permission.SEE_TICKETS, Permission.MANAGE_STAFF),
        (set(), None, Permission.OWN_ACCOUNT),
    ],
)
def test_a_role_may_what_it_needs_and_no_more(roles, may, may_not):
    assert may is None or may in permissions_of(roles)
    assert may_not not in permissions_of(roles)


def test_every_permission_is_somebodys():
    assert frozenset().union(*PERMISSIONS.values()) == set(Permission)


@pytest.mark.parametrize(
    ("idle", "left", "is_revoked", "expected"),
    [
        (timedelta(), timedelta(hours=1), False, False),
        (IDLE_LIMIT, timedelta(hours=1), False, True),
        (timedelta(), timedelta(), False, True),
        (timedelta(), timedelta(hours=1), True, True),
    ],
)
def test_a_session_ends_by_idling_by_age_or_by_hand(idle, left, is_revoked, expected):
    over = is_session_over(
        seen_at=NOW - idle, expires_at=NOW + left, revoked_at=NOW if is_revoked else None, machine_now=NOW
    )
    assert over is expected


def test_a_sign_in_is_fresh_for_a_while():
    assert is_fresh(NOW, NOW + FRESH_FOR - timedelta(seconds=1))
    assert not is_fresh(NOW, NOW + FRESH_FOR)
    assert not is_fresh(None, NOW)


def test_inviting_again_keeps_the_account_and_adds_roles(database, people):
    with database.write() as session:
        again = invite(session, clinic_of(session, people["cy"]), "cy", Role.CLINICIAN)
        session.flush()
        assert again.account.id == people["cy"]
        assert roles_of(session, people["cy"]) == {Role.AGENT, Role.CLINICIAN}


def test_a_link_signs_in_once_and_not_too_late(database, people):
    with database.write() as session:
        clinic = clinic_of(session, people["cy"])
        first, second = (invite(session, clinic, "cy") for _ in range(2))
    said = {"now": NOW, "machine_now": NOW, "browser": "test"}
    with database.write() as session:
        signed_in = sign_in_by_invitation(session, first.token, **said)
        assert sign_in_by_invitation(session, first.token, **said) is None
        assert find_viewer(session, signed_in.cookie, NOW).staff_id == people["cy"]
        late = NOW + INVITATION_LASTS
        assert sign_in_by_invitation(session, second.token, **{**said, "machine_now": late}) is None


def test_nobody_drops_their_own_administrator_role(database, people):
    with database.write() as session:
        account = session.get_one(StaffAccount, people["ada"])
        with pytest.raises(NotAllowed):
            set_roles(session, account, {Role.AGENT}, actor=Actor("staff", people["ada"]), now=NOW)
        set_roles(session, account, {Role.AGENT}, actor=Actor("staff", people["bo"]), now=NOW)
        session.flush()
        assert roles_of(session, people["ada"]) == {Role.AGENT}


def test_scope_is_kept_with_the_account(database, people):
    with database.write() as session:
        account = session.get_one(StaffAccount, people["cy"])
        scope, actor = Scope({"fr": "converse"}, ["clinical"], [2, 1]), Actor("staff", people["ada"])
        for _ in range(2):
            set_scope(session, account, scope, actor=actor, now=NOW)
    with database.read() as session:
        account = session.get_one(StaffAccount, people["cy"])
        assert (account.languages, account.skills) == ({"fr": "converse"}, ["clinical"])
        assert account.settings["queues"] == [1, 2]
        changed = session.scalars(select(AuditEvent).where(AuditEvent.action == "changed_scope")).one()
        assert (changed.actor_id, changed.details["queues"]) == (people["ada"], [1, 2])


def test_recovery_takes_two_administrators(database, people):
    with database.write() as session:
        asked = ask_recovery(session, people["cy"], by_id=people["ada"], now=NOW)
        session.flush()
        assert ask_recovery(session, people["cy"], by_id=people["bo"], now=NOW).id == asked.id
        with pytest.raises(NotAllowed):
            allow_recovery(session, asked.id, by_id=people["ada"], now=NOW, machine_now=NOW)
        invited = allow_recovery(session, asked.id, by_id=people["bo"], now=NOW, machine_now=NOW)
        assert invited.account.id == people["cy"]
        with pytest.raises(Conflict):
            allow_recovery(session, asked.id, by_id=people["bo"], now=NOW, machine_now=NOW)


def test_nobody_allows_their_own_recovery(database, people):
    with database.write() as session:
        asked = ask_recovery(session, people["bo"], by_id=people["ada"], now=NOW)
        session.flush()
        with pytest.raises(NotAllowed):
            allow_recovery(session, asked.id, by_id=people["bo"], now=NOW, machine_now=NOW)


def test_a_recovery_code_works_once_however_it_is_typed_and_new_ones_end_the_old(database, people):
    with database.write() as session:
        account = session.get_one(StaffAccount, people["cy"])
        old = make_codes(session, account, now=NOW)
        codes = make_codes(session, account, now=NOW)
    with database.write() as session:
        assert account_of_code(session, old[0], now=NOW) is None
        assert account_of_code(session, f" {codes[0].lower()} ", now=NOW).id == people["cy"]
        assert account_of_code(session, codes[0], now=NOW) is None
        assert codes_left(session, people["cy"]) == HOW_MANY - 1


@pytest.mark.parametrize(
    ("url", "rp_id", "is_possible"),
    [
        ("https://farline.test", "farline.test", True),
        ("http://localhost:8000", "localhost", True),
        ("http://127.0.0.1:8000", "127.0.0.1", False),
        ("http://clinic.lan", "clinic.lan", False),
    ],
)
def test_passkeys_are_offered_where_browsers_allow_them(url, rp_id, is_possible):
    assert (site_of(url).rp_id, site_of(url).is_possible) == (rp_id, is_possible)


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": 5}', '{"id": "unknown"}', "not json"])
def test_nonsense_signs_nobody_in_and_spends_the_challenge(database, people, answer):
    with database.write() as session:
        asked = ask_to_sign_in(session, SITE, NOW)
    for _ in range(2):
        with database.write() as session, pytest.raises(ShapeWrong):
            account_of_passkey(session, asked.token, answer, site=SITE, now=NOW, machine_now=NOW)


def test_an_answer_to_another_question_enrols_nothing(database, people):
    with database.write() as session:
        asked = ask_to_sign_in(session, SITE, NOW)
        account = session.get_one(StaffAccount, people["cy"])
        with pytest.raises(ShapeWrong):
            enrol(session, account, asked.token, "{}", label="", site=SITE, now=NOW, machine_now=NOW)
