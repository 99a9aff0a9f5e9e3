"""The desk's figures as a page, with every definition in words, and as CSV."""

from __future__ import annotations

from datetime import timedelta

from babel.dates import format_timedelta
from babel.numbers import format_percent
from flask import Response, render_template
from markupsafe import Markup

from app.core.audit import record_audit
from app.core.locale import catalogue_for, formatting_locale
from app.core.models import Clinic
from app.reports.charts import bar_chart
from app.reports.csv_file import csv_bytes
from app.reports.desk_report import DeskReport, Line, desk_report
from app.support.rules import TicketReason
from app.support.sentences import SHORT_SENTENCES
from app.web.desk.blueprint import blueprint
from app.web.shell.database import clinic_read, clinic_write
from app.web.shell.here import locale, now, say, viewer
from app.web.shell.words import language_words

AGE_SENTENCES = {"under 1 h": "under 1 h", "1 to 4 h": "1 to 4 h", "4 to 24 h": "4 to 24 h", "over 24 h": "over 24 h"}
GROUP_SENTENCES = ("Week of", "Language", "Site")
COLUMN_SENTENCES = (
    "Tickets",
    "Answered",
    "Answer, median",
    "Answer, 9 of 10",
    "Answer in open hours, median",
    "Answer in open hours, 9 of 10",
    "Close, median",
    "Close, 9 of 10",
    "Late",
    "Opened again",
)


@blueprint.get("/reports")
def reports() -> str:
    with clinic_read() as session:
        report = desk_report(session, session.get_one(Clinic, viewer().clinic_id), now())
    return render_template(
        "desk/reports.html",
        report=report,
        ages=[(say(AGE_SENTENCES[name]), count) for name, count in report.now.ages],
        groups=_groups(report),
        columns=COLUMN_SENTENCES,
        cells=_cells,
        reasons=[(say(SHORT_SENTENCES[TicketReason(reason)]), count) for reason, count in report.reasons],
        chart=_chart,
    )


@blueprint.get("/reports.csv", endpoint="reports_export")
def export() -> Response:
    with clinic_write() as session:
        report = desk_report(session, session.get_one(Clinic, viewer().clinic_id), now())
        record_audit(session, "exported", "report", None, actor=viewer().actor, now=now(), clinic_id=viewer().clinic_id)
    rows = [[say(title), name, *_cells(line)] for title, lines in _groups(report) for name, line in lines]
    body = csv_bytes([say("By"), "", *(say(each) for each in COLUMN_SENTENCES)], rows)
    headers = {"Content-Disposition": 'attachment; filename="desk.csv"'}
    return Response(body, content_type="text/csv; charset=utf-8", headers=headers)


def _groups(report: DeskReport) -> list[tuple[str, list[tuple[str, Line]]]]:
    lines = (
        [(line.name, line) for line in report.weeks],
        [(language_words(line.name), line) for line in report.languages],
        [(line.name, line) for line in report.sites],
    )
    return list(zip(GROUP_SENTENCES, lines, strict=True))


def _cells(line: Line) -> list[str]:
    spreads = (line.answer, line.answer_open, line.close)
    lengths = [_length(each) for spread in spreads for each in (spread.median, spread.p90)]
    again = f"{line.again} ({_percent(line.again / line.episodes)})"
    return [str(line.episodes), str(line.answer.count), *lengths, str(line.late), again]


def _percent(share: float) -> str:
    return format_percent(share, locale=formatting_locale(catalogue_for(locale())))


def _length(length: timedelta | None) -> str:
    if length is None:
        return "–"
    spoken = formatting_locale(catalogue_for(locale()))
    return format_timedelta(length, granularity="minute", format="short", threshold=1.5, locale=spoken)


def _chart(bars: list[tuple[str, int]], title: str, every: int = 1) -> Markup:
    """Our own drawing with its words escaped there; nothing a patient wrote gets here."""
    return Markup(bar_chart(bars, title=title, every=every))  # noqa: S704
