"""Rows of the survey as FHIR items, and a finding for everything that has no place in one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forms import names
from forms.xlsform.options import Lists, media_extensions
from forms.xlsform.outline import OTHER, Node, why_left_out
from forms.xlsform.ranges import is_whole_range, range_ends
from forms.xlsform.rules import Bounds, Names, NotCarried, bounds, conditions, fhirpath
from forms.xlsform.wording import language_code, translations
from forms.xlsform.xpath import XPathError, parse_xpath

if TYPE_CHECKING:
    from forms.problems import Findings
    from forms.xlsform.wording import Wording

_OTHER_WORDS = {"en": "Other", "fr": "Autre"}
_YES = ("yes", "true", "true()", "1")
_NO = ("", "no", "false", "false()", "0")
_INITIAL = {
    "string": ("valueString", str),
    "text": ("valueString", str),
    "integer": ("valueInteger", int),
    "decimal": ("valueDecimal", float),
    "date": ("valueDate", str),
    "dateTime": ("valueDateTime", str),
    "time": ("valueTime", str),
}
_NUMERIC = frozenset(
    ["sum", "count", "round", "int", "number", "min", "max", "count-selected", "pow", "abs", "string-length"]
)


class Items:
    """Builds items one by one; `findings` collects what was left behind."""

    def __init__(self, wording: Wording, lists: Lists, known: Names, findings: Findings) -> None:
        self._wording, self._lists, self._names, self._findings = wording, lists, known, findings

    def all(self, nodes: list[Node]) -> list[dict[str, Any]]:
        return [item for node in nodes if (item := self._item(node)) is not None]

    def _item(self, node: Node) -> dict[str, Any] | None:
        if not node.kind:
            self._left_out(node)
            return None
        children = self.all(node.children)
        if node.kind == "group" and not children:
            self._warn("group-empty", node, "The group holds no question and is left out.", "Add a question.")
            return None
        extensions: list[dict[str, Any]] = []
        item: dict[str, Any] = {"linkId": node.link_id, "extension": extensions}
        self._text(node, item)
        item["type"] = self._kind(node)
        self._condition(node, item, extensions)
        self._flags(node, item)
        self._rules(node, item, extensions)
        self._choices(node, item)
        self._default(node, item, extensions)
        self._calculation(node, item, extensions)
        self._rest(node, extensions)
        extensions.extend(media_extensions(names.ITEM_MEDIA, self._wording, node.row.cells))
        children = self._help(node) + children
        if children:
            item["item"] = children
        if not extensions:
            del item["extension"]
        return item

    def _left_out(self, node: Node) -> None:
        reason = why_left_out(node.word)
        if reason:
            self._warn("not-carried", node, f"A question of type {node.word} is left out.", reason, column="type")

    # --- words and type ---------------------------------------------------------------------------------------------

    def _text(self, node: Node, item: dict[str, Any]) -> None:
        text, others = self._wording.text(node.row.cells, "label")
        if any("${" in cell for column, cell in node.row.cells.items() if column.startswith(("label", "hint"))):
            self._warn(
                "label-reference",
                node,
                "Answers are not quoted in a label; the ${name} became three dots.",
                "Reword it.",
                column="label",
            )
        if not text and node.word not in ("group", "repeat", "calculate", "hidden"):
            self._warn(
                "label-missing", node, "The row has no label; its name is used.", "Write a label.", column="label"
            )
        item["text"] = text or node.row.get("name") or node.link_id
        if others:
            item["_text"] = others

    def _kind(self, node: Node) -> str:
        if node.word == "range":
            return "integer" if is_whole_range(node) else "decimal"
        if node.word == "barcode":
            self._warn(
                "not-carried",
                node,
                "Codes are not scanned; the question is asked in words.",
                "Check the label.",
                column="type",
            )
        if node.word == "text" and "multiline" in node.row.get("appearance"):
            return "text"
        if node.word == "calculate" and _is_numeric(node.row.get("calculation")):
            return "decimal"
        return node.kind

    def _help(self, node: Node) -> list[dict[str, Any]]:
        hint, others = self._wording.text(node.row.cells, "hint")
        if not hint:
            return []
        coding = {"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "help"}
        control = {"url": names.ITEM_CONTROL, "valueCodeableConcept": {"coding": [coding]}}
        item: dict[str, Any] = {
            "linkId": f"{node.link_id}.help",
            "extension": [control],
            "text": hint,
            "type": "display",
        }
        return [{**item, "_text": others} if others else item]

    # --- conditions and rules ---------------------------------------------------------------------------------------

    def _condition(self, node: Node, item: dict[str, Any], extensions: list[dict[str, Any]]) -> None:
        relevant = node.row.get("relevant")
        if not relevant or relevant in _YES:
            return
        known = replace(self._names, own_kind=node.kind)
        try:
            found, behaviour = conditions(relevant, known)
            item["enableWhen"] = found
            if len(found) > 1:
                item["enableBehavior"] = behaviour
        except NotCarried:
            text = self._expression(node, "relevant", known)
            if text:
                extensions.append(_expression(names.ENABLE_WHEN_EXPRESSION, text))
        except XPathError as error:
            self._unreadable(node, "relevant", error)

    def _expression(self, node: Node, column: str, known: Names) -> str:
        """The cell in FHIRPath, or "" with a finding."""
        try:
            return fhirpath(parse_xpath(node.row.get(column)), known)
        except (NotCarried, XPathError) as error:
            self._unreadable(node, column, error)
            return ""

    def _unreadable(self, node: Node, column: str, error: Exception) -> None:
        message = f"The {column} {node.row.get(column)!r:.120} is not carried over: {error}."
        fix = "Say it with plain comparisons, or set it in the builder."
        self._warn(f"{column}-not-carried", node, message, fix, column=column)

    def _rules(self, node: Node, item: dict[str, Any], extensions: list[dict[str, Any]]) -> None:
        found = Bounds()
        if node.row.get("constraint"):
            try:
                found = bounds(node.row.get("constraint"), item["type"])
            except XPathError as error:
                self._unreadable(node, "constraint", error)
        if node.word == "range":
            found.minimum, found.maximum = range_ends(node, item["type"])
        member = {"integer": "valueInteger", "decimal": "valueDecimal"}.get(item["type"], "")
        for url, bound in ((names.MIN_VALUE, found.minimum), (names.MAX_VALUE, found.maximum)):
            if bound is not None:
                extensions.append({"url": url, member: bound})
        if found.longest is not None and found.longest > 0:
            item["maxLength"] = found.longest
        if found.pattern is not None:
            extensions.append({"url": names.REGEX, "valueString": found.pattern})
        if found.tense is not None:
            extensions.append({"url": names.TENSE, "valueCode": found.tense})
        self._constraints(node, found, extensions)

    def _constraints(self, node: Node, found: Bounds, extensions: list[dict[str, Any]]) -> None:
        message, others = self._wording.text(node.row.cells, "constraint_message")
        human: dict[str, Any] = {"url": "human", "valueString": message or node.row.get("constraint")}
        if others:
            human["_valueString"] = others
        known = replace(self._names, own_kind=node.kind)
        for number, tree in enumerate(found.rest, start=1):
            try:
                text = fhirpath(tree, known)
            except NotCarried as error:
                self._unreadable(node, "constraint", error)
                continue
            parts = [
                {"url": "key", "valueId": f"{node.link_id}-{number}"[:64]},
                {"url": "severity", "valueCode": "error"},
                {"url": "expression", "valueString": text},
                human,
            ]
            extensions.append({"url": names.CONSTRAINT, "extension": parts})
        if message and not found.rest:
            message = "The question asks again in Farline's own words."
            place = node.at("constraint_message")
            self._findings.note("constraint-message", place, message=message, fix="Nothing to do.")

    def _flags(self, node: Node, item: dict[str, Any]) -> None:
        required = node.row.get("required").lower()
        if required in _YES and node.kind not in ("group", "display"):
            item["required"] = True
        elif required not in (*_YES, *_NO):
            self._warn(
                "required-not-carried",
                node,
                "Required under a condition is not carried over.",
                "Choose yes or no.",
                column="required",
            )
        if node.row.get("read_only").lower() in _YES:
            item["readOnly"] = True
        if node.repeats:
            item["repeats"] = True

    # --- answers ----------------------------------------------------------------------------------------------------

    def _choices(self, node: Node, item: dict[str, Any]) -> None:
        if node.kind not in ("choice", "open-choice"):
            return
        options = self._lists.options(node.list_name)
        if not options:
            message = f"The list {node.list_name!r:.60} has no choices."
            place = node.at("type")
            self._findings.error("choices-missing", place, message=message, fix="Add it to the choices sheet.")
            item["type"] = "string"
            return
        item["answerOption"] = [*options, *self._other(options)] if node.or_other else options
        if node.row.get("choice_filter"):
            self._warn(
                "not-carried",
                node,
                "The choice filter is left out: every choice is offered.",
                "Ask in two steps.",
                column="choice_filter",
            )

    def _other(self, options: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The choice that or_other adds, unless the list has it already."""
        if any(option["valueCoding"]["code"] == OTHER for option in options):
            return []
        codes = {language_code(name) for name in self._wording.languages}
        spoken = {code: word for code, word in _OTHER_WORDS.items() if code in codes}
        spoken.pop(self._wording.base, None)
        coding: dict[str, Any] = {"code": OTHER, "display": _OTHER_WORDS.get(self._wording.base, "Other")}
        return [{"valueCoding": {**coding, "_display": translations(spoken)} if spoken else coding}]

    def _default(self, node: Node, item: dict[str, Any], extensions: list[dict[str, Any]]) -> None:
        default = node.row.get("default")
        if not default or node.kind in ("group", "display", "attachment"):
            return
        if "(" in default or "${" in default:
            text = self._expression(node, "default", self._names)
            if text:
                extensions.append(_expression(names.INITIAL_EXPRESSION, text))
            return
        initial = self._initial(item, default)
        if initial:
            item["initial"] = initial
        else:
            self._warn(
                "default-not-carried",
                node,
                f"{default!r:.60} is no {item['type']}.",
                "Correct the default.",
                column="default",
            )

    def _initial(self, item: dict[str, Any], default: str) -> list[dict[str, Any]]:
        if item["type"] in ("choice", "open-choice"):
            wanted = default.split(" ")
            return [
                {"valueCoding": o["valueCoding"]} for o in item["answerOption"] if o["valueCoding"]["code"] in wanted
            ]
        if item["type"] == "boolean":
            return [{"valueBoolean": default.lower() in ("ok", *_YES)}]
        member, read = _INITIAL[item["type"]]
        try:
            return [{member: read(default)}]
        except ValueError:
            return []

    def _calculation(self, node: Node, item: dict[str, Any], extensions: list[dict[str, Any]]) -> None:
        if node.word in ("calculate", "hidden"):
            extensions.append({"url": names.HIDDEN, "valueBoolean": True})
        if not node.row.get("calculation"):
            return
        text = self._expression(node, "calculation", self._names)
        if text:
            extensions.append(_expression(names.CALCULATED_EXPRESSION, text))
            item["readOnly"] = True

    # --- what is left -----------------------------------------------------------------------------------------------

    def _rest(self, node: Node, extensions: list[dict[str, Any]]) -> None:
        if node.row.get("sms_field"):
            extensions.append({"url": names.SMS_FIELD, "valueString": node.row.get("sms_field")})
        count = node.row.get("repeat_count")
        if count.isdigit() and node.word == "repeat":
            extensions.append({"url": names.MIN_OCCURS, "valueInteger": int(count)})
            extensions.append({"url": names.MAX_OCCURS, "valueInteger": int(count)})
        elif count:
            self._warn(
                "not-carried",
                node,
                "A computed number of repeats is left out.",
                "Give a number, or ask for more.",
                column="repeat_count",
            )
        if node.row.get("trigger"):
            self._warn(
                "not-carried",
                node,
                "The trigger is left out: the value follows its inputs.",
                "Check the result.",
                column="trigger",
            )

    def _warn(self, code: str, node: Node, message: str, fix: str, *, column: str = "") -> None:
        self._findings.warn(code, node.at(column), message=message, fix=fix)


def _expression(url: str, text: str) -> dict[str, Any]:
    return {"url": url, "valueExpression": {"language": "text/fhirpath", "expression": text}}


def _is_numeric(text: str) -> bool:
    """Does a calculation end in a number?"""
    try:
        tree = parse_xpath(text)
    except XPathError:
        return False
    while tree[0] == "call" and tree[1] in ("if", "coalesce", "once") and len(tree[2]) > 1:
        tree = tree[2][1]
    return (
        tree[0] in ("num", "neg")
        or (tree[0] == "bin" and tree[1] in ("+", "-", "*", "div", "mod"))
        or (tree[0] == "call" and tree[1] in _NUMERIC)
    )
