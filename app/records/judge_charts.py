"""A person decides whether two charts are one patient: merged, kept apart, or taken apart again.

The record owns its own charts and is not written to: it is merged there by whoever may. Here, what belongs to the
patient follows to the chart that stays, row by row and remembered, so that a mistake can be undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.core.database import Base
from app.core.errors import Conflict, NotFound, ShapeWrong
from app.patients.follow_chart import move_phones
from app.patients.links import end_sessions_of, revoke_links_of
from app.patients.models import ChartJudgement, ContactPoint, Patient
from app.patients.rules import PatientStatus, Verdict
from app.support.claim_ticket import Hand

# What stays where it was: what the record says of each chart, links (closed), and what is written once for all time.
STAYS = frozenset({"contact_point", "patient_identifier", "link", "audit_event", "chart_judgement"})
_SAME_SENTENCE = "These are one and the same chart."
_GONE_SENTENCE = "One of these charts was merged already. Look at the list again."
_UNDONE_SENTENCE = "This was taken apart already."


@dataclass(frozen=True)
class Charts:
    """The chart that goes and the one that stays; for two patients the order says nothing."""

    goes: int
    stays: int


def merge_charts(session: Session, charts: Charts, hand: Hand) -> ChartJudgement:
    """One patient. Raises Conflict when either chart was merged meanwhile."""
    goes, stays = _both(session, charts)
    revoke_links_of(session, goes.id, hand.now)
    moved: dict[str, Any] = dict(move_phones(session, goes.id, stays.id, actor=hand.actor, now=hand.now))
    moved |= {table: ids for table, ids in _move(session, goes.id, stays.id) if ids}
    moved["contact_point"] = _lend_numbers(session, goes, stays)
    moved["status"] = goes.status
    goes.status, goes.merged_into_id, goes.updated_at = PatientStatus.MERGED, stays.id, hand.now
    return _judge(session, charts, Verdict.ONE, hand, moved=moved)


def keep_apart(session: Session, charts: Charts, hand: Hand) -> ChartJudgement:
    """Two patients, twins for example: not asked about again."""
    _both(session, charts)
    return _judge(session, charts, Verdict.TWO, hand, moved={})


def undo_judgement(session: Session, judgement_id: int, hand: Hand) -> ChartJudgement:
    """As it was before: what had followed goes back. What came since the merge stays with the chart it came for."""
    judgement = session.get(ChartJudgement, judgement_id, with_for_update=True)
    if judgement is None:
        raise NotFound
    if judgement.undone_at is not None:
        raise Conflict(_UNDONE_SENTENCE)
    if judgement.verdict == Verdict.ONE:
        _move_back(session, judgement, hand)
    judgement.undone_at, judgement.undone_by_id = hand.now, hand.staff_id
    _record(session, judgement, "took_apart" if judgement.verdict == Verdict.ONE else "asked_again", hand)
    return judgement


def standing_merges(session: Session, clinic_id: int) -> list[ChartJudgement]:
    """Judgements in force, the newest first."""
    wanted = select(ChartJudgement).where(ChartJudgement.clinic_id == clinic_id, ChartJudgement.undone_at.is_(None))
    return list(session.scalars(wanted.order_by(ChartJudgement.at.desc()).limit(50)))


def _both(session: Session, charts: Charts) -> tuple[Patient, Patient]:
    """Locked in one order, so that two people judging at once wait for each other."""
    if charts.goes == charts.stays:
        raise ShapeWrong(_SAME_SENTENCE)
    wanted = select(Patient).where(Patient.id.in_((charts.goes, charts.stays))).order_by(Patient.id).with_for_update()
    found = {each.id: each for each in session.scalars(wanted.execution_options(populate_existing=True))}
    if len(found) != 2:
        raise NotFound
    if any(each.status == PatientStatus.MERGED for each in found.values()):
        raise Conflict(_GONE_SENTENCE)
    return found[charts.goes], found[charts.stays]


def _tables() -> Iterator[Any]:
    """Every table whose rows belong to a patient and follow."""
    for table in Base.metadata.sorted_tables:
        if "patient_id" in table.columns and table.name not in STAYS:
            yield table


def _move(session: Session, goes_id: int, stays_id: int) -> Iterator[tuple[str, list[int]]]:
    session.flush()
    for table in _tables():
        ids = list(session.scalars(select(table.c.id).where(table.c.patient_id == goes_id)))
        session.execute(update(table).where(table.c.patient_id == goes_id).values(patient_id=stays_id))
        yield table.name, ids
    session.expire_all()


def _lend_numbers(session: Session, goes: Patient, stays: Patient) -> list[int]:
    """Numbers the chart that stays does not have; messages keep pointing at the rest."""
    known = {(point.system, point.address_index) for point in stays.contact_points}
    lent = [point for point in goes.contact_points if (point.system, point.address_index) not in known]
    for point in lent:
        point.patient_id = stays.id
    session.flush()
    session.expire_all()
    return [point.id for point in lent]


def _move_back(session: Session, judgement: ChartJudgement, hand: Hand) -> None:
    moved = dict(judgement.moved)
    goes = session.get_one(Patient, judgement.patient_id, with_for_update=True)
    goes.status, goes.merged_into_id, goes.updated_at = moved.pop("status"), None, hand.now
    session.flush()
    move_phones(session, judgement.into_id, judgement.patient_id, only=moved, actor=hand.actor, now=hand.now)
    end_sessions_of(session, judgement.into_id, hand.now)
    for table in (*_tables(), ContactPoint.__table__):
        ids = moved.get(table.name, ())
        wanted = update(table).where(table.c.id.in_(ids), table.c.patient_id == judgement.into_id)
        session.execute(wanted.values(patient_id=judgement.patient_id))
    session.expire_all()


def _judge(session: Session, charts: Charts, verdict: Verdict, hand: Hand, *, moved: dict[str, Any]) -> ChartJudgement:
    clinic_id = session.get_one(Patient, charts.stays).clinic_id
    judgement = ChartJudgement(
        clinic_id=clinic_id, patient_id=charts.goes, into_id=charts.stays, verdict=verdict, staff_id=hand.staff_id,
        at=hand.now, moved=moved,
    )  # fmt: skip
    session.add(judgement)
    session.flush()
    _record(session, judgement, "merged" if verdict is Verdict.ONE else "kept_apart", hand)
    return judgement


def _record(session: Session, judgement: ChartJudgement, action: str, hand: Hand) -> None:
    """In both charts' access reports."""
    for patient_id in (judgement.patient_id, judgement.into_id):
        record_audit(
            session, action, "patient", patient_id, actor=hand.actor, now=hand.now, clinic_id=judgement.clinic_id,
            patient_id=patient_id, judgement_id=judgement.id,
        )  # fmt: skip
