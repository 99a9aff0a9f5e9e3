"""Published forms with parts replaced by anything: read, asked and answered without a traceback, in bounded time."""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from forms.engine import advance, begin
from forms.plan import Plan, compile_plan
from forms.problems import Severity
from forms.questionnaire import read_questionnaire
from forms.render import sms, voice, web
from forms.response import build_observations, build_response, read_response, validate_response
from forms.state import Context, Reply, State
from tests.forms.chat import NOW
from tests.forms.test_published import NAMES, read

JUNK = (
    None,
    True,
    0,
    -1,
    5,
    1.5,
    1e308,
    "",
    "x",
    "\x00",
    "é" * 50,
    [],
    {},
    [None],
    [5],
    {"a": 1},
    ["x"],
    {"url": 5},
    [[[]]],
    {"extension": 5},
    "2020-13-45",
    "group",
    "choice",
    10**30,
)
MEMBERS = (
    "type",
    "linkId",
    "enableWhen",
    "answerOption",
    "repeats",
    "required",
    "extension",
    "item",
    "initial",
    "text",
    "_text",
    "maxLength",
    "answerValueSet",
    "option",
    "valueCoding",
    "operator",
    "question",
    "answerInteger",
    "language",
    "contained",
)
LINES = (
    "1",
    "2",
    "yes",
    "skip",
    "back",
    "help",
    "9",
    "change 2",
    "review",
    "37,5",
    "12 mars 1980",
    "hello",
    "ok",
    "x=1",
    "",
    "1 2",
)
ROUNDS = 12


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from places(part, (*path, index))


def spoilt(source: Any, rng: random.Random) -> Any:
    """The same with a few members replaced, added, dropped or doubled."""
    spoiled = copy.deepcopy(source)
    for _ in range(rng.randint(1, 8)):
        found = list(places(spoiled))
        if not found:
            break
        *way, last = rng.choice(found)
        holder = spoiled
        for step in way:
            holder = holder[step]
        what = rng.random()
        if what < 0.6:
            holder[last] = copy.deepcopy(rng.choice(JUNK))
        elif what < 0.75 and isinstance(holder, dict):
            holder[rng.choice(MEMBERS)] = copy.deepcopy(rng.choice(JUNK))
        elif what < 0.9 or not isinstance(holder, list):
            del holder[last]
        else:
            holder.append(copy.deepcopy(rng.choice(holder)))
    return spoiled


@pytest.mark.parametrize("name", NAMES)
def test_a_spoilt_form_is_read_asked_and_answered_without_breaking(name):
    source = read(name)
    for number in range(ROUNDS):
        rng = random.Random(f"{name}{number}")
        started = time.process_time()
        result = read_questionnaire(spoilt(source, rng))
        json.dumps([problem.to_json() for problem in result.problems], allow_nan=False)
        if result.questionnaire is not None:
            _use(result.questionnaire, rng)
        assert time.process_time() - started < 10


def _use(form: Any, rng: random.Random) -> None:
    plan = compile_plan(form, rng.choice(["en", "fr", "sw"]))
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan
    channel = rng.choice(["sms", "voice", "web"])
    context = Context(channel, "en", NOW, "America/Toronto", rng.choice([None, "dmy"]))
    turn = begin(plan, context)
    for _ in range(12):
        sms.render(plan, turn, str)
        voice.render(plan, turn, str)
        json.dumps(web.form_to_json(web.render(plan, turn.state, str, context=context)), allow_nan=False)
        stored = State.from_json(json.loads(json.dumps(turn.state.to_json())))
        turn = advance(plan, stored, _reply(plan, channel, rng), context)
    response = json.loads(json.dumps(build_response(form, plan, turn.state, context=context), allow_nan=False))
    assert [p for p in validate_response(form, response) if p.severity is Severity.ERROR] == []
    build_observations(form, response, response_key="x")
    validate_response(form, spoilt(response, rng))
    read_response(form, plan, spoilt(response, rng), context=context)


def _reply(plan: Plan, channel: str, rng: random.Random) -> Reply:
    if rng.random() < 0.1:
        paths = [item.key for item in rng.sample(plan.items, min(4, len(plan.items)))]
        return Reply.page({path: rng.choice(JUNK) for path in paths}, final=rng.random() < 0.5)
    if channel != "voice":
        return Reply.text(rng.choice(LINES))
    keys = rng.choice(["1", "2", "#", "*", "9", "12*5", "12031980", "1530", ""])
    return rng.choice([Reply.keys(keys), Reply.silence(), Reply.recording("r"), Reply.text(rng.choice(LINES))])
