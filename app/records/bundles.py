"""A FHIR bundle as a file: read within bounds, or refused as a whole with a sentence that says what to do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from app.records.errors import BundleProblem
from app.records.fhir.reading import first, objects, resource_id, words

MOST_BYTES = 32 * 1024 * 1024
BUNDLE_TYPES = ("transaction", "batch", "collection", "searchset")


@dataclass(frozen=True)
class Entry:
    """One entry as it stands in the bundle, counted from 1; `deletes` when it asks for removal."""

    number: int
    resource: dict[str, Any] | None
    deletes: bool = False

    @property
    def kind(self) -> str:
        kind = self.resource.get("resourceType") if self.resource else None
        return words(kind)[:64]

    @property
    def record_id(self) -> str | None:
        return resource_id(self.resource) if self.resource else None


def read_bundle(content: bytes) -> list[Entry]:
    """The entries of a bundle. Raises BundleProblem: too large, half a file, not JSON, not a bundle, nothing in it."""
    if len(content) > MOST_BYTES:
        raise BundleProblem("too_large", sentence=TOO_LARGE_SENTENCE, limit=MOST_BYTES // 2**20)
    if not content.strip():
        raise BundleProblem("empty", sentence=EMPTY_SENTENCE)
    document = _parse(content)
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        raise BundleProblem("not_fhir", sentence=NOT_FHIR_SENTENCE)
    if document["resourceType"] != "Bundle":
        raise BundleProblem("not_a_bundle", sentence=NOT_A_BUNDLE_SENTENCE, kind=words(document["resourceType"])[:64])
    if document.get("type") not in BUNDLE_TYPES:
        raise BundleProblem("bundle_type", sentence=BUNDLE_TYPE_SENTENCE, kind=words(str(document.get("type")))[:64])
    entries = document.get("entry", [])
    if not isinstance(entries, list) or not entries:
        raise BundleProblem("no_entries", sentence=NO_ENTRIES_SENTENCE)
    targets = _targets(entries)
    return [_entry(number, _resolved(entry, targets)) for number, entry in enumerate(entries, start=1)]


TOO_LARGE_SENTENCE = "This file is larger than {limit} MB, the most that is read at once. Export it in several parts."
EMPTY_SENTENCE = "This file is empty. Export it again."
HALF_SENTENCE = "This file ends in the middle. It was probably cut off while it was copied: export or copy it again."
NOT_TEXT_SENTENCE = "This file is not text in UTF-8. Choose the FHIR bundle in JSON, not an archive or a spreadsheet."
NOT_JSON_SENTENCE = "This file is not valid JSON: line {line}, column {column}. Export it again as FHIR JSON."
TOO_DEEP_SENTENCE = "This file is nested too deeply to be a FHIR bundle."
NOT_FHIR_SENTENCE = "This file is JSON but no FHIR: it does not say what resource it is."
NOT_A_BUNDLE_SENTENCE = "This file holds one {kind}. A bundle is needed: the export of several resources in one file."
BUNDLE_TYPE_SENTENCE = (
    "This bundle is of type {kind}. Farline reads the types transaction, batch, collection and searchset."
)
NO_ENTRIES_SENTENCE = "There is nothing in this bundle."


def _parse(content: bytes) -> Any:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        is_cut = error.reason == "unexpected end of data"
        code, sentence = ("half", HALF_SENTENCE) if is_cut else ("not_text", NOT_TEXT_SENTENCE)
        raise BundleProblem(code, sentence=sentence) from error
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise BundleProblem("half", sentence=HALF_SENTENCE) from error
        raise BundleProblem("not_json", sentence=NOT_JSON_SENTENCE, line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise BundleProblem("too_deep", sentence=TOO_DEEP_SENTENCE) from error
    except ValueError as error:  # a number no number can be
        raise BundleProblem("not_json", sentence=NOT_JSON_SENTENCE, line=1, column=1) from error


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _targets(entries: list[Any]) -> dict[str, str]:
    """What each `urn:uuid:` of the bundle stands for, as `Type/id`."""
    found = {}
    for entry in objects(entries):
        url, resource = entry.get("fullUrl"), first(entry.get("resource"))
        if isinstance(url, str) and url.startswith("urn:") and resource_id(resource):
            found[url] = f"{resource.get('resourceType')}/{resource['id']}"
    return found


def _resolved(value: Any, targets: dict[str, str]) -> Any:
    """The same with its references to the bundle's own urns written as `Type/id`."""
    if isinstance(value, list):
        return [_resolved(each, targets) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: targets.get(each, each) if key == "reference" and isinstance(each, str) else _resolved(each, targets)
        for key, each in value.items()
    }


def _entry(number: int, entry: Any) -> Entry:
    if not isinstance(entry, dict):
        return Entry(number, None)
    resource = entry.get("resource")
    return Entry(
        number=number,
        resource=resource if isinstance(resource, dict) else None,
        deletes=first(entry.get("request")).get("method") == "DELETE",
    )
