"""Settings of one queue: which tickets it takes, who may take them, what is promised, who hears of broken promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.core.models import Clinic
from app.support.change_desk import add_queue, change_queue
from app.support.claim_ticket import Hand
from app.support.deadlines import targets_of
from app.support.models import Queue
from app.support.rules import Rung, Timer, Topic, Urgency, climbs_of, needs_of
from app.support.sentences import TOPIC_SENTENCES, URGENCY_SENTENCES
from app.support.written_hours import Wrong
from app.support.written_queue import WrittenQueue, read_queue
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import act_once, new_key, text_of
from app.web.desk.listing import queue_words
from app.web.desk.settings import seen_tag, still_as_seen
from app.web.desk.settings_words import languages_of, people_for, promises
from app.web.desk.words import TIMER_SENTENCES
from app.web.shell.database import clinic_read, found
from app.web.shell.here import viewer


@blueprint.get("/settings/queues/new", endpoint="settings_new_queue")
def new() -> str:
    with clinic_read() as session:
        return _page(session, None, _fields("", "", {}), {})


@blueprint.get("/settings/queues/<int:queue_id>", endpoint="settings_queue")
def show(queue_id: int) -> str:
    with clinic_read() as session:
        queue = found(session, Queue, queue_id)
        return _page(session, queue, _fields(queue.name, queue.topic, queue.settings), queue.settings)


@blueprint.post("/settings/queues/new", endpoint="settings_add_queue")
def add() -> Response:
    return _save(None)


@blueprint.post("/settings/queues/<int:queue_id>", endpoint="settings_save_queue")
def save(queue_id: int) -> Response:
    return _save(queue_id)


def _save(queue_id: int | None) -> Response:
    written = read_queue(
        request.form, languages=request.form.getlist("language"), urgencies=request.form.getlist("urgency")
    )
    if written.wrong or text_of("preview"):
        return _again(queue_id, written)
    try:
        return act_once(lambda session, mine: _act(session, mine, queue_id, written))
    except Conflict as taken:
        if not taken.args or taken.sentence == Conflict.sentence:
            raise
        return _again(queue_id, written, {"name": Wrong(taken.sentence)})


def _act(session: Session, mine: Hand, queue_id: int | None, written: WrittenQueue) -> str:
    topic = written.topic or Topic.GENERAL
    if queue_id is None:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        add_queue(session, clinic, written.name, topic, written.settings, actor=mine.actor, now=mine.now)
    else:
        queue = found(session, Queue, queue_id)
        still_as_seen(_seen(queue))
        change_queue(session, queue, written.name, topic, written.settings, actor=mine.actor, now=mine.now)
    return url_for("desk.settings", told="settings_saved")


def _again(queue_id: int | None, written: WrittenQueue, also: Mapping[str, Wrong] | None = None) -> Response:
    """What was typed, with its effect, or with what to put right."""
    wrong = {**written.wrong, **(also or {})}
    fields = {**request.form.to_dict(), "languages": request.form.getlist("language")}
    fields["urgencies"] = request.form.getlist("urgency")
    with clinic_read() as session:
        queue = found(session, Queue, queue_id) if queue_id else None
        kept = {} if queue is None else queue.settings
        page = _page(session, queue, fields, kept if wrong else written.settings, wrong=wrong, is_preview=not wrong)
    return make_response(page, 400 if wrong else 200)


def _page(
    session: Session,
    queue: Queue | None,
    fields: Mapping[str, Any],
    settings: Mapping[str, Any],
    *,
    wrong: Mapping[str, Wrong] | None = None,
    is_preview: bool = False,
) -> str:
    clinic = session.get_one(Clinic, viewer().clinic_id)
    topic = fields.get("topic") if fields.get("topic") in set(Topic) else Topic.GENERAL.value
    shown = Queue(clinic_id=clinic.id, name=fields.get("name", ""), topic=topic, settings=dict(settings))
    if queue is not None:
        shown.id = queue.id
    return render_template(
        "desk/settings_queue.html",
        key=new_key(),
        seen=_seen(queue) if queue else "",
        queue_id=queue.id if queue else None,
        title=queue_words(queue) if queue else None,
        fields=fields,
        wrong=wrong or {},
        is_preview=is_preview,
        topics=[(each.value, TOPIC_SENTENCES[each]) for each in Topic],
        urgencies=[(each.value, URGENCY_SENTENCES[each]) for each in Urgency],
        timers=[(each.value, TIMER_SENTENCES[each]) for each in Timer],
        spoken=languages_of(session, clinic),
        promises=promises(settings, clinic),
        people=people_for(session, shown),
    )


def _fields(name: str, topic: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """As they would be typed."""
    needs = needs_of(settings)
    fields: dict[str, Any] = {
        "name": name,
        "topic": topic,
        "languages": settings.get("languages", []),
        "urgencies": settings.get("urgencies", []),
        "requires": ", ".join(sorted(needs.skills)),
        "requires_language": needs.language,
        "relaxes_after": _minutes(needs.preference_lasts),
    }
    for urgency in Urgency:
        targets, climbs = targets_of(settings, urgency), climbs_of(settings, urgency)
        for timer in Timer:
            fields[f"{urgency.value}-{timer.value}"] = _minutes(getattr(targets, timer.value))
        fields[f"{urgency.value}-around_the_clock"] = targets.is_around_the_clock
        fields[f"{urgency.value}-wait"] = _minutes(climbs.wait)
        fields[f"rings-{urgency.value}"] = Rung.ON_CALL in climbs.rungs
    return fields


def _minutes(length: Any) -> int:
    return int(length.total_seconds()) // 60


def _seen(queue: Queue) -> str:
    own = {key: value for key, value in queue.settings.items() if key != "on_call"}
    return seen_tag(queue.name, queue.topic, sorted(own.items()))
