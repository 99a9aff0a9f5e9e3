"""Observations from a response: one per answer that SDC's observationExtract marks, with ids that never change."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from forms.extensions import all_of, first_of, typed_value
from forms.items import Kind
from forms.problems import Findings
from forms.response_tree import Placed, lay_out

if TYPE_CHECKING:
    from forms.item_reader import ReadItem
    from forms.questionnaire import Questionnaire

# Farline's own name space for ids made from a response, an item and a repeat (RFC 9562, version 5).
_IDS: Final = uuid.UUID("6f0e2f2e-5d0e-5c55-9b0a-3a9f6d1f4c11")
_AS_TEXT: Final = frozenset({"valueUri", "valueUrl"})


def build_observations(
    questionnaire: Questionnaire, response: Mapping[str, Any], *, response_key: str
) -> list[dict[str, Any]]:
    """One Observation per answer that observationExtract marks; ids derive from `response_key`, item and repeat.

    The mark is inherited from the form and its groups, as SDC says; an item without a code gives nothing.
    """
    layout = lay_out(questionnaire, response, Findings())
    found = []
    for placed in layout.placed:
        codes = placed.item.raw.get("code")
        if isinstance(codes, list) and codes and _is_marked(placed.item, questionnaire):
            found += list(_observations(placed, codes, response, response_key))
    return found


def _is_marked(item: ReadItem, questionnaire: Questionnaire) -> bool:
    """The nearest word on extraction: the item's own, else that of what it stands in."""
    current: ReadItem | None = item
    while current is not None:
        mark = first_of(current.raw, "observationExtract")
        if isinstance(mark, bool):
            return mark
        current = questionnaire.items[current.plan.under] if current.plan.under >= 0 else None
    return first_of(questionnaire.source, "observationExtract") is True


def _observations(
    placed: Placed, codes: list[Any], response: Mapping[str, Any], response_key: str
) -> Iterator[dict[str, Any]]:
    for number, answer in enumerate(placed.answers):
        value = _value(placed.item, answer)
        if value is None:
            continue
        identity = f"{response_key}|{placed.path}|{number}"
        observation = {
            "resourceType": "Observation",
            "id": str(uuid.uuid5(_IDS, identity)),
            "status": "final" if str(response.get("status")) in {"completed", "amended"} else "preliminary",
            "category": _categories(placed.item),
            "code": {
                "coding": [dict(code) for code in codes if isinstance(code, Mapping)],
                "text": placed.item.plan.text or None,
            },
            "subject": response.get("subject"),
            "encounter": response.get("encounter"),
            "effectiveDateTime": response.get("authored"),
            "performer": [response["author"]] if response.get("author") else None,
            **value,
            "derivedFrom": [{"reference": f"QuestionnaireResponse/{response['id']}"}] if response.get("id") else None,
        }
        observation["code"] = {key: part for key, part in observation["code"].items() if part}
        yield {key: part for key, part in observation.items() if part not in (None, [])}


def _categories(item: ReadItem) -> list[Any]:
    return [
        e["valueCodeableConcept"]
        for e in all_of(item.raw, "observation-extract-category")
        if "valueCodeableConcept" in e
    ]


def _value(item: ReadItem, answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """An answer as an Observation's value: numbers with their unit, choices as concepts."""
    member, value = typed_value(answer)
    if member == "valueCoding" and isinstance(value, Mapping):
        return {
            "valueCodeableConcept": {"coding": [value], **({"text": value["display"]} if value.get("display") else {})}
        }
    if member in {"valueDecimal", "valueInteger"}:
        unit = first_of(item.raw, "unit")
        if isinstance(unit, Mapping):
            coded = {key: unit[key] for key in ("system", "code") if unit.get(key)}
            return {"valueQuantity": {"value": value, "unit": unit.get("display") or unit.get("code"), **coded}}
        return {"valueInteger": value} if member == "valueInteger" else {"valueQuantity": {"value": value}}
    if member == "valueDate":
        return {"valueDateTime": value}
    if member in _AS_TEXT:
        return {"valueString": value}
    if item.plan.kind in {Kind.ATTACHMENT, Kind.REFERENCE} or not member:
        return None
    return {member: value}
