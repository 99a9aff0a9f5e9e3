"""The runner: the same work with Redis present, absent, emptied and restarted; only latency differs."""

from __future__ import annotations

import json
import shutil
import threading
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.jobs.embedded import EmbeddedRunner
from app.jobs.nudge import RedisNudge, nudge_queue
from app.jobs.rq_worker import Listener
from app.jobs.tick import PIECES, Piece, tick
from app.messaging.models import Message
from app.messaging.queue_message import Draft, queue_message
from channels.base import InboundMessage
from channels.registry import BuiltCarrier
from tests.beds.parts import do_without
from tests.beds.process import answers_on, start, stop
from tests.beds.redis import find_redis
from tests.beds.room import throwaway_folder

LONG = 600.0  # a poll that cannot be what found the work
NOWHERE = "redis://192.0.2.1:6379"  # an address nobody answers at (RFC 5737)


@pytest.fixture
def say(ground, clinic):
    """Queue one message that may go at any hour, and nudge; gives its id."""

    def say(house, words="Hello"):
        with house.ground.database.write() as session:
            draft = Draft(
                clinic_id=clinic,
                channel="sms",
                address="+13065550155",
                purpose="reply",
                cause=f"runner:{words}",
                body=words,
                obeys_quiet_hours=False,
            )
            queue_message(session, draft, now=house.ground.clock.now())
        house.ground.wake()

    return say


def wait_for(carrier, words, timeout_s=30.0):
    deadline = time.monotonic() + timeout_s
    while words not in carrier.texts:
        assert time.monotonic() < deadline, f"{words!r} was never sent"
        time.sleep(0.02)


class OwnRedis:
    """A Redis that can be stopped and started again at the same place, empty."""

    def __init__(self):
        self.program = find_redis() or do_without("Redis")
        self.folder = throwaway_folder("farline-redis-")
        self.socket = self.folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.start()

    def start(self):
        command = [str(self.program), "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self.process = start(command, log=self.folder / "log", ready=lambda: answers_on(self.socket))

    def stop(self):
        stop(self.process)
        Path(self.socket).unlink(missing_ok=True)


@pytest.fixture
def own_redis():
    redis = OwnRedis()
    yield redis
    redis.stop()
    shutil.rmtree(redis.folder, ignore_errors=True)


@pytest.fixture
def runner_of():
    """Start a runner for a house, and end it with the test."""
    started = []

    def run(house):
        started.append(EmbeddedRunner(house))
        started[-1].start()
        return started[-1]

    yield run
    for runner in started:
        runner.stop()


def test_without_redis_a_nudge_in_the_process_is_enough(make_house, runner_of, carrier, say):
    house = make_house(poll_s=LONG)
    runner_of(house)
    time.sleep(0.3)
    say(house)
    wait_for(carrier, "Hello")


def test_without_any_nudge_the_poll_finds_the_work(make_house, runner_of, carrier, say):
    runner_of(make_house(poll_s=0.1))
    say(make_house())
    wait_for(carrier, "Hello")


def test_redis_wakes_a_worker_in_another_house(make_house, runner_of, carrier, say, redis_url):
    worker, server = make_house(poll_s=LONG), make_house()
    runner = runner_of(worker)
    listener = Listener(redis_url, runner.nudge)
    listener.start()
    nudge = RedisNudge(redis_url)
    server.waker.add(nudge.start())
    time.sleep(1.0)
    say(server)
    wait_for(carrier, "Hello")
    nudge.stop()
    listener.stop()


def test_what_lies_in_redis_holds_no_content_and_no_code(redis_url):
    nudge_queue(redis_url).enqueue("app.jobs.rq_worker.wake_up")
    import redis

    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.keys("rq:job:*")
        job = client.hgetall(key)
    name, _, positional, named = json.loads(zlib.decompress(job[b"data"]))
    assert (name, positional, named) == ("app.jobs.rq_worker.wake_up", [], {})


def test_a_redis_nobody_answers_at_costs_a_request_nothing(make_house, runner_of, carrier, say):
    house = make_house(poll_s=0.2)
    nudge = RedisNudge(NOWHERE)
    house.waker.add(nudge.start())
    started = time.thread_time()  # of the processor, so that a busy machine does not count
    for _ in range(100):
        house.ground.wake()
    assert time.thread_time() - started < 0.05
    runner_of(house)
    say(house)
    wait_for(carrier, "Hello")
    nudge.stop()


def test_redis_emptied_and_restarted_loses_nothing(make_house, runner_of, carrier, say, own_redis):
    import redis

    house = make_house(poll_s=0.3)
    runner = runner_of(house)
    listener = Listener(own_redis.url, runner.nudge)
    listener.start()
    nudge = RedisNudge(own_redis.url)
    house.waker.add(nudge.start())
    for number in range(3):
        say(house, f"before {number}")
    with redis.Redis.from_url(own_redis.url) as client:
        client.flushall()
    say(house, "after the flush")
    own_redis.stop()
    say(house, "while it is away")
    own_redis.start()
    say(house, "after it is back")
    for words in ("before 2", "after the flush", "while it is away", "after it is back"):
        wait_for(carrier, words)
    nudge.stop()
    listener.stop()
    runner.stop()
    with house.ground.database.read() as session:
        assert set(session.scalars(select(Message.state))) == {"accepted"}
    assert len(carrier.texts) == len(set(carrier.texts)) == 6


def test_a_listener_ends_when_it_is_told_whether_redis_is_there_or_not(own_redis):
    here, gone = Listener(own_redis.url, print), Listener("unix:///nowhere/redis.sock", repr)
    for listener in (here, gone):
        listener.start()
    time.sleep(0.5)
    here.stop()
    own_redis.stop()
    gone.stop()
    assert "redis-listener" not in {thread.name for thread in threading.enumerate()}


def test_a_failing_piece_is_named_and_the_others_go_on(ground, carrier, queue, monkeypatch):
    def fail(_ground):
        raise OSError

    monkeypatch.setattr("app.jobs.tick.PIECES", (Piece("broken", fail), *PIECES))
    queue()
    assert tick(ground).failed == ("broken",)
    assert carrier.texts == ["Hello"]


class Link:
    """A link we must listen at; gives each text it holds once."""

    name = "link"

    def __init__(self, *events):
        self.waiting = list(events)

    def collect(self, handle, *, wait_s: float = 0.0) -> int:
        given, self.waiting = self.waiting, []
        for event in given:
            handle(event)
        return len(given)


def test_a_stop_at_a_link_is_heard_before_a_backlog_has_left(ground, carrier, clinic, queue, monkeypatch):
    """It comes while the first round hands over; the next round hears it and nothing more leaves for that phone."""
    monkeypatch.setattr("app.jobs.tick.DRAIN_S", 0.1)
    link, carrier.answer_s = Link(), 0.05
    ground = replace(ground, carriers={**ground.carriers, "link": BuiltCarrier("link", "smpp", collector=link)})
    for number in range(300):
        queue(address=f"+1306556{number:04}")
    assert tick(ground).is_more
    link.waiting.append(InboundMessage("link", "1", "+13065560299", "+13435550100", "STOP", ground.clock.now()))
    while tick(ground).is_more:
        pass
    assert link.waiting == []
    told = [text.text for text in carrier.accepted if text.to == "+13065560299"]
    assert told != []
    assert "Hello" not in told


def test_an_idle_tick_fails_nothing_and_can_run_again_and_again(ground, clinic):
    for _ in range(3):
        assert tick(ground).failed == ()
