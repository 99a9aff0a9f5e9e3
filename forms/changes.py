"""One change of answers and all that follows from it: what no longer applies, which red flags it raises."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forms.asking import board_for
from forms.effects import AnswerKept, AnswerSetAside, Effect, RedFlag, SetAsideReason
from forms.local_time import utc_text
from forms.paths import Indices, loop_path, path_of, split_path
from forms.state import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forms.board import Board
    from forms.items import PlanItem
    from forms.plan_model import Plan
    from forms.state import Context, State, Value


def with_answer(state: State, path: str, answer: Answer) -> State:
    """The state as it would be with this answer, for trying it out."""
    return replace(state, answers={**state.answers, path: answer})


def keep(
    plan: Plan, state: State, path: str, value: Value, *, raw: str, context: Context, read_back: str | None = None
) -> tuple[State, list[Effect]]:
    """The state with this answer, and what follows. The same value again changes nothing."""
    before = state.answers.get(path)
    if before is not None and before.value == value and type(before.value) is type(value):
        return _asked_anew(state, path), []
    answer = Answer(value, raw, utc_text(context), context.channel)
    kept = AnswerKept(path, value, raw, read_back)
    changed = replace(_counted(plan, _asked_anew(state, path), path), answers={**state.answers, path: answer})
    return _followed(plan, state, changed, {path: kept}, context=context)


def clear(plan: Plan, state: State, path: str, *, context: Context) -> tuple[State, list[Effect]]:
    """The state without the answer at this path."""
    before = state.answers.get(path)
    if before is None:
        return state, []
    gone = AnswerSetAside(path, before.value, before.raw, SetAsideReason.CLEARED)
    changed = replace(state, answers={p: a for p, a in state.answers.items() if p != path})
    return _followed(plan, state, changed, {path: gone}, context=context)


def keep_all(
    plan: Plan, state: State, answers: Mapping[str, Answer], cleared: Mapping[str, Answer], *, context: Context
) -> tuple[State, list[Effect]]:
    """Many answers at once, from a page or a packet; `cleared` are taken back."""
    fresh = {p: a for p, a in answers.items() if p not in state.answers or state.answers[p].value != a.value}
    gone = {p: a for p, a in cleared.items() if p in state.answers}
    if not fresh and not gone:
        return state, []
    changed = state
    for path in fresh:
        changed = _counted(plan, changed, path)
    rest = {p: a for p, a in state.answers.items() if p not in gone}
    skipped = tuple(path for path in state.skipped if path not in fresh)
    changed = replace(changed, answers={**rest, **fresh}, skipped=skipped)
    effects: dict[str, Effect] = {p: AnswerKept(p, a.value, a.raw) for p, a in fresh.items()}
    effects |= {p: AnswerSetAside(p, a.value, a.raw, SetAsideReason.CLEARED) for p, a in gone.items()}
    return _followed(plan, state, changed, effects, context=context)


def _asked_anew(state: State, path: str) -> State:
    return replace(state, skipped=tuple(p for p in state.skipped if p != path)) if path in state.skipped else state


def _counted(plan: Plan, state: State, path: str) -> State:
    """The occurrences that an answer at this path implies."""
    item, indices = split_path(plan, path)
    if item is None or not item.loops:
        return state
    counts = dict(state.counts)
    for depth, index in enumerate(item.loops):
        at = loop_path(plan.items[index], indices[:depth])
        counts[at] = max(counts.get(at, 0), indices[depth] + 1)
    return replace(state, counts=counts) if counts != state.counts else state


def _followed(
    plan: Plan, before: State, after: State, effects: Mapping[str, Effect], *, context: Context
) -> tuple[State, list[Effect]]:
    old, new = board_for(plan, before, context), board_for(plan, after, context)
    touched = _touched(plan, effects)
    aside = _set_aside(touched, before, effects, old=old, new=new)
    flags = _flags(plan, after, touched, effects, board=new)
    found = [*effects.values(), *aside, *flags]
    raised = tuple(f"{flag.rule} {flag.path}" for flag in flags)
    return (replace(after, flags=after.flags + raised) if raised else after), found


def _touched(plan: Plan, paths: Mapping[str, Effect]) -> list[PlanItem]:
    """The items whose condition or value may differ after these answers changed."""
    keys = {item.key for path in paths if (item := split_path(plan, path)[0]) is not None}
    found = {index for key in keys for index in plan.dependents.of(key)}
    return [plan.items[index] for index in sorted(found)]


def _set_aside(
    touched: list[PlanItem], before: State, changed: Mapping[str, Effect], *, old: Board, new: Board
) -> list[Effect]:
    """Answers that counted and no longer do; they stay in the state, for undo."""
    keys = {item.key for item in touched}
    gone: list[Effect] = []
    for path, answer in before.answers.items() if keys else ():
        if path in changed or (path if path in keys else path.rpartition("@")[0]) not in keys:
            continue
        item, indices = split_path(old.plan, path)
        if item is not None and old.applies(item, indices) and not new.applies(item, indices):
            gone.append(AnswerSetAside(path, answer.value, answer.raw, SetAsideReason.NOT_ASKED))
    return gone


def _flags(
    plan: Plan, state: State, touched: list[PlanItem], changed: Mapping[str, Effect], *, board: Board
) -> list[RedFlag]:
    """Rules that now hold, on the answers given and on what is calculated from them."""
    stops: dict[str, tuple[PlanItem, Indices]] = {}
    for path in changed:
        item, indices = split_path(plan, path)
        if item is not None and item.rules:
            stops[path] = (item, indices)
    for item in touched:
        if item.rules and not item.loops:
            stops[path_of(item, ())] = (item, ())
    found: list[RedFlag] = []
    for path, (item, indices) in stops.items():
        if not board.values(item, indices):
            continue
        found += [
            RedFlag(rule.rule, path, rule.urgency, rule.tell)
            for rule in item.rules
            if f"{rule.rule} {path}" not in state.flags and board.holds(rule.when, item, indices)
        ]
    return found
