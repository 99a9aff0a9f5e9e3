"""All SQL of pathways. Functions take the session first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, func, literal, select
from sqlalchemy.orm import Session

from app.core.database import UtcDateTime
from app.core.statements import built_once
from app.messaging.models import Message
from app.messaging.rules import MessageState
from app.pathways.models import DueStep, Enrolment, Notice, Pathway, Rung
from app.pathways.rules import Anchor, DueState, EnrolmentState
from app.pathways.rung_rules import Climbed

PENDING = (DueState.WAITING, DueState.ON_LADDER)


def current_pathway(session: Session, clinic_id: int, name: str) -> Pathway | None:
    wanted = select(Pathway).where(Pathway.clinic_id == clinic_id, Pathway.name == name, Pathway.is_current)
    return session.scalars(wanted.order_by(Pathway.version.desc()).limit(1)).first()


def pathways_from(session: Session, clinic_id: int, anchor: Anchor) -> list[Pathway]:
    """The clinic's current pathways counted from `anchor`."""
    wanted = select(Pathway).where(Pathway.clinic_id == clinic_id, Pathway.anchor == anchor, Pathway.is_current)
    return list(session.scalars(wanted.order_by(Pathway.name)))


def current_pathways(session: Session, clinic_id: int) -> list[Pathway]:
    wanted = select(Pathway).where(Pathway.clinic_id == clinic_id, Pathway.is_current)
    return list(session.scalars(wanted.order_by(Pathway.name)))


def pathways_of(session: Session, clinic_id: int) -> list[Pathway]:
    wanted = select(Pathway).where(Pathway.clinic_id == clinic_id)
    return list(session.scalars(wanted.order_by(Pathway.name, Pathway.version)))


def enrolment_of(
    session: Session, pathway_id: int, patient_id: int, *, anchor_kind: str, anchor_id: int
) -> Enrolment | None:
    wanted = select(Enrolment).where(
        Enrolment.pathway_id == pathway_id,
        Enrolment.patient_id == patient_id,
        Enrolment.anchor_kind == anchor_kind,
        Enrolment.anchor_id == anchor_id,
    )
    return session.scalars(wanted.with_for_update()).first()


def enrolments_for(session: Session, anchor_kind: str, anchor_id: int) -> list[Enrolment]:
    wanted = select(Enrolment).where(
        Enrolment.anchor_kind == anchor_kind,
        Enrolment.anchor_id == anchor_id,
        Enrolment.state == EnrolmentState.ACTIVE,
    )
    return list(session.scalars(wanted.with_for_update()))


def enrolments_of_patient(session: Session, patient_id: int) -> list[Enrolment]:
    wanted = select(Enrolment).where(Enrolment.patient_id == patient_id, Enrolment.state == EnrolmentState.ACTIVE)
    return list(session.scalars(wanted.with_for_update()))


def steps_of(session: Session, enrolment_id: int) -> list[DueStep]:
    wanted = select(DueStep).where(DueStep.enrolment_id == enrolment_id)
    return list(session.scalars(wanted.order_by(DueStep.id).with_for_update()))


def pending_steps(session: Session, enrolment_id: int) -> list[DueStep]:
    return [step for step in steps_of(session, enrolment_id) if step.state in PENDING]


def lock_step(session: Session, step_id: int) -> DueStep:
    return session.get_one(DueStep, step_id, with_for_update=True, populate_existing=True)


def claim_due(session: Session, now: datetime, limit: int) -> list[DueStep]:
    """Steps to act on now, held until this transaction ends; no two processes are given the same one.

    The row's lock is the lease: it ends with the transaction that acts, whether that commits or its process dies.
    """
    return list(session.scalars(claim_statement(), {"now": now, "room": limit}))


@built_once
def claim_statement() -> Select[DueStep]:
    """What `claim_due` runs."""
    return (
        select(DueStep)
        .where(_is_pending(), DueStep.due_at <= bindparam("now", type_=UtcDateTime()))
        .order_by(DueStep.due_at)
        .limit(bindparam("room", type_=BigInteger()))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _is_pending() -> ColumnElement[bool]:
    """The states written out in the SQL: only so can the index over what is pending serve it on both databases."""
    return DueStep.state.in_([literal(state.value, literal_execute=True) for state in PENDING])


def next_due(session: Session, clinic_id: int | None = None) -> datetime | None:
    """When the next step falls due."""
    wanted = select(DueStep.due_at).where(_is_pending())
    if clinic_id is not None:
        wanted = wanted.where(DueStep.clinic_id == clinic_id)
    return session.scalars(wanted.order_by(DueStep.due_at).limit(1)).first()


def rungs_of(session: Session, due_step_id: int) -> list[Rung]:
    return list(session.scalars(select(Rung).where(Rung.due_step_id == due_step_id).order_by(Rung.number)))


def is_newest_rungs(session: Session, due_step_id: int, message_id: int) -> bool:
    """Whether this message is that of the newest rung of its step."""
    wanted = select(Rung.message_id).where(Rung.due_step_id == due_step_id).order_by(Rung.number.desc()).limit(1)
    return session.scalars(wanted).first() == message_id


def climbed_rungs(session: Session, due_step_id: int) -> list[Climbed]:
    """The rungs behind a step by which something was sent, with what is known of it."""
    told = (Message.channel, Message.segments, Message.sender, Message.state)
    wanted = select(*told).join(Rung, Rung.message_id == Message.id).where(Rung.due_step_id == due_step_id)
    return [
        Climbed(channel, segments or 1, sender, _arrived(state))
        for channel, segments, sender, state in session.execute(wanted.order_by(Rung.number))
    ]


def has_left(session: Session, due_step_id: int) -> bool:
    """Whether a carrier took anything of this step."""
    by_rung = select(Message.id).join(Rung, Rung.message_id == Message.id).where(Rung.due_step_id == due_step_id)
    return session.scalars(by_rung.where(Message.accepted_at.is_not(None)).limit(1)).first() is not None


def _arrived(state: str) -> bool | None:
    if state == MessageState.DELIVERED:
        return True
    return False if state in (MessageState.UNDELIVERED, MessageState.DEAD, MessageState.EXPIRED) else None


def steps_on_ladder_for_response(session: Session, patient_id: int) -> list[DueStep]:
    wanted = select(DueStep).where(DueStep.patient_id == patient_id, DueStep.state == DueState.ON_LADDER)
    return list(session.scalars(wanted.with_for_update()))


def notices_of(session: Session, clinic_id: int, *, limit: int = 100) -> list[Notice]:
    """The newest first."""
    wanted = select(Notice).where(Notice.clinic_id == clinic_id)
    return list(session.scalars(wanted.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit)))


def count_notice(session: Session, notice_id: int) -> dict[str, int]:
    """How many of its texts stand in each state."""
    counted = select(Message.state, func.count()).where(Message.notice_id == notice_id).group_by(Message.state)
    return {row[0]: row[1] for row in session.execute(counted)}
