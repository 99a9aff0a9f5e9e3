"""The answers that raised a ticket's red flags, as staff read them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.intake.models import Answer, PublishedQuestionnaire, Response
from app.intake.rules import AnswerState
from app.support.models import Ticket
from app.web.desk.answer_words import question_texts, value_words
from app.web.desk.timeline import link_id_of


def flag_words(session: Session, ticket: Ticket) -> tuple[tuple[str, str], ...]:
    """(question, answer) of each flag; the answer is empty when it was taken back since."""
    paths = list(dict.fromkeys(flag["path"] for flag in ticket.details.get("flags", ())))
    response = session.get(Response, ticket.response_id) if ticket.response_id and paths else None
    if response is None:
        return ()
    form = session.get_one(PublishedQuestionnaire, response.questionnaire_id)
    wanted = select(Answer).where(
        Answer.response_id == response.id, Answer.state == AnswerState.CURRENT, Answer.path.in_(paths)
    )
    answers = {answer.path: value_words(answer) for answer in session.scalars(wanted)}
    texts = question_texts(form.source)
    return tuple((texts.get(link_id_of(path), path), answers.get(path, "")) for path in paths)
