"""Which messages a page or an export shows: its filters read from the address, and the SQL behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.messaging.models import Message, MessageAttempt, Receipt
from app.messaging.rules import Direction, MessageState
from app.patients.models import Patient
from app.support.models import Ticket
from app.web.desk.forms import YEARS, as_id


class Which(StrEnum):
    """What the clerk is looking for."""

    ALL = "all"
    WAITING = "waiting"
    IN_DOUBT = "in_doubt"
    NOT_DELIVERED = "not_delivered"
    NOT_SENT = "not_sent"
    ON_THE_WAY = "on_the_way"
    DELIVERED = "delivered"
    RECEIVED = "received"


WHICH_SENTENCES: Mapping[Which, str] = {
    Which.ALL: "All",
    Which.WAITING: "Waiting",
    Which.IN_DOUBT: "In doubt",
    Which.NOT_DELIVERED: "Not delivered",
    Which.NOT_SENT: "Not sent",
    Which.ON_THE_WAY: "On the way",
    Which.DELIVERED: "Delivered",
    Which.RECEIVED: "From patients",
}
STATES: Mapping[Which, tuple[MessageState, ...]] = {
    Which.WAITING: (MessageState.PENDING, MessageState.CLAIMED),
    Which.IN_DOUBT: (MessageState.UNCERTAIN, MessageState.ATTEMPTING),
    Which.NOT_DELIVERED: (MessageState.UNDELIVERED, MessageState.DEAD),
    Which.NOT_SENT: (MessageState.SUPPRESSED, MessageState.EXPIRED, MessageState.CANCELLED),
    Which.ON_THE_WAY: (MessageState.ACCEPTED, MessageState.SENT),
    Which.DELIVERED: (MessageState.DELIVERED,),
    Which.RECEIVED: (MessageState.RECEIVED, MessageState.HANDLED),
}
CHANNELS = ("sms", "voice", "web")
USUAL_DAYS = 7


@dataclass(frozen=True)
class Filters:
    """Days are the clinic's own, both included."""

    which: Which
    channel: str | None
    carrier: str | None
    first: date
    last: date
    notice: int | None = None

    @property
    def query(self) -> dict[str, str]:
        """The same filters as an address carries them."""
        notice = str(self.notice) if self.notice else None
        named = {"which": self.which.value, "channel": self.channel, "carrier": self.carrier, "notice": notice}
        days = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {name: value for name, value in {**named, **days}.items() if value}


def read_filters(given: Mapping[str, str], today: date) -> Filters:
    """What cannot be read is as if it were not said: the last seven days of everything."""
    first, last = _day(given.get("first")), _day(given.get("last")) or today
    which, carrier = given.get("which", ""), given.get("carrier", "").strip()[:40]
    return Filters(
        which=Which(which) if which in set(Which) else Which.ALL,
        channel=given.get("channel") if given.get("channel") in CHANNELS else None,
        carrier=carrier or None,
        first=min(first or last - timedelta(days=USUAL_DAYS - 1), last),
        last=last,
        notice=as_id(given.get("notice", "")),
    )


def find_messages(
    session: Session, filters: Filters, zone: str, *, limit: int, before: int | None = None
) -> Sequence[tuple[Message, Patient | None]]:
    """Newest first, up to `limit`, older than the message with the id `before`."""
    wanted = select(Message, Patient).outerjoin(Patient, Patient.id == Message.patient_id)
    wanted = wanted.where(*_conditions(filters, zone))
    if before is not None:
        wanted = wanted.where(Message.id < before)
    found = session.execute(wanted.order_by(Message.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in found]


def are_more_than(session: Session, filters: Filters, zone: str, count: int) -> bool:
    """Whether more than `count` messages fit."""
    wanted = select(Message.id).where(*_conditions(filters, zone))
    return session.scalar(wanted.offset(count).limit(1)) is not None


def attempts_of(session: Session, message: Message) -> Sequence[MessageAttempt]:
    wanted = select(MessageAttempt).where(MessageAttempt.message_id == message.id)
    return session.scalars(wanted.order_by(MessageAttempt.number, MessageAttempt.id)).all()


def receipts_of(session: Session, message: Message) -> Sequence[Receipt]:
    wanted = select(Receipt).where(Receipt.message_id == message.id)
    return session.scalars(wanted.order_by(Receipt.received_at, Receipt.id)).all()


def ticket_about(session: Session, message: Message) -> int | None:
    """The newest ticket that was opened because of this message."""
    if message.patient_id is None:
        return None
    wanted = select(Ticket.id).where(Ticket.patient_id == message.patient_id, Ticket.message_id == message.id)
    return session.scalar(wanted.order_by(Ticket.created_at.desc()).limit(1))


def is_inbound(message: Message) -> bool:
    return message.direction == Direction.INBOUND


def _conditions(filters: Filters, zone: str) -> Iterator[ColumnElement[bool]]:
    yield Message.created_at >= _midnight(filters.first, zone)
    yield Message.created_at < _midnight(filters.last + timedelta(days=1), zone)
    if states := STATES.get(filters.which):
        yield Message.state.in_(states)
    if filters.channel:
        yield Message.channel == filters.channel
    if filters.carrier:
        yield Message.carrier == filters.carrier
    if filters.notice:
        yield Message.notice_id == filters.notice


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
