"""The shapes published questionnaires come in (R4, R5, STU3, a Bundle around one) brought to R4, item by item.

Nothing is refused that can be understood; what is unusual is reported with its fix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from forms.extensions import codes_of, first_of
from forms.items import Kind
from forms.problems import Findings

MOST_ITEMS: Final = 10_000
DEEPEST: Final = 100

_KIND_WORDS: Final = {
    "coding": Kind.CHOICE, "codeableconcept": Kind.CHOICE, "openchoice": Kind.OPEN_CHOICE, "select": Kind.CHOICE,
    "radio": Kind.CHOICE, "checkbox": Kind.CHOICE, "bool": Kind.BOOLEAN, "yesno": Kind.BOOLEAN, "int": Kind.INTEGER,
    "number": Kind.DECIMAL, "float": Kind.DECIMAL, "double": Kind.DECIMAL, "datetime": Kind.DATETIME,
    "instant": Kind.DATETIME,
    "uri": Kind.URL, "markdown": Kind.TEXT, "textarea": Kind.TEXT, "section": Kind.GROUP, "label": Kind.DISPLAY,
    "note": Kind.DISPLAY, "file": Kind.ATTACHMENT, "image": Kind.ATTACHMENT,
}  # fmt: skip
# What some authors write as text items and only show: Norway's national forms, for one.
_SHOWN_ONLY: Final = frozenset({"help", "inline", "highlight", "sidebar", "flyover"})
_KINDS: Final = frozenset(kind.value for kind in Kind)
# R5 lets these have options too; the answer is then one of them.
_MAY_HAVE_OPTIONS: Final = frozenset({Kind.INTEGER, Kind.STRING, Kind.TEXT, Kind.DATE, Kind.TIME, Kind.URL})
_OPEN: Final = frozenset({"optionsOrType", "optionsOrString"})
_STATUSES: Final = frozenset({"draft", "active", "retired", "unknown"})


@dataclass(frozen=True, slots=True)
class RawItem:
    """One item as written, with its place and its name in the form."""

    raw: Mapping[str, Any]
    kind: Kind
    link_id: str
    key: str  # unique
    under: int


def find_questionnaire(data: Any, findings: Findings) -> Mapping[str, Any] | None:
    """The Questionnaire in the file: itself, or the only one of a Bundle."""
    if not isinstance(data, Mapping):
        findings.error(
            "not-a-questionnaire",
            "",
            message="The file is JSON, but not a FHIR resource.",
            fix="Give a FHIR Questionnaire: an object with resourceType and item.",
        )
        return None
    kind = data.get("resourceType")
    if kind == "Questionnaire":
        return data
    if kind == "Bundle":
        return _in_bundle(data, findings)
    if kind == "Parameters":  # what operations give and take
        return _among(_resources(data.get("parameter")), "Parameters", findings)
    if kind is None and isinstance(data.get("item"), list):
        findings.warn(
            "no-resource-type",
            "",
            message="resourceType is missing; read as a Questionnaire.",
            fix='Add "resourceType": "Questionnaire".',
        )
        return data
    findings.error(
        "not-a-questionnaire",
        "",
        message=f"The file holds {_shown(kind)}, not a Questionnaire.",
        fix="Give a FHIR Questionnaire, or a Bundle that holds one.",
    )
    return None


def _shown(value: object) -> str:
    return f"a {value[:60]}" if isinstance(value, str) else "no resourceType"


def _in_bundle(bundle: Mapping[str, Any], findings: Findings) -> Mapping[str, Any] | None:
    return _among(_resources(bundle.get("entry")), "Bundle", findings)


def _resources(rows: object) -> list[object]:
    return [row.get("resource") for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _among(resources: list[object], holder: str, findings: Findings) -> Mapping[str, Any] | None:
    found = [r for r in resources if isinstance(r, Mapping) and r.get("resourceType") == "Questionnaire"]
    if not found:
        findings.error(
            "not-a-questionnaire",
            "",
            message=f"The {holder} holds no Questionnaire.",
            fix=f"Give a {holder} that holds one Questionnaire.",
        )
        return None
    if len(found) > 1:
        findings.warn(
            "several-questionnaires",
            "",
            message=f"The {holder} holds {len(found)} questionnaires; the first is read.",
            fix="Give one file per questionnaire.",
        )
    return found[0]


def check_head(questionnaire: Mapping[str, Any], findings: Findings) -> None:
    """What is said about the whole form: status, title."""
    status = questionnaire.get("status")
    if not isinstance(status, str) or status not in _STATUSES:
        findings.warn(
            "status",
            "status",
            message=f"The status {status!r:.40} is not one FHIR knows." if status else "The status is missing.",
            fix='Use "draft", "active", "retired" or "unknown".',
        )
    if not any(isinstance(questionnaire.get(name), str) and questionnaire[name] for name in ("title", "name")):
        findings.warn(
            "no-title", "title", message="The form has no title.", fix="Add a title patients would recognise."
        )
    expectation = first_of(questionnaire, "assemble-expectation")
    if expectation in ("assemble-root", "assemble-root-or-child"):
        findings.warn(
            "modular",
            "",
            message="The form is put together from parts (SDC modular form), and only this part is asked.",
            fix="Have it assembled first (the $assemble operation of a forms server), and give the whole form.",
        )
    if isinstance(questionnaire.get("group"), Mapping):
        findings.error(
            "dstu2",
            "group",
            message="This is a DSTU2 questionnaire (group and question instead of item).",
            fix="Convert it to FHIR R4.",
        )


def flatten(questionnaire: Mapping[str, Any], findings: Findings) -> list[RawItem]:
    """Every item in the order of the form, with a unique key each. Iterative: depth costs nothing."""
    found: list[RawItem] = []
    used: dict[str, int] = {}
    stack = [(raw, -1, 1) for raw in reversed(_items_of(questionnaire, "item", findings))]
    while stack:
        raw, under, depth = stack.pop()
        if len(found) >= MOST_ITEMS:
            findings.error(
                "too-many-items",
                "item",
                message=f"The form has more than {MOST_ITEMS} items.",
                fix="Split it into several questionnaires.",
            )
            break
        item = _named(raw, under, used, findings)
        children = _items_of(raw, item.link_id, findings)
        _report_part(item, findings)
        found.append(_typed(item, children, findings))
        if depth >= DEEPEST and children:
            findings.error(
                "too-deep",
                item.link_id,
                message=f"Items are nested more than {DEEPEST} deep.",
                fix="Flatten the groups.",
            )
            continue
        stack += [(child, len(found) - 1, depth + 1) for child in reversed(children)]
    return found


def _items_of(element: Mapping[str, Any], where: str, findings: Findings) -> list[Mapping[str, Any]]:
    items = element.get("item")
    if items is None:
        return []
    if isinstance(items, Mapping):
        items = [items]
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        findings.warn(
            "item-shape",
            where,
            message="item is not a list of items; the rest is read.",
            fix="Make item a list of objects.",
        )
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _named(raw: Mapping[str, Any], under: int, used: dict[str, int], findings: Findings) -> RawItem:
    given = raw.get("linkId")
    link_id = given if isinstance(given, str) else str(given) if isinstance(given, int | float) else ""
    if not link_id:
        link_id = f"item-{sum(used.values()) + 1}"
        findings.warn("no-link-id", link_id, message="The item has no linkId.", fix="Give every item its own linkId.")
    elif not isinstance(given, str):
        findings.warn("link-id-type", link_id, message="The linkId is not a text.", fix="Write the linkId in quotes.")
    used[link_id] = used.get(link_id, 0) + 1
    if used[link_id] == 1:
        return RawItem(raw, Kind.STRING, link_id, link_id, under)
    findings.warn(
        "duplicate-link-id",
        link_id,
        message=f"The linkId {link_id!r} is used {used[link_id]} times.",
        fix="Give every item its own linkId.",
    )
    key = f"{link_id}#{used[link_id]}"
    used[key] = used.get(key, 0) + 1
    return RawItem(raw, Kind.STRING, link_id, key, under)


def _report_part(item: RawItem, findings: Findings) -> None:
    part = first_of(item.raw, "subQuestionnaire")
    if part is not None:
        findings.warn(
            "modular",
            item.link_id,
            message=f"Here the items of another questionnaire belong ({part!s:.120}); they are not in the file.",
            fix="Have the form assembled first (the $assemble operation of a forms server), and give the whole form.",
        )


def _typed(item: RawItem, children: list[Mapping[str, Any]], findings: Findings) -> RawItem:
    kind = _kind(item, children, findings)
    if kind is Kind.CHOICE and str(item.raw.get("answerConstraint")) in _OPEN:
        kind = Kind.OPEN_CHOICE
    if kind in {Kind.TEXT, Kind.STRING} and codes_of(first_of(item.raw, "itemControl")) & _SHOWN_ONLY:
        kind = Kind.DISPLAY
    return replace(item, kind=kind)


def _kind(item: RawItem, children: list[Mapping[str, Any]], findings: Findings) -> Kind:
    written = item.raw.get("type")
    options = any(item.raw.get(name) for name in ("answerOption", "option", "answerValueSet", "options"))
    if isinstance(written, str) and written in _KINDS:
        kind = Kind(written)
        return Kind.CHOICE if options and kind in _MAY_HAVE_OPTIONS else kind
    guess = _guess(str(written or ""), has_children=bool(children), has_options=options)
    if not isinstance(written, str) or written not in {"coding", "question"}:
        what = f"The type {written!r:.40} is not one FHIR R4 knows" if written else "The type is missing"
        findings.warn(
            "type", item.link_id, message=f"{what}; read as {guess.value}.", fix="Use one of FHIR's item types."
        )
    return guess


def _guess(written: str, *, has_children: bool, has_options: bool) -> Kind:
    plain = written.lower().replace("-", "").replace("_", "").replace(" ", "")
    for kind in Kind:
        if plain == kind.value.lower().replace("-", ""):
            return kind
    if plain in _KIND_WORDS:
        return _KIND_WORDS[plain]
    if has_options:
        return Kind.CHOICE
    return Kind.GROUP if has_children else Kind.STRING
