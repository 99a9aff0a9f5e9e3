"""Every message and what became of it: a list with filters, a page for each, the same list as CSV.

Nobody is identified here: initials, the end of a number, no words. What was said stands on the patient's page and on
the ticket, where opening it is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, render_template, request
from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.messaging.models import Message
from app.patients.models import Patient
from app.reports.csv_file import csv_bytes
from app.support.reply_on_page import is_of_page
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import as_id
from app.web.desk.listing import initials
from app.web.desk.message_list import (
    CHANNELS,
    WHICH_SENTENCES,
    Filters,
    are_more_than,
    attempts_of,
    find_messages,
    is_inbound,
    read_filters,
    receipts_of,
    ticket_about,
)
from app.web.desk.message_reasons import reasons_of
from app.web.desk.message_words import attempt_words, next_words, receipt_words, state_words
from app.web.desk.words import CHANNEL_SENTENCES, PURPOSE_SENTENCES
from app.web.shell.database import clinic_read, clinic_write, found
from app.web.shell.here import ground, now, say, viewer

A_PAGE, AN_EXPORT = 50, 20_000
COLUMN_SENTENCES = (
    "When", "Patient", "Direction", "Channel", "What", "State", "Reason", "Carrier", "Parts", "Carrier’s id",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of the list, in words."""

    id: int
    at: datetime
    who: str
    is_inbound: bool
    channel: str
    what: str
    state: str
    code: str  # the state's own, for the mark beside the word
    reason: str
    carrier: str
    segments: int | None
    carrier_id: str


@blueprint.get("/messages")
def messages() -> str:
    filters = _filters()
    with clinic_read() as session:
        seen = find_messages(
            session, filters, viewer().zone, limit=A_PAGE + 1, before=as_id(request.args.get("before", ""))
        )
        rows = _rows(session, seen)
        is_cut = len(rows) > A_PAGE and are_more_than(session, filters, viewer().zone, AN_EXPORT)
    return render_template(
        "desk/messages.html",
        rows=rows[:A_PAGE],
        older=rows[A_PAGE - 1].id if len(rows) > A_PAGE else None,
        cut_words=_cut_words() if is_cut else None,
        filters=filters,
        which_words=WHICH_SENTENCES,
        channels={name: CHANNEL_SENTENCES[name] for name in CHANNELS},
        carriers=sorted(ground().carriers),
    )


@blueprint.get("/messages/<int:message_id>", endpoint="message")
def one(message_id: int) -> str:
    with clinic_write() as session:
        message = found(session, Message, message_id)
        patient = session.get(Patient, message.patient_id) if message.patient_id else None
        tried = attempts_of(session, message)
        receipts = [(each, receipt_words(each)) for each in receipts_of(session, message)]
        record_audit(
            session, "viewed", "message", message.id, actor=viewer().actor, now=now(), clinic_id=message.clinic_id,
            patient_id=message.patient_id,
        )  # fmt: skip
        return render_template(
            "desk/message.html",
            message=message,
            row=_rows(session, [(message, patient)])[0],
            number=None if is_of_page(message) else f"… {message.address[-4:]}",
            attempts=[(each, attempt_words(each)) for each in tried],
            receipts=receipts,
            next=next_words(message, tried[-1].carrier if tried else None),
            ticket_id=message.ticket_id or ticket_about(session, message),
        )


@blueprint.get("/messages.csv", endpoint="messages_export")
def export() -> Response:
    """Of the newest; times in UTC. A last line says so where that is not all."""
    with clinic_write() as session:
        seen = find_messages(session, _filters(), viewer().zone, limit=AN_EXPORT + 1)
        rows = _rows(session, seen[:AN_EXPORT])
        record_audit(
            session, "exported", "message", None, actor=viewer().actor, now=now(), clinic_id=viewer().clinic_id,
            rows=len(rows),
        )  # fmt: skip
    lines = list(map(_cells, rows))
    if len(seen) > AN_EXPORT:
        lines.append([_cut_words()])
    body = csv_bytes([say(each) for each in COLUMN_SENTENCES], lines)
    headers = {"Content-Disposition": 'attachment; filename="messages.csv"'}
    return Response(body, content_type="text/csv; charset=utf-8", headers=headers)


def _cut_words() -> str:
    return say(
        "There are more than one file holds: it ends after the newest {count}. Choose fewer days for the others.",
        count=AN_EXPORT,
    )


def _filters() -> Filters:
    return read_filters(request.args, now().astimezone(ZoneInfo(viewer().zone)).date())


def _rows(session: Session, seen: Sequence[tuple[Message, Patient | None]]) -> list[Row]:
    reasons = reasons_of(session, [message for message, _ in seen])
    return [_row(message, patient, reasons.get(message.id, "")) for message, patient in seen]


def _row(message: Message, patient: Patient | None, reason: str) -> Row:
    purpose = say("Patient") if is_inbound(message) else say(PURPOSE_SENTENCES.get(message.purpose, "Farline"))
    return Row(
        id=message.id,
        at=message.created_at,
        who=initials(patient),
        is_inbound=is_inbound(message),
        channel=say(CHANNEL_SENTENCES.get(message.channel, message.channel)),
        what=purpose,
        state=state_words(message),
        code=message.state,
        reason=reason,
        carrier=message.carrier or "",
        segments=message.segments,
        carrier_id=message.external_id or "",
    )


def _cells(row: Row) -> list[object]:
    direction = say("in") if row.is_inbound else say("out")
    return [
        row.at.isoformat(timespec="seconds"), row.who, direction, row.channel, row.what, row.state, row.reason,
        row.carrier, row.segments, row.carrier_id,
    ]  # fmt: skip
