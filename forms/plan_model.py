"""The plan: one questionnaire in one language, ready to be asked on any channel. Data; `forms.plan` is the door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from forms.answer_specs import Specs
from forms.items import Constraint, Kind, PlanItem
from forms.paths import Step
from forms.plan_json import constraint_from_json, constraint_to_json, item_from_json, item_to_json
from forms.served import Served
from forms.trees import Dependents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forms.items import PlanOption, Tree


@dataclass(frozen=True)
class Plan:
    """A questionnaire version in one language. Items stand in the order of the form, groups and texts among them."""

    content_hash: str  # of the questionnaire, the same in every language
    title: str
    locale: str
    items: tuple[PlanItem, ...]
    url: str = ""
    version: str = ""
    languages: tuple[str, ...] = ()
    variables: tuple[Tree, ...] = ()
    review: bool = False  # the patient looks over the answers before sending
    keyword: str = ""  # starts a message that holds all answers at once
    constraints: tuple[Constraint, ...] = ()
    served: tuple[Served, ...] = ()  # expressions only the server can compute

    @cached_property
    def by_key(self) -> Mapping[str, PlanItem]:
        return {item.key: item for item in self.items}

    def item_at(self, path: str) -> PlanItem | None:
        """The item an instance path (or a loop's path) belongs to; None when it names nothing in this plan."""
        found = self.by_key.get(path)
        return found if found is not None else self.by_key.get(path.rpartition("@")[0])

    @cached_property
    def options(self) -> Mapping[str, Mapping[str, PlanOption]]:
        """The options of each choice by value."""
        return {item.key: {option.value: option for option in item.options} for item in self.items}

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Each item outside all loops, as a stop on the way through the form."""
        return tuple(Step(item, ()) for item in self.items)

    @cached_property
    def always_apply(self) -> frozenset[int]:
        """Places of the items that have no condition, neither their own nor one around them."""
        found: set[int] = set()
        for item in self.items:
            if item.when is None and (item.under < 0 or item.under in found):
                found.add(item.index)
        return frozenset(found)

    @cached_property
    def dependents(self) -> Dependents:
        return Dependents(self.items, self.variables)

    @cached_property
    def specs(self) -> Specs:
        return Specs()

    def to_json(self) -> dict[str, Any]:
        """A compact JSON object; short keys, defaults left out."""
        whole = {
            "h": self.content_hash, "T": self.title, "l": self.locale, "U": self.url, "V": self.version,
            "L": list(self.languages), "x": list(self.variables), "R": self.review, "K": self.keyword,
            "C": [constraint_to_json(constraint) for constraint in self.constraints],
            "i": [item_to_json(item) for item in self.items], "S": [served.to_json() for served in self.served],
        }  # fmt: skip
        return {key: value for key, value in whole.items() if value not in ("", [], False)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        return cls(
            content_hash=data["h"],
            title=data.get("T", ""),
            locale=data["l"],
            items=arranged([item_from_json(item) for item in data.get("i", [])]),
            url=data.get("U", ""),
            version=data.get("V", ""),
            languages=tuple(data.get("L", [])),
            variables=tuple(data.get("x", [])),
            review=data.get("R", False),
            keyword=data.get("K", ""),
            constraints=tuple(map(constraint_from_json, data.get("C", []))),
            served=tuple(map(Served.from_json, data.get("S", []))),
        )


def arranged(items: Sequence[PlanItem]) -> tuple[PlanItem, ...]:
    """The items with what follows from their order: index, end, loops around, and the texts beside each question."""
    ends = list(range(1, len(items) + 1))
    for index in range(len(items) - 1, 0, -1):
        above = items[index].under
        if above >= 0:
            ends[above] = max(ends[above], ends[index])
    loops: list[tuple[int, ...]] = []
    notes: dict[int, list[int]] = {}
    for index, item in enumerate(items):
        around = loops[item.under] if item.under >= 0 else ()
        loops.append((*around, index) if item.loop else around)
        if item.kind is Kind.DISPLAY and item.when is None and item.under >= 0 and items[item.under].is_question:
            notes.setdefault(item.under, []).append(index)
    return tuple(_placed(item, i, ends[i], loops[i], tuple(notes.get(i, ()))) for i, item in enumerate(items))


def _placed(item: PlanItem, index: int, end: int, loops: tuple[int, ...], notes: tuple[int, ...]) -> PlanItem:
    is_asked = item.is_question and not (item.hidden or item.read_only or item.calculate is not None)
    if (item.index, item.end, item.loops, item.notes, item.is_asked) == (index, end, loops, notes, is_asked):
        return item
    return replace(item, index=index, end=end, loops=loops, notes=notes, is_asked=is_asked)
