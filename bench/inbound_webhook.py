"""Texts coming in over the signed webhook, each the answer to a question of the intake, against a bare endpoint.

Ours: signature, stored once, consent words, conversation locked, a turn of the engine, answer and effects kept, the
next question queued, one durable commit, 200. The bare one: signature, two rows, one durable commit
(`bench/bare_endpoint.py`). Both run on waitress with the eight threads that `farline serve` has unless told otherwise,
with the same database settings, and are asked in turn, round by round; the servers have one core, the sender (eight
kept connections, always busy) the other. A PostgreSQL server shares both cores with them. Last comes a round at half
the rate that was reached, evenly spread; a wait there counts from the moment the text was due.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.bare_endpoint import TOKEN, signature
from bench.clinic import SENDER, fill_clinic, phone_of
from bench.databases import Fresh, on_each_database
from bench.figures import Figure, share, spread
from bench.load import Load, fire, fire_at, form_post
from bench.servers import FARLINE, running
from tests.beds.process import free_port

PATIENTS = 1500
THREADS = 8  # as `farline serve` has them unless told otherwise
ANSWERS = ("Marie", "March 14, 1984", "1", "Pine Narrows")  # to the first questions of the intake, one a round
LAST_ANSWER = "1"  # in the round at half the rate
CONNECTIONS = 8
LIMIT_S = 30.0
ACCOUNT = "AC" + "0" * 32
SETTINGS = """[carriers.twilio]
account_sid = "{account}"
auth_tokens = ["{token}"]
sender = "{sender}"
"""


def measure() -> Iterator[Figure]:
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    yield from on_each_database(_compare)


def _compare(name: str, fresh: Fresh) -> Iterator[Figure]:
    with _ours(fresh()) as our_address, _bare(fresh()) as bare_address:
        rounds = [_round(turn, our_address, bare_address) for turn in range(len(ANSWERS))]
        rates = [ours.rate for ours, _bare in rounds]
        calm = _fire_calmly(our_address, median(rates) / 2)
    bare_rate = f"bare endpoint {median(bare.rate for _ours, bare in rounds):,.0f}/s"
    ratios = [ours.rate / bare.rate for ours, bare in rounds]
    waits_ms = [wait * 1000 for ours, _bare in rounds for wait in ours.waits_s]
    rate = median(rates)
    yield Figure(f"{name}: texts taken per second", rate, "/s", at_least=300, beside=f"{spread(rates)}; {bare_rate}")
    yield Figure(f"{name}: of the bare endpoint's rate", median(ratios), "", at_least=0.4, beside="aim 0.6")
    yield Figure(f"{name}: 99 of 100 answered within", share(waits_ms, 0.99), "ms", at_most=50, beside="at saturation")
    calm_ms = share([wait * 1000 for wait in calm.waits_s], 0.99)
    yield Figure(f"{name}: 99 of 100 answered within, at half that rate", calm_ms, "ms", at_most=50,
                 beside=f"{calm.rate:,.0f}/s")  # fmt: skip


def _round(turn: int, our_address: str, bare_address: str) -> tuple[Load, Load]:
    bare = _fire(bare_address, "/text", turn)
    return _fire(our_address, "/carriers/twilio/text", turn), bare


@contextmanager
def _ours(url: str) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        fill_clinic(Path(home), url, PATIENTS, address)
        (Path(home) / "farline.toml").write_text(SETTINGS.format(account=ACCOUNT, token=TOKEN, sender=SENDER))
        environment = {
            "FARLINE_HOME": home,
            "FARLINE_DATABASE_URL": url,
            "FARLINE_PUBLIC_URL": address,
            "FARLINE_THREADS": str(THREADS),
            "FARLINE_LOG_LEVEL": "WARNING",
        }
        command = [str(FARLINE), "serve", "--no-runner", "--port", str(port)]
        with running(command, port, environment=environment, core=0):
            yield address


@contextmanager
def _bare(url: str) -> Iterator[str]:
    port = free_port()
    with running([sys.executable, "-m", "bench.bare_endpoint", str(port), url, str(THREADS)], port, core=0):
        yield f"http://127.0.0.1:{port}"


def _fire(address: str, path: str, turn: int) -> Load:
    """Every patient answers question number `turn`."""
    posts = _posts(address, path, turn, ANSWERS[turn])
    return _all_taken(fire(_port(address), posts, connections=CONNECTIONS, limit_s=LIMIT_S))


def _fire_calmly(address: str, rate: float) -> Load:
    posts = _posts(address, "/carriers/twilio/text", len(ANSWERS), LAST_ANSWER)
    return _all_taken(fire_at(_port(address), posts, connections=CONNECTIONS, rate=rate))


def _all_taken(load: Load) -> Load:
    assert set(load.statuses) == {200}, f"not every text was taken: {dict(load.statuses)}"
    return load


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


def _posts(address: str, path: str, turn: int, answer: str) -> list[bytes]:
    posts = []
    for number in range(PATIENTS):
        fields = {
            "MessageSid": f"SM{turn * PATIENTS + number:032x}",
            "AccountSid": ACCOUNT,
            "From": phone_of(number),
            "To": SENDER,
            "Body": answer,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
        }
        posts.append(form_post(path, fields, {"X-Twilio-Signature": signature(address + path, fields)}))
    return posts
