"""Looks up FHIR extensions the way published forms write them: by name, wherever and under whichever HL7 address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_HL7: Final = ("http://hl7.org/", "https://hl7.org/", "http://terminology.hl7.org/", "http://build.fhir.org/")
_PREFIXES: Final = ("sdc-questionnaire-", "questionnaire-", "cqif-", "cqf-", "codesystem-", "valueset-", "argonaut-")


def short_name(url: object) -> str:
    """HL7's name of an extension without its family: "hidden", "calculatedExpression"; other addresses stay whole."""
    if not isinstance(url, str):
        return ""
    if not url.startswith(_HL7):
        return url
    name = url.rsplit("/", 1)[-1]
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def extensions_of(element: object) -> Sequence[Mapping[str, Any]]:
    """Every extension of an element, modifier extensions too (forms use them for ordinary ones)."""
    if not isinstance(element, dict):  # JSON objects only; asked for very often
        return ()
    found = element.get("extension"), element.get("modifierExtension")
    if not any(found):
        return ()
    return [one for rows in found if isinstance(rows, list) for one in rows if isinstance(one, dict)]


def all_of(element: object, name: str) -> list[Mapping[str, Any]]:
    """The element's extensions with this short name (or whole address)."""
    return [one for one in extensions_of(element) if short_name(one.get("url")) == name]


def first_of(element: object, name: str) -> Any:
    """The value of the first extension with this name, or None."""
    for one in all_of(element, name):
        return value_of(one)
    return None


def value_of(element: Mapping[str, Any]) -> Any:
    """The value[x] of an extension, option or initial: whatever its type."""
    for member, value in element.items():
        if member.startswith("value") and member != "valueSet":
            return value
    return None


def typed_value(element: Mapping[str, Any]) -> tuple[str, Any]:
    """The value[x] and its type: ("valueCoding", {...}); ("", None) without one."""
    for member, value in element.items():
        if member.startswith("value") and member != "valueSet":
            return member, value
    return "", None


def parts_of(extension: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a complex extension's parts by their url; of several with one url, the last."""
    return {str(part.get("url")): value_of(part) for part in extensions_of(extension)}


def codes_of(concept: object) -> set[str]:
    """All codes of a CodeableConcept, and its text."""
    if not isinstance(concept, Mapping):
        return {concept} if isinstance(concept, str) else set()
    coding = concept.get("coding")
    found = {str(one.get("code")) for one in coding if isinstance(one, Mapping)} if isinstance(coding, list) else set()
    return found | {str(concept["text"]).lower()} if isinstance(concept.get("text"), str) else found
