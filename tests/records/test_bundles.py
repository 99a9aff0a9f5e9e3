"""A file that cannot be imported is refused whole, with a sentence that says what to do."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest

from app.records.bundles import MOST_BYTES, read_bundle
from app.records.errors import BundleProblem
from tests.records.bed import DAY

PATIENT = b'{"resourceType": "Patient", "id": "1"}'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (DAY[: len(DAY) // 2], "half"),
        (DAY[:-2], "half"),
        (b'{"resourceType": "Bundle", "type": "tr', "half"),
        ('{"resourceType": "Bundle", "id": "é'.encode()[:-1], "half"),
        (b"PK\x03\x04\x14\x00\x08\x08\x08\x00\xd2\x9f\xa1", "not_text"),
        ("No dossier;Prénom\n1;Zoé\n".encode("cp1252"), "not_text"),
        (b"chart_no,last_name\n1,Bond\n", "not_json"),
        (b'{"resourceType": "Bundle", }', "not_json"),
        (b'{"resourceType": "Bundle", "total": NaN}', "not_json"),
        (b'{"resourceType": "Bundle", "total": ' + b"9" * 5000 + b"}", "not_json"),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
        (b"[]", "not_fhir"),
        (b"null", "not_fhir"),
        (b'{"name": "Bond"}', "not_fhir"),
        (b'{"resourceType": 7}', "not_fhir"),
        (PATIENT, "not_a_bundle"),
        (b'{"resourceType": "Bundle", "type": "history", "entry": [1]}', "bundle_type"),
        (b'{"resourceType": "Bundle"}', "bundle_type"),
        (b'{"resourceType": "Bundle", "type": "collection"}', "no_entries"),
        (b'{"resourceType": "Bundle", "type": "collection", "entry": {}}', "no_entries"),
    ],
    ids=[
        "nothing", "blanks", "half a file", "two bytes short", "cut in a string", "cut in a character", "a zip",
        "Windows-1252", "a CSV", "a comma too many", "NaN", "a number of 5000 digits", "nested 100,000 deep", "a list",
        "null", "no resource", "a number for a type", "one patient", "a history", "no type", "no entries",
        "entries that are no list",
    ],
)  # fmt: skip
def test_a_file_that_is_no_bundle_is_refused_in_words(content, code):
    with pytest.raises(BundleProblem) as refused:
        read_bundle(content)
    assert refused.value.code == code
    sentence = refused.value.sentence.format(**refused.value.values)
    assert sentence.endswith(".")
    assert "{" not in sentence


def test_fifty_megabytes_are_refused_before_they_are_read():
    content = b" " * (50 * 1024 * 1024)
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(BundleProblem, match="too_large"):
        read_bundle(content)
    assert time.process_time() - started < 0.5
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
    assert len(content) > MOST_BYTES


def test_a_byte_order_mark_is_no_reason_to_refuse():
    assert len(read_bundle(b"\xef\xbb\xbf" + DAY)) == 706


def test_references_by_urn_point_into_the_bundle():
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": "urn:uuid:a", "resource": {"resourceType": "Patient", "id": "p1"}},
            {
                "resource": {
                    "resourceType": "Task",
                    "for": {"reference": "urn:uuid:a"},
                    "x": {"reference": "urn:uuid:b"},
                }
            },
        ],
    }
    resource = read_bundle(json.dumps(bundle).encode())[1].resource
    assert resource["for"] == {"reference": "Patient/p1"}
    assert resource["x"] == {"reference": "urn:uuid:b"}
