"""Roles, what each may do, and how long a sign-in lasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

IDLE_LIMIT = timedelta(minutes=15)  # shared clinic computers: a page left alone closes itself
ABSOLUTE_LIMIT = timedelta(hours=12)  # a long shift
FRESH_FOR = timedelta(minutes=5)  # how long a sign-in counts as fresh, for exports, number changes and new passkeys
INVITATION_LASTS = timedelta(hours=48)
CLINICAL_SKILL = "clinical"  # asked for by clinical queues; clinicians start with it


class Role(StrEnum):
    AGENT = "agent"
    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What a page or an act asks for. `OWN_ACCOUNT` is everyone's who is signed in."""

    OWN_ACCOUNT = "own_account"
    SEE_TICKETS = "see_tickets"
    WORK_TICKETS = "work_tickets"
    SUPERVISE = "supervise"
    SEE_MESSAGES = "see_messages"  # their states, never their words
    SEE_PATIENTS = "see_patients"
    CHANGE_PATIENTS = "change_patients"
    MERGE_CHARTS = "merge_charts"
    MANAGE_DESK = "manage_desk"
    MANAGE_STAFF = "manage_staff"
    CHANGE_SETTINGS = "change_settings"
    SEE_REPORTS = "see_reports"
    SEE_AUDIT = "see_audit"


_EVERYONE = {Permission.OWN_ACCOUNT}
_CARE = _EVERYONE | {
    Permission.SEE_TICKETS,
    Permission.WORK_TICKETS,
    Permission.SEE_MESSAGES,
    Permission.SEE_PATIENTS,
    Permission.CHANGE_PATIENTS,
}
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.AGENT: frozenset(_CARE),
    Role.CLINICIAN: frozenset(_CARE),
    Role.COORDINATOR: frozenset(
        _CARE | {Permission.SUPERVISE, Permission.MERGE_CHARTS, Permission.MANAGE_DESK, Permission.SEE_REPORTS}
    ),
    Role.ADMINISTRATOR: frozenset(
        _EVERYONE
        | {
            Permission.MANAGE_STAFF,
            Permission.CHANGE_SETTINGS,
            Permission.MANAGE_DESK,
            Permission.SEE_REPORTS,
            Permission.SEE_MESSAGES,
        }
    ),
    Role.AUDITOR: frozenset(_EVERYONE | {Permission.SEE_AUDIT, Permission.SEE_REPORTS}),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    return frozenset().union(*(PERMISSIONS[role] for role in roles))


def is_session_over(
    *, seen_at: datetime, expires_at: datetime, revoked_at: datetime | None, machine_now: datetime
) -> bool:
    """Revoked, idle too long, or past its absolute end."""
    return revoked_at is not None or machine_now >= expires_at or machine_now - seen_at >= IDLE_LIMIT


def is_fresh(reauthenticated_at: datetime | None, machine_now: datetime) -> bool:
    return reauthenticated_at is not None and machine_now - reauthenticated_at < FRESH_FOR
