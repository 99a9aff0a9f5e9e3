"""Answers to a FHIR R4 QuestionnaireResponse. The shape follows the form; hidden questions' answers stay out.

`forms.response_reader` goes the other way, `forms.response_check` validates, `forms.observations` extracts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forms import names
from forms.asking import board_for, unanswered_required
from forms.extensions import all_of, typed_value
from forms.items import CHOICES, Kind
from forms.local_time import utc_text
from forms.observations import build_observations
from forms.parsing.units import by_code
from forms.paths import path_of
from forms.response_check import validate_response
from forms.response_reader import read_response
from forms.state import Status
from forms.values import value_member

if TYPE_CHECKING:
    from forms.board import Board
    from forms.item_reader import ReadItem
    from forms.items import PlanItem
    from forms.paths import Indices
    from forms.plan_model import Plan
    from forms.questionnaire import Questionnaire
    from forms.state import Context, State

__all__ = ["About", "build_observations", "build_response", "read_response", "validate_response"]

_UCUM = "http://unitsofmeasure.org"
_STATUS = {Status.COMPLETED: "completed", Status.STOPPED: "stopped"}


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
    """The QuestionnaireResponse: in-progress, completed or stopped as the state is; nested and ordered as the form.

    A form the patient has finished but whose required questions only a person can ask stays in progress.
    """
    about = about or About()
    board = board_for(plan, state, context)
    status = _STATUS.get(state.status, "in-progress")
    if status == "completed" and unanswered_required(board, state):
        status = "in-progress"
    canonical = questionnaire.url + (f"|{questionnaire.version}" if questionnaire.url and questionnaire.version else "")
    head = {
        "resourceType": "QuestionnaireResponse",
        "id": about.response_id,
        "language": plan.locale,
        "identifier": dict(about.identifier) if about.identifier else None,
        "questionnaire": canonical or None,
        "status": status,
        "subject": _reference(about.subject),
        "encounter": _reference(about.encounter),
        "authored": utc_text(context),
        "author": _reference(about.author),
        "source": _reference(about.source),
        "item": written_items(questionnaire, board) or None,
    }
    return {key: value for key, value in head.items() if value is not None}


def written_items(questionnaire: Questionnaire, board: Board, *, mark: str = "") -> list[dict[str, Any]]:
    """The answers on a board as response items. With `mark`, each says in that member which places it stands for."""
    return _Builder(questionnaire, board, mark).top()


def _reference(reference: str | None) -> dict[str, str] | None:
    return {"reference": reference} if reference else None


class _Builder:
    """Builds the items of one response, from the form's own order."""

    def __init__(self, questionnaire: Questionnaire, board: Board, mark: str) -> None:
        self._read = questionnaire.items
        self._board = board
        self._mark = mark
        self._children: dict[int, list[int]] = {}
        for index, item in enumerate(board.plan.items):
            self._children.setdefault(item.under, []).append(index)

    def top(self) -> list[dict[str, Any]]:
        return self._inside(-1, ())

    def _inside(self, under: int, indices: Indices) -> list[dict[str, Any]]:
        children = (self._board.plan.items[index] for index in self._children.get(under, ()))
        return [built for child in children for built in self._built(child, indices)]

    def _built(self, item: PlanItem, outer: Indices) -> Iterator[dict[str, Any]]:
        """One item of the form: nothing, one item, or one per occurrence of a repeating group."""
        if item.kind is Kind.DISPLAY:
            return
        places = [(*outer, n) for n in range(self._board.count(item, outer))] if item.loop else [outer]
        applying = [indices for indices in places if self._board.applies(item, indices)]
        if item.kind is Kind.GROUP:
            for indices in applying:
                inside = self._inside(item.index, indices)
                if inside:
                    yield {**self._named(item, [indices]), "item": inside}
            return
        answers = [answer for indices in applying for answer in self._answers(item, indices)]
        if answers:
            yield {**self._named(item, applying), "answer": answers}
            return
        inside = [built for indices in applying for built in self._inside(item.index, indices)]
        if inside:
            yield {**self._named(item, applying), "item": inside}

    def _named(self, item: PlanItem, places: list[Indices]) -> dict[str, Any]:
        raw = self._read[item.index].raw
        has_text = bool(item.text) and ("text" in raw or "_text" in raw)
        named = {"linkId": item.link_id, **({"text": item.text} if has_text else {})}
        return {**named, self._mark: [path_of(item, indices) for indices in places]} if self._mark else named

    def _answers(self, item: PlanItem, indices: Indices) -> list[dict[str, Any]]:
        values = self._board.values(item, indices)
        read = self._read[item.index]
        answers = [fhir_answer(read, value) for value in values]
        if self._mark:
            answers = [_weighed(item, value, answer) for value, answer in zip(values, answers, strict=True)]
        inside = self._inside(item.index, indices) if answers else []
        if inside:
            for place, rows in self._by_answer(item, indices, values, inside).items():
                answers[place]["item"] = rows
        return answers

    def _by_answer(
        self, item: PlanItem, indices: Indices, values: list[Any], inside: list[dict[str, Any]]
    ) -> dict[int, list[dict[str, Any]]]:
        """Which of several answers what is said below belongs to: the first that alone asks for it, else the first."""
        if len(values) < 2:
            return {0: inside}
        alone = [self._board.with_answer(path_of(item, indices), [value]) for value in values]
        children = [self._board.plan.items[index] for index in self._children[item.index]]
        found: dict[int, list[dict[str, Any]]] = {}
        for row in inside:
            asked = [child for child in children if child.link_id == row["linkId"] and not child.loop]
            places = (n for n, board in enumerate(alone) if any(board.applies(child, indices) for child in asked))
            found.setdefault(next(places, 0), []).append(row)
        return found


def _weighed(item: PlanItem, value: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with its option's weight on the coding, where expressions look for it."""
    coding = answer.get("valueCoding")
    weight = next((option.weight for option in item.options if option.value == value), None)
    if coding is None or weight is None:
        return answer
    extensions = [{"url": url, "valueDecimal": weight} for url in (*names.ORDINAL, *names.CODE_ORDINAL)]
    return {**answer, "valueCoding": {**coding, "extension": extensions}}


def fhir_answer(item: ReadItem, value: Any) -> dict[str, Any]:
    """One answer element for a value our state holds."""
    if isinstance(value, Mapping) and "recording" in value:
        pending = {"url": names.PENDING_RECORDING, "valueString": value["recording"]}
        absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
        return {"_valueString": {"extension": [pending, {"url": absent, "valueCode": "temp-unknown"}]}}
    if item.plan.kind in CHOICES:
        return _chosen(item, value)
    if item.plan.kind is Kind.QUANTITY:
        return {"valueQuantity": _quantity(item, value)}
    return {value_member(item.plan.kind): dict(value) if isinstance(value, Mapping) else value}


def _chosen(item: ReadItem, value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {"valueString": value["text"]} if "text" in value else {"valueCoding": dict(value)}
    place = next((n for n, option in enumerate(item.plan.options) if option.value == value), None)
    if place is None:
        return {"valueString": str(value)}
    member, written = typed_value(item.option_raws[place])
    if isinstance(written, Mapping):
        return {
            member: {
                key: part for key, part in written.items() if key not in {"extension", "modifierExtension", "_display"}
            }
        }
    return {member: written}


def _quantity(item: ReadItem, value: Mapping[str, Any]) -> dict[str, Any]:
    """A quantity with its unit as the form codes it."""
    code = value.get("unit")
    found = {"value": value["value"]}
    if not code:
        return found
    for extension in [*all_of(item.raw, "unitOption"), *all_of(item.raw, "unit")]:
        coding = extension.get("valueCoding")
        if isinstance(coding, Mapping) and coding.get("code", coding.get("display")) == code:
            coded = {key: coding[key] for key in ("system", "code") if isinstance(coding.get(key), str)}
            return {**found, "unit": coding.get("display") or code, **coded}
    label = next((unit.label for unit in item.plan.units if unit.code == code), code)
    coded = {"system": _UCUM, "code": code} if by_code(code) is not None else {}
    return {**found, "unit": label, **coded}
