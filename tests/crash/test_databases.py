"""R4, R9, R15: a database that restarts or is full; two schedulers at once. What was answered 200 is kept."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, text

from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.migrate import upgrade
from app.core.sealed import new_keyring, use_keyring
from app.core.wake import Waker
from app.factory import create_app
from app.jobs.tick import tick
from app.messaging.models import Message
from app.settings import Settings
from app.wiring import House
from tests.beds.parts import do_without
from tests.beds.postgres import find_postgres, start_postgres
from tests.beds.small_clinic import open_small_clinic
from tests.conftest import NOW
from tests.trips.conftest import Town

pytestmark = pytest.mark.slow
PHONE = "+13065550155"
GIVE_UP_S = 120
START = datetime(2026, 12, 10, 14, 0, tzinfo=ZoneInfo("America/Toronto"))


def make_town(database: Database) -> Town:
    clinic = open_small_clinic(database, FrozenClock(NOW))
    clinic.patient(PHONE)
    house = House(settings=Settings(public_url="http://clinic.test"), ground=clinic.ground, waker=Waker())
    return Town(clinic, create_app(house).test_client())


def send_until_back(town: Town, is_back: threading.Event, statuses: list[int], taken: list[str]) -> None:
    """Texts one after the other, each sent again until it is taken, as a carrier does; a few more once it is back."""
    give_up_at = time.monotonic() + GIVE_UP_S
    for number in range(200):
        status = 0
        while status != 200 and time.monotonic() < give_up_at:
            status = town.text(PHONE, f"words {number}", message_id=f"SM{number:04}").status_code
            statuses.append(status)
            time.sleep(0 if status == 200 else 0.05)
        taken += [f"SM{number:04}"] if status == 200 else []
        if is_back.is_set() and number >= 20:
            return


def kept(town: Town) -> list[str]:
    return sorted(row.external_id for row in town.clinic.rows(Message, direction="inbound"))


@pytest.fixture
def durable_postgres():
    binaries = find_postgres()
    if binaries is None:
        do_without("PostgreSQL")
    bed = start_postgres(binaries, durable=True)
    yield bed
    bed.stop()


def test_postgresql_restarts_under_texts_and_each_is_kept_once(durable_postgres):
    """While it is away the carrier hears 503 and comes again; what was answered 200 is there afterwards."""
    use_keyring(new_keyring())
    database = Database(durable_postgres.create())
    upgrade(database)
    town, statuses, taken = make_town(database), [], []
    is_back = threading.Event()
    sending = threading.Thread(target=send_until_back, args=(town, is_back, statuses, taken))
    sending.start()
    time.sleep(0.3)
    durable_postgres.crash()
    time.sleep(1)
    durable_postgres.start_again()  # by this thread: a server dies with the thread that started it
    is_back.set()
    sending.join()
    assert set(statuses) == {200, 503}
    assert kept(town) == taken
    assert all(row.state == "handled" for row in town.clinic.rows(Message, direction="inbound")), "none half-written"
    database.close()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_full_disk_refuses_texts_keeps_what_was_taken_and_takes_again_when_there_is_room(database):
    town, pages = make_town(database), {"most": 0}

    @event.listens_for(database.engine, "begin")
    def limit(connection):
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages['most']}")

    with database.read() as session:
        pages["most"] = session.execute(text("PRAGMA page_count")).scalar_one() + 12
    statuses = {}
    for number in range(60):
        statuses[f"SM{number:04}"] = town.text(PHONE, "words " * 40, message_id=f"SM{number:04}").status_code
    assert set(statuses.values()) == {200, 503}
    assert kept(town) == sorted(name for name, status in statuses.items() if status == 200)
    assert town.client.get("/readyz").status_code == 200, "looking still works"
    pages["most"] = 1 << 30
    refused = [name for name, status in statuses.items() if status == 503]
    assert {town.text(PHONE, "words", message_id=name).status_code for name in refused} == {200}
    assert kept(town) == sorted(statuses)
    with database.read() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"


def test_two_schedulers_at_once_remind_each_patient_once(database):
    town = make_town(database)
    phones = [f"+1306555{number:04}" for number in range(20)]
    for phone in phones:
        town.clinic.book(town.clinic.patient(phone), START)
    town.clinic.tick()
    town.clinic.clock.at = START - timedelta(days=3)
    threads = [threading.Thread(target=tick, args=(town.clinic.ground,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    town.clinic.tick()
    assert [len(town.clinic.texts(phone)) for phone in phones] == [1] * 20
