"""Blood pressure comes as a pair: where a form asks its two numbers one after the other, "120/80" answers both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from forms.items import NUMBERS, Kind
from forms.parsing import AnswerSpec, AnswerType, OutcomeKind, read

if TYPE_CHECKING:
    from forms.item_reader import ReadItem
    from forms.items import PlanItem
    from forms.state import Context, Value

SYSTOLIC: Final = "8480-6"  # LOINC
DIASTOLIC: Final = "8462-4"
_PRESSURE: Final = AnswerSpec(AnswerType.BLOOD_PRESSURE)


def with_pairs(items: Sequence[ReadItem]) -> list[ReadItem]:
    """The items, each systolic question knowing the diastolic one right after it."""
    partner = {
        first.plan.index: second.plan.key
        for first, second in pairwise(items)
        if SYSTOLIC in _codes(first) and DIASTOLIC in _codes(second) and _is_pair(first.plan, second.plan)
    }
    return [
        replace(item, plan=replace(item.plan, pair=partner[item.plan.index])) if item.plan.index in partner else item
        for item in items
    ]


def _codes(item: ReadItem) -> set[str]:
    rows = item.raw.get("code")
    found = (row.get("code") for row in rows if isinstance(row, Mapping)) if isinstance(rows, list) else ()
    return {code for code in found if isinstance(code, str)}


def _is_pair(first: PlanItem, second: PlanItem) -> bool:
    return first.under == second.under and first.kind in NUMBERS and second.kind is first.kind and not second.loop


def read_pair(item: PlanItem, text: str, *, locale: str, context: Context) -> tuple[Value, Value] | None:
    """Both pressures, when the reply to the systolic question clearly gives them."""
    outcome = read(_PRESSURE, text, locale=locale, today=context.today)
    if outcome.kind is not OutcomeKind.VALUE or not isinstance(outcome.value, dict):
        return None
    return tuple(_as_answer(item, outcome.value[side]) for side in ("systolic", "diastolic"))


def _as_answer(item: PlanItem, number: Any) -> Value:
    if item.kind is not Kind.QUANTITY:
        return number
    return {"value": number, **({"unit": item.units[0].code} if item.units else {})}
