"""Published questionnaires from many sources: imported, asked on every channel they are ready for, round-tripped."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from app.core.locale import translator
from channels.sms.segments import measure
from forms import library
from forms.engine import resume
from forms.plan import Plan, compile_plan
from forms.problems import Severity
from forms.questionnaire import read_questionnaire
from forms.readiness import readiness
from forms.render import sms, voice, web
from forms.response import build_response, read_response, validate_response
from forms.state import Status
from tests.forms.chat import Chat
from tests.forms.paths_through import fitting_reply

FOLDER = Path(__file__).parents[1] / "data" / "questionnaires"
PUBLISHED = sorted(FOLDER.glob("*.json"))
SHIPPED = library.names()
CHANNELS = ("sms", "voice", "web")
NOT_ASKABLE = {"lforms-enablewhen-reference-loop-r4", "who-anc-quick-check", "fhircore-covid19-assessment"}


def read(name: str) -> dict:
    if name in SHIPPED:
        return library.load(name)
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


NAMES = [path.stem for path in PUBLISHED] + list(SHIPPED)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_imported_and_every_error_has_its_reason(name):
    result = read_questionnaire(read(name))
    errors = {problem.code for problem in result.problems if problem.severity is Severity.ERROR}
    expected = {"lforms-enablewhen-reference-loop-r4": {"cyclic-condition"}}.get(name)
    if expected is None:
        expected = {"no-askable-question"} if name in NOT_ASKABLE else set()
    assert errors == expected
    assert all(problem.message and problem.fix for problem in result.problems)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_ASKABLE])
def test_it_is_asked_on_every_channel_it_is_ready_for_and_comes_back_whole(name):
    source = read(name)
    form = read_questionnaire(source).questionnaire
    assert form is not None
    report = readiness(form, translators=translator, measure=measure)
    talked = 0
    for tag in form.languages:
        for channel in CHANNELS:
            if report[tag][channel].ready:
                _talk_through(source, channel, tag)
                talked += 1
    assert talked >= 2


def _talk_through(source: dict, channel: str, locale: str) -> None:
    choose = random.Random(f"{channel}{locale}").choice
    chat = Chat(source, channel, locale, order="ymd")
    plan = chat.plan
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan
    speak = translator(plan.locale)
    for _ in range(400):
        if chat.state.status is not Status.ASKING:
            break
        assert sms.render(plan, chat.turn, speak)
        assert voice.render(plan, chat.turn, speak).says
        assert web.render(plan, chat.state, speak, context=chat.context).sections
        chat.reply(fitting_reply(chat, choose))
    assert chat.state.status in {Status.COMPLETED, Status.HANDED_OFF}, chat.asked
    response = json.loads(json.dumps(build_response(chat.form, plan, chat.state, context=chat.context)))
    assert [p for p in validate_response(chat.form, response) if p.severity is Severity.ERROR] == []
    state, problems = read_response(chat.form, plan, response, context=chat.context)
    assert problems == []
    again = build_response(chat.form, plan, state, context=chat.context)
    assert again.get("item") == response.get("item")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_ASKABLE])
def test_begun_by_text_it_is_finished_by_phone(name):
    chat = Chat(read(name), "sms", order="ymd")
    choose = random.Random(name).choice
    for number in range(400):
        if chat.state.status is not Status.ASKING:
            break
        if number == 3:
            answered = dict(chat.state.answers)
            chat.resume("voice")
            assert chat.state.answers == answered
        chat.reply(fitting_reply(chat, choose))
    turn = resume(chat.plan, chat.state, chat.context)
    assert turn.state.status is not Status.ASKING or turn.state.waiting is not None


@pytest.mark.parametrize("name", SHIPPED)
def test_a_questionnaire_that_ships_has_no_problem_worth_a_warning(name):
    problems = read_questionnaire(library.load(name)).problems
    assert [problem for problem in problems if problem.severity is not Severity.INFO] == []


@pytest.mark.parametrize("name", NAMES)
def test_export_gives_back_what_was_read(name):
    source = read(name)
    result = read_questionnaire(json.dumps(source))
    expected = source if source["resourceType"] == "Questionnaire" else source["entry"][0]["resource"]
    assert result.draft.to_json() == expected


def test_the_score_of_phq9_is_computed_and_not_asked():
    chat = Chat(read("lforms-phq9-r4")).say(*["3"] * 9)
    assert chat.asked == "/69722-7"
    chat.say("1")
    response = build_response(chat.form, chat.plan, chat.state, context=chat.context)
    total = next(row for row in response["item"] if row["linkId"] == "/44261-6")
    assert total["answer"] == [{"valueDecimal": 27}]


def test_bmi_is_computed_from_variables_of_the_form():
    chat = Chat(read("lforms-weight-height-bmi-r4")).say("70", "1", "68", "1")
    response = build_response(chat.form, chat.plan, chat.state, context=chat.context)
    bmi = next(row for row in response["item"] if row["linkId"] == "/39156-5")
    assert bmi["answer"] == [{"valueDecimal": 23.5}]


def test_a_condition_on_a_calculated_value_shows_the_right_ending():
    for words, shown in ((["1"] * 5, "posResultInterpretation"), (["2"] * 5, "negResultInterpretation")):
        chat = Chat(read("lforms-enablewhen-on-calculated-r4")).say(*words)
        response = build_response(chat.form, chat.plan, chat.state, context=chat.context)
        assert shown in {row["linkId"] for row in response["item"]}
        assert chat.state.status is Status.COMPLETED


def test_a_plan_of_twenty_questions_fits_in_three_kilobytes():
    import brotli

    for name in NAMES:
        form = read_questionnaire(read(name)).draft
        plan = compile_plan(form, "fr")
        wire = json.dumps(plan.to_json(), ensure_ascii=False, separators=(",", ":")).encode()
        questions = sum(item.is_question for item in plan.items)
        assert len(brotli.compress(wire)) <= 3000 * max(1, questions / 20), name
