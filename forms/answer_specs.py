"""What the answer parser needs to know about a question of the plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from forms.items import Kind
from forms.parsing.spec import AnswerSpec, AnswerType, Choice, Unit

if TYPE_CHECKING:
    from forms.items import PlanItem

ANSWER_TYPES: Final = {
    Kind.BOOLEAN: AnswerType.BOOLEAN, Kind.INTEGER: AnswerType.INTEGER, Kind.DECIMAL: AnswerType.DECIMAL,
    Kind.QUANTITY: AnswerType.QUANTITY, Kind.DATE: AnswerType.DATE, Kind.TIME: AnswerType.TIME,
    Kind.DATETIME: AnswerType.DATETIME, Kind.CHOICE: AnswerType.CHOICE, Kind.OPEN_CHOICE: AnswerType.CHOICE,
}  # fmt: skip


def spec_for(item: PlanItem) -> AnswerSpec:
    """What the parser needs to know about a question; ask for it once per plan (see `Specs`)."""
    return AnswerSpec(
        type=ANSWER_TYPES[item.kind],
        options=tuple(Choice(o.value, o.label, o.number, o.words, o.exclusive) for o in item.options),
        units=tuple(Unit(unit.label, unit.code) for unit in item.units),
        # Limits hold in one unit; with several to choose from they are checked afterwards, converted.
        minimum=item.minimum if len(item.units) < 2 else None,
        maximum=item.maximum if len(item.units) < 2 else None,
        repeats=item.many,
    )


@dataclass(frozen=True)
class Specs:
    """Answer specs by question, made when first needed."""

    known: dict[str, AnswerSpec] = field(default_factory=dict)

    def of(self, item: PlanItem) -> AnswerSpec:
        spec = self.known.get(item.key)
        if spec is None:
            spec = self.known[item.key] = spec_for(item)
        return spec
