"""Queues of a clinic: the four every clinic starts with, and the one a new ticket belongs in."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.support.models import Queue
from app.support.rules import Topic


def make_default_queues(session: Session, clinic_id: int) -> list[Queue]:
    """One queue per topic, in the order of `Topic`. Those that exist stay as they are."""
    return [queue_for(session, clinic_id, topic) for topic in Topic]


def queue_for(session: Session, clinic_id: int, topic: Topic) -> Queue:
    """The clinic's oldest queue on this topic, made when it has none."""
    found = _first(session, clinic_id, topic)
    if found:
        return found
    made = Queue(clinic_id=clinic_id, name=topic.value, topic=topic.value)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # another process made it this very moment
        return session.scalars(select(Queue).where(Queue.clinic_id == clinic_id, Queue.name == topic.value)).one()
    return made


def _first(session: Session, clinic_id: int, topic: Topic) -> Queue | None:
    wanted = select(Queue).where(Queue.clinic_id == clinic_id, Queue.topic == topic.value)
    return session.scalars(wanted.order_by(Queue.id).limit(1)).first()
