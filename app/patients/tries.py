"""Tries at secrets, counted in the database so that every process sees them; within the hour they are forgotten.

Nothing is kept that tells where a try came from: only a keyed fingerprint of what, where from and in which hour.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.core.sealed import keyring
from app.patients.models import TryCount
from app.patients.rules import MOST_TRIES, Tried

_INSERTS: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_FORGOTTEN_AT_ONCE = 100


def take_try(session: Session, what: Tried, whence: str, machine_now: datetime) -> bool:
    """Count one try; whether it may still be heard.

    The row stays locked until this transaction ends, so the limit is exact however many try at once.
    """
    _forget(session, machine_now)
    statement = _INSERTS[session.get_bind().dialect.name](TryCount.__table__).values(
        id=new_id(), index=_index(what, whence, machine_now), count=1, forget_at=_next_hour(machine_now)
    )
    counted = statement.on_conflict_do_update(index_elements=["index"], set_={"count": TryCount.count + 1})
    count: int = session.connection().execute(counted.returning(TryCount.count)).scalar_one()
    return count <= MOST_TRIES[what]


def give_back_try(session: Session, what: Tried, whence: str, machine_now: datetime) -> None:
    """A right one does not count."""
    wanted = TryCount.index == _index(what, whence, machine_now)
    session.execute(update(TryCount).where(wanted, TryCount.count > 0).values(count=TryCount.count - 1))


def network_of(address: str | None) -> str:
    """What one household or phone has: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


def _forget(session: Session, machine_now: datetime) -> None:
    """A few old rows at a time, past those another process is already dropping."""
    old = select(TryCount.id).where(TryCount.forget_at <= machine_now).limit(_FORGOTTEN_AT_ONCE)
    session.execute(delete(TryCount).where(TryCount.id.in_(old.with_for_update(skip_locked=True))))


def _index(what: Tried, whence: str, machine_now: datetime) -> str:
    return keyring().blind_index("tries", f"{what}|{_next_hour(machine_now).isoformat()}|{whence}")


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
