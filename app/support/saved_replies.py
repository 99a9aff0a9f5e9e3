"""Saved replies: one name, a wording per language, used only once somebody reviewed it, with a few fields filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.errors import NotFound, ShapeWrong
from app.core.fields import fields_of
from app.core.locale import catalogue_for, language_of
from app.messaging.template_rules import clinical_words
from app.support.models import SavedReply

FIELDS = ("clinic", "phone", "name", "agent")  # all that may stand in braces
LONGEST = 1000
_CLINICAL_SENTENCE = (
    "It says “{words}”: whoever holds the phone would read what the patient is seen for. Leave it out, or tick below "
    "that it may be said."
)
_UNKNOWN_FIELD_SENTENCE = "There is no field {{{field}}}. You can use {{clinic}}, {{phone}}, {{name}} and {{agent}}."


@dataclass(frozen=True)
class Offered:
    """A reply as offered for one patient. `is_theirs` says whether it is in the patient's language."""

    id: int
    name: str
    locale: str
    is_theirs: bool
    body: str


def offered_replies(session: Session, clinic_id: int, locale: str) -> list[Offered]:
    """Reviewed wordings, one per name: the patient's language when there is one, else any, visibly."""
    language = language_of(locale)
    found: dict[str, SavedReply] = {}
    for reply in all_replies(session, clinic_id):
        if reply.reviewed_at and (reply.name not in found or language_of(reply.locale) == language):
            found[reply.name] = reply
    return [
        Offered(each.id, each.name, each.locale, language_of(each.locale) == language, each.body)
        for each in found.values()
    ]


def all_replies(session: Session, clinic_id: int) -> Sequence[SavedReply]:
    wanted = select(SavedReply).where(SavedReply.clinic_id == clinic_id)
    return session.scalars(wanted.order_by(SavedReply.name, SavedReply.locale)).all()


def fill_reply(session: Session, reply_id: int, fields: Mapping[str, str]) -> str:
    """The words, filled. An unreviewed or unknown one is not found."""
    reply = session.get(SavedReply, reply_id)
    if reply is None or reply.reviewed_at is None:
        raise NotFound
    return reply.body.format(**{name: fields.get(name, "") for name in FIELDS})


def save_reply(
    session: Session,
    clinic_id: int,
    *,
    name: str,
    locale: str,
    body: str,
    actor: Actor,
    now: datetime,
    may_say_what_for: bool = False,
) -> SavedReply:
    """A new wording, or a changed one, which then waits for review again. Raises ShapeWrong with a sentence, also when
    the words say what a patient is seen for and the clinic has not said that these may."""
    name, body, locale = name.strip()[:60], body.strip(), catalogue_for(locale)
    _check(name, body)
    said = clinical_words(body)
    if said and not may_say_what_for:
        raise ShapeWrong(_CLINICAL_SENTENCE, words=", ".join(said))
    wanted = select(SavedReply).where(
        SavedReply.clinic_id == clinic_id, SavedReply.name == name, SavedReply.locale == locale
    )
    reply = session.scalars(wanted).first()
    if reply is None:
        reply = SavedReply(clinic_id=clinic_id, name=name, locale=locale)
        session.add(reply)
    if reply.body != body:
        reply.body, reply.reviewed_at, reply.reviewed_by_id = body, None, None
    record_audit(
        session, "changed", "saved_reply", reply.id, actor=actor, now=now, clinic_id=clinic_id,
        says_what_for=bool(said),
    )  # fmt: skip
    return reply


def review_reply(session: Session, reply_id: int, *, actor: Actor, now: datetime) -> SavedReply:
    reply = session.get(SavedReply, reply_id)
    if reply is None:
        raise NotFound
    reply.reviewed_at, reply.reviewed_by_id = now, actor.id
    record_audit(session, "reviewed", "saved_reply", reply.id, actor=actor, now=now, clinic_id=reply.clinic_id)
    return reply


def _check(name: str, body: str) -> None:
    if not name or not body or len(body) > LONGEST:
        raise ShapeWrong("A saved reply needs a name and between 1 and {limit} characters.", limit=LONGEST)
    try:
        used = fields_of(body)
    except ValueError as error:
        raise ShapeWrong("A brace is open or closed too many times.") from error
    if unknown := sorted(used - set(FIELDS)):
        raise ShapeWrong(_UNKNOWN_FIELD_SENTENCE, field=unknown[0])
