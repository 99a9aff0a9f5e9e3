"""The form's own rules across answers (SDC constraint), checked before an answer is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms import changes
from forms.asking import board_for
from forms.expressions import evaluate
from forms.paths import split_path
from forms.state import Answer

if TYPE_CHECKING:
    from forms.items import Constraint
    from forms.state import Value
    from forms.talk import Talk


def broken_constraint(talk: Talk, path: str, value: Value) -> Constraint | None:
    """The first blocking constraint that `value` would break. A rule that cannot say yet is not broken."""
    item, indices = split_path(talk.plan, path)
    if item is None or not any(constraint.blocking for constraint in item.constraints):
        return None
    state = changes.with_answer(talk.state, path, Answer(value, "", "", talk.context.channel))
    place = board_for(talk.plan, state, talk.context).place(item, indices)
    for constraint in item.constraints:
        if constraint.blocking and evaluate(constraint.when, place, value) == [False]:
            return constraint
    return None
