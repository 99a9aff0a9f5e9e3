"""Claiming due steps: what it costs must follow what is due, not what is stored.

1,000 steps are due among 10,000 stored and then among a million; all of them are claimed in the batches the runner
uses, each batch in a transaction of its own, and let go again. The stored ones are past, done, or still to come.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.core.database import Database
from app.core.ids import new_id
from app.core.migrate import upgrade
from app.pathways.models import DueStep, Enrolment, Pathway
from app.pathways.rules import DueState
from app.pathways.run_due_steps import BATCH
from app.pathways.store import claim_due
from app.patients.models import Patient
from bench.databases import Fresh, on_each_database
from bench.figures import Figure, spread
from tests.messaging.people import make_clinic

FEW, MANY, DUE = 10_000, 1_000_000, 1_000
ROUNDS = 5
AT_ONCE = 10_000


def measure() -> Iterator[Figure]:
    yield from on_each_database(_one_database)


def _one_database(name: str, fresh: Fresh) -> Iterator[Figure]:
    now = datetime.now(UTC)
    few, many = _filled(fresh(), FEW, now), _filled(fresh(), MANY, now)
    rounds = [(_claim_all(few, now), _claim_all(many, now)) for _ in range(ROUNDS)]
    few_s, many_s = (median(side) for side in zip(*rounds, strict=True))
    yield Figure(f"{name}: {DUE:,} due claimed, {FEW:,} stored", few_s * 1000, "ms")
    yield Figure(f"{name}: {DUE:,} due claimed, {MANY:,} stored", many_s * 1000, "ms")
    ratios = [with_many / with_few for with_few, with_many in rounds]
    yield Figure(f"{name}: times as long with {MANY // FEW} times as many", median(ratios), "", at_most=2,
                 beside=spread(ratios))  # fmt: skip
    few.close()
    many.close()


def _filled(url: str, stored: int, now: datetime) -> Database:
    database = Database(url)
    upgrade(database)
    with database.write() as session:
        clinic, patient, enrolment = _enrolled(session, now)
    for first in range(0, stored, AT_ONCE):
        with database.write() as session:
            rows = [_step(number, clinic, patient, enrolment, now) for number in range(first, first + AT_ONCE)]
            session.connection().execute(insert(DueStep.__table__), rows)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return database


def _enrolled(session: Session, now: datetime) -> tuple[int, int, int]:
    clinic = make_clinic(session)
    session.flush()
    patient = Patient(clinic_id=clinic.id, status="active", locale="en", created_at=now, updated_at=now)
    pathway = Pathway(clinic_id=clinic.id, name="bench", version=1, anchor="enrolled", definition={}, published_at=now)
    session.add_all([patient, pathway])
    session.flush()
    enrolment = Enrolment(
        clinic_id=clinic.id, pathway_id=pathway.id, patient_id=patient.id, anchor_kind="patient", anchor_id=patient.id,
        anchor_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(enrolment)
    session.flush()
    return clinic.id, patient.id, enrolment.id


def _step(number: int, clinic: int, patient: int, enrolment: int, now: datetime) -> dict[str, object]:
    """The first are due; of the others half are done and half lie ahead, a minute apart."""
    is_due, is_done = number < DUE, number % 2 == 0
    due_at = (
        now - timedelta(seconds=DUE - number) if is_due else now + timedelta(minutes=-number if is_done else number)
    )
    return {
        "id": new_id(),
        "clinic_id": clinic,
        "enrolment_id": enrolment,
        "patient_id": patient,
        "step": "reminder",
        "occurrence": str(number),
        "due_at": due_at,
        "planned_at": due_at,
        "not_after": due_at + timedelta(days=1),
        "state": DueState.WAITING if is_due or not is_done else DueState.SENT,
        "rung": 0,
        "attempts": 0,
        "created_at": now,
    }


def _claim_all(database: Database, now: datetime) -> float:
    """Seconds until every due step was claimed once; a claimed one is set aside until the round is over."""
    claimed: list[int] = []
    started = time.perf_counter()
    while True:
        with database.write() as session:
            steps = claim_due(session, now, BATCH)
            for step in steps:
                step.due_at += timedelta(days=3650)
            claimed += [step.id for step in steps]
        if not steps:
            break
    took_s = time.perf_counter() - started
    assert len(claimed) == len(set(claimed)) == DUE, f"claimed {len(claimed)}"
    with database.write() as session:
        for step in (session.get_one(DueStep, step_id) for step_id in claimed):
            step.due_at -= timedelta(days=3650)
    return took_s
