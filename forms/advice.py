"""What the red flags raised so far tell the patient to do now: said at once, and for as long as the form is there."""

from __future__ import annotations

from forms.paths import split_path
from forms.plan import Plan
from forms.state import State


def advice(plan: Plan, state: State) -> tuple[str, ...]:
    """The sentences of the rules that were raised, each once, in the plan's language, as they were raised."""
    said: dict[str, None] = {}
    for mark in state.flags:
        name, _, path = mark.partition(" ")
        item, _indices = split_path(plan, path)
        for rule in item.rules if item is not None else ():
            if rule.rule == name and rule.tell:
                said[rule.tell] = None
    return tuple(said)
