"""What tests of the desk do again and again: open a ticket, let the patient write, look."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from app.core.ground import Ground
from app.core.sealed import keyring
from app.messaging.models import Message
from app.staff.models import StaffAccount
from app.support.claim_ticket import Hand, claim_ticket, take_next
from app.support.models import Ticket
from app.support.open_ticket import open_ticket, patient_wrote
from app.support.rules import TicketReason, Urgency
from app.support.store import events_of


@dataclass
class Desk:
    ground: Ground
    clinic_id: int
    patient_id: int
    phone: str
    staff: dict[str, int]
    _numbers: count = field(default_factory=count)

    def hand(self, login: str) -> Hand:
        return Hand(self.staff[login], self.ground.clock.now(), self.ground.clock.machine_now())

    def open(self, **said) -> int:
        usual = {
            "clinic_id": self.clinic_id, "reason": TicketReason.ASKED_FOR_PERSON, "urgency": Urgency.ROUTINE,
            "cause": f"test:{next(self._numbers)}", "locale": "en", "now": self.ground.clock.now(),
            "patient_id": self.patient_id,
        }  # fmt: skip
        with self.ground.database.write() as session:
            return open_ticket(session, **{**usual, **said}).id

    def claim(self, ticket_id: int, login: str) -> None:
        with self.ground.database.write() as session:
            claim_ticket(session, ticket_id, self.hand(login))

    def next(self, login: str) -> int | None:
        with self.ground.database.write() as session:
            taker = session.get_one(StaffAccount, self.staff[login])
            ticket = take_next(session, taker, self.hand(login))
            return ticket.id if ticket else None

    def hear(self, ticket_id: int, body: str = "hello?") -> int:
        """The patient writes; the words go to the ticket."""
        now = self.ground.clock.now()
        with self.ground.database.write() as session:
            message = Message(
                clinic_id=self.clinic_id, direction="inbound", channel="sms", carrier="test",
                external_id=f"in{next(self._numbers)}", patient_id=self.patient_id, address=self.phone,
                address_index=keyring().blind_index("address", self.phone), body=body, purpose="reply",
                state="received", created_at=now, updated_at=now,
            )  # fmt: skip
            session.add(message)
            session.flush()
            patient_wrote(session, session.get_one(Ticket, ticket_id), message, now)
            return message.id

    def ticket(self, ticket_id: int) -> Ticket:
        with self.ground.database.write() as session:
            return session.get_one(Ticket, ticket_id)

    def kinds(self, ticket_id: int) -> list[str]:
        with self.ground.database.write() as session:
            return [event.kind for event in events_of(session, session.get_one(Ticket, ticket_id))]
