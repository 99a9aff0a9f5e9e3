"""Fields full of what no form sends, on every route of the staff: a clear answer, never a failure of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.staff.rules import PERMISSIONS, Role
from app.web.shell.access import ACCESS
from tests.web.shell.test_access import calls, ids_of

__all__ = ["ids_of"]

ROOT = Path(__file__).parents[3]
ENDS_THE_SESSION = {"staff.sign_out", "staff.end_session", "staff.disable", "staff.change_roles"}
NASTY = {
    "nothing": "",
    "null bytes, accents, emoji, marks that turn the direction, a tag": "a\x00b\u202eé\U0001f469\u200f<script>' --",
    "ten thousand characters": "ab" * 5000,
    "a number no row has": "9" * 30,
    "another host": "//evil.example/\r\nSet-Cookie: a=b",
}
ROLES = (Role.COORDINATOR, Role.ADMINISTRATOR)  # between them, every permission to change something


def names_of_fields() -> set[str]:
    """Every field any view reads from a form or an address."""
    read = re.compile(
        r"""(?:text_of|number_of|form\.get|form\.getlist|args\.get|args\.getlist)\(\s*["']([\w.-]+)["']"""
    )
    return {name for path in (ROOT / "app" / "web").rglob("*.py") for name in read.findall(path.read_text())}


@pytest.mark.parametrize("role", ROLES)
def test_nonsense_in_every_field_is_answered(app, north, ids_of, sign_in, role):
    person = sign_in(north, role)
    token = person.get("/staff/account").text.partition('name="csrf" value="')[2].partition('"')[0]
    names, failed = names_of_fields() - {"csrf"}, []
    for endpoint, method, address in calls(app, ids_of(north)):
        if ACCESS[endpoint] not in PERMISSIONS[role] or endpoint in ENDS_THE_SESSION:
            continue
        for number, (what, value) in enumerate(NASTY.items()):
            fields = dict.fromkeys(names, value)
            if method == "GET":
                answer = person.client.get(address, query_string=fields)
            else:
                key = f"key-of-form-{number}-{endpoint}"[:60]
                answer = person.client.post(address, data={**fields, "key": key, "csrf": token})
            if answer.status_code >= 500 or "evil.example" in answer.headers.get("Location", "").partition("?")[0]:
                failed.append((endpoint, what))
    assert not failed
    assert person.client.get("/staff/account").status_code == 200


@pytest.mark.parametrize("number", ["9" * 19, "9" * 30, str(2**63)])
def test_an_address_with_a_number_no_row_can_have_is_not_found(sign_in, north, number):
    person = sign_in(north, Role.AGENT)
    for path in (f"/desk/tickets/{number}", f"/desk/patients/{number}"):
        assert person.client.get(path).status_code == 404
