"""Changing what a colleague may do, and what people set for themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.errors import NotAllowed
from app.staff.models import StaffAccount, StaffRole
from app.staff.rules import Role
from app.staff.store import grant_role, roles_of

_NOT_OWN_SENTENCE = "Nobody takes away their own administrator role. Ask another administrator."


def set_roles(session: Session, account: StaffAccount, roles: Collection[Role], *, actor: Actor, now: datetime) -> None:
    """Exactly these from now on; they count from the next request."""
    had = roles_of(session, account.id)
    if actor.id == account.id and Role.ADMINISTRATOR in had and Role.ADMINISTRATOR not in roles:
        raise NotAllowed(_NOT_OWN_SENTENCE)
    gone = [role.value for role in had if role not in roles]
    session.execute(delete(StaffRole).where(StaffRole.staff_id == account.id, StaffRole.role.in_(gone)))
    for role in roles:
        grant_role(session, account.id, role=role, now=now)
    record_audit(
        session, "changed_roles", "staff_account", account.id, actor=actor, now=now, clinic_id=account.clinic_id,
        roles=sorted(role.value for role in roles),
    )  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """Which languages (tag -> read or converse), which skills, which queues (None: all) a person works with."""

    languages: Mapping[str, str]
    skills: Sequence[str]
    queue_ids: Collection[int] | None


def set_scope(session: Session, account: StaffAccount, scope: Scope, *, actor: Actor, now: datetime) -> None:
    """Exactly this from now on. The same again changes nothing and is not recorded."""
    queues = None if scope.queue_ids is None else sorted(scope.queue_ids)
    wanted = (dict(scope.languages), list(scope.skills), queues)
    if wanted == (account.languages, account.skills, account.settings.get("queues")):
        return
    account.languages, account.skills, _ = wanted
    _set(account, "queues", queues)
    record_audit(
        session, "changed_scope", "staff_account", account.id, actor=actor, now=now, clinic_id=account.clinic_id,
        languages=wanted[0], skills=wanted[1], queues=queues,
    )  # fmt: skip


def set_shortcuts(account: StaffAccount, *, are_on: bool) -> None:
    _set(account, "shortcuts", are_on)


def _set(account: StaffAccount, name: str, value: Any) -> None:
    account.settings = {**account.settings, name: value}
