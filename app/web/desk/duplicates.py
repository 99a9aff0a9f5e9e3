"""Charts that may be one patient: a list that names nobody, a page with both side by side, and taking a merge apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Response, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.core.errors import NotFound, ShapeWrong
from app.intake.models import Response as FormResponse
from app.messaging.models import Message
from app.patients.models import ChartJudgement, Patient, PatientIdentifier
from app.patients.rules import Verdict
from app.records.find_duplicates import Likeness, find_duplicates, likeness_of
from app.records.judge_charts import Charts, keep_apart, merge_charts, standing_merges, undo_judgement
from app.staff.models import StaffAccount
from app.support.claim_ticket import Hand
from app.web.desk import history
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import act_once, new_key, number_of, text_of
from app.web.desk.listing import initials
from app.web.desk.person import full_name, language_words
from app.web.desk.words import TOLD_SENTENCES
from app.web.shell.database import clinic_read, clinic_write, found
from app.web.shell.here import now, say, viewer
from app.web.shell.words import number

LIKENESS_SENTENCES: Mapping[Likeness, str] = {
    Likeness.NUMBER: "the same health number",
    Likeness.NAME_AND_BIRTH: "the same family name and date of birth",
    Likeness.PHONE_AND_BIRTH: "the same phone and date of birth",
}
VERDICT_SENTENCES: Mapping[Verdict, str] = {
    Verdict.ONE: "{name} merged two charts",
    Verdict.TWO: "{name} kept two charts apart",
}


@dataclass(frozen=True)
class Column:
    """One chart as the page shows it, beside the other."""

    id: int
    name: str
    birth_date: str | None
    language: str
    numbers: tuple[str, ...]
    charts: tuple[str, ...]
    messages: int
    forms: int
    next_visit: datetime | None
    since: datetime


@blueprint.get("/duplicates")
def duplicates() -> str:
    with clinic_read() as session:
        pairs = [
            (pair.first.id, pair.second.id, initials(pair.first), initials(pair.second), pair.likeness)
            for pair in find_duplicates(session, viewer().clinic_id)
        ]
        judged = [_judged(session, each) for each in standing_merges(session, viewer().clinic_id)]
    told = TOLD_SENTENCES.get(request.args.get("told", ""))
    return render_template(
        "desk/duplicates.html", pairs=pairs, judged=judged, likeness_words=LIKENESS_SENTENCES, told=told,
        new_key=new_key,
    )  # fmt: skip


@blueprint.get("/duplicates/<int:patient_id>/<int:other_id>")
def pair(patient_id: int, other_id: int) -> str:
    """Opens both charts' facts, and says so in both access reports. Only for charts that look alike."""
    with clinic_write() as session:
        both = [found(session, Patient, patient_id), found(session, Patient, other_id)]
        likeness = likeness_of(session, *both)
        if likeness is None:
            raise NotFound
        for each in both:
            record_audit(
                session, "viewed", "patient", each.id, actor=viewer().actor, now=now(), clinic_id=each.clinic_id,
                patient_id=each.id, reason="duplicate",
            )  # fmt: skip
        columns = [_column(session, each) for each in sorted(both, key=lambda each: each.created_at)]
    return render_template("desk/pair.html", columns=columns, likeness=say(LIKENESS_SENTENCES[likeness]), key=new_key())


@blueprint.post("/duplicates/<int:patient_id>/<int:other_id>", endpoint="judge")
def judge(patient_id: int, other_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        ids = {found(session, Patient, patient_id).id, found(session, Patient, other_id).id}
        if text_of("verdict") == Verdict.TWO:
            keep_apart(session, Charts(goes=patient_id, stays=other_id), mine)
            return url_for("desk.duplicates", told="kept_apart")
        stays = number_of("stays")
        if text_of("verdict") != Verdict.ONE or stays not in ids or len(ids) != 2:
            raise ShapeWrong("Say which chart stays.")
        merge_charts(session, Charts(goes=(ids - {stays}).pop(), stays=stays), mine)
        return url_for("desk.duplicates", told="charts_merged")

    return act_once(act)


@blueprint.post("/judgements/<int:judgement_id>/undo", endpoint="undo_judgement")
def undo(judgement_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        found(session, ChartJudgement, judgement_id)
        undo_judgement(session, judgement_id, mine)
        return url_for("desk.duplicates", told="judgement_undone")

    return act_once(act)


def _judged(session: Session, judgement: ChartJudgement) -> tuple[int, str, datetime, bool]:
    name = session.get_one(StaffAccount, judgement.staff_id).name
    verdict = Verdict(judgement.verdict)
    return judgement.id, say(VERDICT_SENTENCES[verdict], name=name), judgement.at, verdict is Verdict.ONE


def _column(session: Session, patient: Patient) -> Column:
    identifiers = session.scalars(select(PatientIdentifier).where(PatientIdentifier.patient_id == patient.id))
    coming = [each.start_at for each in history.appointments(session, history.About(patient.id))]
    return Column(
        id=patient.id,
        name=full_name(patient),
        birth_date=patient.birth_date,
        language=language_words(patient.locale),
        numbers=tuple(number(point.address) for point in patient.contact_points if point.is_current),
        charts=tuple(each.value for each in identifiers),
        messages=_count(session, Message, patient.id),
        forms=_count(session, FormResponse, patient.id),
        next_visit=min((start for start in coming if start >= now()), default=None),
        since=patient.created_at,
    )


def _count(session: Session, table: type[Message | FormResponse], patient_id: int) -> int:
    return session.scalar(select(func.count()).select_from(table).where(table.patient_id == patient_id)) or 0
