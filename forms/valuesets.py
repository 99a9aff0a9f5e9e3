"""The options of a choice: from the item itself, or from a value set that travels with the form.

Value sets that live elsewhere cannot be read here; a few that FHIR defines and forms use everywhere are built in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from forms.extensions import first_of

MOST_OPTIONS: Final = 2_000  # of one question
MOST_IN_ALL: Final = 40_000  # of all questions together
_DEEPEST: Final = 30

# FHIR R4 (hl7.org/fhir/R4/valueset-administrative-gender.html) and HL7 v2 table 0136; French labels are ours.
_KNOWN: Final = {
    "http://hl7.org/fhir/ValueSet/administrative-gender": (
        "http://hl7.org/fhir/administrative-gender",
        (
            ("male", "Male", "Homme"), ("female", "Female", "Femme"), ("other", "Other", "Autre"),
            ("unknown", "Unknown", "Inconnu"),
        ),
    ),
    "http://terminology.hl7.org/ValueSet/v2-0136": (
        "http://terminology.hl7.org/CodeSystem/v2-0136",
        (("Y", "Yes", "Oui"), ("N", "No", "Non")),
    ),
    "http://hl7.org/fhir/ValueSet/yesnodontknow": (
        "http://terminology.hl7.org/CodeSystem/v2-0136",
        (("Y", "Yes", "Oui"), ("N", "No", "Non"), ("asked-unknown", "Don't know", "Je ne sais pas")),
    ),
}  # fmt: skip
_TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"


@dataclass(frozen=True, slots=True)
class OptionList:
    """Raw answerOption elements, and the address of a value set that could not be expanded."""

    options: tuple[Mapping[str, Any], ...] = ()
    unexpanded: str | None = None
    cut: bool = False  # more than MOST_OPTIONS


class ValueSets:
    """The value sets that travel with a form, and room for so many options in all."""

    def __init__(self, questionnaire: Mapping[str, Any], siblings: list[Any]) -> None:
        self._resources = _contained(questionnaire, siblings)
        self._room = MOST_IN_ALL
        self._expanded: dict[str, OptionList] = {}
        self.read: dict[int, Any] = {}  # what has been made of an option list that several questions share, by its id

    def options_of(self, item: Mapping[str, Any]) -> OptionList:
        """The options of an item as R4 answerOption elements."""
        return self._listed(item) or self._named(item)

    def units_of(self, item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The codings of the value set a quantity's units come from, when it travels with the form."""
        address = first_of(item, "unitValueSet")
        options = self._named({"answerValueSet": address}).options if isinstance(address, str) else ()
        return [coding for option in options if isinstance(coding := option.get("valueCoding"), Mapping)]

    def is_room_for(self, found: OptionList) -> bool:
        """Whether the form may have these options too; takes the room when it may."""
        fits = len(found.options) <= self._room
        self._room -= len(found.options) if fits else 0
        return fits

    @staticmethod
    def _listed(item: Mapping[str, Any]) -> OptionList | None:
        for name in ("answerOption", "option"):
            listed = item.get(name)
            if isinstance(listed, list) and listed:
                options = tuple(option for option in listed if isinstance(option, Mapping))
                return OptionList(options[:MOST_OPTIONS], cut=len(options) > MOST_OPTIONS)
        return None

    def _named(self, item: Mapping[str, Any]) -> OptionList:
        address = _address(item)
        if address is None:
            return OptionList()
        if address not in self._expanded:
            self._expanded[address] = self._expand(address)
        return self._expanded[address]

    def _expand(self, address: str) -> OptionList:
        value_set = self._resources.get(address) or self._resources.get(address.split("|", maxsplit=1)[0])
        if value_set is None:
            built_in = _built_in(address.split("|", maxsplit=1)[0])
            return OptionList(built_in) if built_in else OptionList(unexpanded=address)
        options = tuple(_take(_concepts(value_set, self._resources), MOST_OPTIONS + 1))
        if not options:
            return OptionList(unexpanded=address)
        return OptionList(options[:MOST_OPTIONS], cut=len(options) > MOST_OPTIONS)


def _contained(questionnaire: Mapping[str, Any], siblings: list[Any]) -> dict[str, Mapping[str, Any]]:
    """Resources inside the form (and beside it in a Bundle) by "#id" and by url."""
    own = questionnaire.get("contained")
    found: dict[str, Mapping[str, Any]] = {}
    for resource in [*siblings, *(own if isinstance(own, list) else [])]:
        if isinstance(resource, Mapping):
            for address in (f"#{resource.get('id')}", resource.get("id"), resource.get("url")):
                if isinstance(address, str) and address:
                    found[address] = resource
    return found


def _address(item: Mapping[str, Any]) -> str | None:
    found = item.get("answerValueSet") or item.get("options")
    if isinstance(found, Mapping):
        found = found.get("reference")
    return found if isinstance(found, str) and found else None


def _built_in(address: str) -> tuple[Mapping[str, Any], ...]:
    system, rows = _KNOWN.get(address, ("", ()))
    return tuple(
        _option(system, {"code": code, "display": english, "_display": _french(french)})
        for code, english, french in rows
    )


def _french(text: str) -> dict[str, Any]:
    parts = [{"url": "lang", "valueCode": "fr"}, {"url": "content", "valueString": text}]
    return {"extension": [{"url": _TRANSLATION, "extension": parts}]}


def _option(system: object, concept: Mapping[str, Any]) -> Mapping[str, Any]:
    coding = {k: concept[k] for k in ("code", "display", "_display", "extension") if k in concept}
    if isinstance(concept.get("designation"), list):
        coding["_display"] = _designated(concept["designation"])
    return {"valueCoding": {"system": system, **coding} if system else coding}


def _designated(designations: list[Any]) -> dict[str, Any]:
    """A value set's designations as translations."""
    named = [d for d in designations if isinstance(d, Mapping) and d.get("language") and d.get("value")]
    return {"extension": [e for d in named for e in _translated(d)["extension"]]}


def _translated(designation: Mapping[str, Any]) -> dict[str, Any]:
    parts = [
        {"url": "lang", "valueCode": designation["language"]},
        {"url": "content", "valueString": designation["value"]},
    ]
    return {"extension": [{"url": _TRANSLATION, "extension": parts}]}


def _concepts(value_set: Mapping[str, Any], contained: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    expansion = value_set.get("expansion")
    if isinstance(expansion, Mapping) and isinstance(expansion.get("contains"), list):
        yield from _expanded(expansion["contains"], depth=0)
        return
    compose = value_set.get("compose")
    includes = compose.get("include") if isinstance(compose, Mapping) else None
    excluded = _excluded(compose) if isinstance(compose, Mapping) else set()
    seen: set[str] = set()
    for include in includes if isinstance(includes, list) else []:
        if isinstance(include, Mapping):
            yield from (o for o in _included(include, contained, seen) if o["valueCoding"].get("code") not in excluded)


def _excluded(compose: Mapping[str, Any]) -> set[str]:
    excludes = compose.get("exclude")
    rows = [row for row in excludes if isinstance(row, Mapping)] if isinstance(excludes, list) else []
    return {str(c.get("code")) for row in rows for c in row.get("concept") or [] if isinstance(c, Mapping)}


def _expanded(contains: list[Any], *, depth: int) -> Iterator[Mapping[str, Any]]:
    for entry in contains:
        if not isinstance(entry, Mapping) or depth > _DEEPEST:
            continue
        if not entry.get("abstract") and (entry.get("code") or entry.get("display")):
            yield _option(entry.get("system"), entry)
        if isinstance(entry.get("contains"), list):
            yield from _expanded(entry["contains"], depth=depth + 1)


def _included(
    include: Mapping[str, Any], contained: Mapping[str, Mapping[str, Any]], seen: set[str]
) -> Iterator[Mapping[str, Any]]:
    """One include; each value set it names is entered once, so that sets naming each other end."""
    if include.get("filter"):
        return
    concepts = include.get("concept")
    if isinstance(concepts, list):
        yield from (_option(include.get("system"), c) for c in concepts if isinstance(c, Mapping) and c.get("code"))
        return
    for inner in _named_sets(include, contained, seen):
        yield from _included(inner, contained, seen)
    system = contained.get(str(include.get("system")))
    if system is not None and system.get("resourceType") == "CodeSystem":
        yield from _of_system(system.get("concept"), include["system"], depth=0)


def _named_sets(
    include: Mapping[str, Any], contained: Mapping[str, Mapping[str, Any]], seen: set[str]
) -> Iterator[Mapping[str, Any]]:
    addresses = include.get("valueSet")
    for address in addresses if isinstance(addresses, list) else []:
        other = contained.get(address) if isinstance(address, str) and address not in seen else None
        if other is None or len(seen) > _DEEPEST:
            continue
        seen.add(address)
        compose = other.get("compose")
        inner = compose.get("include") if isinstance(compose, Mapping) else None
        yield from (row for row in inner if isinstance(row, Mapping)) if isinstance(inner, list) else ()


def _of_system(concepts: Any, system: str, *, depth: int) -> Iterator[Mapping[str, Any]]:
    for concept in concepts if isinstance(concepts, list) and depth <= _DEEPEST else []:
        if isinstance(concept, Mapping) and concept.get("code"):
            yield _option(system, concept)
            yield from _of_system(concept.get("concept"), system, depth=depth + 1)


def _take(options: Iterator[Mapping[str, Any]], most: int) -> Iterator[Mapping[str, Any]]:
    for _, option in zip(range(most), options, strict=False):
        yield option
