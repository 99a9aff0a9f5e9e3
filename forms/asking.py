"""What to ask next: the first question that applies, is not answered or skipped, and that this channel can ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forms.board import Board
from forms.items import Kind
from forms.local_time import local_now
from forms.manner import Manner, manner
from forms.paths import MOST_OCCURRENCES, Step, loop_path, path_of

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.plan_model import Plan
    from forms.state import Context, State


@dataclass(frozen=True, slots=True)
class Next:
    """The step to ask; None when nothing is left. `intro`: texts to say first. `another`: the step ends a loop."""

    step: Step | None
    intro: tuple[str, ...] = ()
    another: bool = False
    page: tuple[str, ...] = ()  # unanswered questions only the page can ask
    person: tuple[str, ...] = ()  # unanswered questions only a person can ask


def board_for(plan: Plan, state: State, context: Context) -> Board:
    """The answers laid out at this moment; with the same answers, the board of before and all it has worked out."""
    held = context.last_board
    if not held or not held[0].lays_out(plan, state.answers, state.counts):
        held[:] = [Board(plan, state.answers, state.counts, local_now(context), serve=context.serve)]
    return held[0]


def find_next(board: Board, state: State, channel: str) -> Next:
    """The first thing left to ask on this channel."""
    answers = state.answers
    skipped = set(state.skipped)
    texts: list[Step] = []
    page: list[str] = []
    person: list[str] = []
    for step in board.steps():
        item = step.item
        if step.is_end:
            if _may_repeat(board, state, step, channel):
                return Next(step, another=True)
            continue
        if not item.is_asked:
            if not item.is_question and item.text and not item.hidden:
                texts.append(step)
            continue
        path = path_of(item, step.indices)
        if path in answers or _is_left_out(board, state, step, path in skipped):
            texts.clear()
            continue
        if not board.applies(item, step.indices):
            continue
        how = manner(item, channel)
        if how is Manner.ASK:
            return Next(step, _said(board, texts))
        (page if how is Manner.PAGE else person).append(path)
    return Next(None, _said(board, texts), page=tuple(page), person=tuple(person))


def _said(board: Board, texts: list[Step]) -> tuple[str, ...]:
    """Titles and texts since the last question that apply and are not part of a question's own prompt."""
    items = board.plan.items
    found = []
    for step in texts:
        item = step.item
        is_note = item.kind is Kind.DISPLAY and item.under >= 0 and item.index in items[item.under].notes
        if not is_note and board.applies(item, step.indices):
            found.append(item.key)
    return tuple(found)


def _is_left_out(board: Board, state: State, step: Step, skipped: bool) -> bool:  # noqa: FBT001
    """Skipped, or in a loop the patient closed; unless it has become necessary since: its occurrence has an answer."""
    if not (skipped or _is_closed(board, state, step)):
        return False
    return not (step.item.required and needs_answer(board, state, step) and board.applies(step.item, step.indices))


def _is_closed(board: Board, state: State, step: Step) -> bool:
    """A first occurrence of a loop the patient said does not exist."""
    if not state.closed or not step.item.loops:
        return False
    for depth, index in enumerate(step.item.loops):
        loop = board.plan.items[index]
        if loop_path(loop, step.indices[:depth]) in state.closed and not _has_answers(
            board, state, Step(loop, step.indices[: depth + 1])
        ):
            return True
    return False


def _may_repeat(board: Board, state: State, end: Step, channel: str) -> bool:
    """Whether to ask for another occurrence: the last has an answer, the form allows it, nobody declined."""
    loop, outer = end.item, end.indices
    count = board.count(loop, outer)
    most = min(loop.max_occurs or MOST_OCCURRENCES, MOST_OCCURRENCES)
    if count >= most or loop_path(loop, outer) in state.closed:
        return False
    last = Step(loop, (*outer, count - 1))
    return (
        _has_answers(board, state, last) and board.applies(loop, last.indices) and _asks_something(board, loop, channel)
    )


def _has_answers(board: Board, state: State, occurrence: Step) -> bool:
    items = board.plan.items
    depth = len(occurrence.indices)
    for item in items[occurrence.item.index : occurrence.item.end]:
        if not item.is_asked:
            continue
        if len(item.loops) == depth:
            if path_of(item, occurrence.indices) in state.answers:
                return True
        elif any(path.startswith(f"{item.key}@{'.'.join(map(str, occurrence.indices))}.") for path in state.answers):
            return True
    return False


def _asks_something(board: Board, loop: PlanItem, channel: str) -> bool:
    items = board.plan.items[loop.index : loop.end]
    return any(item.is_asked and manner(item, channel) is Manner.ASK for item in items)


def position(board: Board, path: str) -> tuple[int, int]:
    """Which question a path is, of how many that apply now: the "3/12" of a prompt. (0, total) when it is none."""
    place = total = 0
    for step in board.asked_questions():
        total += 1
        if not place and path_of(step.item, step.indices) == path:
            place = total
    return place, total


def needs_answer(board: Board, state: State, step: Step) -> bool:
    """Whether this occurrence of a required question must be answered: not in a repeating group that is left empty."""
    item = step.item
    if not item.required:
        return False
    if item.loop and step.indices[-1] >= max(item.min_occurs, 1):
        return False
    for depth, index in enumerate(item.loops):
        loop = board.plan.items[index]
        around = Step(loop, step.indices[: depth + 1])
        if loop is not item and step.indices[depth] >= loop.min_occurs and not _has_answers(board, state, around):
            return False
    return True


def unanswered_required(board: Board, state: State) -> list[tuple[str, PlanItem]]:
    """Questions that apply and have to be answered, but are not."""
    return [
        (path, step.item)
        for step in board.asked_questions()
        if (path := path_of(step.item, step.indices)) not in state.answers and needs_answer(board, state, step)
    ]
