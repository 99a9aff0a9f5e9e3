"""The trip of an offline page sent late: accepted once, merged per answer, walked again, answered with a receipt.

The receipt names the hash of the packet's very bytes, so that the phone knows what it may forget.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.conversations.form_turn import act_on, context_of
from app.conversations.models import Conversation
from app.conversations.packets import Given, ReadPacket, read_packet
from app.conversations.page import conversation_for
from app.core.errors import Conflict, NotFound
from app.core.ground import Ground
from app.core.ids import new_code
from app.intake.keep_attachment import answer_with
from app.intake.keep_turn import Heard, Late, keep_answer, keep_late, keep_state, record_change, set_aside, supersede
from app.intake.models import Packet, Response
from app.intake.plans import plan_for
from app.intake.store import lock_response, packet_of
from app.patients.models import Link
from forms import engine
from forms.advice import advice
from forms.effects import AnswerSetAside, Missing
from forms.items import Kind
from forms.merge import Lost, Merged, merge
from forms.pages import is_blank
from forms.paths import split_path
from forms.plan import Plan
from forms.state import Answer, State


def accept_packet(ground: Ground, link: Link, packet: bytes, *, sent_at: datetime | None = None) -> dict[str, Any]:
    """Take one packet and return its receipt once it is committed. The same packet again gets the same receipt.

    `sent_at` is the phone's time at this try; without it the packet's own counts, as if it had not waited.
    Raises ShapeWrong for what is no packet, Conflict for other answers under a number already used.
    """
    read = read_packet(packet)
    read = replace(read, sent_at=sent_at or read.sent_at)
    if link.response_id is None:
        raise NotFound("This link opens no form.")
    with ground.database.write() as session:
        now = ground.clock.now()
        conversation = conversation_for(session, link.response_id, now)
        response = lock_response(session, link.response_id)
        known = packet_of(session, response.id, read.client_id, read.sequence)
        if known is not None and known.content_hash != read.content_hash:
            raise Conflict("This packet's number was used for other answers.")
        receipt = known.receipt if known is not None else _take(session, conversation, response, read, now)
    ground.wake()
    return receipt


def _take(
    session: Session, conversation: Conversation, response: Response, read: ReadPacket, now: datetime
) -> dict[str, Any]:
    context = context_of(session, conversation, response, channel="web", now=now)
    plan = plan_for(session, response.questionnaire_id, response.locale)
    held = State.from_json(response.state) if response.state is not None else engine.begin(plan, context).state
    given = _with_attachments(session, response, plan, _newest(read, now))
    late = {path: Answer(each.value, "", _iso(each.answered_at), "web") for path, each in given.items()}
    merged = merge(plan, held, late, context, final=read.is_final)
    packet = Packet(
        response_id=response.id,
        client_id=read.client_id,
        sequence=read.sequence,
        content_hash=read.content_hash,
        body={path: each.value for path, each in given.items()},
        receipt={},
        received_at=now,
    )
    session.add(packet)
    session.flush()
    _keep_answers(session, response, merged, given, Heard("web", now, packet_id=packet.id))
    response.receipt_code = response.receipt_code or new_code()
    keep_state(session, response, merged.state, now)
    conversation.turn += 1
    conversation.updated_at = now
    act_on(session, conversation, merged.effects, now=now)
    set_aside_now = sum(isinstance(effect, AnswerSetAside) for effect in merged.effects)
    record_change(session, response, len(merged.kept) + set_aside_now, now)
    packet.receipt = _receipt(response, read, merged, given, told=advice(plan, merged.state))
    return packet.receipt


def _newest(read: ReadPacket, now: datetime) -> dict[str, Late]:
    """The newest answer per question, its time corrected by how far the phone's clock was off; never in the future."""
    skew = now - read.sent_at
    found: dict[str, Given] = {}
    for given in sorted(read.answers, key=lambda each: each.at):
        found[given.path] = given
    return {path: Late(each.value, min(each.at + skew, now), each.at) for path, each in found.items()}


def _with_attachments(session: Session, response: Response, plan: Plan, given: dict[str, Late]) -> dict[str, Late]:
    """What names a photo or voice note is put as the server knows it; one that never came is refused by the form."""
    found = dict(given)
    for path, late in given.items():
        item, _ = split_path(plan, path)
        if item is not None and item.kind is Kind.ATTACHMENT and late.value is not None:
            found[path] = replace(late, value=answer_with(session, response, path, late.value))
    return found


def _keep_answers(session: Session, response: Response, merged: Merged, given: dict[str, Late], heard: Heard) -> None:
    for path in merged.kept:
        supersede(session, response, path)
        keep_answer(session, response, path, given[path].value, raw=None, heard=heard, late=given[path])
    for lost in _late_losers(merged, given):
        keep_late(session, response, lost.path, given[lost.path], heard=heard, reason=lost.reason.value)
    for effect in merged.effects:
        if isinstance(effect, AnswerSetAside):
            set_aside(session, response, effect.path, effect.reason)


def _late_losers(merged: Merged, given: dict[str, Late]) -> list[Lost]:
    """The packet's own answers that do not count; those they replaced are in `lost` too, and superseded already."""
    return [lost for lost in merged.lost if lost.path not in merged.kept and not is_blank(given[lost.path].value)]


def _receipt(
    response: Response, read: ReadPacket, merged: Merged, given: dict[str, Late], *, told: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "hash": read.content_hash,
        "code": response.receipt_code,
        "sequence": read.sequence,
        "status": response.status,
        "version": response.version,
        "kept": list(merged.kept),
        "lost": [lost.path for lost in _late_losers(merged, given)],
        "refused": [refused.path for refused in merged.refused],
        "missing": [path for effect in merged.effects if isinstance(effect, Missing) for path in effect.paths],
        "told": list(told),
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
