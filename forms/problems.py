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


_MOST = 500


class Findings:
    """Collects problems while a file is read; after many of one code, counts instead of listing them all."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._counts: dict[str, int] = {}

    def error(self, code: str, where: str, *, message: str, fix: str) -> None:
        self._add(error(code, where, message=message, fix=fix))

    def warn(self, code: str, where: str, *, message: str, fix: str) -> None:
        self._add(warning(code, where, message=message, fix=fix))

    def note(self, code: str, where: str, *, message: str, fix: str) -> None:
        self._add(info(code, where, message=message, fix=fix))

    def _add(self, problem: Problem) -> None:
        self._counts[problem.code] = self._counts.get(problem.code, 0) + 1
        if self._counts[problem.code] <= _MOST:
            self._found.append(problem)

    @property
    def count(self) -> int:
        """How many were found so far."""
        return sum(self._counts.values())

    def all(self) -> tuple[Problem, ...]:
        """Errors first, then as found."""
        more = [
            info(
                "more-of-the-same",
                "",
                message=f"{count - _MOST} more problems of the kind {code}",
                fix="Fix those listed.",
            )
            for code, count in self._counts.items()
            if count > _MOST
        ]
        return tuple(sorted([*self._found, *more], key=lambda problem: list(Severity).index(problem.severity)))
