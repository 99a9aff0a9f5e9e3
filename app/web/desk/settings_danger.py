"""Settings of what is said when a life may be in danger, and of the clinic's own phrases that raise an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from app.conversations.emergency_words import emergency_words
from app.core.models import Clinic
from app.support.change_desk import change_danger
from app.support.claim_ticket import Hand
from app.support.written_danger import read_danger
from app.support.written_hours import Wrong
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import act_once, new_key
from app.web.desk.settings import seen_tag, still_as_seen
from app.web.desk.settings_words import languages_of
from app.web.shell.database import clinic_read
from app.web.shell.here import viewer


@blueprint.get("/settings/danger", endpoint="settings_danger")
def danger() -> str:
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        own = clinic.settings.get("emergency_words", {})
        fields = {f"words-{tag}": own.get(tag, "") for tag, _ in languages_of(session, clinic)}
        fields["phrases"] = "\n".join(clinic.settings.get("alarm_words", ()))
        return _page(session, clinic, fields, {})


@blueprint.post("/settings/danger", endpoint="settings_danger_save")
def save() -> Response:
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        written = read_danger(request.form, [tag for tag, _ in languages_of(session, clinic)])
        if written.wrong:
            return make_response(_page(session, clinic, request.form, written.wrong), 400)

    def act(session: Session, mine: Hand) -> str:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        still_as_seen(_seen(clinic))
        change_danger(session, clinic, written.words, written.phrases, actor=mine.actor, now=mine.now)
        return url_for("desk.settings", told="settings_saved")

    return act_once(act)


def _page(session: Session, clinic: Clinic, fields: Mapping[str, Any], wrong: Mapping[str, Wrong]) -> str:
    spoken = languages_of(session, clinic)
    return render_template(
        "desk/settings_danger.html",
        key=new_key(),
        seen=_seen(clinic),
        spoken=spoken,
        fields=fields,
        wrong=wrong,
        said=[(tag, words, emergency_words(clinic, tag)) for tag, words in spoken],
    )


def _seen(clinic: Clinic) -> str:
    return seen_tag(clinic.settings.get("emergency_words"), clinic.settings.get("alarm_words"))
