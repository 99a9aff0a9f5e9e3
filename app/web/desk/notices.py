"""Notices: a coordinator tells everybody with a visit in some days the same thing, after seeing who gets what.

Nobody is named here: how many, in which words, and what became of the texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from app.appointments.store import sites_of
from app.core.locale import language_of
from app.core.models import Clinic
from app.messaging.rules import MessageState
from app.pathways.models import Notice
from app.pathways.store import count_notice, notices_of
from app.pathways.tell_visitors import Foreseen, foresee, stop_notice, tell_visitors
from app.pathways.written_notice import WrittenNotice, read_notice
from app.support.claim_ticket import Hand
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import act_once, new_key, text_of
from app.web.desk.message_list import STATES, WHICH_SENTENCES, Which
from app.web.desk.settings import seen_tag, still_as_seen
from app.web.desk.settings_words import languages_of
from app.web.desk.words import TOLD_SENTENCES
from app.web.shell.database import clinic_read, found
from app.web.shell.here import now, say, viewer
from app.web.shell.words import day_words

_NEW_WORDS = "{clinic}: "
_SHOWN = (Which.WAITING, Which.IN_DOUBT, Which.ON_THE_WAY, Which.DELIVERED, Which.NOT_DELIVERED, Which.NOT_SENT)


@blueprint.get("/notices")
def notices() -> str:
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        places = _places(session, clinic)
        rows = [(each, _days(clinic, each), places.get(each.site_id or 0)) for each in notices_of(session, clinic.id)]
        return render_template("desk/notices.html", rows=rows)


@blueprint.get("/notices/new", endpoint="notice_new")
def new() -> str:
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        day = (_today(clinic) + timedelta(days=1)).isoformat()
        usual = language_of(clinic.locale)
        return _page(session, clinic, {"first": day, "last": day, f"words-{usual}": _NEW_WORDS})


@blueprint.post("/notices/new", endpoint="notice_send")
def look_or_send() -> Response:
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        written = _read(session, clinic)
        if written.wrong or not text_of("send"):
            page = _page(session, clinic, request.form, written=written)
            return make_response(page, 400 if written.wrong else 200)

    def act(session: Session, mine: Hand) -> str:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        foreseen = foresee(session, clinic, written, mine.now)
        still_as_seen(_seen(foreseen))
        notice = tell_visitors(session, clinic, written, foreseen, mine)
        return url_for("desk.notice", notice_id=notice.id, told="notice_sent")

    return act_once(act)


@blueprint.get("/notices/<int:notice_id>", endpoint="notice")
def one(notice_id: int) -> str:
    with clinic_read() as session:
        notice = found(session, Notice, notice_id)
        clinic = session.get_one(Clinic, viewer().clinic_id)
        counts = count_notice(session, notice.id)
        became = {which: sum(counts.get(state, 0) for state in STATES[which]) for which in _SHOWN}
        day = notice.created_at.astimezone(ZoneInfo(viewer().zone)).date()
        return render_template(
            "desk/notice.html",
            notice=notice,
            days=_days(clinic, notice),
            place=_places(session, clinic).get(notice.site_id or 0),
            words=[(name, notice.words[tag]) for tag, name in languages_of(session, clinic) if tag in notice.words],
            became=[(which, WHICH_SENTENCES[which], count) for which, count in became.items() if count],
            day=day,
            may_be_stopped=bool(counts.get(MessageState.PENDING)),
            key=new_key(),
            told=TOLD_SENTENCES.get(request.args.get("told", "")),
        )


@blueprint.post("/notices/<int:notice_id>/stop", endpoint="notice_stop")
def stop(notice_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        stop_notice(session, found(session, Notice, notice_id), mine)
        return url_for("desk.notice", notice_id=notice_id, told="notice_stopped")

    return act_once(act)


def _read(session: Session, clinic: Clinic) -> WrittenNotice:
    return read_notice(
        request.form,
        today=_today(clinic),
        sites=_places(session, clinic),
        locales=[tag for tag, _ in languages_of(session, clinic)],
        usual=language_of(clinic.locale),
    )


def _page(session: Session, clinic: Clinic, fields: Mapping[str, str], *, written: WrittenNotice | None = None) -> str:
    wrong = written.wrong if written else {}
    foreseen = foresee(session, clinic, written, now()) if written and not wrong else None
    usual = language_of(clinic.locale)
    spoken = sorted(languages_of(session, clinic), key=lambda each: each[0] != usual)
    return render_template(
        "desk/notice_new.html",
        key=new_key(),
        fields=fields,
        wrong=wrong,
        foreseen=foreseen,
        seen=_seen(foreseen) if foreseen else "",
        sites=_places(session, clinic),
        spoken=spoken,
        sent=["first", "last", "site", *(f"words-{tag}" for tag, _ in spoken)],
    )


def _places(session: Session, clinic: Clinic) -> dict[int, str]:
    sites = sorted(sites_of(session, clinic.id).values(), key=lambda site: site.name)
    return {site.id: site.name for site in sites}


def _seen(foreseen: Foreseen) -> str:
    return seen_tag(foreseen.wordings, len(foreseen.untold))


def _today(clinic: Clinic) -> date:
    return now().astimezone(ZoneInfo(clinic.zone)).date()


def _days(clinic: Clinic, notice: Notice) -> str:
    zone = ZoneInfo(clinic.zone)
    first = notice.from_at.astimezone(zone).date()
    last = notice.until_at.astimezone(zone).date() - timedelta(days=1)
    if first == last:
        return day_words(first)
    return say("{first} to {last}", first=day_words(first), last=day_words(last))
