"""A clinic made by its first import has what it needs to reach out; more can be published by name or from a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main

ORGANIZATION = {"resourceType": "Organization", "id": "o1", "name": "Clinic by the Lake"}
PATIENT = {
    "resourceType": "Patient", "id": "p1", "active": True, "birthDate": "1980-01-02",
    "name": [{"family": "Moose", "given": ["Ada"]}],
    "telecom": [{"system": "phone", "use": "mobile", "value": "807 555-0155"}],
}  # fmt: skip
FORM = {
    "resourceType": "Questionnaire", "status": "active", "version": "1", "title": "One question", "language": "en",
    "item": [{"linkId": "1", "type": "boolean", "text": "Are you well?"}],
}  # fmt: skip


@pytest.fixture
def farline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The command, in a home of its own with a clinic just imported."""
    monkeypatch.setenv("FARLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FARLINE_LOG_LEVEL", "ERROR")
    bundle = tmp_path / "clinic.json"
    entries = [{"resource": resource} for resource in (ORGANIZATION, PATIENT)]
    bundle.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))

    def run(*arguments: str):
        return CliRunner().invoke(main, list(arguments))

    assert run("db", "upgrade").exit_code == 0
    assert run("import", "fhir", str(bundle)).exit_code == 0
    return run


def test_the_first_import_publishes_what_ships(farline):
    listed = farline("questionnaires", "list").output

    assert "intake" in listed
    assert "phq-9" in listed
    assert "appointment-reminder" in farline("pathways", "list").output


def test_a_form_from_a_file_is_published_under_a_name_and_twice_is_once(farline, tmp_path):
    form = tmp_path / "form.json"
    form.write_text(json.dumps(FORM))

    for _ in range(2):
        published = farline("questionnaires", "publish", "wellness", "--file", str(form))
        assert published.exit_code == 0, published.output
    assert farline("questionnaires", "list").output.count("wellness") == 1


def test_a_name_that_does_not_ship_is_answered_with_those_that_do(farline):
    refused = farline("questionnaires", "publish", "nothing")

    assert refused.exit_code == 1
    assert "symptom-check-in" in refused.output


def test_a_form_that_cannot_be_asked_is_refused_with_its_problems(farline, tmp_path):
    form = tmp_path / "form.json"
    form.write_text('{"resourceType": "Questionnaire", "status": "active", "item": []}')

    assert farline("questionnaires", "publish", "empty", "--file", str(form)).exit_code == 1


def test_a_link_is_made_for_a_published_form(farline):
    made = farline("links", "create", "--patient", "p1", "--questionnaire", "intake")

    assert "/p/" in made.output
