"""What a turn did to a response, kept: the engine's state, each answer with the patient's raw words, the completion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.events import record_event
from app.core.ids import new_code
from app.core.rows import insert_now, rewrite
from app.intake.models import Answer, Response
from app.intake.rules import AnswerState, ResponseStatus
from app.intake.store import current_answers
from forms.effects import AnswerKept, AnswerSetAside, Effect, SetAsideReason
from forms.state import State, Status


@dataclass(frozen=True)
class Heard:
    """How answers came in: the channel, when they were received, and the message or packet that carried them."""

    channel: str
    received_at: datetime
    message_id: int | None = None
    packet_id: int | None = None


@dataclass(frozen=True)
class Late:
    """An answer given while the phone was offline: when by our clock, and when by the phone's."""

    value: Any
    answered_at: datetime
    device_at: datetime


def keep_turn(
    session: Session,
    response: Response,
    state: State,
    effects: tuple[Effect, ...],
    heard: Heard,
    *,
    held: State | None = None,
) -> None:
    """Write a turn into the caller's transaction. The response must be locked; `held` is the state before the turn."""
    answered = set(held.answers) if held is not None else None
    for effect in effects:
        if isinstance(effect, AnswerKept):
            if answered is None or effect.path in answered:
                supersede(session, response, effect.path)
            if answered is not None:
                answered.add(effect.path)
            keep_answer(session, response, effect.path, effect.value, raw=effect.raw, heard=heard)
        elif isinstance(effect, AnswerSetAside):
            set_aside(session, response, effect.path, effect.reason)
    keep_state(session, response, state, heard.received_at)


def keep_answer(
    session: Session,
    response: Response,
    path: str,
    value: Any,
    *,
    raw: str | None,
    heard: Heard,
    late: Late | None = None,
) -> None:
    """The answer that counts from now on; call `supersede` first when there may be one before."""
    insert_now(session, _answer(response, path, value, raw=raw, heard=heard, late=late))


def supersede(session: Session, response: Response, path: str) -> None:
    """What was answered before stays, as superseded by a newer answer."""
    for older in current_answers(session, response.id, path):
        older.state, older.reason = AnswerState.SUPERSEDED, "newer"


def keep_late(session: Session, response: Response, path: str, late: Late, *, heard: Heard, reason: str) -> Answer:
    """An answer that came too late to count: kept beside the one that won."""
    answer = _answer(response, path, late.value, raw=None, heard=heard, late=late)
    answer.state, answer.reason = AnswerState.SUPERSEDED, reason
    session.add(answer)
    return answer


def _answer(response: Response, path: str, value: Any, *, raw: str | None, heard: Heard, late: Late | None) -> Answer:
    return Answer(
        response_id=response.id,
        path=path,
        value=value,
        raw=raw,
        channel=heard.channel,
        answered_at=late.answered_at if late is not None else heard.received_at,
        device_at=late.device_at if late is not None else None,
        received_at=heard.received_at,
        state=AnswerState.CURRENT,
        packet_id=heard.packet_id,
        message_id=heard.message_id,
    )


def set_aside(session: Session, response: Response, path: str, reason: SetAsideReason) -> None:
    """The current answer no longer counts; it stays, with the reason."""
    for answer in current_answers(session, response.id, path):
        answer.state, answer.reason = AnswerState.SET_ASIDE, reason.value


def keep_state(session: Session, response: Response, state: State, now: datetime) -> None:
    """The engine's new state; the first time it is complete, the receipt code and the event for what sits above."""
    rewrite(
        session,
        response,
        state_sealed=Response.state.boxed("response", response.id, state.to_json()),
        locale=state.locale,
        version=response.version + 1,
        updated_at=now,
    )
    if state.status is Status.COMPLETED and response.status != ResponseStatus.COMPLETED:
        _complete(session, response, now)
    elif state.status is Status.STOPPED and response.status == ResponseStatus.IN_PROGRESS:
        response.status = ResponseStatus.STOPPED
    elif state.status is Status.ASKING and response.status == ResponseStatus.STOPPED:
        response.status = ResponseStatus.IN_PROGRESS


def record_change(session: Session, response: Response, answers: int, now: datetime) -> None:
    """That the patient changed so many answers on the page; none changed leaves no trace."""
    if answers:
        record_audit(
            session, "changed", "response", response.id, actor=Actor("patient", response.patient_id), now=now,
            clinic_id=response.clinic_id, patient_id=response.patient_id, answers=answers,
        )  # fmt: skip


def _complete(session: Session, response: Response, now: datetime) -> None:
    response.status = ResponseStatus.COMPLETED
    response.completed_at = now
    response.receipt_code = response.receipt_code or new_code()
    record_event(
        session,
        "response_completed",
        clinic_id=response.clinic_id,
        subject_id=response.id,
        now=now,
        patient_id=response.patient_id,
        questionnaire_id=response.questionnaire_id,
        version=response.version,
    )
