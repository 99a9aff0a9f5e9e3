"""Queues of a clinic: the four every clinic starts with, and the one a new ticket belongs in."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.support.models import Queue
from app.support.rules import Topic, Urgency, closeness


def make_default_queues(session: Session, clinic_id: int) -> list[Queue]:
    """One queue per topic, in the order of `Topic`. Those that exist stay as they are."""
    return [queue_for(session, clinic_id, topic) for topic in Topic]


def queue_for(
    session: Session, clinic_id: int, topic: Topic, *, locale: str = "en", urgency: Urgency = Urgency.ROUTINE
) -> Queue:
    """The clinic's queue on this topic that asks most closely for the ticket's language and urgency, the oldest of
    equals; the topic's oldest when none asks for it; made when there is none."""
    on_topic = _on_topic(session, clinic_id, topic)
    closest = [(closeness(each.settings, locale=locale, urgency=urgency), each) for each in on_topic]
    fitting = [(close, each) for close, each in closest if close is not None]
    if fitting:
        return max(fitting, key=lambda found: found[0])[1]
    if on_topic:
        return on_topic[0]
    made = Queue(clinic_id=clinic_id, name=topic.value, topic=topic.value)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # another process made it this very moment
        return session.scalars(select(Queue).where(Queue.clinic_id == clinic_id, Queue.name == topic.value)).one()
    return made


def _on_topic(session: Session, clinic_id: int, topic: Topic) -> list[Queue]:
    wanted = select(Queue).where(Queue.clinic_id == clinic_id, Queue.topic == topic.value)
    return list(session.scalars(wanted.order_by(Queue.id)))
