"""What the forms beside a thread need: the draft, saved replies, other tickets, queues, forms to send."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from app.intake.store import current_versions, newest_unfinished
from app.messaging.models import Message
from app.messaging.rules import MessageState
from app.pathways.models import Pathway
from app.pathways.rules import Anchor
from app.pathways.store import pathways_from
from app.support.models import Ticket
from app.support.reply_on_page import REASON as ON_PAGE
from app.support.reply_on_page import is_of_page
from app.support.reply_to_patient import why_not
from app.support.rules import UNDO_S, EventKind, Outcome, TicketReason
from app.support.saved_replies import offered_replies
from app.support.sentences import OUTCOME_SENTENCES, SHORT_SENTENCES
from app.support.set_patient import possible_patients
from app.support.store import draft_of, events_of, others_of, queues_of
from app.web.desk.acts import EXPERIENCE
from app.web.desk.answer_words import title_of
from app.web.desk.forms import as_id
from app.web.desk.listing import Shown, queue_words, rows
from app.web.desk.more_acts import SNOOZE_SENTENCES
from app.web.desk.person import full_name
from app.web.desk.sending import FORM_CHANNEL_SENTENCES
from app.web.desk.weight import weigh
from app.web.desk.words import CALL_OUTCOME_SENTENCES, PATHWAY_SENTENCES
from app.web.shell.here import now, say, viewer

CLOSABLE = [outcome for outcome in Outcome if outcome is not Outcome.MERGED]


def forms_of(session: Session, ticket: Ticket) -> dict[str, Any]:
    """Template values."""
    draft = draft_of(session, ticket.id, viewer().staff_id)
    body = draft.body if draft else ""
    queues = [queue for queue in queues_of(session, ticket.clinic_id) if queue.id != ticket.queue_id]
    forms = current_versions(session, ticket.clinic_id) if ticket.patient_id else ()
    return {
        "draft": body,
        "weight": weigh(body),
        "refused": why_not(session, ticket),
        "outcomes": [(outcome.value, OUTCOME_SENTENCES[outcome]) for outcome in CLOSABLE],
        "undo": _undoable(session, ticket),
        "side": rows(session, Shown.ALL, limit=25),
        "queues": [(queue.id, queue_words(queue)) for queue in queues],
        "snoozes": SNOOZE_SENTENCES,
        "call_outcomes": CALL_OUTCOME_SENTENCES,
        "calls_tried": sum(event.kind == EventKind.CALLED for event in events_of(session, ticket)),
        "others": [
            (other.id, say(SHORT_SENTENCES[TicketReason(other.reason)])) for other in others_of(session, ticket)
        ],
        "candidates": [(each.id, full_name(each), each.birth_date) for each in possible_patients(session, ticket)],
        "forms": [(form.name, title_of(form.source)) for form in forms],
        "form_channels": FORM_CHANNEL_SENTENCES,
        "saved": offered_replies(session, ticket.clinic_id, ticket.locale),
        "pathways": _pathways(session, ticket),
        "has_unfinished_form": bool(ticket.patient_id and newest_unfinished(session, ticket.patient_id)),
        "may_ask_experience": any(form.name == EXPERIENCE for form in forms),
    }


def _pathways(session: Session, ticket: Ticket) -> list[tuple[str, str]]:
    """Those that staff start, for a patient who is known."""
    if ticket.patient_id is None:
        return []
    startable = pathways_from(session, ticket.clinic_id, Anchor.ENROLLED)
    return [(each.name, title_of_pathway(each)) for each in startable]


def title_of_pathway(pathway: Pathway) -> str:
    """Ours in the reader's language; a clinic's own as it wrote it."""
    known = PATHWAY_SENTENCES.get(pathway.name)
    return say(known) if known else str(pathway.definition.get("title", pathway.name))


def _undoable(session: Session, ticket: Ticket) -> dict[str, int] | None:
    """The reply just sent, while it can be taken back."""
    message_id = as_id(request.args.get("sent", ""))
    message = session.get(Message, message_id) if message_id else None
    if message is None or message.ticket_id != ticket.id:
        return None
    if message.state != MessageState.PENDING and not (message.reason == ON_PAGE and is_of_page(message)):
        return None
    left = (message.due_at - now()).total_seconds() if message.due_at else 0
    return {"id": message.id, "seconds": max(1, min(UNDO_S, round(left)))} if left > 0 else None
