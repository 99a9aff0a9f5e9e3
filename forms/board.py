"""The answers laid out over the plan at one moment: what applies, what things are worth, in which order they are asked.

A board is made for one turn and remembers what it has worked out; only what is asked for is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from forms.expressions import Budget, evaluate, holds
from forms.items import NUMBERS, Kind
from forms.paths import MOST_OCCURRENCES, Indices, Step, loop_path, path_of, split_path
from forms.values import check_one

if TYPE_CHECKING:
    from forms.items import PlanItem, PlanOption, Tree
    from forms.plan_model import Plan
    from forms.served import Known, Serve
    from forms.state import Answer


_STEPS: Final = 300_000  # for all expressions of one turn


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands; the scope it is evaluated in."""

    board: Board
    loops: tuple[int, ...]
    indices: Indices

    def near(self, key: str) -> Sequence[Any]:
        return self.board.values_near(key, self.loops, self.indices)

    def everywhere(self, key: str) -> Sequence[Any]:
        return self.board.values_near(key, (), ())

    def variable(self, number: int) -> Sequence[Any]:
        return self.board.variable(number, self)

    def served(self, number: int) -> Sequence[Any]:
        return self.board.served(number, self.indices)

    def options(self, key: str) -> Mapping[str, PlanOption]:
        return self.board.plan.options.get(key, {})

    def now(self) -> str:
        return self.board.now


class Board:
    """`now` is the patient's local date and time as text."""

    def __init__(
        self,
        plan: Plan,
        answers: Mapping[str, Answer],
        counts: Mapping[str, int],
        now: str,
        *,
        serve: Serve | None = None,
        known: Known | None = None,
    ) -> None:
        """`serve` computes what needs the server, when it is first asked for; `known` is what it has computed."""
        self.plan = plan
        self.now = now
        self._serve = serve
        self._known = known
        self._budget = Budget(_STEPS)
        self._answers = answers
        self._counts = counts
        self._applies: dict[tuple[int, Indices], bool] = {}
        self._computed: dict[tuple[int, Indices], list[Any]] = {}
        self._variables: dict[tuple[int, tuple[int, ...], Indices], list[Any]] = {}

    def lays_out(self, plan: Plan, answers: Mapping[str, Answer], counts: Mapping[str, int]) -> bool:
        """Whether it was made of these very answers; they are replaced, never changed."""
        return self.plan is plan and self._answers is answers and self._counts is counts

    def with_answer(self, path: str, value: Any) -> Board:
        """The same moment with another answer to one question."""
        given = {path: answer._replace(value=value)} if (answer := self._answers.get(path)) is not None else {}
        return Board(
            self.plan, {**self._answers, **given}, self._counts, self.now, serve=self._serve, known=self._known
        )

    def place(self, item: PlanItem, indices: Indices) -> _Place:
        return _Place(self, item.loops, indices)

    def count(self, loop: PlanItem, outer: Indices) -> int:
        """How many occurrences of a loop exist; at least one, so that there is something to ask."""
        return min(max(self._counts.get(loop_path(loop, outer), 0), loop.min_occurs, 1), MOST_OCCURRENCES)

    # --- does it apply? ---

    def applies(self, item: PlanItem, indices: Indices) -> bool:
        """Whether the item is enabled: everything around it is, and its own condition holds."""
        if item.index in self.plan.always_apply:
            return True
        mark = (item.index, indices)
        known = self._applies.get(mark)
        if known is None:
            self._applies[mark] = False  # while it is being worked out, an item does not lean on itself
            known = self._applies[mark] = self._works_out(item, indices)
        return known

    def _works_out(self, item: PlanItem, indices: Indices) -> bool:
        if item.under >= 0:
            above = self.plan.items[item.under]
            if not self.applies(above, indices[: len(above.loops)]):
                return False
        return item.when is None or holds(item.when, _Place(self, item.loops, indices), budget=self._budget)

    # --- what is it worth? ---

    def values(self, item: PlanItem, indices: Indices) -> list[Any]:
        """The values of one question in one occurrence, none when it does not apply."""
        if item.calculate is not None:
            return self.computed(item, indices)
        answer = self._answers.get(path_of(item, indices))
        if answer is None or not self.applies(item, indices):
            return []
        return list(answer.value) if item.many and isinstance(answer.value, list | tuple) else [answer.value]

    def computed(self, item: PlanItem, indices: Indices) -> list[Any]:
        """The value of a calculated item, if it has its item's type and keeps its limits."""
        mark = (item.index, indices)
        known = self._computed.get(mark)
        if known is None:
            self._computed[mark] = []
            found = (as_answer(item, value) for value in self._calculated(item, indices)[:50])
            fitting = [value for value in found if value is not None and check_one(item, value) is None]
            known = self._computed[mark] = fitting
        return known

    def _calculated(self, item: PlanItem, indices: Indices) -> list[Any]:
        if not self.applies(item, indices):
            return []
        return evaluate(item.calculate, self.place(item, indices), budget=self._budget)

    def default(self, item: PlanItem, indices: Indices) -> Any:
        """The form's own proposal for an answer: its initial value, given or computed; None without one."""
        found: list[Any] = list(item.initial)
        if not found and item.initial_tree is not None:
            computed = evaluate(item.initial_tree, self.place(item, indices), budget=self._budget)
            values = (as_answer(item, value) for value in computed[:50])
            found = [value for value in values if value is not None and check_one(item, value) is None]
        if not found:
            return None
        return found if item.many else found[0]

    def values_near(self, key: str, loops: tuple[int, ...], indices: Indices) -> list[Any]:
        """The values of `key` in the same occurrence of the loops shared with this place, all occurrences of others."""
        item = self.plan.by_key.get(key)
        if item is None:
            return []
        if not item.loops:
            return self.values(item, ())
        shared = 0
        while shared < min(len(loops), len(item.loops)) and loops[shared] == item.loops[shared]:
            shared += 1
        return [
            value for occurrence in self._occurrences(item, indices[:shared]) for value in self.values(item, occurrence)
        ]

    def _occurrences(self, item: PlanItem, fixed: Indices) -> Iterator[Indices]:
        if len(fixed) == len(item.loops):
            yield fixed
            return
        loop = self.plan.items[item.loops[len(fixed)]]
        for number in range(self.count(loop, fixed)):
            yield from self._occurrences(item, (*fixed, number))

    def variable(self, number: int, place: _Place) -> list[Any]:
        mark = (number, place.loops, place.indices)
        known = self._variables.get(mark)
        if known is None:
            self._variables[mark] = []
            known = self._variables[mark] = evaluate(self.plan.variables[number], place, budget=self._budget)
        return known

    def served(self, number: int, indices: Indices) -> Sequence[Any]:
        """What the server computed for an expression, in the occurrence around this place."""
        if self._known is None:
            self._known = self._serve(self) if self._serve is not None else {}
        at = self.plan.served[number].at
        loops = len(self.plan.items[at].loops) if at >= 0 else 0
        return self._known.get((number, indices[:loops]), ())

    def knowing(self, known: Known) -> Board:
        """The same answers, with what the server computed so far."""
        return Board(self.plan, self._answers, self._counts, self.now, known=known)

    def places(self, item: PlanItem) -> Iterator[Indices]:
        """Every occurrence of the loops around an item."""
        return self._occurrences(item, ())

    def holds(self, tree: Tree, item: PlanItem, indices: Indices) -> bool:
        return holds(tree, self.place(item, indices), budget=self._budget)

    # --- in which order? ---

    def steps(self) -> Iterator[Step]:
        """Every item in every occurrence, in the order of the form, whether it applies or not."""
        yield from self._steps(0, len(self.plan.items), ())

    def _steps(self, start: int, end: int, indices: Indices) -> Iterator[Step]:
        items, steps = self.plan.items, self.plan.steps
        index = start
        while index < end:
            item = items[index]
            if not item.loop:
                yield Step(item, indices) if item.loops else steps[index]
                index += 1
                continue
            for number in range(self.count(item, indices)):
                yield Step(item, (*indices, number))
                yield from self._steps(index + 1, item.end, (*indices, number))
            yield Step(item, indices, is_end=True)
            index = item.end

    def asked_questions(self) -> Iterator[Step]:
        """The questions that apply now and a patient answers, in order; their place is the number "change 3" means."""
        always = self.plan.always_apply
        for step in self.steps():
            item = step.item
            if item.is_asked and not step.is_end and (item.index in always or self.applies(item, step.indices)):
                yield step

    def answered(self, path: str) -> bool:
        """Whether there is an answer at this path that counts."""
        item, indices = split_path(self.plan, path)
        return item is not None and path in self._answers and self.applies(item, indices)


def as_answer(item: PlanItem, value: Any) -> Any:
    """A computed value as an answer to the item; None when it has another type."""
    if item.kind in NUMBERS:
        return _as_number(item, value)
    if item.kind is Kind.BOOLEAN:
        return value if isinstance(value, bool) else None
    if item.kind in {Kind.CHOICE, Kind.OPEN_CHOICE}:
        return _as_choice(item, value)
    return value if isinstance(value, str) and value else None


def _as_number(item: PlanItem, value: Any) -> Any:
    if item.kind is Kind.QUANTITY and isinstance(value, dict):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if item.kind is Kind.INTEGER and not isinstance(value, int):
        return None
    unit = {"unit": item.units[0].code} if item.units else {}
    return {"value": value, **unit} if item.kind is Kind.QUANTITY else value


def _as_choice(item: PlanItem, value: Any) -> Any:
    if isinstance(value, str) and any(option.value == value for option in item.options):
        return value
    if isinstance(value, str):
        return next(
            (o.value for o in item.options if value in {o.code, o.label}), {"text": value} if not item.options else None
        )
    if isinstance(value, dict) and item.options:
        code = value.get("code")
        return next((option.value for option in item.options if code and code == (option.code or option.value)), None)
    return value if isinstance(value, dict) else None
