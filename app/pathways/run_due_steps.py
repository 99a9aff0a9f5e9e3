"""The trip of a due step: claimed, checked against how things stand now, then the next rung of its ladder."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.ground import Ground
from app.core.log import logger
from app.pathways.climb import climb
from app.pathways.models import DueStep
from app.pathways.plan_enrolment import end_step
from app.pathways.rules import DueState
from app.pathways.situation import look_around, why_not
from app.pathways.store import claim_due, has_left
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency

log = logger("pathways")

BATCH = 20
MOST_ATTEMPTS = 5
RETRY = timedelta(minutes=2)


def run_due_steps(ground: Ground) -> int:
    """Act on everything that is due; returns how many steps. Safe with any number of processes.

    A step that fails does not stop the others: it is tried again, and after five tries a person is told.
    """
    total = 0
    while True:
        with ground.database.write() as session:
            now = ground.clock.now()
            steps = claim_due(session, now, BATCH)
            for step in steps:
                _act_safely(session, step, now=now, public_url=ground.public_url)
        total += len(steps)
        if steps:
            ground.wake()
        if len(steps) < BATCH:
            return total


def _act_safely(session: Session, step: DueStep, *, now: datetime, public_url: str) -> None:
    step.attempts += 1
    step_id, attempts = step.id, step.attempts
    try:
        with session.begin_nested():
            act(session, step, now=now, public_url=public_url)
    except Exception:
        log.exception("step_failed", step_id=step_id, attempts=attempts)
        _put_off(session, step_id, attempts, now)


def act(session: Session, step: DueStep, *, now: datetime, public_url: str) -> None:
    """One step that is due, in the caller's transaction. The step must be locked."""
    situation = look_around(session, step, now)
    ending = why_not(situation)
    if ending is not None:
        is_over = ending.reason == "appointment_started" and situation.is_begun and not has_left(session, step.id)
        end_step(session, step, DueState.MISSED if is_over else ending.state, ending.reason, now=now)
    elif situation.wait_until is not None and (situation.has_time or not situation.is_begun):
        step.due_at = situation.wait_until
    else:
        climb(session, situation, public_url=public_url)


def _put_off(session: Session, step_id: int, attempts: int, now: datetime) -> None:
    step = session.get_one(DueStep, step_id, populate_existing=True)
    step.attempts = attempts
    if attempts < MOST_ATTEMPTS:
        step.due_at = now + attempts * RETRY
        return
    end_step(session, step, DueState.MISSED, "fault", now=now)
    open_ticket(
        session,
        clinic_id=step.clinic_id,
        reason=TicketReason.LADDER_RAN_OUT,
        urgency=Urgency.SOON,
        cause=f"due_step:{step.id}:fault",
        locale="en",
        now=now,
        patient_id=step.patient_id,
        why="fault",
    )
