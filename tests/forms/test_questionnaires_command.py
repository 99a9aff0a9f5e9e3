"""`farline questionnaires` and `farline talk`: their JSON is an interface, whatever they are given."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.forms.chat import SDC, choice, expression, extension, form, group, item, when

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "tests" / "data" / "questionnaires"


def run(*arguments: object, given: bytes | None = None) -> tuple[int, dict]:
    """Exit status and the one JSON object on standard output."""
    result = CliRunner().invoke(main, ["questionnaires", *map(str, arguments), "--json"], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout, parse_constant=pytest.fail)


def written(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


# --- check ------------------------------------------------------------------------------------------------------------


def test_check_says_all_the_interface_promises():
    code, report = run("check", PUBLISHED / "lforms-phq9-r4.json")
    assert code == 0
    assert list(report) == ["ok", "title", "version", "items", "questions", "languages", "problems", "readiness"]
    assert (report["ok"], report["items"], report["questions"]) == (True, 11, 11)
    assert report["languages"] == ["en"]
    assert all(set(problem) == {"severity", "where", "code", "message", "fix"} for problem in report["problems"])
    for channel in ("sms", "voice", "web"):
        ready = report["readiness"]["en"][channel]
        assert ready["ready"] is True
        assert isinstance(ready["segments_max"], int)
        assert (ready["deferred"], ready["blocked"]) == ([], [])


def test_check_ends_with_one_for_what_cannot_be_published():
    code, report = run("check", PUBLISHED / "lforms-enablewhen-reference-loop-r4.json")
    assert (code, report["ok"]) == (1, False)
    assert {(p["severity"], p["code"]) for p in report["problems"] if p["where"]} >= {("error", "cyclic-condition")}
    assert not any(row["ready"] for row in report["readiness"]["en"].values())


@pytest.mark.parametrize("content", ["", "{", "null", "[]", '{"resourceType": "Patient"}', '{"a": NaN}', "\x00"])
def test_check_ends_with_two_for_what_cannot_be_read(tmp_path, content):
    code, report = run("check", written(tmp_path, "q.json", content))
    assert (code, report["ok"]) == (2, False)
    assert [problem["severity"] for problem in report["problems"]] == ["error"]


def test_a_missing_file_and_a_folder_are_problems_too(tmp_path):
    for name in (tmp_path / "nothing.json", tmp_path, "a\x00b"):
        code, report = run("check", name)
        assert (code, report["problems"][0]["code"]) == (2, "unreadable")


def test_a_mistake_in_the_command_line_is_json_as_well():
    for arguments in (
        ("check",),
        ("walk", "x.json"),
        ("walk", "x.json", "--channel", "fax", "--answers", "y"),
        ("check", "--zzz", "x"),
    ):
        code, report = run(*arguments)
        assert (code, report["ok"]) == (2, False)
        assert report["problems"][0]["code"] == "usage"


def test_without_json_the_report_is_for_people():
    result = CliRunner().invoke(main, ["questionnaires", "check", "phq-9"])
    assert result.exit_code == 0
    assert "It can be published." in result.output


# --- validate ---------------------------------------------------------------------------------------------------------

RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "status": "completed",
    "item": [{"linkId": "a", "answer": [{"valueInteger": 3}]}],
}


def test_validate_tells_a_valid_response_from_one_that_is_not(tmp_path):
    source = written(tmp_path, "q.json", form(item("a", "integer", required=True), item("b")))
    assert run("validate", source, written(tmp_path, "r.json", RESPONSE)) == (0, {"valid": True, "problems": []})
    code, report = run("validate", source, written(tmp_path, "r.json", {**RESPONSE, "item": []}))
    assert (code, report["valid"]) == (1, False)
    assert [(problem["where"], problem["code"]) for problem in report["problems"]] == [("a", "required-missing")]


@pytest.mark.parametrize("response", ["{", "[]", '{"resourceType": "Bundle"}'])
def test_validate_ends_with_two_for_what_cannot_be_read(tmp_path, response):
    source = written(tmp_path, "q.json", form(item("a", "integer")))
    code, report = run("validate", source, written(tmp_path, "r.json", response))
    assert (code, report["valid"]) == (2, False)
    code, report = run("validate", written(tmp_path, "r.json", response), source)
    assert (code, report["valid"]) == (2, False)


# --- walk -------------------------------------------------------------------------------------------------------------


def walk(folder: Path, source: object, *lines: str, **options: str) -> tuple[int, dict]:
    path = source if isinstance(source, str) else written(folder, "q.json", source)
    answers = written(folder, "lines.txt", "\n".join(lines))
    more = [part for name, value in options.items() for part in (f"--{name}", value)]
    return run("walk", path, "--answers", answers, *more)


def test_walk_asks_hears_and_builds_the_response(tmp_path):
    code, report = walk(tmp_path, form(item("a", "integer"), choice("c", "Red", "Green")), "3", "green", lang="en")
    assert (code, report["state"]) == (0, "completed")
    assert report["transcript"] == [
        {"link_id": "a", "say": "1/2 a?", "heard": "3"},
        {"link_id": "c", "say": "2/2 c?\n1 Red\n2 Green", "heard": "green"},
    ]
    assert report["response"]["item"][1]["answer"][0]["valueCoding"]["code"] == "green"


def test_when_the_lines_run_out_the_waiting_prompt_stands_last(tmp_path):
    code, report = walk(tmp_path, form(item("a", "integer"), item("b")), "3")
    assert (code, report["state"]) == (1, "asking")
    assert report["transcript"][-1] == {"link_id": "b", "say": "2/2 b?", "heard": None}
    assert report["response"]["status"] == "in-progress"


def test_walk_by_phone_takes_keys_and_words(tmp_path):
    source = form(item("b", "boolean"), item("n", "decimal"), item("why"))
    code, report = walk(tmp_path, source, "1", "37*8", "1", "my knee", channel="voice", lang="en")
    assert (code, report["state"]) == (0, "completed")
    assert [entry["link_id"] for entry in report["transcript"]] == ["b", "n", "n", "why"]


def test_walk_knows_what_day_it_is_and_how_the_clinic_writes_dates(tmp_path):
    _, report = walk(
        tmp_path, form(item("d", "date"), item("e", "date")), "tomorrow", "03/04/2027", today="2026-12-31", order="dmy"
    )
    days = [row["answer"][0]["valueDate"] for row in report["response"]["item"]]
    assert days == ["2027-01-01", "2027-04-03"]


def test_walk_ends_with_one_when_a_person_must_take_over(tmp_path):
    code, report = walk(tmp_path, form(item("a", "integer")), "x", "y", "z", "3")
    assert (code, report["state"]) == (1, "handed_off")
    assert len(report["transcript"]) == 3


def test_walk_of_what_cannot_be_asked_is_refused_with_its_problems(tmp_path):
    code, report = walk(tmp_path, form(item("a", enableWhen=[when("zzz", answerBoolean=True)])), "x")
    assert (code, report["state"], report["transcript"], report["response"]) == (1, "refused", [], None)
    assert report["problems"][0]["code"] == "dangling-condition"
    assert walk(tmp_path, "no such file", "x")[1]["state"] == "unreadable"


@pytest.mark.parametrize("lines", [("",), ("", "", ""), ("\x00",), ("🤒" * 5000,), ("\u202e3",), ("x" * 10_000,)])
def test_walk_survives_any_line(tmp_path, lines):
    code, report = walk(tmp_path, form(item("a", "integer"), item("b")), *lines)
    assert code == 1
    assert report["transcript"]


@pytest.mark.parametrize("name", sorted(path.name for path in PUBLISHED.glob("*.json")))
@pytest.mark.parametrize("channel", ["sms", "voice", "web"])
def test_every_published_form_can_be_walked(tmp_path, name, channel):
    code, report = walk(tmp_path, str(PUBLISHED / name), "1", "yes", "2", "skip", "some words", channel=channel)
    assert code in {0, 1}
    assert set(report) >= {"state", "transcript", "response"}


# --- import -----------------------------------------------------------------------------------------------------------


def test_an_xlsform_becomes_a_questionnaire_that_can_be_checked(tmp_path):
    rows = 'survey,,\n,type,name,label\n,integer,age,"How old are you?"\n'
    source = written(tmp_path, "f.csv", rows)
    code, report = run("import-xlsform", source, "-o", tmp_path / "out.json")
    assert (code, report["ok"]) == (0, True), report
    assert run("check", tmp_path / "out.json")[0] == 0


def test_a_spreadsheet_that_is_none_and_a_place_that_is_none(tmp_path):
    code, report = run("import-xlsform", written(tmp_path, "f.xlsx", "hello"), "-o", tmp_path / "out.json")
    assert (code, report["ok"], report["output"]) == (2, False, None)
    code, report = run("import-xlsform", tmp_path / "no.xlsx", "-o", tmp_path / "out.json")
    assert (code, report["problems"][0]["code"]) == (2, "unreadable")


# --- hostile input, in a process of its own ---------------------------------------------------------------------------

MEMORY = (
    "import resource, sys, subprocess; "
    "code = subprocess.run([sys.executable, '-c', 'from app.cli import main; main()', *sys.argv[1:]]).returncode; "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(code)"
)


def calculated(text: str) -> dict:
    return expression("calculatedExpression", text)


def nested(levels: int) -> dict:
    one = item("leaf")
    for level in range(levels):
        one = group(f"g{level}", one, repeats=True, extension=[extension("questionnaire-minOccurs", valueInteger=50)])
    return one


def value_set() -> dict:
    concepts = [{"code": f"c{n}", "display": f"d{n}"} for n in range(3000)]
    return {"resourceType": "ValueSet", "id": "v", "compose": {"include": [{"concept": concepts}]}}


EVERYTHING = "%resource.descendants().select(%resource.descendants().select(%resource.descendants().answer.value))"
HOSTILE = {
    "3,000 questions in a circle": lambda: form(
        *[
            item(f"q{n}", "boolean", enableWhen=[when(f"q{(n + 1) % 3000}", "!=", answerBoolean=True)])
            for n in range(3000)
        ]
    ),
    "forty levels that repeat fifty times": lambda: form(nested(40)),
    "four hundred levels": lambda: form(nested(400)),
    "3,000 names for one question": lambda: form(
        *[item("q", "boolean", enableWhen=[when("q", answerBoolean=True)] * 20) for _ in range(3000)]
    ),
    "expressions over everything": lambda: form(
        *[item(f"q{n}", "decimal", extension=[calculated(EVERYTHING)]) for n in range(2000)], item("a")
    ),
    "patterns that explode": lambda: form(
        *[
            item(f"q{n}", extension=[extension("regex", valueString="((((a{1,9}){1,9}){1,9}){1,9}){1,9}" + str(n))])
            for n in range(2000)
        ]
    ),
    "a pattern that backtracks for ever": lambda: form(item("a", extension=[extension("regex", valueString="(a+)+$")])),
    "nine million options": lambda: form(
        *[item(f"q{n}", "choice", answerValueSet="#v") for n in range(3000)], contained=[value_set()]
    ),
    "an expression of parentheses": lambda: form(
        item("a", extension=[{"url": SDC + "enableWhenExpression", "valueExpression": {"expression": "(" * 20_000}}])
    ),
    "brackets without end": lambda: "[" * 5_000_000,
    "fifty megabytes": lambda: '{"resourceType": "Questionnaire", "text": "' + "x" * 50_000_000 + '"}',
}


@pytest.mark.slow
@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_end_in_time_within_memory_and_with_one_object(tmp_path, made):
    source = written(tmp_path, "hostile.json", made())
    answers = written(tmp_path, "lines.txt", "a" * 1500 + "!\n1\nyes\n")
    for arguments in (["check", source], ["walk", source, "--answers", answers], ["validate", source, source]):
        began_s = _children_s()
        command = [sys.executable, "-c", MEMORY, "questionnaires", *map(str, arguments), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
        assert _children_s() - began_s < 10
        assert done.returncode in {0, 1, 2}
        assert isinstance(json.loads(done.stdout, parse_constant=pytest.fail), dict)
        assert int(done.stderr.splitlines()[-1]) < 1_000_000, "more than 1 GB"
        assert "Traceback" not in done.stderr


# --- talk -------------------------------------------------------------------------------------------------------------


def test_talk_plays_a_form_in_french():
    result = CliRunner().invoke(main, ["talk", "phq-9", "--lang", "fr"], input="2\nplusieurs jours\n")
    assert result.exit_code == 0
    assert "1 Plusieurs jours" in result.output
    assert "3/10" in result.output
    assert "[asking]" in result.output


def test_talk_by_phone_speaks_the_keys():
    result = CliRunner().invoke(main, ["talk", "symptom-check-in", "--channel", "voice", "--lang", "fr"], input="1\n")
    assert "faites le 1" in result.output


def test_talk_about_nothing_says_so():
    result = CliRunner().invoke(main, ["talk", "no-such-form"])
    assert result.exit_code == 2
    assert "cannot be read" in result.output


def test_a_file_is_named_on_the_page_and_left_to_the_page_by_text(tmp_path):
    source = written(tmp_path, "q.json", form(item("photo", "attachment", required=True), item("b")))
    lines = written(tmp_path, "lines.txt", "arm.jpg\nsore\n")
    code, report = run("walk", source, "--channel", "web", "--answers", lines)
    assert (code, report["state"]) == (0, "completed")
    assert report["response"]["item"][0]["answer"] == [{"valueAttachment": {"title": "arm.jpg"}}]
    code, report = run("walk", source, "--channel", "sms", "--answers", lines)
    assert (code, report["state"]) == (1, "deferred")


def test_a_form_in_xml_is_told_to_be_saved_as_json(tmp_path):
    code, report = run("check", written(tmp_path, "q.xml", '\n<Questionnaire xmlns="http://hl7.org/fhir"/>'))
    assert code == 2
    assert "the file is XML; save the form as JSON" in report["problems"][0]["message"]


def _children_s() -> float:
    """Processor time of the commands run so far: what a busy machine does beside them does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_command_that_does_not_exist_is_json_as_well():
    for arguments in (("chekc", "x.json"), ()):
        code, report = run(*arguments)
        assert (code, report["problems"][0]["code"]) == (2, "usage")


def test_a_failure_has_every_member_of_the_command():
    members = {
        ("check",): {"ok", "title", "version", "items", "questions", "languages", "problems", "readiness"},
        ("validate",): {"valid", "problems"},
        ("walk",): {"state", "transcript", "response", "closing", "problems"},
        ("import-xlsform",): {"ok", "output", "problems"},
    }
    for arguments, expected in members.items():
        assert expected <= set(run(*arguments)[1])


@pytest.mark.parametrize("tag", ["", "français;", "e", "fr FR"])
def test_what_is_no_language_is_a_mistake_in_the_command_line(tmp_path, tag):
    code, report = walk(tmp_path, form(item("a", "boolean")), "1", lang=tag)
    assert (code, report["problems"][0]["code"]) == (2, "usage")


def test_a_language_the_form_does_not_have_is_said(tmp_path):
    code, report = walk(tmp_path, form(item("a", "boolean"), language="en"), "1", lang="fr-CA")
    assert (code, [problem["code"] for problem in report["problems"]]) == (0, ["not-in-this-language"])
    assert walk(tmp_path, form(item("a", "boolean"), language="fr"), "1", lang="fr-CA")[1]["problems"] == []


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("{}".encode("utf-16"), "UTF-16"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x03\x04\x14\x00", "import-xlsform"),
        (b"PK\x03\x04\xff\xff", "import-xlsform"),
        (b"%PDF-1.7", "PDF"),
        (b"<Questionnaire/>", "XML"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, content, hint):
    path = tmp_path / "form"
    path.write_bytes(content)
    code, report = run("check", path)
    assert (code, report["problems"][0]["code"]) == (2, "unreadable")
    assert hint in report["problems"][0]["message"]


def test_a_pipe_nobody_writes_to_ends_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr("app.cli.json_command._LOOK_SECONDS", 1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code, report = run("check", pipe)
    assert (code, report["problems"][0]["code"]) == (2, "too-large")
