"""All SQL of questionnaires, responses, answers, packets and attachments."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, bindparam, delete, func, select
from sqlalchemy.orm import Session

from app.core.statements import built_once
from app.intake.models import Answer, Attachment, AttachmentPart, Packet, PublishedQuestionnaire, Response
from app.intake.rules import AnswerState, ResponseStatus


def current_version(session: Session, clinic_id: int, name: str) -> PublishedQuestionnaire | None:
    """The version of `name` that new responses begin with."""
    wanted = select(PublishedQuestionnaire).where(
        PublishedQuestionnaire.clinic_id == clinic_id,
        PublishedQuestionnaire.name == name,
        PublishedQuestionnaire.is_current,
    )
    return session.scalars(wanted.order_by(PublishedQuestionnaire.id.desc()).limit(1)).first()


def current_versions(session: Session, clinic_id: int) -> list[PublishedQuestionnaire]:
    """What this clinic's patients can be asked now, by name."""
    wanted = select(PublishedQuestionnaire).where(
        PublishedQuestionnaire.clinic_id == clinic_id, PublishedQuestionnaire.is_current.is_(True)
    )
    return list(session.scalars(wanted.order_by(PublishedQuestionnaire.name)))


def version_of(session: Session, clinic_id: int, name: str, version: str) -> PublishedQuestionnaire | None:
    wanted = select(PublishedQuestionnaire).where(
        PublishedQuestionnaire.clinic_id == clinic_id,
        PublishedQuestionnaire.name == name,
        PublishedQuestionnaire.version == version,
    )
    return session.scalars(wanted).first()


def lock_response(session: Session, response_id: int) -> Response:
    """The response as the database has it now, held by this transaction until it ends."""
    held = session.info.get(_HELD, {}).get(response_id)
    return held or session.scalars(_locked_response(), {"response": response_id}).one()


def hold_responses(session: Session, responses: Iterable[Response]) -> None:
    """Say that this session's transaction has locked and read these already."""
    session.info.setdefault(_HELD, {}).update((response.id, response) for response in responses)


_HELD = "held responses"


@built_once
def _locked_response() -> Select[Response]:
    wanted = select(Response).where(Response.id == bindparam("response")).with_for_update()
    return wanted.execution_options(populate_existing=True)


def unfinished_response(session: Session, patient_id: int, questionnaire_id: int) -> Response | None:
    """The newest response of this patient to this version that can go on."""
    wanted = select(Response).where(
        Response.patient_id == patient_id,
        Response.questionnaire_id == questionnaire_id,
        Response.status == ResponseStatus.IN_PROGRESS,
    )
    return session.scalars(wanted.order_by(Response.id.desc()).limit(1)).first()


def newest_unfinished(session: Session, patient_id: int) -> Response | None:
    """The response this patient was last busy with and has not finished."""
    wanted = select(Response).where(Response.patient_id == patient_id, Response.status == ResponseStatus.IN_PROGRESS)
    return session.scalars(wanted.order_by(Response.updated_at.desc()).limit(1)).first()


def unfinished_responses(session: Session, patient_id: int) -> list[Response]:
    """What waits for this patient's answers, the longest waiting first."""
    wanted = select(Response).where(Response.patient_id == patient_id, Response.status == ResponseStatus.IN_PROGRESS)
    return list(session.scalars(wanted.order_by(Response.created_at, Response.id)))


def current_answers(session: Session, response_id: int, path: str) -> list[Answer]:
    """The answers to one question that count now (one, unless a newer is being written)."""
    wanted = select(Answer).where(
        Answer.response_id == response_id, Answer.path == path, Answer.state == AnswerState.CURRENT
    )
    return list(session.scalars(wanted))


def answers_of(session: Session, response_id: int) -> list[Answer]:
    """Every answer ever given, oldest first."""
    return list(session.scalars(select(Answer).where(Answer.response_id == response_id).order_by(Answer.id)))


def packet_of(session: Session, response_id: int, client_id: str, sequence: int) -> Packet | None:
    wanted = select(Packet).where(
        Packet.response_id == response_id, Packet.client_id == client_id, Packet.sequence == sequence
    )
    return session.scalars(wanted).first()


def attachment_of(session: Session, response_id: int, client_id: str) -> Attachment | None:
    wanted = select(Attachment).where(Attachment.response_id == response_id, Attachment.client_id == client_id)
    return session.scalars(wanted).first()


def same_attachment(session: Session, response_id: int, path: str, content_hash: str) -> Attachment | None:
    """The whole attachment to this question with this very content."""
    wanted = select(Attachment).where(
        Attachment.response_id == response_id, Attachment.path == path, Attachment.content_hash == content_hash,
        Attachment.completed_at.is_not(None),
    )  # fmt: skip
    return session.scalars(wanted.limit(1)).first()


def count_attachments(session: Session, response_id: int) -> int:
    wanted = select(func.count()).select_from(Attachment).where(Attachment.response_id == response_id)
    return session.scalar(wanted) or 0


def parts_of_attachment(session: Session, attachment_id: int) -> list[AttachmentPart]:
    """In the order of the file."""
    wanted = select(AttachmentPart).where(AttachmentPart.attachment_id == attachment_id)
    return list(session.scalars(wanted.order_by(AttachmentPart.start)))


def drop_parts(session: Session, attachment_id: int) -> None:
    session.execute(delete(AttachmentPart).where(AttachmentPart.attachment_id == attachment_id))
