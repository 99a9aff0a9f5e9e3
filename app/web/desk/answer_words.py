"""Answers as staff read them: the question's own text, the value in words, and what the patient actually said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.intake.models import Answer
from app.web.shell.here import locale, say

_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def question_texts(source: Mapping[str, Any]) -> dict[str, str]:
    """linkId -> the question in the reader's language where the form has it."""
    return {str(item.get("linkId")): _spoken(item) for item in _items(source.get("item", ()))}


def title_of(source: Mapping[str, Any]) -> str:
    """The form's title in the reader's language where it has one."""
    return _spoken(source, "title")


def choice_labels(source: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """linkId -> code of a choice -> its label in the reader's language where the form has it."""
    found: dict[str, dict[str, str]] = {}
    for item in _items(source.get("item", ())):
        codings = [option["valueCoding"] for option in item.get("answerOption", ()) if "valueCoding" in option]
        labels = {str(each.get("code")): _spoken(each, "display") or str(each.get("code")) for each in codings}
        found[str(item.get("linkId"))] = labels
    return found


def value_words(answer: Answer, labels: Mapping[str, str] | None = None) -> str:
    """The value, a choice by its label, with the patient's raw words beside it when they differ."""
    value = _plain(answer.value, labels or {})
    return f"{value} (“{answer.raw}”)" if answer.raw and answer.raw.strip() != value else value


def _plain(value: Any, labels: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, Mapping) and "contentType" in value:
        kind = say("a voice note") if str(value["contentType"]).startswith("audio/") else say("a photo")
        return f"{kind}, {max(1, int(value.get('size', 0)) // 1000)} kB"
    if isinstance(value, Mapping) and set(value) == {"recording"}:
        return say("recorded words, to be listened to")
    if isinstance(value, Mapping):
        name = labels.get(str(value.get("code"))) or value.get("display") or value.get("code")
        return str(name) if name else " / ".join(_plain(part, labels) for part in value.values())
    if isinstance(value, list):
        return ", ".join(_plain(part, labels) for part in value)
    return "" if value is None else labels.get(str(value), str(value))


def _items(items: Any) -> Iterator[Mapping[str, Any]]:
    for item in items:
        yield item
        yield from _items(item.get("item", ()))


def _spoken(item: Mapping[str, Any], name: str = "text") -> str:
    text = str(item.get(name, ""))
    for extension in item.get(f"_{name}", {}).get("extension", ()):
        parts = {part.get("url"): part for part in extension.get("extension", ())}
        if extension.get("url") == _TRANSLATION and parts.get("lang", {}).get("valueCode", "").startswith(locale()):
            return str(parts.get("content", {}).get("valueString", text))
    return text
