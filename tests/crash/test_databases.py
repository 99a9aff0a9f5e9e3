"""R4, R9, R15: a database that restarts or is full; two schedulers at once. What was answered 200 is kept."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import event, text

from app.appointments.models import Appointment
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.migrate import upgrade
from app.core.sealed import new_keyring, use_keyring
from app.core.wake import Waker
from app.factory import create_app
from app.jobs.tick import tick
from app.messaging.models import Message
from app.pathways.models import DueStep
from app.patients.models import Patient
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
FULL = "the disk of the database is full: nothing new can be kept\n"
FILL_DISK = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""
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
        pages["most"] = session.execute(text("PRAGMA page_count")).scalar_one() + 6
    statuses = {}
    for number in range(60):
        statuses[f"SM{number:04}"] = town.text(PHONE, "words " * 40, message_id=f"SM{number:04}").status_code
    assert set(statuses.values()) == {200, 503}
    assert kept(town) == sorted(name for name, status in statuses.items() if status == 200)
    ready = town.client.get("/readyz")
    assert (ready.status_code, ready.text) == (503, FULL)
    pages["most"] = 1 << 30
    assert town.client.get("/readyz").status_code == 200
    refused = [name for name, status in statuses.items() if status == 503]
    assert {town.text(PHONE, "words", message_id=name).status_code for name in refused} == {200}
    assert kept(town) == sorted(statuses)
    with database.read() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_full_disk_under_postgresql_refuses_texts_and_says_so_until_there_is_room(database):
    """The server's own error, raised by the server where its disk would raise it: at the first row that is written."""
    town = make_town(database)
    assert town.text(PHONE, "words", message_id="SM1").status_code == 200
    with database.engine.begin() as connection:
        connection.execute(text(FILL_DISK))
        for table in ("message", "periodic_run"):
            connection.execute(text(f"CREATE TRIGGER disk_is_full BEFORE INSERT ON {table} EXECUTE FUNCTION no_room()"))
    assert town.client.get("/readyz").status_code == 200, "nobody has been refused yet"
    assert town.text(PHONE, "words", message_id="SM2").status_code == 503
    ready = town.client.get("/readyz")
    assert (ready.status_code, ready.text) == (503, FULL)
    with database.engine.begin() as connection:
        connection.execute(text("DROP FUNCTION no_room CASCADE"))
    assert town.client.get("/readyz").status_code == 200
    assert town.text(PHONE, "words", message_id="SM2").status_code == 200
    assert kept(town) == ["SM1", "SM2"]


def tick_at_once(town, schedulers: int) -> None:
    threads = [threading.Thread(target=tick, args=(town.clinic.ground,)) for _ in range(schedulers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_schedulers_at_once_remind_each_patient_once(database):
    town = make_town(database)
    phones = [f"+1306555{number:04}" for number in range(20)]
    for phone in phones:
        town.clinic.book(town.clinic.patient(phone), START)
    town.clinic.tick()
    town.clinic.clock.at = START - timedelta(days=3)
    tick_at_once(town, 3)
    town.clinic.tick()
    assert [len(town.clinic.texts(phone)) for phone in phones] == [1] * 20


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("times", "first_try"), [(1, 200), (2, 503)])
def test_a_connection_cut_in_the_middle_of_a_text_leaves_nothing_half(database, times, first_try):
    """Cut at the last statement, when the answer, the response and the conversation are written already. Cut once, the
    text is taken on a new connection; cut again, the carrier hears 503 and comes again."""
    town, cuts = make_town(database), []
    town.clinic.book(next(iter(town.clinic.rows(Patient))).id, START)
    town.clinic.at(START - timedelta(days=3))

    @event.listens_for(database.engine, "before_cursor_execute")
    def cut(connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO message ") and len(cuts) < times:
            cuts.append(statement)
            backend = connection.connection.driver_connection.info.backend_pid
            with psycopg.connect(database.url.replace("postgresql+psycopg", "postgresql")) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))

    assert town.text(PHONE, "1", message_id="SM1").status_code == first_try
    if first_try == 503:
        assert kept(town) == []
        assert [row.reply for row in town.clinic.rows(Appointment)] == [None]
    assert [town.text(PHONE, "1", message_id="SM1").status_code for _ in range(2)] == [200, 200]
    assert kept(town) == ["SM1"]
    assert [row.reply for row in town.clinic.rows(Appointment)] == ["confirmed"]
    replies = [row for row in town.clinic.rows(Message, direction="outbound") if (row.cause or "").startswith("reply:")]
    assert len(replies) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_text_waits_for_a_short_lock_and_is_refused_under_a_long_one(database):
    """Another process (a backup) writes: a text waits its turn, up to the time SQLite is told to wait."""
    town = make_town(database)
    held, let_go = threading.Event(), threading.Event()

    def back_up():
        with database.engine.begin() as connection:
            connection.execute(text("SELECT 1"))
            held.set()
            let_go.wait(GIVE_UP_S)

    holder = threading.Thread(target=back_up)
    holder.start()
    held.wait(GIVE_UP_S)
    threading.Timer(0.3, let_go.set).start()
    assert town.text(PHONE, "words", message_id="SM1").status_code == 200
    holder.join()
    database.engine.dispose()
    event.listen(database.engine, "connect", lambda raw, _record: raw.execute("PRAGMA busy_timeout = 20"))
    with database.engine.begin():
        assert town.text(PHONE, "words", message_id="SM2").status_code == 503
    assert kept(town) == ["SM1"]
    assert town.text(PHONE, "words", message_id="SM2").status_code == 200
    assert kept(town) == ["SM1", "SM2"]


def test_after_two_hours_without_a_scheduler_only_what_is_still_of_use_is_sent(database):
    """The recall two hours before is of no use half an hour before the visit."""
    town = make_town(database)
    late, in_time = "+13065550171", "+13065550172"
    for phone, start in ((late, START), (in_time, START + timedelta(minutes=70))):
        town.clinic.book(town.clinic.patient(phone), start)
    town.clinic.at(START - timedelta(days=3))
    before = {phone: len(town.clinic.texts(phone)) for phone in (late, in_time)}
    town.clinic.clock.at = START - timedelta(minutes=10)
    tick_at_once(town, 2)
    town.clinic.tick()
    assert {phone: len(town.clinic.texts(phone)) - before[phone] for phone in before} == {late: 0, in_time: 1}
    recalls = town.clinic.rows(DueStep, step="two_hours")
    assert (recalls[0].state, recalls[0].reason) == ("missed", "too_late")
