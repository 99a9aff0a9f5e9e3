"""A FHIR R4 Questionnaire as a checked model, or problems that name the item and the fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.problems import Problem


@dataclass(frozen=True)
class Questionnaire:
    """A questionnaire that can be asked. `source` is the file as it came, unknown extensions included."""

    source: Mapping[str, Any]
    title: str
    version: str
    url: str
    languages: tuple[str, ...]  # base language first
    content_hash: str

    def to_json(self) -> dict[str, Any]:
        """The questionnaire for export: exactly what was read."""
        return dict(self.source)


@dataclass(frozen=True)
class ReadResult:
    """The questionnaire, unless a problem of severity error makes asking impossible; and every problem found."""

    questionnaire: Questionnaire | None
    problems: tuple[Problem, ...]


def read_questionnaire(source: bytes | str | Mapping[str, Any]) -> ReadResult:
    """Read a Questionnaire (or a Bundle holding one), in the shapes of R4, R5 and STU3. Bounded time; never raises."""
    raise NotImplementedError
