"""Changing what a ladder may cost. Ladders that are being climbed heed it at their next rung."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.audit import Actor
from app.core.models import Clinic
from app.support.change_desk import change_clinic

COSTS = ("ladder_cap", "costs")


def change_costs(session: Session, clinic: Clinic, wanted: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Keep `ladder_cap` (None: no cap) and `costs` by channel; audited by name when they differ from what stood."""
    change_clinic(session, clinic, {name: wanted[name] for name in COSTS}, actor=actor, now=now)
