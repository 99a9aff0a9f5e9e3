"""The official pairs of questionnaire and response: our verdict is the one their author expects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forms.answer_check import answer_flaw
from forms.problems import has_errors
from forms.questionnaire import read_questionnaire
from forms.response import validate_response
from tests.forms.chat import extension, form, group, item

PAIRS = json.loads((Path(__file__).parents[1] / "data" / "response-pairs.json").read_text(encoding="utf-8"))
# What only a terminology server, or a list of all resource types, could tell.
NOT_OURS = {
    "choice-invalid-value-set-async", "choice-async", "choice-gender-coding-async", "open-choice-gender-coding-async",
    "quantity-units-not-in-value-set", "reference-invalid-resource-type",
}  # fmt: skip


# Where HL7's own validator says the opposite: two answers to one question, a line break in a string.
DISPUTED = {"string-draft-downgrade", "string-vs-text"}


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["name"] for pair in PAIRS])
def test_the_verdict_is_the_expected_one(pair):
    draft = read_questionnaire(pair["questionnaire"]).draft
    problems = validate_response(draft, pair["response"])
    expected = (pair["valid"] is not (pair["name"] in DISPUTED)) or pair["name"] in NOT_OURS
    assert has_errors(problems) is not expected, problems


def verdict(source: dict, *rows: dict, status: str = "completed") -> list[tuple[str, str]]:
    response = {"resourceType": "QuestionnaireResponse", "status": status, "item": list(rows)}
    return [(p.code, p.where) for p in validate_response(read_questionnaire(source).draft, response)]


def test_a_required_group_that_stands_there_empty_is_missing_unless_the_response_goes_on():
    source = form(group("g", item("a"), required=True), item("b"))
    assert verdict(source, {"linkId": "g"}) == [("required-missing", "g")]
    assert verdict(source, {"linkId": "g"}, status="in-progress") == []
    assert verdict(source, {"linkId": "g", "item": [{"linkId": "a", "answer": [{"valueString": "x"}]}]}) == []
    assert verdict(form(group("g", item("t", "display"), required=True), item("b")), {"linkId": "g"}) == []


KG = {"system": "http://unitsofmeasure.org", "code": "kg", "unit": "kg"}


@pytest.mark.parametrize(("given", "expected"), [
    ({"value": 70, "unit": "kg"}, []),
    ({"value": 70, "unit": "Kg"}, []),
    ({"value": 70}, []),
    ({"value": 700, **KG}, ["too-large-value"]),
    ({"value": 70_000, "unit": "g", "code": "g"}, []),
    ({"value": 700_000, "unit": "g", "code": "g"}, ["too-large-value"]),
    ({"value": 1, "unit": "mmHg", "code": "mm[Hg]"}, ["wrong-unit"]),
])  # fmt: skip
def test_a_quantity_is_held_against_its_limit_in_any_unit_of_the_same_kind(given, expected):
    limit = extension("http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-maxQuantity", valueQuantity={
        "value": 500, **KG})  # fmt: skip
    found = verdict(
        form(item("w", "quantity", extension=[limit])), {"linkId": "w", "answer": [{"valueQuantity": given}]}
    )
    assert [code for code, _ in found] == expected


@pytest.mark.parametrize(("reference", "is_good"), [
    ("Patient/1", True), ("https://example.org/fhir/Patient/1", True), ("urn:uuid:1", True), ("#p", True),
    ("Patient/1/_history/2", True), ("ht tp://x/Patient/1", False), ("Organization/1", False), ("patient 1", False),
])  # fmt: skip
def test_a_reference_is_an_address_of_a_resource_the_question_takes(reference, is_good):
    only = extension("questionnaire-referenceResource", valueCode="Patient")
    (read,) = read_questionnaire(form(item("r", "reference", extension=[only]))).draft.items
    assert (answer_flaw(read, {"reference": reference}) is None) is is_good
