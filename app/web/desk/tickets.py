"""The list: what is mine, what waits, what is next. It refreshes by asking with the tag of what it shows."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.support.rules import Urgency
from app.support.sentences import URGENCY_SENTENCES
from app.support.store import Which, desk_counts, languages_waiting, queues_of
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import as_id, new_key
from app.web.desk.listing import SHOWN_SENTENCES, Shown, queue_words, rows
from app.web.desk.person import language_words
from app.web.desk.words import TOLD_SENTENCES
from app.web.shell.database import clinic_read
from app.web.shell.here import locale, machine_now, now, say, viewer

NARROWED_BY = ("queue", "language", "urgency")


@blueprint.get("/", endpoint="home")
def to_tickets() -> Response:
    """Who types the desk's address finds the queue."""
    return make_response(redirect(url_for("desk.tickets")))


@blueprint.get("/tickets")
def tickets() -> str:
    with clinic_read() as session:
        narrowed = _choices(session)
        shown = _shown(session)
    told = TOLD_SENTENCES.get(request.args.get("told", ""))
    return render_template("desk/tickets.html", key=new_key(), told=told, **narrowed, **shown)


@blueprint.get("/tickets/refresh")
def tickets_refresh() -> Response:
    """The rows again, or 304 while they are what the page already shows."""
    with clinic_read() as session:
        shown = _shown(session)
    if request.headers.get("If-None-Match") == shown["tag"]:
        return Response(status=304)
    response = make_response(render_template("desk/rows.html", **shown))
    response.headers["ETag"] = shown["tag"]
    return response


def _shown(session: Session) -> dict[str, Any]:
    """Template values."""
    shown = Shown(request.args.get("show", "")) if request.args.get("show") in set(Shown) else Shown.WAITING
    listed = rows(session, shown, _which())
    counts = desk_counts(
        session, viewer().clinic_id, staff_id=viewer().staff_id, machine_now=machine_now(), scope=viewer().queue_ids
    )
    return {
        "rows": listed,
        "counts": counts,
        "shown": shown,
        "shown_words": SHOWN_SENTENCES,
        "query": {"show": shown.value, **_asked()},
        "now": now(),
        "tag": tag_of(listed, counts, now().strftime("%H:%M"), locale()),
    }


def tag_of(*shown: object) -> str:
    """A tag of everything a part shows; relative times make it change once a minute."""
    return f'"{hashlib.sha256(repr(shown).encode()).hexdigest()[:20]}"'


def _which() -> Which:
    """What the list is narrowed to; anything unknown narrows nothing."""
    asked = _asked()
    return Which(
        queue_id=as_id(asked.get("queue", "")),
        language=asked.get("language"),
        urgency=Urgency(asked["urgency"]) if asked.get("urgency") in set(Urgency) else None,
    )


def _asked() -> dict[str, str]:
    return {name: value for name in NARROWED_BY if (value := request.args.get(name, "")[:20])}


def _choices(session: Session) -> dict[str, Any]:
    """What the list can be narrowed by, each with what is chosen."""
    scope = viewer().queue_ids
    queues = [each for each in queues_of(session, viewer().clinic_id) if scope is None or each.id in scope]
    return {
        "queues": [(str(each.id), queue_words(each)) for each in queues],
        "spoken": [(tag, language_words(tag)) for tag in languages_waiting(session, viewer().clinic_id)],
        "urgencies": [(each.value, say(URGENCY_SENTENCES[each])) for each in Urgency],
    }
