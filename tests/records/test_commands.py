"""The commands as a clerk and an operator use them: sentences, exit codes, never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.records.bed import CLINIC_DAY, DAY
from tests.records.conftest import excerpt


@dataclass
class Ran:
    code: int
    out: str
    err: str


@dataclass
class Farline:
    """The installed command, run in a home of its own as a clerk runs it: files by their name."""

    home: Path

    def __call__(self, *arguments: str | Path, stdin: str = "") -> Ran:
        program = Path(sys.executable).parent / "farline"
        environment = {**os.environ, "FARLINE_HOME": str(self.home), "FARLINE_LOG_LEVEL": "WARNING"}
        environment.pop("FARLINE_DATABASE_URL", None)
        ran = subprocess.run(
            [program, *map(str, arguments)],
            check=False,
            cwd=self.home,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in ran.stdout + ran.stderr, ran.stderr
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def file(self, name: str, content: bytes) -> str:
        (self.home / name).write_bytes(content)
        return name


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory) -> Path:
    command = Farline(tmp_path_factory.mktemp("home"))
    assert command("db", "upgrade").code == 0
    return command.home


@pytest.fixture(scope="session")
def settled_home(migrated_home, tmp_path_factory) -> Path:
    """A home with the first appointments of the day in it."""
    home = tmp_path_factory.mktemp("settled") / "home"
    command = Farline(Path(shutil.copytree(migrated_home, home)))
    assert command("import", "fhir", command.file("day.json", excerpt(3))).code == 0
    return home


@pytest.fixture
def farline(migrated_home, tmp_path) -> Farline:
    return Farline(Path(shutil.copytree(migrated_home, tmp_path / "home")))


@pytest.fixture
def settled(settled_home, tmp_path) -> Farline:
    return Farline(Path(shutil.copytree(settled_home, tmp_path / "settled")))


def test_the_day_and_its_changes_from_the_command_line(farline):
    first = farline("import", "fhir", CLINIC_DAY / "clinic-day.bundle.json")
    assert first.code == 0
    assert "706 entries: 705 new, 0 changed, 1 the same, 0 refused" in first.out
    assert "see chart: words, not a number" in first.out
    again = farline("import", "fhir", CLINIC_DAY / "clinic-day.bundle.json", "--json")
    assert json.loads(again.out)["totals"] == {
        "created": 0, "changed": 0, "unchanged": 706, "refused": 0, "left_out": 0
    }  # fmt: skip
    changes = farline("import", "fhir", CLINIC_DAY / "clinic-changes.bundle.json", "--lang", "fr")
    assert changes.code == 0
    assert "4 patients décédés" in changes.out


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("half.json", DAY[:400_000], "This file ends in the middle."),
        ("empty.json", b"", "This file is empty."),
        ("big.json", b" " * (50 * 1024 * 1024), "This file is larger than 32 MB"),
        ("patient.json", b'{"resourceType": "Patient"}', "This file holds one Patient."),
        ("day.csv", b"chart_no;name\n1;Bond\n", "This file is not valid JSON: line 1"),
        ("nulls.json", b"\x00\x00\x00\x00", "This file is not valid JSON"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_1_and_one_sentence(farline, name, content, sentence):
    ran = farline("import", "fhir", farline.file(name, content))
    assert (ran.code, ran.out) == (1, "")
    assert sentence in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    as_json = farline("import", "fhir", name, "--json")
    assert as_json.code == 1
    assert sentence in json.loads(as_json.out)["sentence"]


def test_rows_refused_end_with_3_and_the_rest_is_in(farline):
    bundle = json.loads(excerpt(3))
    bundle["entry"].append({"resource": {"resourceType": "Patient", "id": "p", "name": []}})
    ran = farline("import", "fhir", farline.file("some.json", json.dumps(bundle).encode()))
    assert ran.code == 3
    assert f"entry {len(bundle['entry'])}, Patient/p: there is no name" in ran.out
    assert "1 refused" in ran.out


def test_without_an_organization_there_is_no_clinic_to_import_into(farline):
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient"}}]}
    ran = farline("import", "fhir", farline.file("b.json", json.dumps(bundle).encode()))
    assert ran.code == 1
    assert "no clinic yet" in ran.err


def test_a_record_is_connected_looked_at_and_switched(settled, record_bed):
    assert "No record is connected" in settled("records", "status").out
    connected = settled("records", "connect", record_bed.base_url)
    assert connected.code == 0
    assert "speaks FHIR 4.0.1" in connected.out
    assert "last reached" in settled("records", "status").out
    assert settled("records", "dry-run", "on").code == settled("records", "off").code == 0
    status = json.loads(settled("records", "status", "--json").out)
    assert (status["is_on"], status["is_dry_run"], status["waiting"], status["needs_person"]) == (False, True, 0, [])


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://record.example.org/fhir", "must start with https://"),
        ("http://127.0.0.1:9/fhir", "It does not answer (no_connection)"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_so(settled, url, sentence):
    ran = settled("records", "connect", url)
    assert ran.code == 1
    assert sentence in ran.err


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://record.example.org/fhir", True),
        ("http://127.0.0.1:8080/fhir", True),
        ("http://localhost/fhir", True),
        ("http://192.168.1.20/fhir", True),
        ("http://record.example.org/fhir", False),
        ("http://169.254.169.254/latest", False),
        ("ftp://127.0.0.1/fhir", False),
        ("https://user:secret@record.example.org/fhir", False),
        ("https://record.example.org/fhir?key=1", False),
        ("nonsense", False),
    ],
)
def test_plain_http_stays_in_the_building_and_secrets_out_of_addresses(url, is_allowed):
    from app.records.endpoints import may_connect

    assert may_connect(url) is is_allowed


def test_what_needs_a_clinic_or_a_filing_says_so(farline, settled):
    assert "there is no clinic yet" in farline("records", "status").err
    assert "there is no filing 7 that needs you" in settled("records", "retry", "7").err
    assert "name one filing, or --all" in settled("records", "retry").err
    assert settled("records", "retry", "--all").out == "0 will be tried again.\n"


@pytest.mark.parametrize(
    ("number", "sentence"),
    [("101000", "no questionnaire nothing is published"), ("9", "no patient, or more than one, has this number")],
)
def test_a_link_needs_a_patient_and_a_questionnaire(settled, number, sentence):
    assert sentence in settled("links", "create", "--patient", number, "--questionnaire", "nothing").err
