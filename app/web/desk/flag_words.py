"""The answers and words that raised a ticket's red flags, as staff read them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.intake.models import Answer, PublishedQuestionnaire, Response
from app.intake.rules import AnswerState
from app.support.models import Ticket
from app.web.desk.answer_words import choice_labels, question_texts, value_words
from app.web.desk.timeline import link_id_of
from app.web.shell.here import say

RULE_SENTENCES = {
    "words:danger": "They say that a life may be in danger. Read them below.",
    "words:self_harm": "They speak of dying or of self-harm. Read them below.",
}


def flag_words(session: Session, ticket: Ticket) -> tuple[tuple[str, str], ...]:
    """(what, why) of each flag: a question with its answer, empty when it was taken back since; or a text's words."""
    flags = ticket.details.get("flags", ())
    rules = dict.fromkeys(flag["rule"] for flag in flags if not flag["path"])
    said = tuple((say("Words of the patient"), say(RULE_SENTENCES[rule])) for rule in rules if rule in RULE_SENTENCES)
    return said + _answers(session, ticket, list(dict.fromkeys(flag["path"] for flag in flags if flag["path"])))


def _answers(session: Session, ticket: Ticket, paths: list[str]) -> tuple[tuple[str, str], ...]:
    response = session.get(Response, ticket.response_id) if ticket.response_id and paths else None
    if response is None:
        return ()
    form = session.get_one(PublishedQuestionnaire, response.questionnaire_id)
    wanted = select(Answer).where(
        Answer.response_id == response.id, Answer.state == AnswerState.CURRENT, Answer.path.in_(paths)
    )
    labels = choice_labels(form.source)
    answers = {
        answer.path: value_words(answer, labels.get(link_id_of(answer.path))) for answer in session.scalars(wanted)
    }
    texts = question_texts(form.source)
    return tuple((texts.get(link_id_of(path), path), answers.get(path, "")) for path in paths)
