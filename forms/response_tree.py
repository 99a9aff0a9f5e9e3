"""A QuestionnaireResponse laid against its form: each answer's item and occurrence, and what is out of place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from forms.extensions import typed_value
from forms.items import CHOICES, Kind
from forms.paths import MOST_OCCURRENCES, Indices, path_of
from forms.problems import Findings
from forms.values import value_member

if TYPE_CHECKING:
    from forms.item_reader import ReadItem
    from forms.questionnaire import Questionnaire

_DEEPEST = 120
_MOST_ITEMS = 20_000
_DEEPEST_LOOK = 3


@dataclass(frozen=True, slots=True)
class Placed:
    """The answers given at one place of the form."""

    item: ReadItem
    indices: Indices
    answers: tuple[Mapping[str, Any], ...]

    @property
    def path(self) -> str:
        return path_of(self.item.plan, self.indices)


@dataclass(slots=True)
class Layout:
    """Everything found: answers by place, and which groups are there."""

    placed: list[Placed] = field(default_factory=list)
    groups: list[tuple[ReadItem, Indices]] = field(default_factory=list)


def lay_out(questionnaire: Questionnaire, response: Mapping[str, Any], findings: Findings) -> Layout:
    """Match the response's items to the form's, one level at a time."""
    return _Walker(questionnaire, findings).walk(response)


def member_fits(item: ReadItem, member: str) -> bool:
    """Whether an answer with this value[x] can be one to the question."""
    plan = item.plan
    if plan.kind in CHOICES:
        offered = {typed_value(raw)[0] for raw in item.option_raws} or {"valueCoding"}
        return member in offered or (plan.kind is Kind.OPEN_CHOICE and member == "valueString")
    return member in _MEMBERS.get(plan.kind, {value_member(plan.kind)})


_MEMBERS: Final = {
    Kind.URL: {"valueUri", "valueUrl"},
    Kind.DATETIME: {"valueDateTime", "valueDate"},
}


def _fits(item: ReadItem, row: Mapping[str, Any]) -> bool:
    """For linkIds used twice: whether the answers could be to this one of the questions."""
    answers = row.get("answer")
    rows = [a for a in answers if isinstance(a, Mapping)] if isinstance(answers, list) else []
    return all(member_fits(item, typed_value(answer)[0]) for answer in rows) and (item.plan.is_question or not rows)


class _Walker:
    def __init__(self, questionnaire: Questionnaire, findings: Findings) -> None:
        self._items = questionnaire.items
        self._findings = findings
        self._layout = Layout()
        self._seen = 0
        self._children: dict[int, list[ReadItem]] = {}
        self._links = {item.plan.link_id for item in questionnaire.items}
        for item in questionnaire.items:
            self._children.setdefault(item.plan.under, []).append(item)

    def walk(self, response: Mapping[str, Any]) -> Layout:
        self._level(response.get("item"), under=-1, indices=(), depth=0)
        return self._layout

    def _level(self, rows: Any, *, under: int, indices: Indices, depth: int) -> None:
        """One list of response items, below one place of the form."""
        if rows is None:
            return
        if not isinstance(rows, list):
            self._wrong("", "item-shape", "item is not a list.", "Make item a list of objects.")
            return
        if depth > _DEEPEST or self._seen + len(rows) > _MOST_ITEMS:
            self._wrong(
                "", "too-large", "The response has too many items or is nested too deeply.", "Send a smaller response."
            )
            return
        self._seen += len(rows)
        children = self._children.get(under, [])
        last = -1
        used: dict[int, int] = {}
        for row in rows:
            child = self._matched(row, children, used)
            if child is None:
                continue
            if child.plan.index < last:
                self._wrong(
                    child.plan.link_id,
                    "out-of-order",
                    "The item does not stand in the order of the form.",
                    "Put the items in the order of the questionnaire.",
                )
            last = max(last, child.plan.index)
            occurrence = used[child.plan.index] = used.get(child.plan.index, -1) + 1
            self._item(child, row, indices=indices, occurrence=occurrence, depth=depth)

    def _matched(self, row: Any, children: Sequence[ReadItem], used: Mapping[int, int]) -> ReadItem | None:
        link_id = row.get("linkId") if isinstance(row, Mapping) else None
        if not isinstance(link_id, str):
            self._wrong(
                "", "no-link-id", "A response item has no linkId.", "Give each item the linkId of its question."
            )
            return None
        same = [child for child in children if child.plan.link_id == link_id]
        if not same:
            known = link_id in self._links
            self._wrong(
                link_id,
                "misplaced-item" if known else "unknown-link-id",
                "The item stands under another item than in the form."
                if known
                else "The form has no item with this linkId.",
                "Nest the item as in the questionnaire."
                if known
                else "Use the linkIds of this version of the questionnaire.",
            )
            return None
        free = [child for child in same if child.plan.index not in used]
        if len(same) == 1:
            return same[0]
        fitting = (child for child in free if _fits(child, row) and self._holds(child, row))
        return next(fitting, None) or (free or same[-1:])[0]

    def _holds(self, item: ReadItem, row: Mapping[str, Any], looks: int = _DEEPEST_LOOK) -> bool:
        """For linkIds used twice: whether what stands under the row also stands under this one of the items."""
        answers = row.get("answer")
        inside = [row, *(answers if isinstance(answers, list) else [])]
        lists = [each.get("item") for each in inside if isinstance(each, Mapping)]
        rows = [child for each in lists if isinstance(each, list) for child in each if isinstance(child, Mapping)]
        return not looks or all(self._fits_below(item, each, looks - 1) for each in rows)

    def _fits_below(self, item: ReadItem, row: Mapping[str, Any], looks: int) -> bool:
        below = [child for child in self._children.get(item.plan.index, ()) if child.plan.link_id == row.get("linkId")]
        return any(_fits(child, row) and self._holds(child, row, looks) for child in below)

    def _item(self, item: ReadItem, row: Mapping[str, Any], *, indices: Indices, occurrence: int, depth: int) -> None:
        plan = item.plan
        if occurrence and not (plan.loop and plan.kind is Kind.GROUP):
            self._wrong(
                plan.link_id,
                "repeated-item",
                "The item occurs more than once, and is not a repeating group.",
                "Give one item; a repeating question has several answers in it.",
            )
            return
        if occurrence >= MOST_OCCURRENCES:
            self._wrong(plan.link_id, "too-many", f"More than {MOST_OCCURRENCES} occurrences.", "Send fewer.")
            return
        answers = self._answers_of(item, row)
        if plan.kind is Kind.GROUP or plan.kind is Kind.DISPLAY:
            here = (*indices, occurrence) if plan.loop else indices
            self._layout.groups.append((item, here))
            self._level(row.get("item"), under=plan.index, indices=here, depth=depth + 1)
        elif plan.loop:
            self._loop_question(item, answers, row, indices=indices, depth=depth)
        else:
            self._question(item, answers, row, indices=indices, depth=depth)

    def _question(
        self,
        item: ReadItem,
        answers: Sequence[Mapping[str, Any]],
        row: Mapping[str, Any],
        *,
        indices: Indices,
        depth: int,
    ) -> None:
        if answers:
            self._layout.placed.append(Placed(item, indices, tuple(answers)))
        self._level(row.get("item"), under=item.plan.index, indices=indices, depth=depth + 1)
        for answer in answers:
            self._level(answer.get("item"), under=item.plan.index, indices=indices, depth=depth + 1)

    def _loop_question(
        self,
        item: ReadItem,
        answers: Sequence[Mapping[str, Any]],
        row: Mapping[str, Any],
        *,
        indices: Indices,
        depth: int,
    ) -> None:
        for number, answer in enumerate(answers[:MOST_OCCURRENCES]):
            here = (*indices, number)
            self._layout.placed.append(Placed(item, here, (answer,)))
            self._level(answer.get("item"), under=item.plan.index, indices=here, depth=depth + 1)
        self._level(row.get("item"), under=item.plan.index, indices=(*indices, 0), depth=depth + 1)

    def _answers_of(self, item: ReadItem, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        answers = row.get("answer")
        if answers is None:
            return []
        rows = [answer for answer in answers if isinstance(answer, Mapping)] if isinstance(answers, list) else []
        if not isinstance(answers, list) or len(rows) != len(answers):
            self._wrong(
                item.plan.link_id, "answer-shape", "answer is not a list of objects.", "Make answer a list of objects."
            )
        if rows and not item.plan.is_question:
            self._wrong(
                item.plan.link_id,
                "answer-to-no-question",
                "A group or text has an answer.",
                "Put answers under questions only.",
            )
            return []
        return rows

    def _wrong(self, where: str, code: str, message: str, fix: str) -> None:
        self._findings.error(code, where, message=message, fix=fix)
