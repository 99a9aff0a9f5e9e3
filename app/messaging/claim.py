"""Claim what is due: rows, gate and choice of carrier in one transaction; what comes out are plain, leased values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.ground import Ground
from app.core.ids import new_token
from app.core.models import Clinic
from app.core.sealed import SealBroken
from app.messaging.budgets import within_budgets
from app.messaging.busy_lines import BusyLines
from app.messaging.choose_carrier import carriers_for, first_well
from app.messaging.due_lines import claim_rows
from app.messaging.end_message import end_message
from app.messaging.gate import pass_gate, put_back
from app.messaging.models import Message
from app.messaging.rules import MessageState, Reason, Verdict
from app.messaging.senders import sender_at
from channels.registry import BuiltCarrier

NO_CARRIER_PAUSE = timedelta(minutes=1)
SICK_CARRIER_PAUSE = timedelta(seconds=15)


@dataclass(frozen=True)
class Claimed:
    """One message in our hands, until its lease ends. Plain values: no row outlives the claim's transaction."""

    message_id: int
    lease_token: int
    lease_until: datetime  # machine time
    attempt_number: int
    attempt_token: str
    channel: str
    carrier: BuiltCarrier
    address: str
    sender: str | None
    text: str | None
    not_after: datetime | None
    parts_done: int
    put_off: int
    priority: int
    others: int  # carriers that could take it instead

    @property
    def vain_tries(self) -> int:
        """How often whoever tried it died, or does not know what came of it: it may be what kills its runner."""
        return self.attempt_number - 1 - self.put_off


def claim(ground: Ground, *, limit: int, lease: timedelta) -> tuple[int, list[Claimed]]:
    """Up to `limit` due messages, most urgent first, claimed, committed: how many, and those that passed the gate."""
    now, machine_now = ground.clock.now(), ground.clock.machine_now()
    with ground.database.write() as session:
        busy = BusyLines(session, ground, now)
        messages = claim_rows(session, limit=limit, now=now, lease_until=machine_now + lease, busy=busy)
        readable = [message for message in messages if _opens(session, message, now)]
        clinics = _clinics_of(session, readable)
        passed = pass_gate(session, readable, clinics, now=now) if readable else []
        chosen = {message.id: _carrier_for(ground, message, clinics[message.clinic_id]) for message in passed}
        carried = {message_id: choice for message_id, choice in chosen.items() if choice is not None}
        sendable = [message for message in passed if message.id in carried]
        senders = {each.id: _sender(each, clinics[each.clinic_id], carried[each.id].carrier) for each in sendable}
        affordable = within_budgets(session, sendable, clinics, senders=senders, busy=busy, now=now)
        return len(messages), [_in_hand(each, carried[each.id], senders[each.id]) for each in affordable]


def _opens(session: Session, message: Message, now: datetime) -> bool:
    """A message whose sealed words do not open ends here, and does not hold up the others."""
    try:
        return isinstance(message.address, str) and (message.body is None or isinstance(message.body, str))
    except SealBroken:
        end_message(session, message, MessageState.DEAD, Reason.UNREADABLE, now=now)
        return False


def _clinics_of(session: Session, messages: Sequence[Message]) -> dict[int, Clinic]:
    wanted = {message.clinic_id for message in messages}
    return {clinic.id: clinic for clinic in session.scalars(select(Clinic).where(Clinic.id.in_(wanted)))}


def _sender(message: Message, clinic: Clinic, carrier: BuiltCarrier) -> str | None:
    """Our number it leaves from."""
    return message.sender or sender_at(clinic.settings, carrier.name, usual=clinic.sender)


@dataclass(frozen=True)
class _Choice:
    """Who takes it, and how many others could."""

    carrier: BuiltCarrier
    others: int


def _in_hand(message: Message, choice: _Choice, sender: str | None) -> Claimed:
    assert message.lease_until is not None
    return Claimed(
        message_id=message.id,
        lease_token=message.lease_token or 0,
        lease_until=message.lease_until,
        attempt_number=message.attempts,
        attempt_token=new_token(),
        channel=message.channel,
        carrier=choice.carrier,
        address=message.address,
        sender=sender,
        text=message.body,
        not_after=message.not_after,
        parts_done=message.parts_done,
        put_off=message.put_off,
        priority=message.priority,
        others=choice.others,
    )


def _wants_another(message: Message) -> bool:
    """The carrier it was offered to is no use now: it is due at the very moment it came back (hand_over). What the pace
    held back since keeps its own moment, too, and its carrier."""
    if not message.put_off or message.due_at is None or message.reason == Reason.PACED:
        return False
    return message.due_at <= message.updated_at


def _carrier_for(ground: Ground, message: Message, clinic: Clinic) -> _Choice | None:
    """Who takes it. Nobody: put back. A text begun with one carrier is finished with it; one that a carrier could not
    take goes to another first."""
    candidates = carriers_for(
        ground.carriers, clinic.settings, message.channel, address=message.address, sender=message.sender
    )
    if message.parts_done:
        candidates = [carrier for carrier in candidates if carrier.name == message.carrier]
    elif _wants_another(message):
        candidates = sorted(candidates, key=lambda carrier: carrier.name == message.carrier)
    machine_now, now = ground.clock.machine_now(), ground.clock.now()
    carrier = first_well(candidates, lambda name: ground.breaker.is_sick(name, now=machine_now))
    if carrier is None and candidates:
        put_back(message, Verdict(MessageState.PENDING, Reason.CARRIER_SICK, now + SICK_CARRIER_PAUSE), now=now)
    elif carrier is None:
        put_back(message, Verdict(MessageState.PENDING, Reason.NO_CARRIER, now + NO_CARRIER_PAUSE), now=now)
    return None if carrier is None else _Choice(carrier, len(candidates) - 1)
