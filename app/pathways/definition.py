"""A pathway's definition as checked values: steps, their times, their ladders. Read from the JSON a version keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from app.pathways.rules import Action, Anchor, Offset, RungKind, Timing


class DefinitionWrong(ValueError):
    """The definition cannot be used; the sentence names the step and the fix."""


@dataclass(frozen=True)
class RungSpec:
    """One way to reach out. Without `answer_within` nothing more happens unless it is not delivered."""

    kind: RungKind
    answer_within: timedelta | None = None


@dataclass(frozen=True)
class Step:
    key: str
    action: Action
    timing: Timing
    ladder: tuple[RungSpec, ...]
    questionnaire: str | None = None


@dataclass(frozen=True)
class Definition:
    title: str
    anchor: Anchor
    steps: tuple[Step, ...]

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)

    @property
    def timings(self) -> tuple[Timing, ...]:
        return tuple(step.timing for step in self.steps)


def read_definition(source: Mapping[str, Any]) -> Definition:
    """The checked definition; raises DefinitionWrong with one sentence."""
    try:
        steps = tuple(_step(step) for step in source["steps"])
        definition = Definition(title=source["title"], anchor=Anchor(source["anchor"]), steps=steps)
    except (KeyError, TypeError, ValueError) as error:
        raise DefinitionWrong(f"The pathway cannot be read: {error}.") from error
    keys = [step.key for step in definition.steps]
    if len(set(keys)) != len(keys) or not keys:
        raise DefinitionWrong("A pathway needs steps, each with a key of its own.")
    for step in definition.steps:
        _check(step, definition.anchor)
    return definition


def _step(source: Mapping[str, Any]) -> Step:
    return Step(
        key=source["key"],
        action=Action(source["action"]),
        timing=Timing(
            key=source["key"],
            offset=_offset(source["offset"]),
            not_after=_offset(source["not_after"]),
            ladder_until=_offset(source.get("ladder_until", source["not_after"])),
        ),
        ladder=tuple(_rung(rung) for rung in source["ladder"]),
        questionnaire=source.get("questionnaire"),
    )


def _offset(source: Mapping[str, Any]) -> Offset:
    at = source.get("at")
    return Offset(source.get("days", 0), source.get("minutes", 0), time.fromisoformat(at) if at else None)


def _rung(source: Mapping[str, Any]) -> RungSpec:
    minutes = source.get("answer_within_minutes")
    return RungSpec(RungKind(source["kind"]), timedelta(minutes=minutes) if minutes else None)


def _check(step: Step, anchor: Anchor) -> None:
    if not step.ladder:
        raise DefinitionWrong(f"Step {step.key} has no ladder: name at least one way to reach the patient.")
    if (step.action is Action.ASK) != (step.questionnaire is not None):
        raise DefinitionWrong(f"Step {step.key} must name a questionnaire exactly when its action is to ask one.")
    if step.action is not Action.ASK and anchor is not Anchor.APPOINTMENT_START:
        raise DefinitionWrong(f"Step {step.key} reminds of an appointment, so its pathway starts from one.")
