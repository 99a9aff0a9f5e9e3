"""One turn of the engine on one core: the intake that ships, about 20 questions, asked over text message in English.

A turn is what happens between two rows: state from JSON, the patient's words parsed, advance, state to JSON. The plan
is in memory. Compiling it and writing out the next text are timed beside it. Each round talks the whole form through.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median

from bench.figures import Figure, share
from forms.engine import Context, Plan, Reply, State, Status, Turn, advance, begin
from forms.library import load
from forms.plan import compile_plan
from forms.questionnaire import read_questionnaire
from forms.render import sms

ROUNDS = 40
CONTEXT = Context("sms", "en", datetime(2026, 12, 1, 15, tzinfo=UTC), zone="America/Toronto", date_order="dmy")
USUAL = "1"
WORDS = {
    "preferred-name": "Marie",
    "birth-date": "March 14, 1984",
    "community": "Pine Narrows",
    "reason": "my cough does not go away",
    "allergies-which": "penicillin, a rash",
    "medicines-which": "metformin 500 twice a day",
    "conditions": "1 2",
    "hospital-why": "a broken wrist",
    "due-date": "7 June 2027",
}


def measure() -> Iterator[Figure]:
    questionnaire = read_questionnaire(load("intake")).questionnaire
    assert questionnaire is not None
    started = time.perf_counter()
    plan = compile_plan(questionnaire, "en")
    compiled_ms = (time.perf_counter() - started) * 1000
    turns_ms: list[float] = []
    renders_ms: list[float] = []
    for _ in range(ROUNDS):
        _talk(plan, turns_ms, renders_ms)
    asked = len(turns_ms) // ROUNDS
    yield Figure(f"engine turn, {asked} turns to the end, median", median(turns_ms), "ms", at_most=0.4)
    yield Figure("engine turn, 99 of 100", share(turns_ms, 0.99), "ms")
    yield Figure("the next text written out, median", median(renders_ms), "ms")
    yield Figure("compiling the plan, once per version and language", compiled_ms, "ms")


def _talk(plan: Plan, turns_ms: list[float], renders_ms: list[float]) -> None:
    turn = begin(plan, CONTEXT)
    stored = json.dumps(turn.state.to_json())
    while turn.state.status is Status.ASKING:
        reply = Reply.text(_words_for(turn))
        started = time.perf_counter()
        turn = advance(plan, State.from_json(json.loads(stored)), reply, CONTEXT)
        stored = json.dumps(turn.state.to_json())
        turns_ms.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        sms.render(plan, turn, str)
        renders_ms.append((time.perf_counter() - started) * 1000)
    assert turn.state.status is Status.COMPLETED, f"the form ended as {turn.state.status} at {turn.state.waiting}"


def _words_for(turn: Turn) -> str:
    assert turn.state.waiting is not None
    _kind, path = turn.state.waiting
    return WORDS.get(path.rpartition("/")[2], USUAL)
