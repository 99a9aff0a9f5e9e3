"""What holds on any path through any form: valid responses, replay, undo, plans as JSON, the browser's agreement."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.board import Board
from forms.engine import replay
from forms.numbers import tidy
from forms.paths import path_of
from forms.plan import Plan
from forms.problems import Severity
from forms.render import sms, voice, web
from forms.render.logic import logic_to_json, needs_connection
from forms.response import build_response, read_response, validate_response
from forms.state import Answer, Reply, Status
from tests.forms.browser import run_in_node
from tests.forms.chat import Chat, choice, expression, form, group, item, when
from tests.forms.paths_through import COMMANDS, fitting_reply

settings.register_profile("forms", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("forms")
NOW_TEXT = "2026-11-23T10:00:00"


@st.composite
def conditions(draw: st.DrawFn, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """enableWhen rows on questions already there."""
    rows = []
    for other in draw(st.lists(st.sampled_from(known), min_size=1, max_size=2)):
        kind = other["type"]
        operator = draw(
            st.sampled_from(["exists", "=", "!="] + ([">", "<="] if kind in {"integer", "decimal"} else []))
        )
        if operator == "exists" or kind in {"string", "group", "display", "date"}:
            rows.append(when(other["linkId"], "exists", answerBoolean=draw(st.booleans())))
        elif kind == "boolean":
            rows.append(when(other["linkId"], operator, answerBoolean=draw(st.booleans())))
        elif kind == "choice":
            rows.append(
                when(
                    other["linkId"], operator, answerCoding=draw(st.sampled_from(other["answerOption"]))["valueCoding"]
                )
            )
        else:
            rows.append(when(other["linkId"], operator, answerInteger=draw(st.integers(0, 8))))
    return rows


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    """Forms of a few items: nested and repeating groups, questions under questions, conditions, calculations."""
    known: list[dict[str, Any]] = []

    def made(depth: int) -> dict[str, Any]:
        link_id = f"q{len(known)}"
        kinds = ["boolean", "integer", "decimal", "string", "date", "choice", "display", "sum"]
        kind = draw(st.sampled_from([*kinds, "group"] if depth < 2 else kinds))
        more: dict[str, Any] = {}
        if known and draw(st.integers(0, 2)) == 0:
            more["enableWhen"] = draw(conditions([one for one in known if one["type"] != "display"] or known))
            more["enableBehavior"] = draw(st.sampled_from(["all", "any"]))
        if kind == "choice":
            one = choice(link_id, "Red", "Green", "Blue", **more)
        elif kind == "group":
            one = group(link_id, **more)
        elif kind == "sum":
            links = " | ".join(repr(other["linkId"]) for other in known) or "{}"
            text = f"%resource.descendants().where(linkId in ({links})).answer.count()"
            one = item(link_id, "integer", extension=[expression("calculatedExpression", text)], **more)
        else:
            one = item(link_id, kind, **more)
        if kind not in {"display", "sum"}:
            one["repeats"] = draw(st.integers(0, 4)) == 0
            one["required"] = kind != "group" and draw(st.integers(0, 3)) == 0
        known.append(one)
        has_questions_below = kind in {"choice", "string"} and depth < 2 and draw(st.integers(0, 4)) == 0
        if kind == "group" or has_questions_below:
            one["item"] = [made(depth + 1) for _ in range(draw(st.integers(1, 3)))]
        return one

    rows = [made(0) for _ in range(draw(st.integers(1, 6)))]
    return form(item("first", "boolean"), *rows)


def walked(data: st.DataObject, channel: str, *, commands: bool = True) -> tuple[Chat, list[Reply]]:
    """A conversation of fitting replies with commands and slips between them."""
    chat = Chat(data.draw(forms()), channel)
    replies = []
    for _ in range(40):
        if chat.state.status is not Status.ASKING:
            break
        slip = commands and channel != "voice" and data.draw(st.integers(0, 4)) == 0
        reply = (
            Reply.text(data.draw(st.sampled_from(COMMANDS)))
            if slip
            else fitting_reply(chat, lambda of: data.draw(st.sampled_from(list(of))))
        )
        replies.append(reply)
        chat.reply(reply)
    return chat, replies


@settings(max_examples=60)
@given(st.data(), st.sampled_from(["sms", "voice", "web"]))
def test_any_path_through_any_form_gives_a_valid_response_that_reads_back(data, channel):
    chat, _ = walked(data, channel)
    response = build_response(chat.form, chat.plan, chat.state, context=chat.context)
    assert [
        p for p in validate_response(chat.form, json.loads(json.dumps(response))) if p.severity is Severity.ERROR
    ] == []
    state, problems = read_response(chat.form, chat.plan, response, context=chat.context)
    assert problems == []
    again = build_response(chat.form, chat.plan, state, context=chat.context)
    assert again.get("item") == response.get("item")


@settings(max_examples=40)
@given(st.data(), st.sampled_from(["sms", "voice"]))
def test_replay_equals_live(data, channel):
    chat, replies = walked(data, channel)
    again = replay(chat.plan, chat.context, [(reply, chat.context) for reply in replies])
    assert again.state == chat.state


@settings(max_examples=60)
@given(st.data())
def test_back_then_forward_changes_nothing(data):
    chat, _ = walked(data, "sms", commands=False)
    if chat.state.status is not Status.ASKING or chat.turn.prompt is None or len(chat.state.trail) < 2:
        return
    before = chat.state
    chat.say("back")
    path = chat.asked
    if path not in before.answers:
        return
    chat.say("ok")
    assert chat.state.answers == before.answers
    assert chat.asked == before.waiting[1]


@settings(max_examples=40)
@given(st.data())
def test_a_finished_form_has_asked_every_question_that_applies(data):
    chat, _ = walked(data, "sms", commands=False)
    if chat.state.status is not Status.COMPLETED:
        return
    board = Board(chat.plan, chat.state.answers, chat.state.counts, NOW_TEXT)
    for step in board.asked_questions():
        path = path_of(step.item, step.indices)
        assert path in chat.state.answers or not step.item.required or step.item.loops, path


@settings(max_examples=60)
@given(forms(), st.sampled_from(["en", "fr"]))
def test_a_plan_survives_json(source, locale):
    plan = Chat(source, locale=locale).plan
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@settings(max_examples=40)
@given(st.data(), st.text(max_size=40), st.sampled_from(["sms", "voice", "web"]))
def test_no_reply_can_break_a_turn_and_every_turn_can_be_rendered(data, text, channel):
    chat = Chat(data.draw(forms()), channel)
    for reply in (
        Reply.text(text),
        Reply.keys(text),
        Reply.silence(),
        Reply.recording(text),
        Reply.page({text: text, "first": text}),
    ):
        chat.reply(reply)
        sms.render(chat.plan, chat.turn, str)
        voice.render(chat.plan, chat.turn, str)
        json.dumps(web.form_to_json(web.render(chat.plan, chat.state, str, context=chat.context)))


VALUES = {
    "boolean": st.booleans(),
    "integer": st.integers(-5, 10),
    "decimal": st.decimals(-5, 100, places=2).map(lambda number: tidy(float(number))),
    "string": st.sampled_from(["", "a", "Été", "5"]),
    "date": st.sampled_from(["2026", "2026-11", "2026-11-23", "1980-02-29"]),
    "choice": st.sampled_from(["red", "green", "blue"]),
}


@st.composite
def answered_forms(draw: st.DrawFn) -> dict[str, Any]:
    """A form and answers anywhere in it, on the path or off it."""
    chat = Chat(draw(forms()), "web")
    counts = {one.key: draw(st.integers(1, 3)) for one in chat.plan.items if one.loop and len(one.loops) == 1}
    answers = {}
    board = Board(chat.plan, {}, counts, NOW_TEXT)
    for step in board.steps():
        if not step.is_end and step.item.is_asked and draw(st.booleans()):
            value = draw(VALUES[str(step.item.kind)])
            answers[path_of(step.item, step.indices)] = [value] if step.item.many else value
    return {"plan": chat.plan, "answers": answers, "counts": counts}


def test_python_equals_browser_on_random_answers():
    cases: list[dict[str, Any]] = []

    @settings(max_examples=80, database=None)
    @given(answered_forms())
    def gather(case: dict[str, Any]) -> None:
        cases.append(case)

    gather()
    asked = []
    expected = []
    for case in cases:
        plan = case["plan"]
        board = Board(plan, {p: Answer(v, "", "", "web") for p, v in case["answers"].items()}, case["counts"], NOW_TEXT)
        steps = [step for step in board.steps() if not step.is_end and not needs_connection(step.item, plan)]
        paths = [path_of(step.item, step.indices) for step in steps]
        asked.append(
            {
                "logic": logic_to_json(plan),
                "answers": case["answers"],
                "counts": case["counts"],
                "now": NOW_TEXT,
                "paths": paths,
            }
        )
        expected.append([[board.applies(s.item, s.indices), board.values(s.item, s.indices)] for s in steps])
    found = run_in_node(asked)
    assert len(found) >= 80
    for case, ours, theirs in zip(asked, expected, found, strict=True):
        assert json.dumps(ours) == json.dumps(theirs), case


@pytest.mark.parametrize("seed", range(3))
def test_an_old_state_with_a_path_the_plan_does_not_know_does_no_harm(seed):
    chat = Chat(form(item("a"), item("b")))
    strange = {**chat.state.to_json(), "w": ["ask", f"zzz{seed}"], "t": ["zzz"], "a": {"zzz@9": [1, "", "", ""]}}
    from forms.state import State

    chat.turn = type(chat.turn)(State.from_json(strange), (), chat.context)
    assert chat.say("x").asked in {"a", "b"}
