"""Settings of what a reminder may cost: what a text and a call cost here, and the cap of one ladder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from app.core.models import Clinic
from app.messaging.budgets import spent_today
from app.messaging.rules import USUAL_COSTS
from app.pathways.change_costs import change_costs
from app.pathways.written_costs import read_costs, written
from app.support.claim_ticket import Hand
from app.support.written_hours import Wrong
from app.web.desk.blueprint import blueprint
from app.web.desk.costs_words import ladder_lines
from app.web.desk.forms import act_once, new_key, text_of
from app.web.desk.settings import seen_tag, still_as_seen
from app.web.shell.database import clinic_read
from app.web.shell.here import now, viewer


@blueprint.get("/settings/costs", endpoint="settings_costs")
def costs() -> str:
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        return _page(session, clinic, _fields(clinic.settings), clinic.settings)


@blueprint.post("/settings/costs", endpoint="settings_costs_save")
def save() -> Response:
    read = read_costs(request.form)
    if read.wrong or text_of("preview"):
        with clinic_read() as session:
            clinic = session.get_one(Clinic, viewer().clinic_id)
            settings = clinic.settings if read.wrong else {**clinic.settings, **read.settings}
            page = _page(session, clinic, request.form, settings, wrong=read.wrong, is_preview=not read.wrong)
        return make_response(page, 400 if read.wrong else 200)

    def act(session: Session, mine: Hand) -> str:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        still_as_seen(_seen(clinic))
        change_costs(session, clinic, read.settings, actor=mine.actor, now=mine.now)
        return url_for("desk.settings", told="settings_saved")

    return act_once(act)


def _page(
    session: Session,
    clinic: Clinic,
    fields: Mapping[str, str],
    settings: Mapping[str, Any],
    *,
    wrong: Mapping[str, Wrong] | None = None,
    is_preview: bool = False,
) -> str:
    return render_template(
        "desk/settings_costs.html",
        key=new_key(),
        seen=_seen(clinic),
        fields=fields,
        wrong=wrong or {},
        is_preview=is_preview,
        ladders=ladder_lines(session, clinic, settings),
        day_cap=settings.get("daily_segments"),
        spent=spent_today(session, clinic, now()),
    )


def _fields(settings: Mapping[str, Any]) -> dict[str, str]:
    """As they would be typed."""
    costs = {**USUAL_COSTS, **settings.get("costs", {})}
    caps = {"cap": written(settings.get("ladder_cap")), "day": written(settings.get("daily_segments"))}
    return {**caps, **{name: written(costs[name]) for name in USUAL_COSTS}}


def _seen(clinic: Clinic) -> str:
    return seen_tag(sorted(_fields(clinic.settings).items()))
