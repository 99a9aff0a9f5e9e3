"""Checks any QuestionnaireResponse against its questionnaire: places, types, options, limits, conditions, omissions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from forms.answer_check import answer_flaw, broken_limit
from forms.asking import needs_answer
from forms.board import Board
from forms.compile import compile_plan
from forms.effects import Why
from forms.expressions import evaluate
from forms.extensions import typed_value
from forms.items import CHOICES, Kind
from forms.moments import is_datetime
from forms.names import PENDING_RECORDING
from forms.paths import Indices, loop_path, path_of
from forms.problems import Findings, Problem
from forms.response_reader import one_value
from forms.response_tree import Layout, Placed, lay_out, member_fits
from forms.state import Answer, State
from forms.values import check_one, check_value

if TYPE_CHECKING:
    from forms.item_reader import ReadItem
    from forms.plan_model import Plan
    from forms.questionnaire import Questionnaire
    from forms.served import Serve

_STATUSES: Final = frozenset({"in-progress", "completed", "amended", "entered-in-error", "stopped"})
_FINISHED: Final = frozenset({"completed", "amended"})
_SENTENCES: Final = {
    Why.TOO_SMALL: ("too-small", "The answer is below {limit}."),
    Why.TOO_LARGE: ("too-large-value", "The answer is above {limit}."),
    Why.TOO_LONG: ("too-long", "The answer is longer than {limit} characters."),
    Why.TOO_SHORT: ("too-short", "The answer is shorter than {limit} characters."),
    Why.WRONG_PATTERN: ("wrong-pattern", "The answer does not fit the question's pattern."),
    Why.NOT_AN_OPTION: ("not-an-option", "The answer is not among the question's options."),
    Why.WRONG_TYPE: ("wrong-type", "The answer's value is not one of the question's type."),
    Why.TOO_MANY: ("too-many", "These answers do not go together, or are too many."),
}  # fmt: skip


def validate_response(questionnaire: Questionnaire, response: Any, *, serve: Serve | None = None) -> list[Problem]:
    """Every problem of the response; none of severity error means it is valid. Never raises, bounded time."""
    findings = Findings()
    if not isinstance(response, Mapping) or response.get("resourceType") != "QuestionnaireResponse":
        findings.error(
            "not-a-response",
            "",
            message="The file does not hold a QuestionnaireResponse.",
            fix='Give an object with "resourceType": "QuestionnaireResponse".',
        )
        return list(findings.all())
    _check_head(questionnaire, response, findings)
    layout = lay_out(questionnaire, response, findings)
    plan = compile_plan(questionnaire, questionnaire.languages[0])
    for placed in layout.placed:
        _check_placed(placed, findings)
    _Checker(plan, layout, response, findings, serve).check()
    return list(findings.all())


def _check_head(questionnaire: Questionnaire, response: Mapping[str, Any], findings: Findings) -> None:
    status = response.get("status")
    if not isinstance(status, str) or status not in _STATUSES:
        findings.error(
            "status",
            "status",
            message=f"The status {status!r:.40} is not one a response can have."
            if status
            else "The status is missing.",
            fix='Use "in-progress", "completed", "amended", "stopped" or "entered-in-error".',
        )
    canonical = str(response.get("questionnaire") or "")
    if canonical and questionnaire.url and canonical.split("|", maxsplit=1)[0] != questionnaire.url:
        findings.warn(
            "other-questionnaire",
            "questionnaire",
            message=f"The response is to {canonical!r:.120}, not to this questionnaire.",
            fix="Validate it against the questionnaire it names.",
        )


def _check_placed(placed: Placed, findings: Findings) -> None:
    """The answers at one place, by themselves."""
    item = placed.item
    where = item.plan.link_id
    if len(placed.answers) > 1 and not item.plan.many:
        findings.error("too-many-answers", where, message="The question takes one answer.", fix="Give one answer.")
    values = []
    for answer in placed.answers:
        if _is_recording(answer):
            continue
        problem = _answer_problem(item, answer)
        if problem is None:
            values.append(one_value(item, answer))
            continue
        code, message = problem
        findings.error(code, where, message=message, fix="Give an answer the question can take.")
    if item.plan.many and values and len(values) == len(placed.answers) and not _is_open(item):
        _report(check_value(item.plan, values), where, findings)


def _is_recording(answer: Mapping[str, Any]) -> bool:
    beside = answer.get("_valueString")
    rows = beside.get("extension") if isinstance(beside, Mapping) else None
    return isinstance(rows, list) and any(isinstance(r, Mapping) and r.get("url") == PENDING_RECORDING for r in rows)


def _is_open(item: ReadItem) -> bool:
    return item.plan.kind in CHOICES and not item.plan.options


def _answer_problem(item: ReadItem, answer: Mapping[str, Any]) -> tuple[str, str] | None:
    member, written = typed_value(answer)
    if not member or written is None:
        return "no-value", "An answer has no value."
    if not member_fits(item, member):
        return "wrong-type", f"The answer is a {member}, but the question is of type {item.plan.kind.value}."
    if _is_open(item):
        return None
    value = one_value(item, answer)
    if value is None:
        return _SENTENCES[Why.NOT_AN_OPTION if item.plan.kind in CHOICES else Why.WRONG_TYPE]
    if item.plan.kind in {Kind.STRING, Kind.TEXT} and isinstance(written, str) and not written.strip():
        return "no-value", "An answer is empty."
    problem = check_one(item.plan, value) or broken_limit(item, value)
    return _sentence(*problem) if problem else answer_flaw(item, written)


def _sentence(why: Why, limit: str) -> tuple[str, str]:
    code, sentence = _SENTENCES.get(why, ("wrong-value", "The answer does not fit the question."))
    return code, sentence.format(limit=limit)


def _report(problem: tuple[Why, str] | None, where: str, findings: Findings) -> None:
    if problem is not None:
        code, message = _sentence(*problem)
        findings.error(code, where, message=message, fix="Give answers the question can take together.")


class _Checker:
    """What only shows when all answers are known: conditions, required questions, counts, the form's own rules."""

    def __init__(
        self, plan: Plan, layout: Layout, response: Mapping[str, Any], findings: Findings, serve: Serve | None
    ) -> None:
        self._plan = plan
        self._layout = layout
        self._findings = findings
        self._finished = str(response.get("status")) in _FINISHED
        self._given = {placed.path: placed for placed in layout.placed}
        answers, counts = _answers(layout), _counts(plan, layout)
        self._state = State(plan.content_hash, plan.locale, answers=answers, counts=counts)
        self._board = Board(plan, answers, counts, _moment(response), serve=serve)

    def check(self) -> None:
        self._check_applies()
        self._check_missing()
        self._check_groups()
        self._check_occurrences()
        self._check_rules()

    def _check_applies(self) -> None:
        for placed in self._layout.placed:
            if not self._board.applies(placed.item.plan, placed.indices):
                self._findings.error(
                    "not-enabled",
                    placed.item.plan.link_id,
                    message="The question has an answer although its condition does not hold.",
                    fix="Leave out answers to questions that do not apply.",
                )
            elif placed.item.plan.calculate is not None:
                self._check_calculated(placed)

    def _check_calculated(self, placed: Placed) -> None:
        expected = self._board.computed(placed.item.plan, placed.indices)
        given = [one_value(placed.item, answer) for answer in placed.answers]
        if expected and given != expected:
            self._findings.warn(
                "calculated-differs",
                placed.item.plan.link_id,
                message="The value is not what the form's own calculation gives.",
                fix="Calculate it from the answers.",
            )

    def _check_missing(self) -> None:
        """Required items of finished responses, inside groups that are there."""
        if not self._finished:
            return
        for step in self._board.steps():
            item = step.item
            if step.is_end or not item.is_question or not item.required or item.calculate is not None:
                continue
            if (
                path_of(item, step.indices) in self._given
                or item.hidden
                or item.read_only
                or not self._board.applies(item, step.indices)
            ):
                continue
            if needs_answer(self._board, self._state, step):
                self._findings.error(
                    "required-missing",
                    item.link_id,
                    message="The question needs an answer and has none.",
                    fix="Answer it, or mark the response as in-progress.",
                )

    def _check_groups(self) -> None:
        """Required groups of finished responses that stand there empty."""
        inside = {above for placed in self._layout.placed for above in self._around(placed)}
        for item, indices in self._layout.groups if self._finished else ():
            plan = self._plan.items[item.plan.index]
            asks = any(one.is_asked for one in self._plan.items[plan.index + 1 : plan.end])
            if plan.required and asks and (plan.index, indices) not in inside and self._board.applies(plan, indices):
                self._findings.error(
                    "required-missing",
                    plan.link_id,
                    message="The group needs an answer in it and has none.",
                    fix="Answer a question in it, or mark the response as in-progress.",
                )

    def _around(self, placed: Placed) -> Iterator[tuple[int, Indices]]:
        """The groups an answer stands in, each with its occurrence."""
        index = placed.item.plan.under
        while index >= 0:
            above = self._plan.items[index]
            yield index, placed.indices[: len(above.loops)]
            index = above.under

    def _check_occurrences(self) -> None:
        counts: Counter[int] = Counter()
        for placed in self._layout.placed:
            if placed.item.plan.loop:
                counts[placed.item.plan.index] += 1
        for item, _ in self._layout.groups:
            counts[item.plan.index] += 1
        for index, count in counts.items():
            plan = self._plan.items[index]
            if len(plan.loops) > 1 or not plan.loop:
                continue
            if plan.max_occurs is not None and count > plan.max_occurs:
                self._findings.error(
                    "too-many", plan.link_id, message=f"At most {plan.max_occurs} are allowed.", fix="Leave some out."
                )
            if self._finished and count < plan.min_occurs:
                self._findings.error(
                    "too-few", plan.link_id, message=f"At least {plan.min_occurs} are needed.", fix="Add some."
                )

    def _check_rules(self) -> None:
        for placed in self._layout.placed:
            plan = self._plan.items[placed.item.plan.index]
            place = self._board.place(plan, placed.indices)
            value = self._state.answers[placed.path].value if placed.path in self._state.answers else None
            for constraint in plan.constraints:
                if evaluate(constraint.when, place, value) == [False]:
                    report = self._findings.error if constraint.blocking else self._findings.warn
                    report(
                        "constraint",
                        plan.link_id,
                        message=constraint.message or "A rule of the form is broken.",
                        fix="Correct the answers.",
                    )


def _answers(layout: Layout) -> dict[str, Answer]:
    found = {}
    for placed in layout.placed:
        values = [one_value(placed.item, answer) for answer in placed.answers]
        known = [value for value in values if value is not None]
        if known:
            found[placed.path] = Answer(known if placed.item.plan.many else known[0], "", "", "record")
    return found


def _counts(plan: Plan, layout: Layout) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item, indices in [*((p.item, p.indices) for p in layout.placed), *layout.groups]:
        for depth, index in enumerate(item.plan.loops):
            at = loop_path(plan.items[index], indices[:depth])
            counts[at] = max(counts.get(at, 0), indices[depth] + 1)
    return counts


def _moment(response: Mapping[str, Any]) -> str:
    """When the answers were given, for expressions that ask what day it is."""
    authored = response.get("authored")
    if isinstance(authored, str) and is_datetime(authored) and len(authored) >= 10:
        return authored[:19] if len(authored) >= 19 else authored[:10] + "T12:00:00"
    return "1970-01-01T00:00:00"
