"""The line to the record: strict about what it takes, plain about what went wrong."""

from __future__ import annotations

import pytest

from app.records.errors import RecordConflict, RecordRefused, RecordUnreachable
from app.records.fhir.client import FhirClient

SOMEBODY = "343e5940-83d5-5d22-a6b7-b906354aec9c"


@pytest.fixture
def client(wire) -> FhirClient:
    return FhirClient(wire.base_url, token="t0ken")


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (("status", (302, {"Location": "https://elsewhere.example/"})), RecordRefused, "http_302:processing"),
        (("status", (400, {})), RecordRefused, "http_400:processing"),
        (("status", (401, {})), RecordUnreachable, "not_authorised"),
        (("status", (403, {})), RecordUnreachable, "not_authorised"),
        (("status", (409, {})), RecordConflict, "changed_there"),
        (("status", (412, {})), RecordConflict, "changed_there"),
        (("status", (423, {})), RecordUnreachable, "http_423"),
        (("status", (429, {})), RecordUnreachable, "http_429"),
        (("status", (500, {})), RecordUnreachable, "http_500"),
        (("status", (503, {})), RecordUnreachable, "http_503"),
        (("status", (410, {})), RecordConflict, "deleted_there"),
        (("reset_before", None), RecordUnreachable, "no_connection"),
        (("body", b"<html>Please sign in to the Wi-Fi</html>"), RecordUnreachable, "not_json"),
        (("body", b"[]"), RecordRefused, "not_a_resource"),
        (("body", b'{"resourceType": "Patient", "id": "somebody-else"}'), RecordRefused, "wrong_resource"),
        (("body", b'{"resourceType": "Group", "id": "%s"}' % SOMEBODY.encode()), RecordRefused, "wrong_resource"),
        (("body", b" " * (17 * 1024 * 1024)), RecordRefused, "answer_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_goes_wrong_has_one_meaning(client, wire, fault, error, code):
    wire.fail(fault)
    with pytest.raises(error) as raised:
        client.read("Patient", SOMEBODY)
    assert raised.value.code == code


def test_nobody_there_is_nothing(client):
    assert client.read("Patient", "nobody") is None


def test_the_token_is_sent_and_the_etag_comes_as_the_server_gave_it(client, wire):
    held = client.read("Patient", SOMEBODY)
    assert held.etag.startswith('W/"')
    assert held.body["name"][0]["family"] == "Bechtelar"
    assert wire.seen[0][2]["Authorization"] == "Bearer t0ken"


def test_how_long_to_wait_is_what_the_server_says(client, wire):
    wire.fail(("status", (503, {"Retry-After": "77"})))
    with pytest.raises(RecordUnreachable) as raised:
        client.read("Patient", SOMEBODY)
    assert raised.value.wait_s == 77


def test_a_first_write_never_replaces_something_unseen(client, wire):
    body = {"resourceType": "Flag", "id": "x", "status": "active"}
    wire.fail(("body", b"{}"))
    client.put("Flag", body)
    assert wire.seen[0][2]["If-None-Match"] == "*"
    wire.fail(("body", b"{}"))
    client.put("Flag", body, if_match='W/"abc-def"')
    assert wire.seen[1][2]["If-Match"] == 'W/"abc-def"'


def test_a_parameter_the_server_does_not_know_is_refused_not_ignored(client):
    with pytest.raises(RecordRefused):
        list(client.search("Patient", favourite_colour="blue"))
