"""What the server computes for a form: the answers written as a response, every served expression evaluated on it.

What one expression gives may be what another reads, so all are evaluated again until nothing changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from forms.paths import path_of
from forms.response import written_items

if TYPE_CHECKING:
    from forms.board import Board
    from forms.questionnaire import Questionnaire
    from forms.served import Known, Served

_ROUNDS: Final = 8
MARK: Final = "#"  # member of a written item that says which places of the form it stands for

# Takes {resource, questionnaire, now, wanted: [{text, at, variables, alone, calculates}]}, gives a list of FHIR values
# for each wanted expression, empty for one that cannot be evaluated. Bounded in time; never raises.
Evaluate = Callable[[Mapping[str, Any]], Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Server:
    """The port `forms.served.Serve` for one questionnaire, over something that evaluates FHIRPath."""

    questionnaire: Questionnaire
    evaluate: Evaluate

    def __call__(self, board: Board) -> Known:
        known: Known = {}
        for _ in range(_ROUNDS):
            found = self._once(board.knowing(known))
            if found == known:
                return found
            known, before = found, known
        return {
            place: values for place, values in known.items() if before.get(place) == values
        }  # the rest never settles

    def _once(self, board: Board) -> Known:
        places = [
            (number, indices)
            for number, served in enumerate(board.plan.served)
            for indices in (board.places(board.plan.items[served.at]) if served.at >= 0 else [()])
        ]
        wanted = [_wanted(board, board.plan.served[number], indices) for number, indices in places]
        request = {
            "resource": {
                "resourceType": "QuestionnaireResponse",
                "status": "in-progress",
                "item": written_items(self.questionnaire, board, mark=MARK),
            },
            "questionnaire": _form_needed(self.questionnaire, board.plan.served),
            "now": board.now,
            "wanted": wanted,
        }
        found = self.evaluate(request)
        return {place: values for place, raw in zip(places, found, strict=True) if (values := _plain_values(raw))}


def _wanted(board: Board, served: Served, indices: tuple[int, ...]) -> dict[str, Any]:
    def place(at: int) -> list[str]:
        """An item's path and linkId here; none for the form as a whole."""
        if at < 0:
            return []
        item = board.plan.items[at]
        return [path_of(item, indices[: len(item.loops)]), item.link_id]

    variables = [[name, text, place(at)] for name, text, at in served.variables]
    return {
        "text": served.text,
        "at": place(served.at),
        "variables": variables,
        "alone": _is_alone(board, served),
        "calculates": served.calculates,
    }


def _is_alone(board: Board, served: Served) -> bool:
    """Whether a bare `item` means the whole form's: the expression's own item has none."""
    return served.at < 0 or board.plan.items[served.at].end == served.at + 1


def _form_needed(questionnaire: Questionnaire, served: Sequence[Served]) -> dict[str, Any] | None:
    """The form's items, when an expression looks at the form itself."""
    texts = [text for one in served for text in (one.text, *(v[1] for v in one.variables))]
    if not any(word in text for text in texts for word in ("%questionnaire", "%qitem", "weight", "ordinal")):
        return None
    return {"resourceType": "Questionnaire", "item": questionnaire.source.get("item", [])}


def _plain_values(found: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(value for value in map(_plain, found[:1000]) if value is not None)


def _plain(value: Any) -> Any:
    """A FHIR value as our trees hold it."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) >= 1e15:
            return None
        return int(value) if float(value).is_integer() else value
    if not isinstance(value, Mapping):
        return None
    if "value" in value:
        unit = value.get("code") or value.get("unit")
        return {"value": value["value"], **({"unit": unit} if isinstance(unit, str) else {})}
    coding = {key: value[key] for key in ("system", "code", "display") if isinstance(value.get(key), str)}
    return coding or None
