"""The reader of a page changes its language: the link, its form and the conversation about it follow. Answers stay."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.conversations.store import newest_for_response
from app.core.locale import available_catalogues
from app.intake.models import Response
from app.intake.plans import questionnaire_for
from app.intake.store import lock_response
from app.patients.models import Link


def languages_of(session: Session, link: Link) -> list[str]:
    """What the link can be read in: its form's languages first, then those the system speaks."""
    response = session.get(Response, link.response_id) if link.response_id is not None else None
    own = questionnaire_for(session, response.questionnaire_id).languages if response is not None else ()
    return list(dict.fromkeys((*own, *sorted(available_catalogues()))))


def switch_language(session: Session, link_id: int, tag: str) -> None:
    """From now on in `tag`. The engine's state knows no language, so nothing that was answered changes."""
    link = session.get_one(Link, link_id)
    link.locale = tag
    if link.response_id is None:
        return
    conversation = newest_for_response(session, link.response_id)
    if conversation is not None:
        conversation.locale = tag
    lock_response(session, link.response_id).locale = tag
