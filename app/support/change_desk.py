"""Changing how the desk works: its hours, its queues, who is alerted. Each change is audited by what it was about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.errors import Conflict
from app.core.models import Clinic
from app.support.models import Queue
from app.support.rules import Topic

HOURS = ("desk_hours", "closed_on", "open_on")
_NAME_TAKEN_SENTENCE = "Another queue has this name. Choose a different one."


def change_hours(session: Session, clinic: Clinic, wanted: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Tickets that are open keep their deadlines; new ones are counted in the new hours."""
    change_clinic(session, clinic, {name: wanted[name] for name in HOURS}, actor=actor, now=now)


def change_on_call(
    session: Session,
    clinic: Clinic,
    numbers: Sequence[str],
    by_queue: Mapping[int, Sequence[str]],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Whose phone rings: the clinic's numbers, and those of queues that have their own. The audit keeps no number."""
    change_clinic(session, clinic, {"on_call": list(numbers)}, actor=actor, now=now)
    for queue_id, own in by_queue.items():
        queue = session.get_one(Queue, queue_id)
        _change_queue(session, queue, {**queue.settings, "on_call": list(own)}, actor=actor, now=now)


def change_danger(
    session: Session,
    clinic: Clinic,
    words: Mapping[str, str],
    phrases: Sequence[str],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """What patients are told when a life may be in danger, by language, and the phrases that raise an alarm too."""
    wanted = {"emergency_words": dict(words), "alarm_words": list(phrases)}
    change_clinic(session, clinic, wanted, actor=actor, now=now)


def add_queue(
    session: Session,
    clinic: Clinic,
    name: str,
    topic: Topic,
    settings: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> Queue:
    """A queue of its own; raises Conflict when its name is taken."""
    queue = Queue(clinic_id=clinic.id, name=_free_name(session, clinic.id, name), topic=topic.value, settings={})
    try:
        with session.begin_nested():
            session.add(queue)
    except IntegrityError as error:  # a colleague made it this very moment
        raise Conflict(_NAME_TAKEN_SENTENCE) from error
    record_audit(session, "added", "queue", queue.id, actor=actor, now=now, clinic_id=clinic.id, topic=topic.value)
    _change_queue(session, queue, dict(settings), actor=actor, now=now)
    return queue


def change_queue(
    session: Session, queue: Queue, name: str, topic: Topic, settings: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Its name, topic and settings; who is alerted stays. Open tickets stay where they are, with their deadlines."""
    was = (queue.name, queue.topic)
    queue.name, queue.topic = _free_name(session, queue.clinic_id, name, but=queue.id), topic.value
    wanted = dict(settings)
    if "on_call" in queue.settings:
        wanted["on_call"] = queue.settings["on_call"]
    named = ["name"] * (queue.name != was[0]) + ["topic"] * (queue.topic != was[1])
    _change_queue(session, queue, wanted, actor=actor, now=now, also=named)


def change_clinic(session: Session, clinic: Clinic, wanted: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Put `wanted` into the clinic's settings, and say in the audit which of them changed."""
    changed = sorted(name for name, value in wanted.items() if _differs(clinic.settings.get(name), value))
    if not changed:
        return
    clinic.settings = {**clinic.settings, **wanted}
    record_audit(
        session, "changed_settings", "clinic", clinic.id, actor=actor, now=now, clinic_id=clinic.id, settings=changed
    )


def _differs(was: object, wanted: object) -> bool:
    """None and an empty list or text say the same; a zero says something."""
    return was != wanted and not (was in (None, [], {}, "") and wanted in (None, [], {}, ""))


def _free_name(session: Session, clinic_id: int, name: str, but: int | None = None) -> str:
    wanted = select(Queue.id).where(Queue.clinic_id == clinic_id, Queue.name == name, Queue.id != (but or 0))
    if session.scalars(wanted).first() is not None:
        raise Conflict(_NAME_TAKEN_SENTENCE)
    return name


def _change_queue(
    session: Session, queue: Queue, wanted: dict[str, Any], *, actor: Actor, now: datetime, also: Sequence[str] = ()
) -> None:
    keys = {*queue.settings, *wanted}
    changed = sorted(key for key in keys if (queue.settings.get(key) or []) != (wanted.get(key) or []))
    if not (changed or also):
        return
    queue.settings = {key: value for key, value in wanted.items() if key != "on_call" or value}
    record_audit(
        session, "changed_settings", "queue", queue.id, actor=actor, now=now, clinic_id=queue.clinic_id,
        settings=[*also, *changed],
    )  # fmt: skip
