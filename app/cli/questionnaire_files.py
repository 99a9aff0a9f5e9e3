"""Files the questionnaire commands read: forms, responses, answers, spreadsheets. What cannot be read is a problem."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from forms import library
from forms.jsonio import LARGEST_BYTES, UnreadableJSON, read_json, strict_json
from forms.problems import Problem, error, has_errors
from forms.questionnaire import ReadResult, read_questionnaire

_LONGEST_ANSWERS = 1_000_000


def read_form(name: str) -> ReadResult:
    """The questionnaire in a file, or one that ships with Farline by its name."""
    if name in library.names() and not Path(name).exists():
        return read_questionnaire(library.load(name))
    content, problems = _content(name, LARGEST_BYTES + 1)
    if content is None:
        return ReadResult(None, tuple(problems), readable=False)
    return read_questionnaire(content)


def read_resource(name: str) -> tuple[Any, list[Problem]]:
    """The JSON in a file."""
    content, problems = _content(name, LARGEST_BYTES + 1)
    if content is None:
        return None, problems
    try:
        return read_json(content), []
    except UnreadableJSON as reason:
        return None, [_unreadable(name, str(reason))]


def read_answers(name: str) -> tuple[list[str], list[Problem]]:
    """One answer per line; an empty line is an empty answer."""
    content, problems = _standard_input() if name == "-" else _content(name, _LONGEST_ANSWERS)
    if content is None:
        return [], problems
    text = content.decode("utf-8-sig", errors="replace")
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else [], []


def _standard_input() -> tuple[bytes | None, list[Problem]]:
    return sys.stdin.buffer.read(_LONGEST_ANSWERS), []


def _content(name: str, most: int) -> tuple[bytes | None, list[Problem]]:
    try:
        with Path(name).open("rb") as file:
            return file.read(most), []
    except (OSError, ValueError) as reason:
        said = reason.strerror if isinstance(reason, OSError) and reason.strerror else "not a file name"
        return None, [_unreadable(name, said)]


def _unreadable(name: str, reason: str) -> Problem:
    fix = "Give a file that exists and can be read."
    return error("unreadable", "", message=f"{name} cannot be read: {reason}.", fix=fix)


def import_spreadsheet(name: str, output: str) -> tuple[int, bool, list[Problem]]:
    """Exit status, whether the questionnaire was written, and what could not be carried over."""
    from forms.xlsform import read_xlsform

    content, problems = _content(name, LARGEST_BYTES + 1)
    if content is None:
        return 2, False, problems
    questionnaire, problems = read_xlsform(content)
    if questionnaire is None:
        return 2, False, problems
    try:
        Path(output).write_text(strict_json(questionnaire, indent=1) + "\n", encoding="utf-8")
    except (OSError, ValueError):
        unwritable = error("unwritable", "", message=f"{output} cannot be written.", fix="Choose another place.")
        return 1, False, [*problems, unwritable]
    return 1 if has_errors(problems) else 0, True, problems
