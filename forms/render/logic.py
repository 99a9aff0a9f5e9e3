"""The form's conditions and calculations for the phone: what pwa/expressions.js needs, and what it cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from forms.expressions import runs_in_browser
from forms.items import CHOICES, Kind
from forms.trees import variables_through

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.plan_model import Plan

_KINDS: Final = {
    Kind.INTEGER: "i", Kind.DECIMAL: "n", Kind.BOOLEAN: "b", Kind.QUANTITY: "q", Kind.CHOICE: "c",
    Kind.OPEN_CHOICE: "c",
}  # fmt: skip


def logic_to_json(plan: Plan) -> dict[str, Any]:
    """Every item's place, condition, calculation and options, by position; zeros at the end of a row left out."""
    return {"x": list(plan.variables), "i": [_row(item) for item in plan.items]}


def _row(item: PlanItem) -> list[Any]:
    options = {option.value: [option.weight, option.code or option.value] for option in item.options}
    unit = item.units[0].code if item.units else 0
    row = [item.key, item.under, list(item.loops), item.min_occurs, item.when, item.calculate, _KINDS.get(item.kind, 0)]
    row += [int(item.many), unit, options or 0]
    while row[-1] in (0, None):
        row.pop()
    return row


def needs_connection(item: PlanItem, plan: Plan) -> bool:
    """Whether the phone cannot work out by itself if the item applies or what it is worth."""
    trees = [item.when, item.calculate]
    used = [plan.variables[number] for number in variables_through(trees, plan.variables)]
    is_coded = item.calculate is not None and item.kind in CHOICES
    return is_coded or not runs_in_browser([*trees, *used])
