"""A state as a page: sections of fields for the server's template and for the script on the phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from forms.asking import board_for
from forms.items import CHOICES, NUMBERS, WORDS, Channel, Kind
from forms.languages import direction
from forms.manner import Manner, manner
from forms.paths import Indices, loop_path, path_of
from forms.render.fields import read_fields
from forms.render.logic import logic_to_json, needs_connection
from forms.render.phrases import Translate, value_text
from forms.render.web_form import FieldOption, WebField, WebForm, WebSection, Widget, form_to_json

if TYPE_CHECKING:
    from forms.board import Board
    from forms.items import PlanItem
    from forms.paths import Step
    from forms.plan_model import Plan
    from forms.state import Context, State, Value

__all__ = [
    "FieldOption",
    "WebField",
    "WebForm",
    "WebSection",
    "Widget",
    "form_to_json",
    "logic_to_json",
    "read_fields",
    "render",
]

_SELECT_FROM: Final = 12  # options; fewer are shown as buttons


def render(
    plan: Plan,
    state: State,
    translate: Translate,
    *,
    context: Context,
    errors: Mapping[str, str] | None = None,
) -> WebForm:
    """The whole form as sections of fields, filled with the state's answers. `errors` are shown at their fields."""
    writer = _Writer(plan, state, context, translate, errors or {})
    return WebForm(
        plan.title, plan.locale, direction(plan.locale), plan.content_hash, tuple(writer.sections()), plan.variables
    )


class _Writer:
    """Builds the fields in the order of the form."""

    def __init__(
        self, plan: Plan, state: State, context: Context, translate: Translate, errors: Mapping[str, str]
    ) -> None:
        self._plan = plan
        self._state = state
        self._board: Board = board_for(plan, state, context)
        self.translate = translate
        self._errors = errors

    def sections(self) -> Iterator[WebSection]:
        """Each group at the top is a section; questions between groups share one."""
        loose: list[Step] = []
        grouped: dict[int, list[Step]] = {}
        order: list[int] = []  # index of the item that opens each section
        for step in self._board.steps():
            top = self._top(step.item)
            if top.kind is Kind.GROUP:
                if top.index not in grouped:
                    order.append(top.index)
                    loose = []
                grouped.setdefault(top.index, []).append(step)
                continue
            if not loose:
                order.append(top.index)
                grouped[top.index] = loose
            loose.append(step)
        for index in order:
            section = self._section(self._plan.items[index], grouped[index])
            if section is not None:
                yield section

    def _top(self, item: PlanItem) -> PlanItem:
        while item.under >= 0:
            item = self._plan.items[item.under]
        return item

    def _section(self, top: PlanItem, steps: list[Step]) -> WebSection | None:
        is_group = top.kind is Kind.GROUP
        found = []
        for step in steps:
            if is_group and step.item is top and not (top.loop and (step.is_end or step.indices[-1] > 0)):
                continue
            field = self._field(step)
            if field is not None:
                found.append(field)
        if not any(field.widget is not Widget.HEADING for field in found):
            return None
        title = top.text if is_group else ""
        visible = any(field.visible for field in found)
        return WebSection(top.key, title, tuple(found), visible)

    def _field(self, step: Step) -> WebField | None:
        item, indices = step.item, step.indices
        if item.hidden:
            return None
        if step.is_end:
            return self._another(item, indices)
        common = {
            "name": path_of(item, indices),
            "link_id": item.link_id,
            "level": self._level(item),
            "visible": self._board.applies(item, indices),
            "when": item.when,
            "needs_connection": needs_connection(item, self._plan),
        }
        if not item.is_question:
            widget = Widget.HEADING if item.kind is Kind.GROUP else Widget.NOTE
            label = self._occurrence_title(item, indices)
            return (
                WebField(widget=widget, label=label, removable=self._removable(item, indices), **common)
                if label
                else None
            )
        if not item.is_asked:
            return self._shown(item, indices, common)
        return self._question(item, indices, common)

    def _level(self, item: PlanItem) -> int:
        level = -1 if self._top(item).kind is Kind.GROUP else 0
        while item.under >= 0:
            item = self._plan.items[item.under]
            level += 1
        return max(level, 0)

    def _occurrence_title(self, item: PlanItem, indices: Indices) -> str:
        if item.loop and indices and indices[-1] > 0:
            return f"{item.text} {indices[-1] + 1}".strip()
        return item.text

    def _removable(self, item: PlanItem, indices: Indices) -> bool:
        return item.loop and bool(indices) and indices[-1] >= max(item.min_occurs, 1)

    def _another(self, loop: PlanItem, outer: Indices) -> WebField | None:
        count = self._board.count(loop, outer)
        if loop.max_occurs is not None and count >= loop.max_occurs:
            return None
        label = (
            self.translate("Add another: {name}").format(name=loop.text) if loop.text else self.translate("Add another")
        )
        visible = self._board.applies(loop, (*outer, 0))
        return WebField(
            loop_path(loop, outer),
            loop.link_id,
            Widget.ANOTHER,
            label,
            level=self._level(loop),
            visible=visible,
            when=loop.when,
        )

    def _shown(self, item: PlanItem, indices: Indices, common: dict[str, Any]) -> WebField:
        values = self._board.values(item, indices)
        text = ", ".join(value_text(item, value, self.translate, locale=self._plan.locale) for value in values)
        return WebField(
            widget=Widget.SHOWN,
            label=item.text,
            value=values[0] if len(values) == 1 else values or None,
            text=text,
            calculate=item.calculate,
            **common,
        )

    def _question(self, item: PlanItem, indices: Indices, common: dict[str, Any]) -> WebField:
        path = common["name"]
        answer = self._state.answers.get(path)
        value = answer.value if answer else self._board.default(item, indices)
        askable = manner(item, Channel.WEB) is Manner.ASK
        return WebField(
            widget=widget_for(item) if askable else Widget.UNASKABLE,
            label=item.text,
            required=item.required,
            help=item.help,
            prefix=item.prefix,
            value=value,
            text=value_text(item, value, self.translate, locale=self._plan.locale) if value is not None else "",
            options=self._options(item, value),
            other=item.kind is Kind.OPEN_CHOICE and bool(item.options),
            unit=item.units[0].label if len(item.units) == 1 else "",
            inputmode=_inputmode(item),
            minimum=item.minimum,
            maximum=item.maximum,
            max_length=item.max_length,
            example=item.example,
            error=self._errors.get(path, ""),
            removable=self._removable(item, indices),
            sensitive=item.sensitive,
            **common,
        )

    def _options(self, item: PlanItem, value: Value) -> tuple[FieldOption, ...]:
        if item.kind is Kind.BOOLEAN:
            yes, no = self.translate("Yes"), self.translate("No")
            return (FieldOption("true", yes, "1", value is True), FieldOption("false", no, "2", value is False))
        if item.kind is Kind.QUANTITY and len(item.units) > 1:
            unit = value.get("unit") if isinstance(value, Mapping) else None
            return tuple(FieldOption(u.code, u.label, "", u.code == unit) for u in item.units)
        chosen = value if isinstance(value, list | tuple) else [value]
        return tuple(FieldOption(o.value, o.label, o.number, o.value in chosen, o.exclusive) for o in item.options)


def widget_for(item: PlanItem) -> Widget:
    """How a question is shown."""
    if item.kind in CHOICES and item.options:
        if item.many:
            return Widget.CHECKBOX
        return Widget.RADIO if len(item.options) < _SELECT_FROM else Widget.SELECT
    return _WIDGETS.get(item.kind, Widget.INPUT)


_WIDGETS: Final = {
    Kind.BOOLEAN: Widget.RADIO, Kind.INTEGER: Widget.NUMBER, Kind.DECIMAL: Widget.NUMBER,
    Kind.QUANTITY: Widget.QUANTITY, Kind.DATE: Widget.DATE, Kind.TIME: Widget.TIME,
    Kind.DATETIME: Widget.DATETIME, Kind.TEXT: Widget.TEXTAREA,
    Kind.ATTACHMENT: Widget.FILE,
}  # fmt: skip


def _inputmode(item: PlanItem) -> str:
    if item.kind is Kind.INTEGER:
        return "numeric"
    if item.kind in NUMBERS:
        return "decimal"
    if item.kind is Kind.URL:
        return "url"
    return "text" if item.kind in WORDS else ""
