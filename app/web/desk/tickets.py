"""The list: what is mine, what waits, what is next. It refreshes by asking with the tag of what it shows."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, make_response, render_template, request
from sqlalchemy.orm import Session

from app.support.store import desk_counts, queues_of
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import as_id, new_key
from app.web.desk.listing import SHOWN_SENTENCES, Shown, queue_words, rows
from app.web.desk.words import TOLD_SENTENCES
from app.web.shell.database import clinic_read
from app.web.shell.here import locale, machine_now, now, viewer


@blueprint.get("/tickets")
def tickets() -> str:
    with clinic_read() as session:
        queues = [(queue.id, queue_words(queue)) for queue in queues_of(session, viewer().clinic_id)]
        shown = _shown(session)
    told = TOLD_SENTENCES.get(request.args.get("told", ""))
    return render_template("desk/tickets.html", queues=queues, queue_id=_queue_id(), key=new_key(), told=told, **shown)


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
    listed = rows(session, shown, queue_id=_queue_id())
    counts = desk_counts(session, viewer().clinic_id, staff_id=viewer().staff_id, machine_now=machine_now())
    return {
        "rows": listed,
        "counts": counts,
        "shown": shown,
        "shown_words": SHOWN_SENTENCES,
        "query": {"show": shown.value, **({"queue": _queue_id()} if _queue_id() else {})},
        "now": now(),
        "tag": tag_of(listed, counts, now().strftime("%H:%M"), locale()),
    }


def tag_of(*shown: object) -> str:
    """A tag of everything a part shows; relative times make it change once a minute."""
    return f'"{hashlib.sha256(repr(shown).encode()).hexdigest()[:20]}"'


def _queue_id() -> int | None:
    return as_id(request.args.get("queue", ""))
