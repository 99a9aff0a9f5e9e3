"""A FHIR R4 Questionnaire as a checked model, or problems that name the item and the fix.

result = read_questionnaire(open("phq9.json", "rb").read())
result.questionnaire, result.problems
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from forms import checks, shapes
from forms.compile import compile_plan
from forms.conditions import ConditionReader
from forms.expression_reader import ExpressionReader, FormExpressions
from forms.extensions import first_of
from forms.item_reader import ReadItem, is_help, read_item
from forms.jsonio import UnreadableJSON, read_json
from forms.languages import NOTHING, Words, is_tag, primary, words_of
from forms.names import REVIEW, SMS_KEYWORD
from forms.pairs import with_pairs
from forms.patterns import PatternRoom
from forms.plan_model import arranged
from forms.problems import Findings, Problem, error, has_errors
from forms.symbols import Outline
from forms.valuesets import ValueSets

if TYPE_CHECKING:
    from forms.items import Constraint, Tree
    from forms.served import Served


_MOST_TWINS = 20  # of items that share a linkId, so many are looked at


@dataclass(frozen=True)
class Questionnaire:
    """A questionnaire that can be asked. `source` is the file as it came, unknown extensions included."""

    source: Mapping[str, Any]
    title: str
    version: str
    url: str
    languages: tuple[str, ...]  # base language first
    content_hash: str
    items: tuple[ReadItem, ...] = ()
    titles: Words = NOTHING
    variables: tuple[Tree, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    review: bool = False
    keyword: str = ""
    served: tuple[Served, ...] = ()  # expressions only the server can compute

    def to_json(self) -> dict[str, Any]:
        """The questionnaire for export: exactly what was read."""
        return dict(self.source)


@dataclass(frozen=True)
class ReadResult:
    """The questionnaire, unless a problem of severity error makes asking impossible; and every problem found.

    `readable` is False when there was nothing to check: no JSON, or no Questionnaire in it. `draft` is the
    questionnaire even when it has errors, for showing what it would ask.
    """

    questionnaire: Questionnaire | None
    problems: tuple[Problem, ...]
    readable: bool = True
    draft: Questionnaire | None = None


def read_questionnaire(source: bytes | str | Mapping[str, Any]) -> ReadResult:
    """Read a Questionnaire (or a Bundle holding one), in the shapes of R4, R5 and STU3. Bounded time; never raises."""
    if not isinstance(source, Mapping):
        try:
            source = read_json(source)
        except UnreadableJSON as reason:
            problem = error(
                "unreadable",
                "",
                message=f"This is not readable JSON: {reason}.",
                fix="Give a FHIR Questionnaire as JSON.",
            )
            return ReadResult(None, (problem,), readable=False)
    findings = Findings()
    found = shapes.find_questionnaire(source, findings)
    if found is None:
        return ReadResult(None, findings.all(), readable=False)
    draft = _read(found, source, findings)
    problems = findings.all()
    return ReadResult(None if has_errors(problems) else draft, problems, draft=draft)


def _read(head: Mapping[str, Any], file: Any, findings: Findings) -> Questionnaire:
    shapes.check_head(head, findings)
    value_sets = ValueSets(head, _siblings(head, file))
    raw_items = shapes.flatten(head, findings)
    patterns = PatternRoom()
    items = [read_item(raw, value_sets, findings, patterns=patterns) for raw in raw_items]
    items = [_without_help(item) for item in items]
    items = with_pairs(checks.bound_loops(_with_places(_all_hidden(items)), findings))
    items = _with_conditions(items, findings)
    items, form = _with_expressions(items, head, findings)
    checks.check_questions(items, findings)
    declared = head.get("language")
    base = checks.check_language(declared if is_tag(declared) else None, items, findings)
    titles = words_of(head, "title")
    name = str(head.get("name") or head.get("id") or "")
    draft = Questionnaire(
        source=head,
        title=titles.base or name,
        version=head["version"] if isinstance(head.get("version"), str) else "",
        url=head["url"] if isinstance(head.get("url"), str) else "",
        languages=(base, *_translated(items, base)),
        content_hash=_content_hash(head),
        items=tuple(items),
        titles=titles,
        variables=form.variables,
        constraints=form.constraints,
        served=form.served,
        review=first_of(head, REVIEW) is True,
        keyword=_keyword(head, name),
    )
    if not has_errors(findings.all()):
        checks.check_asking(compile_plan(draft, base), findings)
    return draft


def _siblings(head: Mapping[str, Any], file: Any) -> list[Any]:
    """The other resources of the Bundle the form came in."""
    entries = file.get("entry") if isinstance(file, Mapping) and file is not head else None
    rows = entries if isinstance(entries, list) else []
    return [row.get("resource") for row in rows if isinstance(row, Mapping)]


def _without_help(item: ReadItem) -> ReadItem:
    """A help text is shown with its question on request, never by itself."""
    return (
        replace(item, plan=replace(item.plan, hidden=True))
        if item.plan.kind == "display" and is_help(item.raw)
        else item
    )


def _all_hidden(items: Sequence[ReadItem]) -> list[ReadItem]:
    """What stands inside a hidden item is hidden with it."""
    found: list[ReadItem] = []
    for item in items:
        is_hidden = item.plan.under >= 0 and found[item.plan.under].plan.hidden
        found.append(replace(item, plan=replace(item.plan, hidden=True)) if is_hidden else item)
    return found


def _with_places(items: Sequence[ReadItem]) -> list[ReadItem]:
    plans = arranged([item.plan for item in items])
    return [item if item.plan is plan else replace(item, plan=plan) for item, plan in zip(items, plans, strict=True)]


def _with_conditions(items: Sequence[ReadItem], findings: Findings) -> list[ReadItem]:
    by_link: dict[str, list[ReadItem]] = defaultdict(list)
    for item in items:
        by_link[item.plan.link_id].append(item)
    reader = ConditionReader(lambda link: by_link.get(link, [])[:_MOST_TWINS], findings)
    conditional = [
        item if (tree := reader.read(item)) is None else replace(item, plan=replace(item.plan, when=tree))
        for item in items
    ]
    return _with_places(conditional)


def _with_expressions(
    items: Sequence[ReadItem], head: Mapping[str, Any], findings: Findings
) -> tuple[list[ReadItem], FormExpressions]:
    reader = ExpressionReader(_outline(items), head, findings)
    read = [reader.read(item) for item in items]
    form = reader.form()
    dropped = checks.check_circles([item.plan for item in read], form.variables, findings)
    read = [
        replace(item, plan=replace(item.plan, calculate=None, read_only=True)) if item.plan.index in dropped else item
        for item in read
    ]
    return _with_places(read), form


def _outline(items: Sequence[ReadItem]) -> Outline:
    children: list[list[int]] = [[] for _ in items]
    top: list[int] = []
    for index, item in enumerate(items):
        (children[item.plan.under] if item.plan.under >= 0 else top).append(index)
    return Outline([item.plan for item in items], children, top)


def _translated(items: Sequence[ReadItem], base: str) -> list[str]:
    """Languages the words are translated to, commonest first."""
    counts: dict[str, int] = defaultdict(int)
    for item in items:
        for words in (item.words.text, *(option.label for option in item.words.options)):
            for tag in words.translations:
                counts[tag] += 1
    found: list[str] = []
    for tag in sorted(counts, key=lambda tag: (-counts[tag], tag)):
        if primary(tag) != primary(base) and all(primary(tag) != primary(other) or tag != other for other in found):
            found.append(tag)
    return found


def _content_hash(head: Mapping[str, Any]) -> str:
    """The same for the same content, whatever the order of its members."""
    try:
        text = json.dumps(head, sort_keys=True, default=str)
    except RecursionError:  # nested too deeply, which is an error of its own
        text = ""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _keyword(head: Mapping[str, Any], name: str) -> str:
    """The word that starts a message with all answers at once."""
    written = first_of(head, SMS_KEYWORD) or name
    plain = "".join(character for character in str(written) if character.isalnum())
    return plain.upper() if 2 <= len(plain) <= 20 else ""
