"""One small clinic on real ground: a database, the simulator's network, a clock that is told the time, a tick.

`texts(number)` is what a phone shows; `text(number, words)` writes to the clinic and runs a tick.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from app.appointments.models import Appointment, Site
from app.appointments.rules import AppointmentStatus
from app.conversations.answer_call import answer_call
from app.conversations.hear_event import hear_event
from app.conversations.hear_keys import VoiceTurn, hear_keys
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.events import record_event
from app.core.ground import Ground
from app.core.models import Clinic
from app.intake.publish_questionnaire import publish_library
from app.jobs.tick import tick
from app.pathways.publish_pathway import publish_built_in
from app.patients.consent import record_consent
from app.patients.models import ContactPoint, Patient
from app.patients.rules import ConsentStatus
from app.patients.store import address_index
from channels.base import InboundCall, InboundMessage, Keypress
from channels.registry import BuiltCarrier, Surroundings
from channels.simulator import build
from channels.simulator.network import InMemoryNetwork, PhoneBehaviour

SENDER = "+13435550100"
CARRIER = "simulator"


@dataclass
class SmallClinic:
    ground: Ground
    clock: FrozenClock
    network: InMemoryNetwork
    clinic_id: int
    site_id: int
    _numbers: count[int] = field(default_factory=count)

    # --- people and appointments --------------------------------------------------------------------------------------

    def patient(
        self,
        number: str | None,
        *,
        locale: str = "en-CA",
        is_landline: bool = False,
        birth_date: str = "1980-05-17",
        has_consented: bool = True,
        **values: Any,
    ) -> int:
        """A patient, reached at `number` if any; returns the id."""
        now = self.clock.now()
        with self.ground.database.write() as session:
            patient = Patient(
                clinic_id=self.clinic_id, locale=locale, created_at=now, updated_at=now, birth_date=birth_date, **values
            )
            session.add(patient)
            session.flush()
            if number is not None:
                session.add(
                    ContactPoint(
                        clinic_id=self.clinic_id, patient_id=patient.id, system="phone", address=number,
                        address_index=address_index(number), is_landline=is_landline, created_at=now,
                    )
                )  # fmt: skip
            if has_consented:
                record_consent(session, patient, status=ConsentStatus.GIVEN, wording="test", source="staff", now=now)
        return patient.id

    def book(self, patient_id: int, start_at: datetime, **values: Any) -> int:
        """An appointment and the event that tells of it; returns the id."""
        now = self.clock.now()
        with self.ground.database.write() as session:
            appointment = Appointment(
                clinic_id=self.clinic_id, patient_id=patient_id, site_id=self.site_id, start_at=start_at,
                status=AppointmentStatus.BOOKED, minutes=20, service="Prenatal visit", practitioner="Dr. Dolly",
                created_at=now, updated_at=now, **values,
            )  # fmt: skip
            session.add(appointment)
            session.flush()
            self._tell(session, "appointment_booked", appointment.id)
        return appointment.id

    def move(self, appointment_id: int, start_at: datetime) -> None:
        with self.ground.database.write() as session:
            session.get_one(Appointment, appointment_id).start_at = start_at
            self._tell(session, "appointment_changed", appointment_id)

    def set_status(self, appointment_id: int, status: AppointmentStatus) -> None:
        with self.ground.database.write() as session:
            session.get_one(Appointment, appointment_id).status = status
            self._tell(session, "appointment_cancelled", appointment_id)

    def set_patient(self, patient_id: int, status: str, kind: str) -> None:
        with self.ground.database.write() as session:
            session.get_one(Patient, patient_id).status = status
            self._tell(session, kind, patient_id)

    def _tell(self, session: Session, kind: str, subject_id: int) -> None:
        record_event(session, kind, clinic_id=self.clinic_id, subject_id=subject_id, now=self.clock.now())

    # --- time ---------------------------------------------------------------------------------------------------------

    def tick(self, rounds: int = 3) -> None:
        """Enough rounds for what one sets off to be done by the next; a piece that fails fails the test."""
        for _ in range(rounds):
            ticked = tick(self.ground)
            assert not ticked.failed, ticked.failed

    def at(self, moment: datetime) -> None:
        """It is `moment` now; what fell due meanwhile is done."""
        self.clock.at = moment
        self.tick()

    def pass_time(self, step: timedelta) -> None:
        self.at(self.clock.at + step)

    # --- phones -------------------------------------------------------------------------------------------------------

    def text(self, number: str, words: str, *, message_id: str | None = None, **values: Any) -> list[str]:
        """Write to the clinic; returns the texts that came back."""
        before = len(self.texts(number))
        self.hear(number, words, message_id=message_id, **values)
        self.tick()
        return self.texts(number)[before:]

    def hear(self, number: str, words: str, *, message_id: str | None = None, **values: Any) -> None:
        """Only the webhook's part: no tick."""
        message_id = message_id or f"SM{next(self._numbers)}"
        inbound = InboundMessage(CARRIER, message_id, number, SENDER, words, self.clock.now(), **values)
        hear_event(self.ground, self.carrier, inbound)

    def texts(self, number: str) -> list[str]:
        return [text.text for text in self.network.texts.values() if text.to == number]

    def calls(self, number: str) -> list[str]:
        """Ids of calls placed to this phone."""
        return [call.carrier_id for call in self.network.calls.values() if call.to == number]

    def pick_up(self, number: str, call_id: str, **values: Any) -> VoiceTurn:
        call = self.network.calls[call_id]
        inbound = InboundCall(CARRIER, call_id, SENDER, number, self.clock.now(), call_token=call.call_token, **values)
        return answer_call(self.ground, CARRIER, inbound)

    def dial(self, number: str, call_id: str) -> VoiceTurn:
        return answer_call(self.ground, CARRIER, InboundCall(CARRIER, call_id, number, SENDER, self.clock.now()))

    def press(self, call_id: str, turn: int, keys: str) -> VoiceTurn:
        keypress = Keypress(CARRIER, call_id, None, turn, keys, self.clock.now())
        return hear_keys(self.ground, CARRIER, keypress)

    @property
    def carrier(self) -> BuiltCarrier:
        return self.ground.carriers[CARRIER]

    def behave(self, number: str, behaviour: PhoneBehaviour) -> None:
        self.network.behaviours[number] = behaviour

    @contextmanager
    def look(self) -> Iterator[Session]:
        with self.ground.database.read() as session:
            yield session

    def rows(self, model: type, **values: Any) -> list[Any]:
        """All rows of a table with these values, oldest first."""
        with self.ground.database.read() as session:
            found = session.query(model).filter_by(**values).order_by(model.id).all()
            session.expunge_all()
            return found


def open_small_clinic(
    database: Database, clock: FrozenClock, *, zone: str = "America/Toronto", has_library: bool = False
) -> SmallClinic:
    """A clinic with the built-in pathways published, and the library's questionnaires when asked for."""
    network = InMemoryNetwork()
    surroundings = Surroundings(public_url="http://clinic.test", clock=clock.now, simulator_network=network)
    carriers = {CARRIER: build(CARRIER, {"sender": SENDER}, surroundings)}
    ground = Ground(database=database, clock=clock, carriers=carriers, public_url="http://clinic.test", is_demo=True)
    with database.write() as session:
        clinic = Clinic(
            slug="pine-narrows", name="Pine Narrows Health Centre", zone=zone, province="ON", locale="en-CA",
            phone="+18075550100", sender=SENDER, settings={},
        )  # fmt: skip
        session.add(clinic)
        session.flush()
        site = Site(clinic_id=clinic.id, record_id="site-1", name="Pine Narrows", zone=zone, province="ON")
        session.add(site)
        publish_built_in(session, clinic, now=clock.now())
        if has_library:
            publish_library(session, clinic, now=clock.now())
    return SmallClinic(ground, clock, network, clinic.id, site.id)


def spoken(turn: VoiceTurn) -> str:
    """All that the caller hears."""
    return " ".join(say.text for say in turn.prompt.says)
