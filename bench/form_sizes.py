"""The engine against made-up forms of 20 and of 300 questions: a turn, reading and compiling, the plan on the wire.

All common kinds of question in turn, every third one conditional. Times are medians on one core.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any

import brotli

from bench.figures import Figure, spread
from forms.engine import advance, begin
from forms.plan import Plan, compile_plan
from forms.questionnaire import read_questionnaire
from forms.state import Context, Reply, State, Status

CONTEXT = Context("sms", "en", datetime(2026, 11, 23, 15, tzinfo=UTC), "America/Toronto")
KINDS = ("boolean", "choice", "integer", "decimal", "date", "string")
REPLIES = {
    "boolean": "yes",
    "choice": "2",
    "integer": "3",
    "decimal": "37.5",
    "date": "12 March 1980",
    "string": "fine",
}
TURNS = 2000  # per size of form


def questionnaire(count: int) -> dict[str, Any]:
    """A form of `count` questions of all common kinds, every third one conditional."""
    return {
        "resourceType": "Questionnaire",
        "status": "active",
        "language": "en",
        "title": f"{count} questions",
        "item": [_item(number) for number in range(count)],
    }


def _item(number: int) -> dict[str, Any]:
    kind = KINDS[number % len(KINDS)]
    item: dict[str, Any] = {"linkId": f"q{number}", "type": kind, "text": f"Question number {number}, how about it?"}
    if kind == "choice":
        labels = ("Not at all", "Several days", "More than half the days", "Nearly every day")
        item["answerOption"] = [{"valueCoding": {"code": f"o{n}", "display": label}} for n, label in enumerate(labels)]
    if number % 3 == 2:
        first = number - number % len(KINDS)
        item["enableWhen"] = [{"question": f"q{first}", "operator": "=", "answerBoolean": True}]
    return item


def turn_times_ms(plan: Plan) -> list[float]:
    """Each turn of one conversation: state from JSON, reply read, form advanced, state to JSON."""
    stored = json.dumps(begin(plan, CONTEXT).state.to_json())
    kinds = {item.key: str(item.kind) for item in plan.items}
    times = []
    for _ in plan.items:
        waiting = json.loads(stored)["w"]
        reply = Reply.text(REPLIES[kinds[waiting[1]]])
        start = time.perf_counter()
        turn = advance(plan, State.from_json(json.loads(stored)), reply, CONTEXT)
        stored = json.dumps(turn.state.to_json())
        times.append((time.perf_counter() - start) * 1000)
        if turn.state.status is not Status.ASKING:
            break
    return times


def compile_time_ms(source: str) -> float:
    start = time.perf_counter()
    result = read_questionnaire(source)
    assert result.questionnaire is not None
    compile_plan(result.questionnaire, "en")
    return (time.perf_counter() - start) * 1000


def plan_of(count: int) -> Plan:
    result = read_questionnaire(questionnaire(count))
    assert result.questionnaire is not None
    return compile_plan(result.questionnaire, "en")


def measure() -> Iterator[Figure]:
    for count, budget in ((20, 0.4), (300, 1.0)):
        plan = plan_of(count)
        times_ms = [each for _ in range(TURNS // count) for each in turn_times_ms(plan)]
        yield Figure(f"engine turn, {count} questions", median(times_ms), "ms", at_most=budget)
    source = json.dumps(questionnaire(300))
    compiled_ms = [compile_time_ms(source) for _ in range(7)]
    yield Figure("read and compile 300 items", median(compiled_ms), "ms", at_most=150, beside=spread(compiled_ms))
    wire = json.dumps(plan_of(20).to_json(), separators=(",", ":"), ensure_ascii=False).encode()
    yield Figure("plan of 20 questions, Brotli", len(brotli.compress(wire)), "B", at_most=3000)
