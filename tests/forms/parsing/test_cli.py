"""`farline parse` and `farline segments`: one strict JSON object per text, from arguments and from standard input."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app.cli import main


def lines(*arguments: str, given: bytes = b"") -> list[dict[str, object]]:
    result = CliRunner().invoke(main, list(arguments), input=given)
    assert result.exit_code == 0, result.output
    return [json.loads(line, parse_constant=pytest.fail) for line in result.output.splitlines()]


def test_each_text_is_answered_by_one_object() -> None:
    found = lines("parse", "--type", "decimal", "--lang", "fr-CA", "--", "37,8", "-5", "nan", "")
    assert found[0] == {"outcome": "value", "value": 37.8, "read_back": "37,8", "candidates": []}
    assert [each["outcome"] for each in found] == ["value", "value", "none", "none"]
    assert found[1]["value"] == -5


def test_a_dash_stands_for_the_lines_of_standard_input() -> None:
    found = lines("parse", "--type", "boolean", "-", given=b"oui\nnan\n\nyes?\r\nmaybe")
    assert [(each["outcome"], each["value"]) for each in found] == [
        ("value", True),
        ("value", False),
        ("none", None),
        ("ask", None),
        ("none", None),
    ]


def test_bytes_that_are_no_text_are_not_understood() -> None:
    assert [each["outcome"] for each in lines("parse", "--type", "date", "-", given=b"\xff\xfe\x00\n12\x0012\n")] == [
        "none",
        "none",
    ]


def test_a_line_without_end_is_read_in_bounded_memory() -> None:
    assert [each["outcome"] for each in lines("parse", "--type", "integer", "-", given=b"9" * 5_000_000)] == ["none"]


def test_the_option_given_comes_back_as_it_was_given() -> None:
    options = ("--option", "Plusieurs jours", "--option", "Jamais")
    found = lines("parse", "--type", "choice", "--lang", "fr-CA", *options, "2", "plusieurs", "5")
    assert [each["value"] for each in found] == ["Jamais", "Plusieurs jours", None]


@pytest.mark.parametrize(
    ("options", "reply", "value"),
    [
        (("a) Never", "b) Always"), "b", "b) Always"),
        (("0 - Never", "1 - Sometimes", "2 - Always"), "1", "1 - Sometimes"),
        (("Dr. O'Brien", "Dr. Lévesque"), "2", "Dr. Lévesque"),
        (("Dr. O'Brien", "Dr. Lévesque"), "levesque", "Dr. Lévesque"),
    ],
)
def test_a_mark_in_front_of_an_option_is_what_is_printed(options: tuple[str, ...], reply: str, value: str) -> None:
    """ "Dr." is a title, not a mark: two options never print the same one."""
    given = [part for option in options for part in ("--option", option)]
    assert lines("parse", "--type", "choice", *given, reply)[0]["value"] == value


def test_a_question_back_lists_what_it_may_be() -> None:
    found = lines("parse", "--type", "date", "--today", "2026-11-22", "03/04/2027")
    assert found == [
        {"outcome": "ask", "value": None, "read_back": None, "candidates": ["2027-04-03", "2027-03-04"]},
    ]
    assert lines("parse", "--type", "date", "--order", "dmy", "03/04/2027")[0]["value"] == "2027-04-03"
    assert lines("parse", "--type", "date", "--lang", "fr-CA", "03/04/2027")[0]["value"] == "2027-04-03"


def test_several_options_at_once_are_a_list() -> None:
    found = lines("parse", "--type", "choice", "--repeats", "--option", "A cold", "--option", "A cough", "1 2")
    assert found[0]["value"] == ["A cold", "A cough"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["parse", "--type", "choice", "yes"],
        ["parse", "--type", "colour", "red"],
        ["parse", "--type", "date", "--today", "soon", "tomorrow"],
        ["parse", "yes"],
        ["segments"],
    ],
    ids=" ".join,
)
def test_a_command_that_cannot_be_right_is_refused_with_a_sentence(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "Error: " in result.output


def test_segments_names_what_makes_a_text_dear() -> None:
    assert lines("segments", "a€", "ça") == [
        {"encoding": "GSM-7", "units": 3, "segments": 1, "offenders": []},
        {"encoding": "UCS-2", "units": 2, "segments": 1, "offenders": ["ç"]},
    ]
    assert lines("segments", "-", given=b"a\nb\n")[1]["units"] == 1
