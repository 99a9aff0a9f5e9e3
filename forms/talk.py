"""One turn in the making: the state as it changes, the effects so far, and the prompt the turn ends with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forms import changes
from forms.asking import board_for, find_next, needs_answer
from forms.effects import (
    Ask,
    AskAnother,
    Completed,
    Deferred,
    Effect,
    HandOff,
    HandOffReason,
    NotUnderstood,
    ReadBack,
    RedFlag,
    Review,
    Why,
)
from forms.items import Channel
from forms.manner import Manner, manner
from forms.paths import Indices, Step, loop_path, path_of, split_loop_path, split_path
from forms.state import Status, Turn

if TYPE_CHECKING:
    from forms.answers import Reading
    from forms.board import Board
    from forms.items import PlanItem
    from forms.plan_model import Plan
    from forms.state import Context, State, Value

ASK, ANOTHER, READ_BACK, REVIEW = "ask", "another", "readback", "review"
MISSES_TO_HAND_OFF = 3
_LONGEST_TRAIL = 1_000


class Talk:
    """Collects what happens in one turn. Everything it holds is replaced, never changed in place."""

    def __init__(self, plan: Plan, state: State, context: Context) -> None:
        self.plan = plan
        self.state = state
        self.context = context
        self.effects: list[Effect] = []

    def turn(self) -> Turn:
        return Turn(self.state, tuple(self.effects), self.context)

    def board(self) -> Board:
        return board_for(self.plan, self.state, self.context)

    @property
    def waiting(self) -> tuple[str, str]:
        """The kind of prompt and the path the patient has in front of them."""
        return self.state.waiting or ("", "")

    def waiting_item(self) -> tuple[PlanItem | None, Indices]:
        """The question that waits, or is being read back."""
        return split_path(self.plan, self.waiting[1])

    # --- answers ---

    def keep(self, path: str, value: Value, *, raw: str, read_back: str | None = None) -> None:
        self.state, effects = changes.keep(
            self.plan, self.state, path, value, raw=raw, context=self.context, read_back=read_back
        )
        self.effects += effects

    def clear(self, path: str) -> None:
        self.state, effects = changes.clear(self.plan, self.state, path, context=self.context)
        self.effects += effects

    def missed(self, path: str, why: Why, *, limit: str = "", message: str = "") -> None:
        """A reply that could not be kept: ask again, the third time give it to a person."""
        misses = self.state.misses + 1
        self.effects.append(NotUnderstood(path, misses, why, limit, message))
        self.state = replace(self.state, misses=misses)
        if misses >= MISSES_TO_HAND_OFF:
            self.hand_off(HandOffReason.NOT_UNDERSTOOD)
        else:
            self.ask_again()

    def hand_off(self, reason: HandOffReason) -> None:
        self.effects.append(HandOff(reason, self.waiting[1] or None))
        self.state = replace(self.state, status=Status.HANDED_OFF, misses=0, pending=(), pending_raw="")

    # --- prompts ---

    def ask_next(self) -> None:
        """Ask the first thing left, or finish."""
        self.state = replace(self.state, status=Status.ASKING, misses=0, page=0, pending=(), pending_raw="")
        board = self.board()
        found = find_next(board, self.state, self.context.channel)
        if found.step is None:
            self._finish(board, found.intro, page=found.page, person=found.person)
        elif found.another:
            self._ask_another(found.step.item, found.step.indices)
        else:
            self.ask(found.step.item, found.step.indices, intro=found.intro)

    def ask(self, item: PlanItem, indices: Indices, *, intro: tuple[str, ...] = (), wants_help: bool = False) -> None:
        path = path_of(item, indices)
        trail = self.state.trail if self.state.trail[-1:] == (path,) else (*self.state.trail, path)[-_LONGEST_TRAIL:]
        self.state = replace(self.state, waiting=(ASK, path), trail=trail, pending=(), pending_raw="")
        self.effects.append(Ask(path, item.link_id, self.state.misses, intro, wants_help))

    def _ask_another(self, loop: PlanItem, outer: Indices) -> None:
        path = loop_path(loop, outer)
        self.state = replace(self.state, waiting=(ANOTHER, path))
        count = self.board().count(loop, outer)
        self.effects.append(AskAnother(path, loop.link_id, count, self.state.misses))

    def read_back(self, path: str, item: PlanItem, reading: Reading, *, raw: str) -> None:
        """Ask which of several meanings was meant."""
        self.state = replace(
            self.state, waiting=(READ_BACK, path), pending=reading.candidates, pending_raw=raw, misses=0
        )
        self.effects.append(ReadBack(path, item.link_id, reading.candidates))

    def review(self, *, final: bool) -> None:
        """Show the answers so far; `final` waits for the word to send them."""
        paths = [path_of(step.item, step.indices) for step in self.board().asked_questions()]
        lines = tuple((n, path) for n, path in enumerate(paths, start=1) if path in self.state.answers)
        waiting = (REVIEW, "") if final else self.state.waiting
        self.state = replace(self.state, waiting=waiting)
        self.effects.append(Review(lines, final))

    def ask_again(self, *, wants_help: bool = False) -> None:
        """The waiting prompt once more, as it stands; what waits may have stopped applying in the meantime."""
        kind, path = self.waiting
        if kind == READ_BACK and self.state.pending:
            item, _ = split_path(self.plan, path)
            link_id = item.link_id if item else ""
            self.effects.append(ReadBack(path, link_id, self.state.pending, self.state.misses))
        elif kind == REVIEW:
            self.review(final=True)
        elif kind == ANOTHER:
            self._ask_another(*self._loop(path))
        elif (found := self._asked(path)) is not None:
            self.ask(*found, wants_help=wants_help)
        else:
            self.ask_next()

    def _loop(self, path: str) -> tuple[PlanItem, Indices]:
        item, outer = split_loop_path(self.plan, path)
        if item is None:
            raise ValueError(path)
        return item, outer

    def _asked(self, path: str) -> tuple[PlanItem, Indices] | None:
        """The question at `path`, if it still applies and this channel can ask it."""
        item, indices = split_path(self.plan, path)
        if item is None or not item.is_asked or manner(item, self.context.channel) is not Manner.ASK:
            return None
        return (item, indices) if self.board().applies(item, indices) else None

    def must_answer(self, item: PlanItem, indices: Indices) -> bool:
        return needs_answer(self.board(), self.state, Step(item, indices))

    # --- the end ---

    def _finish(self, board: Board, outro: tuple[str, ...], *, page: tuple[str, ...], person: tuple[str, ...]) -> None:
        """Nothing is left to ask here: look over, wait for the page, or complete."""
        if page or person:
            self.effects.append(Deferred(page, person))
        if self._needs_page(page):
            self.state = replace(self.state, status=Status.DEFERRED, waiting=None)
        elif self.plan.review and self.waiting[0] != REVIEW:
            self.review(final=True)
        else:
            self.complete(board, outro)

    def _needs_page(self, page: tuple[str, ...]) -> bool:
        found = (split_path(self.plan, path) for path in page)
        return any(item is not None and self.must_answer(item, indices) for item, indices in found)

    def complete(self, board: Board | None = None, outro: tuple[str, ...] = ()) -> None:
        board = board or self.board()
        self._judge_totals(board)
        self.state = replace(self.state, status=Status.COMPLETED, waiting=None, pending=(), pending_raw="", misses=0)
        self.effects.append(Completed(outro))

    def _judge_totals(self, board: Board) -> None:
        """Red flags on calculated values, for those no single answer set off."""
        for step in board.steps():
            item = step.item
            if step.is_end or not item.rules or item.calculate is None or not board.values(item, step.indices):
                continue
            path = path_of(item, step.indices)
            for rule in item.rules:
                mark = f"{rule.rule} {path}"
                if mark not in self.state.flags and board.holds(rule.when, item, step.indices):
                    self.state = replace(self.state, flags=(*self.state.flags, mark))
                    self.effects.append(RedFlag(rule.rule, path, rule.urgency, rule.tell))

    @property
    def is_voice(self) -> bool:
        return self.context.channel == Channel.VOICE
