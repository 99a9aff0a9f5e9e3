"""Problems found in a questionnaire, a response or a reply: values for people, never exceptions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a problem matters: an error makes asking impossible or ambiguous, a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: where it is (a linkId, or a path into the file), what is wrong and how to fix it, in English."""

    severity: Severity
    where: str
    code: str
    message: str
    fix: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def error(code: str, where: str, *, message: str, fix: str) -> Problem:
    return Problem(Severity.ERROR, where, code, message, fix)


def warning(code: str, where: str, *, message: str, fix: str) -> Problem:
    return Problem(Severity.WARNING, where, code, message, fix)


def info(code: str, where: str, *, message: str, fix: str) -> Problem:
    return Problem(Severity.INFO, where, code, message, fix)


def has_errors(problems: list[Problem] | tuple[Problem, ...]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)
