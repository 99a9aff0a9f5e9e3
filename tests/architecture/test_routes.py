"""Every route asks who is there: the whole map of addresses, walked as a stranger through the real application."""

from __future__ import annotations

import pytest
from werkzeug.routing import IntegerConverter

from app.factory import create_app
from app.settings import Settings
from app.staff.rules import Permission
from app.web.shell.access import ACCESS, Open, access_to
from app.wiring import build_house


@pytest.fixture
def app(database_url, tmp_path):
    house = build_house(Settings(home=tmp_path, database_url=database_url))
    yield create_app(house)
    house.ground.database.close()


def addresses(app, wanted):
    """(method, address) of each route whose access satisfies `wanted`, with made-up parameters."""
    adapter = app.url_map.bind("farline.test")
    for rule in app.url_map.iter_rules():
        if wanted(access_to(rule.endpoint)):
            values = {name: _value(converter) for name, converter in rule._converters.items()}
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield method, adapter.build(rule.endpoint, values, method=method)


def _value(converter):
    return 1 if isinstance(converter, IntegerConverter) else "x"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_stranger_sees_no_page_of_the_staff(app):
    client = app.test_client()
    open_doors = {
        (method, address): answer.status_code
        for method, address in addresses(app, lambda access: isinstance(access, Permission))
        if (answer := client.open(address, method=method)).status_code not in {302, 303, 401, 403}
    }
    assert not open_doors


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_simulator_is_not_found_outside_demo_mode(app, database_url, tmp_path):
    house = build_house(Settings(home=tmp_path, database_url=database_url, demo=True))
    found = list(addresses(create_app(house), lambda access: access is Open.DEMO))
    house.ground.database.close()
    client = app.test_client()
    assert found
    for method, address in found:
        assert client.open(address, method=method).status_code == 404, address


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_webhook_without_a_signature_is_refused(app):
    client = app.test_client()
    for method, address in addresses(app, lambda access: access is Open.SIGNATURE):
        assert client.open(address, method=method).status_code in {400, 403, 404}, address


NO_LINK = ("/c", "/p/a/", "/sw.js")  # the code's page and files that know nobody


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_link_nobody_made_opens_no_page_of_a_patient(app):
    client = app.test_client()
    tried = [
        each
        for each in addresses(app, lambda access: access is Open.LINK)
        if not each[1].startswith(NO_LINK) and each[1] != "/p/"
    ]
    assert len(tried) >= 8
    for method, address in tried:
        assert client.open(address, method=method).status_code in {401, 404, 410}, (method, address)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_table_of_access_names_no_route_that_is_gone(app):
    assert set(ACCESS) <= {rule.endpoint for rule in app.url_map.iter_rules()}
