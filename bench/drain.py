"""Handing over a backlog of 100,000 texts to a carrier that takes 20 ms for each, every step durable.

One process drains with its usual eight sender threads, as `farline worker` does: claim, gate (consent, opt-outs,
quiet hours), attempt committed before the carrier is called, outcome committed after it. On a disk, not in memory.
Half way something urgent is queued; the figure is how long until the carrier has it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil

from app.core.clock import SystemClock
from app.core.database import Database
from app.core.ground import Ground
from app.core.log import start_logging
from app.core.migrate import upgrade
from app.core.sealed import keyring, new_keyring, use_keyring
from app.messaging.drain import drain
from app.messaging.queue_message import Draft, queue_messages
from app.messaging.rules import MessageClass, Priority
from app.patients.models import Consent, ContactPoint, Patient
from app.patients.rules import ConsentStatus, ContactState, PatientStatus
from bench.databases import Fresh, on_each_database
from bench.figures import Figure
from channels.base import Event, Finding, FindingKind, OutboundMessage, SendReceipt
from channels.registry import BuiltCarrier
from channels.webhook import WebhookAnswer, WebhookRequest
from tests.messaging.people import make_clinic

BACKLOG = 100_000
PATIENTS = 2_000
MEASURED_S = 15.0
CARRIER_S = 0.02
URGENT = "+13065559999"


@dataclass
class SlowCarrier:
    """Takes 20 ms for each text and notes when the urgent one came."""

    name: str = "slow"
    taken: int = 0
    urgent_at: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: OutboundMessage) -> SendReceipt:
        time.sleep(CARRIER_S)
        with self.lock:
            self.taken += 1
        if message.to == URGENT:
            self.urgent_at = time.perf_counter()
        return SendReceipt(self.name, message.attempt_token, "queued", segments=1)

    def find(self, message: OutboundMessage, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:  # noqa: ARG002
        return Finding(FindingKind.CANNOT_TELL)

    def verify(self, request: WebhookRequest) -> None: ...

    def parse(self, request: WebhookRequest, now: datetime) -> Event:
        raise NotImplementedError

    def acknowledge(self, event: Event) -> WebhookAnswer:  # noqa: ARG002
        return WebhookAnswer()

    def render(self, message: OutboundMessage) -> Mapping[str, str]:
        return {"to": message.to}


def measure() -> Iterator[Figure]:
    start_logging("WARNING")
    use_keyring(new_keyring())
    yield from on_each_database(_one_database)


def _one_database(name: str, fresh: Fresh) -> Iterator[Figure]:
    database = Database(fresh())
    upgrade(database)
    carrier = SlowCarrier()
    ground = Ground(database, SystemClock(), {carrier.name: BuiltCarrier(carrier.name, "slow", text=carrier)}, "")
    clinic, patients = _people(database)
    queued_s = _queue_backlog(ground, clinic, patients)
    yield Figure(f"{name}: {BACKLOG:,} due rows queued in", queued_s, "s", at_most=10)
    rate, urgent_s, grown = _drain_for_a_while(ground, carrier, clinic)
    yield Figure(
        f"{name}: handed over per second", rate, "/s", at_least=200, beside="8 threads at 20 ms: 400/s at most"
    )
    yield Figure(f"{name}: something urgent left after", urgent_s, "s", at_most=10, beside="behind the whole backlog")
    yield Figure(f"{name}: memory grew while draining", grown, "MB", at_most=10, beside=f"over {MEASURED_S:.0f} s")
    database.close()


def _people(database: Database) -> tuple[int, list[int]]:
    now = datetime.now(UTC)
    with database.write() as session:
        clinic = make_clinic(session)
        session.flush()
        patients = [
            Patient(clinic_id=clinic.id, status=PatientStatus.ACTIVE, locale="en", created_at=now, updated_at=now)
            for _ in range(PATIENTS)
        ]
        session.add_all(patients)
        session.flush()
        session.add_all(_contact(clinic.id, patient.id, number, now) for number, patient in enumerate(patients))
        session.add_all(_consent(clinic.id, patient.id, now) for patient in patients)
    return clinic.id, [patient.id for patient in patients]


def _contact(clinic_id: int, patient_id: int, number: int, now: datetime) -> ContactPoint:
    phone = _phone(number)
    return ContactPoint(
        clinic_id=clinic_id, patient_id=patient_id, system="phone", address=phone, state=ContactState.USABLE,
        address_index=keyring().blind_index("address", phone), created_at=now,
    )  # fmt: skip


def _consent(clinic_id: int, patient_id: int, now: datetime) -> Consent:
    return Consent(
        clinic_id=clinic_id, patient_id=patient_id, channel="any", purpose="care", status=ConsentStatus.GIVEN,
        wording="bench", locale="en", source="record", at=now,
    )  # fmt: skip


def _phone(number: int) -> str:
    return f"+1306555{number:04}"


def _queue_backlog(ground: Ground, clinic: int, patients: list[int]) -> float:
    """A campaign: fifty texts to each of two thousand patients, in bulk priority."""
    drafts = [
        Draft(
            clinic_id=clinic, channel="sms", address=_phone(number % PATIENTS), purpose="reminder",
            cause=f"bench:{number}", body="North Clinic: your visit is on Friday at 2:05 p.m. Reply 1 to confirm.",
            class_=MessageClass.REMINDER, priority=Priority.BULK, patient_id=patients[number % PATIENTS],
            obeys_quiet_hours=False,
        )
        for number in range(BACKLOG)
    ]  # fmt: skip
    started = time.perf_counter()
    with ground.database.write() as session:
        queue_messages(session, drafts, now=ground.clock.now())
    return time.perf_counter() - started


def _drain_for_a_while(ground: Ground, carrier: SlowCarrier, clinic: int) -> tuple[float, float, float]:
    """Messages a second, seconds until the urgent one left, megabytes grown since the first second."""
    drain(ground, limit=200)
    process, begun = psutil.Process(), carrier.taken
    before = process.memory_info().rss
    queued_at: list[float] = []
    timer = threading.Timer(MEASURED_S / 2, lambda: queued_at.append(_queue_urgent(ground, clinic)))
    timer.start()
    started = time.perf_counter()
    drain(ground, limit=BACKLOG, deadline_s=MEASURED_S)
    took_s = time.perf_counter() - started
    timer.join()
    urgent_s = (carrier.urgent_at or float("inf")) - queued_at[0]
    return (carrier.taken - begun) / took_s, urgent_s, (process.memory_info().rss - before) / 1e6


def _queue_urgent(ground: Ground, clinic: int) -> float:
    draft = Draft(
        clinic_id=clinic, channel="sms", address=URGENT, purpose="staff_alert", cause="bench:urgent", body="Now",
        class_=MessageClass.URGENT, priority=Priority.URGENT, obeys_quiet_hours=False, needs_consent=False,
    )  # fmt: skip
    started = time.perf_counter()
    with ground.database.write() as session:
        queue_messages(session, [draft], now=ground.clock.now())
    return started
