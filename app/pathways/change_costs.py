"""Changing what a ladder and a day may cost. Ladders that are being climbed heed it at their next rung; what a day's
cap held back is looked at again within a quarter of an hour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.audit import Actor
from app.core.models import Clinic
from app.support.change_desk import change_clinic

COSTS = ("ladder_cap", "costs", "daily_segments")


def change_costs(session: Session, clinic: Clinic, wanted: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Keep `ladder_cap` and `daily_segments` (None: no cap) and `costs` by channel; audited by name when they differ
    from what stood."""
    change_clinic(session, clinic, {name: wanted[name] for name in COSTS}, actor=actor, now=now)
