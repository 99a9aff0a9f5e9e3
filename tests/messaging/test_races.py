"""What happens at once: STOP against a send, two runners, a busy database, a connection that is cut."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.core.ids import new_id
from app.core.sealed import keyring
from app.messaging.drain import Pace, drain
from app.messaging.models import Message, MessageAttempt
from app.messaging.queue_message import Draft, queue_messages
from app.messaging.settle_uncertain import settle_uncertain
from app.messaging.stop_sends import stop_sends
from app.messaging.sweep_leases import sweep_leases

ADDRESSES = [f"+1306555{number:04}" for number in range(60)]


def stop(ground, clinic, address):
    with ground.database.write() as session:
        index = keyring().blind_index("address", address)
        return stop_sends(session, clinic, index, channel="sms", word="stop", source="patient", now=ground.clock.now())


def at_once(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def states(ground):
    with ground.database.read() as session:
        return dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all())


INTERLEAVINGS = 1_000


def attempts_of(ground):
    """Each attempt's id, by whom it is for. Ids rise; an attempt's is drawn in the transaction that marks it."""
    wanted = select(MessageAttempt.id, Message).join(Message, Message.id == MessageAttempt.message_id)
    with ground.database.read() as session:
        return {message.address: attempt_id for attempt_id, message in session.execute(wanted)}


def test_no_attempt_is_marked_after_a_stop_was_committed(ground, carrier, clinic, queue):
    """A thousand people say STOP while their messages are being claimed, marked and sent, each at a moment of its own.

    What STOP ended never leaves; and what left was marked before its STOP was committed. It may be called just after.
    """
    people = [f"+1306{5_550_000 + number}" for number in range(INTERLEAVINGS)]
    committed, dice = {}, random.Random(4)
    with ground.database.write() as session:
        queue_messages(
            session,
            [
                Draft(clinic_id=clinic, channel="sms", address=each, purpose="reply", cause=each, body=each)
                for each in people
            ],
            now=ground.clock.now(),
        )
    ended = {}

    def some_stop(mine):
        for address in mine:
            time.sleep(dice.random() * 0.002)
            ended[address] = stop(ground, clinic, address)
            committed[address] = new_id()

    order = dice.sample(people, len(people))
    at_once(
        lambda: some_stop(order[::2]), lambda: some_stop(order[1::2]),
        lambda: drain(ground), lambda: drain(ground, pace=Pace(threads=2)),
    )  # fmt: skip
    while drain(ground).handled:
        pass
    stopped_in_time = {address for address, count in ended.items() if count}
    assert set(carrier.texts) == set(people) - stopped_in_time
    assert len(carrier.texts) == len(set(carrier.texts))
    assert states(ground).get("suppressed", 0) == len(stopped_in_time)
    assert stopped_in_time, "nobody was in time: the race was not run"
    assert carrier.texts, "everybody was in time: the race was not run"
    marked = attempts_of(ground)
    assert set(marked) == set(people) - stopped_in_time
    assert {address for address, attempt_id in marked.items() if attempt_id > committed[address]} == set()


def test_several_runners_hand_each_message_over_once(ground, carrier, queue):
    for number in range(120):
        queue(address=ADDRESSES[number % 40], body=str(number), priority=50, class_="reminder")
    at_once(*[lambda: drain(ground, pace=Pace(threads=3))] * 4)
    while drain(ground).handled:
        pass
    assert sorted(map(int, carrier.texts)) == list(range(120))


def test_several_runners_keep_an_addresss_order(ground, carrier, queue):
    carrier.answer_s = 0.002
    for number in range(40):
        queue(address=ADDRESSES[number % 4], body=str(number))
    at_once(*[lambda: drain(ground, pace=Pace(threads=3))] * 3)
    while drain(ground).handled:
        pass
    for line in range(4):
        sent = [int(words) for words in carrier.texts if int(words) % 4 == line]
        assert sent == sorted(sent)


def test_a_hanging_call_does_not_hold_up_the_others(ground, carrier, queue):
    """The call hangs until all the others are through: were they waiting for it, neither would ever end."""
    others, hung_until = [], threading.Event()

    def mood(outbound):
        if outbound.text == "hangs":
            assert hung_until.wait(60), "the others wait for the one that hangs"
            return
        others.append(outbound.text)
        if len(others) == 29:
            hung_until.set()

    carrier.mood = mood
    queue(address=ADDRESSES[0], body="hangs")
    for number in range(1, 30):
        queue(address=ADDRESSES[number], body=str(number))
    drain(ground)
    assert hung_until.is_set()
    assert len(others) == 29


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_database_locked_by_a_backup_is_waited_for(ground, carrier, queue):
    queue()
    connection = ground.database.engine.connect()
    transaction = connection.begin()
    timer = threading.Timer(1.5, transaction.rollback)
    timer.start()
    assert drain(ground).accepted == 1
    timer.join()
    connection.close()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_connections_cut_in_the_middle_lose_and_double_nothing(ground, carrier, clock, queue):
    carrier.answer_s = 0.01
    for number in range(80):
        queue(address=ADDRESSES[number % 60], body=str(number), priority=50, class_="reminder")
    done = threading.Event()

    def cut():
        while not done.wait(0.1):
            with ground.database.engine.connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

    def drain_through():
        for _ in range(400):
            try:
                if not drain(ground, pace=replace(Pace(), threads=4)).handled and len(carrier.texts) == 80:
                    break
            except Exception:  # noqa: BLE001 - the runner's edge does the same: log and come again
                time.sleep(0.02)
        done.set()

    at_once(drain_through, cut)
    for _ in range(6):
        clock.advance(timedelta(minutes=2))
        sweep_leases(ground)
        settle_uncertain(ground, limit=100)
        drain(ground)
    assert sorted(map(int, carrier.texts)) == list(range(80))
    assert states(ground) == {"accepted": 80}
