"""A state that goes on from a stored QuestionnaireResponse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forms.extensions import typed_value
from forms.items import CHOICES
from forms.local_time import utc_text
from forms.names import PENDING_RECORDING
from forms.paths import loop_path
from forms.problems import Findings, Problem
from forms.response_tree import Placed, lay_out
from forms.state import Answer, State, Status
from forms.values import check_value, choice_value, plain_value

if TYPE_CHECKING:
    from forms.item_reader import ReadItem
    from forms.plan_model import Plan
    from forms.questionnaire import Questionnaire
    from forms.state import Context

_STATUS = {"completed": Status.COMPLETED, "amended": Status.COMPLETED, "stopped": Status.STOPPED}


def read_response(
    questionnaire: Questionnaire, plan: Plan, response: Mapping[str, Any], *, context: Context
) -> tuple[State, list[Problem]]:
    """A state that goes on from a stored response, and what could not be taken over."""
    findings = Findings()
    layout = lay_out(questionnaire, response, findings)
    authored = response.get("authored")
    at = authored if isinstance(authored, str) else utc_text(context)
    answers: dict[str, Answer] = {}
    counts: dict[str, int] = {}
    for placed in layout.placed:
        if placed.item.plan.calculate is not None:
            continue
        value = stored_value(placed)
        if value is None or check_value(placed.item.plan, value) is not None:
            findings.warn(
                "answer-not-read",
                placed.item.plan.link_id,
                message="The stored answer does not fit the question.",
                fix="The question will be asked again.",
            )
            continue
        answers[placed.path] = Answer(value, "", at, "record")
        _count(plan, placed, counts)
    status = _STATUS.get(str(response.get("status")), Status.ASKING)
    return State(plan.content_hash, plan.locale, status, answers=answers, counts=counts), list(findings.all())


def _count(plan: Plan, placed: Placed, counts: dict[str, int]) -> None:
    for depth, index in enumerate(placed.item.plan.loops):
        at = loop_path(plan.items[index], placed.indices[:depth])
        counts[at] = max(counts.get(at, 0), placed.indices[depth] + 1)


def stored_value(placed: Placed) -> Any:
    """What the answers at one place are, as our state holds them; None when one of them cannot be read."""
    values = [one_value(placed.item, answer) for answer in placed.answers]
    if not values or any(value is None for value in values):
        return None
    return values if placed.item.plan.many else values[0]


def one_value(item: ReadItem, answer: Mapping[str, Any]) -> Any:
    """One answer element as a value."""
    member, written = typed_value(answer)
    if item.plan.kind in CHOICES:
        return choice_value(item.plan, written, item.option_raws)
    if not member:
        return _recording(answer)
    return plain_value(item.plan, written)


def _recording(answer: Mapping[str, Any]) -> Any:
    beside = answer.get("_valueString")
    extensions = beside.get("extension") if isinstance(beside, Mapping) else None
    for extension in extensions if isinstance(extensions, list) else []:
        if isinstance(extension, Mapping) and extension.get("url") == PENDING_RECORDING:
            return {"recording": str(extension.get("valueString"))}
    return None
