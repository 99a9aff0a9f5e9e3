"""The next rung of a ladder: a text, one from another number of ours, a call, a ticket. Rungs without a way to reach
the patient, without a reason or beyond the cost cap are passed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.conversations.begin_conversation import Begun, begin_form, begin_reminder
from app.conversations.speak import Errand
from app.core.models import Clinic
from app.intake.begin_response import begin_response
from app.intake.store import current_version
from app.messaging.cancel_messages import cancel_messages
from app.messaging.rules import MessageClass, Priority, Reason
from app.messaging.senders import other_senders
from app.pathways.definition import RungSpec, Step
from app.pathways.models import DueStep, Rung
from app.pathways.plan_enrolment import end_step
from app.pathways.rules import Action, DueState, RungKind, next_rung_at
from app.pathways.rung_rules import Climbed, is_within_cap, other_number
from app.pathways.situation import Situation
from app.pathways.store import climbed_rungs, has_left, rungs_of
from app.patients.consent import NO_CONSENT, Reach, is_agreed, may_reach_many
from app.patients.models import ContactPoint, Patient
from app.patients.rules import ConsentPurpose
from app.patients.store import contact_for
from app.support.models import Ticket
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency
from channels.base import Channel

NO_CONTACT = "no_contact"
COST_CAP = "cost_cap"
OF_ONE_WAY = (NO_CONSENT, Reason.OPTED_OUT.value)  # refusals that leave other ways open
EXPIRED = "expired"  # nobody carried the one before in time


def climb(session: Session, around: Situation, *, public_url: str, reason: str | None = None) -> None:
    """Take the first rung, from where the ladder stands, by which the patient can be reached now."""
    due, step, patient = around.due, around.step, around.patient
    assert step is not None
    reason = reason or due.reason or ("no_answer" if due.rung else "first")
    clinic, climbed = session.get_one(Clinic, due.clinic_id), climbed_rungs(session, due.id) if due.rung else []
    for number in range(due.rung, len(step.ladder)):
        rung = step.ladder[number]
        if rung.kind is RungKind.TICKET:
            _open_ticket(session, around, number, reason)
            return
        if not is_within_cap(climbed, rung.kind, clinic.settings):
            reason = COST_CAP
            continue
        contact = _contact(session, around, rung)
        sender = _other_number(clinic, climbed, contact) if rung.kind is RungKind.OTHER_SENDER else None
        if rung.kind is RungKind.OTHER_SENDER and sender is None:
            continue
        refusal = NO_CONTACT if contact is None else why_not_at(session, patient, contact, rung.kind.channel, step)
        if refusal in OF_ONE_WAY and may_be_reached_otherwise(session, patient, step, refusal):
            reason = refusal
            continue
        if refusal not in (None, NO_CONTACT):
            is_sent = due.rung and has_left(session, due.id)
            end_step(session, due, DueState.SENT if is_sent else DueState.SKIPPED, str(refusal), now=around.now)
            return
        if contact is not None and (number == 0 or not due.rung or around.has_time):
            way = _Way(number, rung, contact, sender)
            _reach(session, around, way, reason=reason, public_url=public_url)
            return
        reason = NO_CONTACT if contact is None else reason
    _finish(session, around, reason)


@dataclass(frozen=True)
class _Way:
    """The rung to take: to which of the patient's numbers, from which of ours (None: the usual one)."""

    number: int
    rung: RungSpec
    contact: ContactPoint
    sender: str | None


def _contact(session: Session, around: Situation, rung: RungSpec) -> ContactPoint | None:
    return contact_for(session, around.patient, rung.kind.channel)


def _other_number(clinic: Clinic, climbed: list[Climbed], contact: ContactPoint | None) -> str | None:
    others = [each.sender for each in other_senders(clinic.settings)]
    is_told = contact is not None and contact.last_delivered_at is not None
    return other_number(climbed, others, is_told_of_arrivals=is_told)


def why_not_at(session: Session, patient: Patient, contact: ContactPoint, channel: str, step: Step) -> str | None:
    """Why this step may not reach the patient at this number on `channel`; None when it may."""
    purpose = what_for(step)
    reach = Reach(patient.clinic_id, channel, contact.address_index, patient.id, purpose, is_unasked=True)
    return may_reach_many(session, [reach])[reach]


def may_be_reached_otherwise(session: Session, patient: Patient, step: Step, refusal: str) -> bool:
    """Who wants no texts may want calls, or the other way round; who said STOP on one phone may have another: then the
    ladder goes on, to a person in the end."""
    channels = {rung.kind.channel for rung in step.ladder if rung.kind is not RungKind.TICKET}
    if refusal == NO_CONSENT:
        return any(is_agreed(session, patient.id, channel, what_for(step)) for channel in channels)
    return any(_is_open(session, patient, step, channel) for channel in channels)


def _is_open(session: Session, patient: Patient, step: Step, channel: str) -> bool:
    contact = contact_for(session, patient, channel)
    return contact is not None and why_not_at(session, patient, contact, channel, step) is None


def what_for(step: Step) -> ConsentPurpose:
    """What a patient must have agreed to for this step."""
    return ConsentPurpose.FORMS if step.action is Action.ASK else ConsentPurpose.REMINDERS


def _reach(session: Session, around: Situation, way: _Way, *, reason: str, public_url: str) -> None:
    due, step, channel = around.due, around.step, way.rung.kind.channel
    assert step is not None
    if due.rung:
        cancel_messages(session, reason="next_rung", now=around.now, due_step_id=due.id)
    errand = Errand(
        cause=f"due_step:{due.id}:{way.number}",
        purpose=_purpose(step, channel),
        class_=MessageClass.REMINDER,
        priority=Priority.REMINDER,
        not_after=max(due.not_after, around.ladder_until) if way.number else due.not_after,
        due_step_id=due.id,
        sender=way.sender,
    )
    begun = _begin(session, around, step, contact=way.contact, channel=channel, errand=errand, public_url=public_url)
    due.conversation_id = begun.conversation.id
    message_id = begun.message.id if begun.message is not None else None
    _record(session, due, way.number, way.rung.kind, reason=reason, now=around.now, message_id=message_id)
    _wait(around, way.rung, way.number)


def _begin(
    session: Session,
    around: Situation,
    step: Step,
    *,
    contact: ContactPoint,
    channel: str,
    errand: Errand,
    public_url: str,
) -> Begun:
    if step.action is Action.ASK:
        patient = around.patient
        questionnaire = current_version(session, patient.clinic_id, str(step.questionnaire))
        if questionnaire is None:
            raise LookupError(f"questionnaire {step.questionnaire} is not published")
        appointment_id = around.appointment.id if around.appointment is not None else None
        response = begin_response(
            session, patient, questionnaire, patient.locale, around.now, appointment_id=appointment_id
        )
        return begin_form(
            session, response, contact=contact, channel=channel, errand=errand, now=around.now, public_url=public_url
        )
    assert around.appointment is not None
    is_last = step.action is Action.RECALL
    return begin_reminder(
        session, around.appointment, contact=contact, channel=channel, errand=errand, now=around.now, is_last=is_last
    )


def _purpose(step: Step, channel: str) -> str:
    purpose = "question" if step.action is Action.ASK else "reminder"
    return f"{purpose}_call" if channel == Channel.VOICE else purpose


def _wait(around: Situation, rung: RungSpec, number: int) -> None:
    """On the ladder until the patient answers, the carrier says how it went, or the next rung's time comes."""
    due = around.due
    due.state, due.rung, due.reason = DueState.ON_LADDER, number + 1, None
    due.due_at = max(around.ladder_until, around.now)
    if rung.answer_within is not None:
        latest, place = around.ladder_until, around.place
        due.due_at = next_rung_at(around.now, rung.answer_within, latest, place) or due.due_at


def _open_ticket(session: Session, around: Situation, number: int, reason: str) -> None:
    due, has_climbed = around.due, around.is_begun
    ticket = _tell_person(session, around, reason)
    _record(session, due, number, RungKind.TICKET, reason=reason, now=around.now, ticket_id=ticket.id)
    due.rung = number + 1
    if not has_climbed:
        end_step(session, due, DueState.SKIPPED, reason, now=around.now)
    else:
        state = DueState.SENT if has_left(session, due.id) else DueState.MISSED
        end_step(session, due, state, "ladder_ran_out", now=around.now)


def _tell_person(session: Session, around: Situation, reason: str) -> Ticket:
    """Nothing more a machine can do: a person is told what was tried and why it did not work."""
    due = around.due
    return open_ticket(
        session,
        clinic_id=due.clinic_id,
        reason=TicketReason.LADDER_RAN_OUT,
        urgency=Urgency.SOON if reason in (NO_CONTACT, EXPIRED) else Urgency.ROUTINE,
        cause=f"due_step:{due.id}:ticket",
        locale=around.patient.locale,
        now=around.now,
        patient_id=due.patient_id,
        conversation_id=due.conversation_id,
        appointment_id=around.appointment.id if around.appointment is not None else None,
        why=reason,
        rungs=[rung.action for rung in rungs_of(session, due.id)],
    )


def _finish(session: Session, around: Situation, reason: str) -> None:
    """The ladder has no further rung. Sent is what a carrier took, whatever it said since; of what none took a person
    hears."""
    due = around.due
    if not due.rung:
        end_step(session, due, DueState.SKIPPED, reason, now=around.now)
    elif has_left(session, due.id):
        end_step(session, due, DueState.SENT, "undelivered" if reason == "undelivered" else "sent", now=around.now)
    else:
        _tell_person(session, around, EXPIRED)
        end_step(session, due, DueState.MISSED, "too_late", now=around.now)


def _record(
    session: Session,
    due: DueStep,
    number: int,
    action: RungKind,
    *,
    reason: str,
    now: datetime,
    message_id: int | None = None,
    ticket_id: int | None = None,
) -> None:
    session.add(
        Rung(
            due_step_id=due.id,
            number=number,
            action=action,
            reason=reason,
            message_id=message_id,
            ticket_id=ticket_id,
            at=now,
        )
    )
