"""What happens to tickets by the clock alone: silent holders lose them, snoozes end, late ones escalate."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.ground import Ground
from app.support.claim_ticket import release_silent
from app.support.escalate import escalate_late
from app.support.move_ticket import wake_snoozed
from app.support.presence import forget_absent


@dataclass(frozen=True)
class Swept:
    released: int
    woken: int
    escalated: int


def sweep_tickets(ground: Ground) -> Swept:
    """One short transaction each; safe to run at any time, from any process."""
    now, machine_now = ground.clock.now(), ground.clock.machine_now()
    with ground.database.write() as session:
        released = release_silent(session, now=now, machine_now=machine_now)
        forget_absent(session, machine_now)
    with ground.database.write() as session:
        woken = wake_snoozed(session, now)
    with ground.database.write() as session:
        escalated = escalate_late(session, now)
    if escalated:
        ground.wake()
    return Swept(released, woken, escalated)
