"""Answers to a FHIR R4 QuestionnaireResponse and back. The shape follows the form; hidden questions' answers stay out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.plan import Plan
from forms.problems import Problem
from forms.questionnaire import Questionnaire
from forms.state import Context, State


@dataclass(frozen=True, slots=True)
class About:
    """What a response says besides the answers; all given by the server. References look like "Patient/123"."""

    subject: str | None = None
    author: str | None = None
    source: str | None = None
    encounter: str | None = None
    identifier: Mapping[str, Any] | None = None
    response_id: str | None = None


def build_response(
    questionnaire: Questionnaire, plan: Plan, state: State, *, context: Context, about: About | None = None
) -> dict[str, Any]:
    """The QuestionnaireResponse: in-progress, completed or stopped as the state is; nested and ordered as the form."""
    raise NotImplementedError


def read_response(
    questionnaire: Questionnaire, plan: Plan, response: Mapping[str, Any], *, context: Context
) -> tuple[State, list[Problem]]:
    """A state that goes on from a stored response, and what could not be taken over."""
    raise NotImplementedError


def build_observations(
    questionnaire: Questionnaire, response: Mapping[str, Any], *, response_key: str
) -> list[dict[str, Any]]:
    """One Observation per answer that observationExtract marks; ids derive from `response_key`, item and repeat."""
    raise NotImplementedError


def validate_response(questionnaire: Questionnaire, response: Any) -> list[Problem]:
    """Check any QuestionnaireResponse against its questionnaire; no error-level problem means valid."""
    raise NotImplementedError
