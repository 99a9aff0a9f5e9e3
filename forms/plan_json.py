"""Plan items as compact JSON and back: short keys, defaults left out, options as short rows."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Final

from forms.items import Constraint, Kind, OnAnswer, PlanItem, PlanOption, PlanUnit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# field of PlanItem -> key in the JSON
_KEYS: Final = {
    "key": "k", "link_id": "id", "kind": "t", "text": "x", "under": "u", "prefix": "p", "short": "s", "help": "h",
    "pair": "bp", "sms_name": "f", "required": "r", "many": "m", "loop": "lp", "min_occurs": "no", "max_occurs": "mo",
    "hidden": "hd",
    "read_only": "ro", "options": "o", "units": "un", "minimum": "mn", "maximum": "mx",
    "limits_unit": "lu", "min_length": "nl",
    "max_length": "ml", "max_decimals": "md", "pattern": "re", "example": "eg", "initial": "in", "when": "w",
    "calculate": "c", "initial_tree": "it", "constraints": "cs", "rules": "ru", "channels": "ch", "knows": "kn",
    "sensitive": "se", "tense": "te", "recording": "rc", "record_s": "rs",
}  # fmt: skip
_KINDS: Final = dict(zip(Kind, "gtbnidDTsxucoarq", strict=True))
_KIND_OF: Final = {code: kind for kind, code in _KINDS.items()}
_DEFAULTS: Final = {
    f.name: f.default if f.default is not MISSING else {} for f in fields(PlanItem) if f.name in _KEYS
}  # fmt: skip
_OPTION: Final = ("value", "label", "number", "code", "weight", "exclusive", "words", "digit", "recording", "selected")
_OPTION_DEFAULTS: Final = {f.name: f.default for f in fields(PlanOption)}


def item_to_json(item: PlanItem) -> dict[str, Any]:
    found = {}
    for name, key in _KEYS.items():
        value = getattr(item, name)
        if value != _DEFAULTS[name] or name in {"key", "kind"}:
            found[key] = _WRITERS[name](value) if name in _WRITERS else value
    if found.get("id") == item.key:
        del found["id"]
    return found


def item_from_json(data: Mapping[str, Any]) -> PlanItem:
    values = {name: data[key] for name, key in _KEYS.items() if key in data}
    for name, read in _READERS.items():
        if name in values:
            values[name] = read(values[name])
    values.setdefault("link_id", values["key"])
    return PlanItem(**values)


def _options_to_json(options: Sequence[PlanOption]) -> list[list[Any]]:
    """Each option a row; what is default at the end is left out, and so is a number that is the option's place."""
    return [_option_to_json(option, str(place)) for place, option in enumerate(options, start=1)]


def _option_to_json(option: PlanOption, place: str) -> list[Any]:
    row = [getattr(option, name) for name in _OPTION]
    row[2] = 0 if option.number == place else option.number
    row[6] = list(option.words) or 0
    blank = ["", "", 0, "", None, False, 0, None, None, False]
    while row and row[-1] == blank[len(row) - 1] and type(row[-1]) is type(blank[len(row) - 1]):
        row.pop()
    return row


def _options_from_json(rows: Sequence[Sequence[Any]]) -> tuple[PlanOption, ...]:
    return tuple(_option_from_json(row, str(place)) for place, row in enumerate(rows, start=1))


def _option_from_json(row: Sequence[Any], place: str) -> PlanOption:
    values = dict(zip(_OPTION, row, strict=False))
    values["number"] = values.get("number") or place
    values["words"] = tuple(values.get("words") or ())
    values.setdefault("value", "")
    values.setdefault("label", "")
    return PlanOption(**values)


def constraint_to_json(constraint: Constraint) -> list[Any]:
    return [constraint.when, constraint.message, constraint.blocking]


def constraint_from_json(row: Sequence[Any]) -> Constraint:
    return Constraint(*row)


_WRITERS: Final[dict[str, Any]] = {
    "kind": lambda kind: _KINDS[kind],
    "options": _options_to_json,
    "units": lambda units: [[unit.code, unit.label] for unit in units],
    "initial": list,
    "constraints": lambda found: [constraint_to_json(constraint) for constraint in found],
    "rules": lambda rules: [[rule.rule, rule.when, rule.urgency, rule.tell] for rule in rules],
    "channels": dict,
}
_READERS: Final[dict[str, Any]] = {
    "kind": lambda code: _KIND_OF[code],
    "options": _options_from_json,
    "units": lambda rows: tuple(PlanUnit(*row) for row in rows),
    "initial": tuple,
    "constraints": lambda rows: tuple(map(constraint_from_json, rows)),
    "rules": lambda rows: tuple(OnAnswer(*row) for row in rows),
}
