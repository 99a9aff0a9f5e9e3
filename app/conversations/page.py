"""The page behind a link: what it shows, and one section of it saved. No script is needed for any of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.conversations.form_turn import act_on, context_of
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind
from app.conversations.store import lock_conversation, newest_for_response
from app.core.errors import NotFound, Refusal
from app.core.ground import Ground
from app.core.locale import translator
from app.intake.keep_attachment import keep_whole
from app.intake.keep_turn import Heard, keep_turn, record_change
from app.intake.models import Response
from app.intake.plans import plan_for
from app.intake.rules import ResponseStatus
from app.intake.store import lock_response
from app.patients.models import Link
from app.patients.store import lock_patient
from forms import engine
from forms.advice import advice
from forms.effects import AnswerKept, AnswerSetAside, Effect, Missing, NotUnderstood
from forms.items import Kind
from forms.paths import MOST_OCCURRENCES, split_loop_path, split_path
from forms.plan import Plan
from forms.render import web
from forms.render.phrases import wrong
from forms.render.web import WebField, WebForm, Widget
from forms.state import Context, Reply, State


@dataclass(frozen=True)
class Page:
    """What the browser shows: the form while it is open, the receipt code when it is in.

    `errors` are the fields that need another look, in the order of the form; `told` is what red flags
    tell the patient to do now, on every page from the moment they are raised.
    """

    status: str  # open, completed, stopped
    locale: str
    form: WebForm
    errors: tuple[WebField, ...] = ()
    receipt_code: str | None = None
    told: tuple[str, ...] = ()
    logic: Mapping[str, Any] = field(default_factory=dict)  # conditions and calculations, for the phone


def open_page(session: Session, link: Link, *, now: datetime, more: str | None = None) -> Page:
    """The page as it stands, with one more occurrence of the group `more` to fill in. Changes nothing."""
    response = session.get_one(Response, _response_id(link))
    at = _Desk.of(session, response, now=now)
    state = at.state if more is None else _one_more(at, more)
    return _page(response, at, state, {})


def save_page(
    ground: Ground,
    link: Link,
    fields: Mapping[str, Sequence[str]],
    *,
    section: str,
    finish: bool = False,
    files: Mapping[str, bytes] | None = None,
) -> Page:
    """Keep what one section sent, even when some of it needs another look; `finish` sends the form.

    `files` are photos and voice notes by field. The same section posted again changes nothing that was kept.
    """
    with ground.database.write() as session:
        now = ground.clock.now()
        conversation = conversation_for(session, _response_id(link), now)
        response = lock_response(session, _response_id(link))
        at = _Desk.of(session, response, conversation=conversation, now=now)
        if response.status != ResponseStatus.IN_PROGRESS:
            return _page(response, at, at.state, {})
        translate = translator(at.plan.locale)
        values, errors = web.read_fields(at.plan, fields, context=at.context, translate=translate)
        values |= _unticked(at, section, fields)
        for path, content in (files or {}).items():
            _attach(session, response, at, path, content, values=values, errors=errors)
        turn = engine.advance(at.plan, at.state, Reply.page(values, final=finish and not errors), at.context)
        keep_turn(session, response, turn.state, turn.effects, Heard("web", now))
        changed = sum(isinstance(effect, AnswerKept | AnswerSetAside) for effect in turn.effects)
        record_change(session, response, changed, now)
        conversation.turn += 1
        conversation.updated_at = now
        act_on(session, conversation, turn.effects, now=now)
        problems = {**_problems(at.plan, turn.effects), **errors}
        return _page(response, at, turn.state, problems)


def _attach(
    session: Session,
    response: Response,
    at: _Desk,
    path: str,
    content: bytes,
    *,
    values: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """A file kept as the answer to its question, or the sentence why not."""
    item, _ = split_path(at.plan, path)
    if item is None or item.kind is not Kind.ATTACHMENT:
        return
    try:
        values[path] = keep_whole(session, response, path, content, at.context.now)
    except Refusal as refusal:
        errors[path] = translator(at.plan.locale)(refusal.sentence)


def _one_more(at: _Desk, path: str) -> State:
    """The state with one more occurrence of the group at this loop path."""
    loop, _ = split_loop_path(at.plan, path)
    if loop is None:
        return at.state
    known = max(at.state.counts.get(path, 0), loop.min_occurs, 1)
    most = min(loop.max_occurs or MOST_OCCURRENCES, MOST_OCCURRENCES)
    return replace(at.state, counts={**at.state.counts, path: min(known + 1, most)})


def _unticked(at: _Desk, section: str, fields: Mapping[str, Sequence[str]]) -> dict[str, None]:
    """Boxes of this section that were ticked and are not any more: a browser sends nothing for them."""
    form = web.render(at.plan, at.state, translator(at.plan.locale), context=at.context)
    shown = [shown for each in form.sections if each.key == section for shown in each.fields]
    return {
        box.name: None
        for box in shown
        if box.widget is Widget.CHECKBOX and box.visible and box.value and box.name not in fields
    }


def conversation_for(session: Session, response_id: int, now: datetime) -> Conversation:
    """The conversation this response is answered in, locked; one for the page alone when there is none."""
    known = newest_for_response(session, response_id)
    if known is not None:
        return lock_conversation(session, known.id)
    response = session.get_one(Response, response_id)
    lock_patient(session, response.patient_id)  # whoever comes second, at the same moment, waits here and finds it made
    made_meanwhile = newest_for_response(session, response_id)
    if made_meanwhile is not None:
        return lock_conversation(session, made_meanwhile.id)
    conversation = Conversation(
        clinic_id=response.clinic_id,
        patient_id=response.patient_id,
        kind=ConversationKind.QUESTIONNAIRE,
        channel="web",
        locale=response.locale,
        response_id=response.id,
        appointment_id=response.appointment_id,
        created_at=now,
        updated_at=now,
    )
    session.add(conversation)
    session.flush()
    return conversation


@dataclass(frozen=True)
class _Desk:
    """A response laid out for the page: its plan, its state, and where and when it is answered."""

    plan: Plan
    state: State
    context: Context

    @classmethod
    def of(
        cls, session: Session, response: Response, *, now: datetime, conversation: Conversation | None = None
    ) -> _Desk:
        asked_in = conversation or Conversation(
            clinic_id=response.clinic_id, patient_id=response.patient_id, appointment_id=response.appointment_id
        )
        context = context_of(session, asked_in, response, channel="web", now=now)
        plan = plan_for(session, response.questionnaire_id, response.locale)
        kept = response.state
        state = State.from_json(kept) if kept is not None else engine.begin(plan, context).state
        return cls(plan, state, context)


def _page(response: Response, at: _Desk, state: State, problems: Mapping[str, str]) -> Page:
    form = web.render(at.plan, state, translator(at.plan.locale), context=at.context, errors=problems)
    wrong_fields = tuple(each for section in form.sections for each in section.fields if each.error)
    is_open = response.status == ResponseStatus.IN_PROGRESS
    return Page(
        status="open" if is_open else response.status,
        locale=at.plan.locale,
        form=form,
        errors=wrong_fields,
        receipt_code=response.receipt_code,
        told=advice(at.plan, state),
        logic=web.logic_to_json(at.plan) if is_open else {},
    )


def _problems(plan: Plan, effects: tuple[Effect, ...]) -> dict[str, str]:
    """What to say at each field that was not kept or is still needed."""
    translate = translator(plan.locale)
    problems = {effect.path: wrong(plan, effect, translate) for effect in effects if isinstance(effect, NotUnderstood)}
    for effect in effects:
        if isinstance(effect, Missing):
            problems.update({path: translate("Please answer this question.") for path in effect.paths})
    return problems


def _response_id(link: Link) -> int:
    if link.response_id is None:
        raise NotFound("This link opens no form.")
    return link.response_id
