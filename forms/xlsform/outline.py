"""The survey sheet as a tree: groups and repeats opened and closed, every row with its kind and its linkId."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from forms.xlsform.rules import Target
from forms.xlsform.wording import language_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forms.problems import Findings
    from forms.xlsform.sheets import Row

DEEPEST = 60
OTHER = "other"  # the name of the choice that or_other adds
_ONE = ("select_one", "select one", "select1", "select one from", "add select one prompt using")
_MANY = ("select_multiple", "select multiple", "select all that apply", "select all that apply from")
KINDS = {
    "text": "string",
    "string": "string",
    "integer": "integer",
    "int": "integer",
    "decimal": "decimal",
    "range": "decimal",
    "date": "date",
    "time": "time",
    "datetime": "dateTime",
    "note": "display",
    "acknowledge": "boolean",
    "trigger": "boolean",
    "calculate": "string",
    "hidden": "string",
    "barcode": "string",
    "image": "attachment",
    "photo": "attachment",
    "audio": "attachment",
    "video": "attachment",
    "file": "attachment",
}


@dataclass(slots=True)
class Node:
    """One row, or a group of rows. `word` is the XLSForm type, `kind` the FHIR one ("" when there is none)."""

    row: Row
    word: str
    kind: str
    list_name: str = ""
    or_other: bool = False
    link_id: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def where(self) -> str:
        return self.at("")

    def at(self, column: str) -> str:
        """The place a finding is about: sheet, row and column as a spreadsheet shows them, and the row's name."""
        cell = f"survey row {self.row.number}" + (f", column {column}" if column else "")
        return cell + (f" ({self.row.get('name')})" if self.row.get("name") else "")

    @property
    def repeats(self) -> bool:
        return self.word in ("repeat", "select_multiple")


def outline(rows: list[Row], findings: Findings) -> list[Node]:
    """The tree of the survey; a group left open is closed at the end, an end without a beginning is passed over."""
    roots: list[Node] = []
    path: list[Node] = []
    for row in rows:
        word = _word(row.get("type"))
        if not word or _is_disabled(row):
            _report_passed_over(row, word, findings)
            continue
        if word.startswith("end") and word != "end":  # "end" alone is when the form was finished
            _close(path, row, findings)
            continue
        node = _node(row, word, findings)
        (path[-1].children if path else roots).append(node)
        if node.or_other:
            (path[-1].children if path else roots).append(_specified(node))
        if node.kind == "group":
            path.append(node)
        if len(path) > DEEPEST:
            path.pop()
            findings.error(
                "too-deep", node.at("type"), message="Groups are nested too deeply.", fix="Flatten the form."
            )
    for node in path:
        findings.warn("group-open", node.at("type"), message="The group is never closed.", fix="Add an end row.")
    _name(roots)
    return roots


def _report_passed_over(row: Row, word: str, findings: Findings) -> None:
    """A row that says something but is no question: nothing disappears unsaid."""
    node = Node(row, word, "")
    if word:
        findings.note(
            "disabled", node.at("disabled"), message="The row is disabled and left out.", fix="Nothing to do."
        )
    elif row.get("name") or any(column.partition("::")[0] == "label" for column in row.cells):
        findings.warn(
            "type-missing", node.at("type"), message="The row has no type and is left out.", fix="Give it a type."
        )


_SPECIFY = {"en": "Please specify.", "fr": "Veuillez préciser."}


def _specified(node: Node) -> Node:
    """The question that or_other adds, as pyxform names it: ${name_other}, asked when "other" is chosen."""
    name = node.row.get("name")
    spoken = [column for column in node.row.cells if column.startswith("label::")]
    labels = {column: _SPECIFY.get(language_code(column.partition("::")[2]) or "", "") for column in spoken}
    cells = {"label": _SPECIFY["en"], **labels, "type": "text", "name": f"{name}_other"}
    relevant = f"selected(${{{name}}}, '{OTHER}')"
    return Node(replace(node.row, cells={**cells, "relevant": relevant}), "text", "string")


def _word(cell: str) -> str:
    return (
        " ".join(cell.replace("_", " ").split()).lower() if cell.lower().startswith(("begin", "end")) else cell.strip()
    )


def _is_disabled(row: Row) -> bool:
    return row.get("disabled").lower() in ("yes", "true", "true()")


def _close(path: list[Node], row: Row, findings: Findings) -> None:
    if path:
        path.pop()
        return
    findings.warn(
        "end-without-begin",
        f"survey row {row.number}, column type",
        message="This row ends a group that never began.",
        fix="Remove the row.",
    )


def _node(row: Row, word: str, findings: Findings) -> Node:
    if word.startswith("begin"):
        return Node(row, "repeat" if "repeat" in word else "group", "group")
    lowered = " ".join(word.split())
    for opener, kind in [*((one, "select_one") for one in _ONE), *((many, "select_multiple") for many in _MANY)]:
        rest = lowered[len(opener) :]
        if lowered.lower().startswith(opener) and rest.startswith(" ") and "_from_file" not in lowered.lower():
            return _choice(row, kind, rest.strip())
    plain = lowered.split(" ")[0].lower()
    node = Node(row, plain, KINDS.get(plain, ""))
    if not node.kind and plain not in _LEFT_OUT:
        findings.error(
            "type-unknown",
            node.at("type"),
            message=f"{word!r:.60} is no question type; the row is left out.",
            fix="Use a type of the XLSForm list.",
        )
    return node


# Types without a counterpart, and what the report says of them.
_LEFT_OUT = {
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "start-geopoint"), "Places are not asked for."),
    "rank": "Ranking is not asked for on any channel.",
    "audit": "Farline keeps its own audit.",
    "background-audio": "Nothing is recorded unheard.",
    **dict.fromkeys(
        ("start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username", "email"),
        "Farline keeps who answered, when and on which channel by itself.",
    ),
    **dict.fromkeys(("xml-external", "csv-external"), "Files beside the form are not read."),
    **dict.fromkeys(
        ("select_one_from_file", "select_multiple_from_file", "select_one_external"),
        "Files beside the form are not read.",
    ),
}


def why_left_out(word: str) -> str:
    return _LEFT_OUT.get(word, "")


def _choice(row: Row, word: str, rest: str) -> Node:
    parts = rest.split(" ")
    or_other = len(parts) > 1 and " ".join(parts[1:]).lower() in ("or_other", "or specify other")
    return Node(row, word, "choice", list_name=parts[0], or_other=or_other)


def _name(roots: list[Node]) -> None:
    """Names become linkIds; one that occurs twice is told apart by its group."""
    counts: dict[str, int] = {}
    for node in walk(roots):
        counts[node.row.get("name")] = counts.get(node.row.get("name"), 0) + 1
    taken: set[str] = set()
    for node, parent in _with_parents(roots, ""):
        name = node.row.get("name")
        wanted = name if name and counts[name] == 1 else f"{parent}/{name}" if name and parent else name
        node.link_id = wanted if wanted and wanted not in taken else f"row-{node.row.number}"
        taken.add(node.link_id)


def walk(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from walk(node.children)


def _with_parents(nodes: list[Node], parent: str) -> Iterator[tuple[Node, str]]:
    for node in nodes:
        yield node, parent
        yield from _with_parents(node.children, node.row.get("name"))


def targets(roots: list[Node]) -> dict[str, Target]:
    """Every question that ${name} may mean; the first of two that share a name."""
    found: dict[str, Target] = {}
    for node in walk(roots):
        if node.kind not in ("", "group", "display"):
            found.setdefault(node.row.get("name"), Target(node.link_id, node.kind, node.repeats))
    return found
