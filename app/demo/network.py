"""The simulator's network kept in the database, so that the server, the runner and the command line see one network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from app.core.database import Database
from app.core.sealed import keyring
from app.demo.models import Phone, PhoneCall, PhoneText
from channels.base import CallOutcome, DeliveryStatus
from channels.simulator.network import PhoneBehaviour, SimulatedCall, SimulatedText

_UNFINISHED = (DeliveryStatus.UNKNOWN, DeliveryStatus.ACCEPTED, DeliveryStatus.SENT)


class DatabaseNetwork:
    """Implements `channels.simulator.network.SimulatorNetwork`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep_text(self, text: SimulatedText) -> None:
        with self._database.write() as session:
            session.add(
                PhoneText(
                    carrier_id=text.carrier_id,
                    attempt_token=text.attempt_token,
                    number_index=number_index(text.to),
                    sender=text.sender,
                    status=text.status.value,
                    sent_at=text.sent_at,
                    content={"to": text.to, "text": text.text},
                )
            )

    def texts_to(self, number: str, since: datetime) -> Sequence[SimulatedText]:
        wanted = select(PhoneText).where(
            PhoneText.number_index == number_index(number), PhoneText.sent_at >= since, PhoneText.is_written.is_(False)
        )
        with self._database.read() as session:
            return [_text(row) for row in session.scalars(wanted.order_by(PhoneText.id))]

    def unreported_texts(self, limit: int) -> Sequence[SimulatedText]:
        without_coverage = select(Phone.number_index).where(Phone.behaviour == PhoneBehaviour.NO_COVERAGE)
        waits = and_(PhoneText.status == DeliveryStatus.SENT, PhoneText.number_index.in_(without_coverage))
        has_news = and_(PhoneText.is_written.is_(False), PhoneText.status.in_(_UNFINISHED), ~waits)
        wanted = select(PhoneText).where(has_news).order_by(PhoneText.id).limit(limit)
        with self._database.read() as session:
            return [_text(row) for row in session.scalars(wanted)]

    def report_text(self, carrier_id: str, status: DeliveryStatus) -> None:
        with self._database.write() as session:
            session.execute(update(PhoneText).where(PhoneText.carrier_id == carrier_id).values(status=status.value))

    def keep_call(self, call: SimulatedCall) -> None:
        with self._database.write() as session:
            session.add(
                PhoneCall(
                    carrier_id=call.carrier_id,
                    call_token=call.call_token,
                    number_index=number_index(call.to),
                    sender=call.sender,
                    placed_at=call.placed_at,
                    ring_s=call.ring_s,
                    outcome=call.outcome.value,
                    number=call.to,
                )
            )

    def call(self, carrier_id: str) -> SimulatedCall | None:
        with self._database.read() as session:
            row = session.scalar(select(PhoneCall).where(PhoneCall.carrier_id == carrier_id))
            return None if row is None else _call(row)

    def calls_to(self, number: str, since: datetime) -> Sequence[SimulatedCall]:
        wanted = select(PhoneCall).where(PhoneCall.number_index == number_index(number), PhoneCall.placed_at >= since)
        with self._database.read() as session:
            return [_call(row) for row in session.scalars(wanted.order_by(PhoneCall.id))]

    def unreported_calls(self, limit: int) -> Sequence[SimulatedCall]:
        rings = PhoneCall.outcome == CallOutcome.RINGING
        has_news = or_(PhoneCall.reported.is_(None), PhoneCall.reported != PhoneCall.outcome)
        wanted = select(PhoneCall).where(or_(rings, has_news)).order_by(PhoneCall.id).limit(limit)
        with self._database.read() as session:
            return [_call(row) for row in session.scalars(wanted)]

    def change_call(self, carrier_id: str, outcome: CallOutcome) -> None:
        self._set_call(carrier_id, outcome=outcome.value)

    def report_call(self, carrier_id: str, outcome: CallOutcome) -> None:
        self._set_call(carrier_id, reported=outcome.value)

    def _set_call(self, carrier_id: str, **values: str) -> None:
        with self._database.write() as session:
            session.execute(update(PhoneCall).where(PhoneCall.carrier_id == carrier_id).values(**values))

    def behaviour_of(self, number: str) -> PhoneBehaviour:
        with self._database.read() as session:
            row = _phone(session, number)
            return PhoneBehaviour(row.behaviour) if row else PhoneBehaviour.ORDINARY

    def set_behaviour(self, number: str, behaviour: PhoneBehaviour) -> None:
        """Switch a phone off, take its coverage away, make it a landline, or make it ordinary again."""
        with self._database.write() as session:
            row = _phone(session, number)
            if row is None:
                session.add(Phone(number_index=number_index(number), behaviour=behaviour.value))
            else:
                row.behaviour = behaviour.value


def number_index(number: str) -> str:
    return keyring().blind_index("simulated_phone", number)


def _phone(session: Session, number: str) -> Phone | None:
    return session.scalar(select(Phone).where(Phone.number_index == number_index(number)))


def _text(row: PhoneText) -> SimulatedText:
    content = row.content
    return SimulatedText(
        carrier_id=row.carrier_id,
        attempt_token=row.attempt_token,
        to=content["to"],
        sender=row.sender,
        text=content["text"],
        sent_at=row.sent_at,
        status=DeliveryStatus(row.status),
    )


def _call(row: PhoneCall) -> SimulatedCall:
    return SimulatedCall(
        carrier_id=row.carrier_id,
        call_token=row.call_token,
        to=row.number,
        sender=row.sender,
        placed_at=row.placed_at,
        ring_s=row.ring_s,
        outcome=CallOutcome(row.outcome),
        reported=CallOutcome(row.reported) if row.reported else None,
    )
