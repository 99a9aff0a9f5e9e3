"""The shell: headers, errors in words, forgery, language, health."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.core.errors import HTTP_STATUS, Refusal, refusal_for, status_of
from app.web.shell.forgery import mask, unmask
from app.web.shell.pages import own_path
from tests.web.clinics import hidden_fields


def test_every_answer_says_what_may_be_loaded_and_that_nothing_is_kept(app):
    response = app.test_client().get("/")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_the_cookie_is_tied_to_the_host_and_hidden_from_scripts(app, north):
    response = app.test_client().post(f"/staff/invitation/{north.tokens['agent']}")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-farline=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie


def test_a_form_without_its_token_changes_nothing(north, sign_in):
    person = sign_in(north)
    path = f"/desk/tickets/{north.ticket_id}/claim"
    assert person.client.post(path, data={"key": "12345678"}).status_code == 403
    assert person.client.post(path, data={"key": "12345678", "csrf": mask("another")}).status_code == 403


def test_a_form_from_another_site_changes_nothing(north, sign_in):
    person = sign_in(north)
    path = f"/desk/tickets/{north.ticket_id}/claim"
    person.get(f"/desk/tickets/{north.ticket_id}")
    fields = hidden_fields(person.page.text, path)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert person.client.post(path, data=fields, headers=headers).status_code == 403
    assert person.client.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_the_token_looks_different_on_every_page_and_is_the_same():
    first, second = mask("token"), mask("token")
    assert first != second
    assert unmask(first) == unmask(second) == "token"


def test_no_traceback_reaches_a_person(app, monkeypatch, capsys):
    def explode(*_):
        raise ZeroDivisionError("secret words of a patient")

    monkeypatch.setitem(app.view_functions, "shell.front", explode)
    response = app.test_client().get("/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.text
    assert "ZeroDivision" not in response.text
    assert "secret words" not in response.text + capsys.readouterr().err


def test_a_database_that_does_not_answer_is_try_again(app, monkeypatch):
    def busy(*_):
        raise OperationalError("SELECT", {}, Exception("locked"))

    monkeypatch.setitem(app.view_functions, "shell.front", busy)
    response = app.test_client().get("/")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("kind", Refusal.__subclasses__())
def test_each_refusal_has_one_status_and_a_sentence(kind):
    assert status_of(kind()) == HTTP_STATUS[kind]
    assert kind.sentence.endswith(".")


@pytest.mark.parametrize("status", [400, 404, 405, 413, 418, 429, 500, 503])
def test_every_status_of_the_framework_has_our_words(status):
    assert refusal_for(status).sentence


def test_a_page_that_is_not_there_says_so_in_french(app):
    response = app.test_client().get("/rien", headers={"Accept-Language": "fr-CA,fr;q=0.9"})
    assert response.status_code == 404
    assert "Cette page n’existe pas." in response.text
    assert '<html lang="fr">' in response.text


def test_too_much_is_refused_in_words(app):
    response = app.test_client().post("/language", data={"lang": "x" * 300_000})
    assert response.status_code == 413
    assert "more than we can take" in response.text


def test_the_language_chosen_stays(north, sign_in):
    person = sign_in(north)
    person.get("/staff/account")
    person.submit("/language", lang="fr", back="/staff/account")
    assert '<html lang="fr">' in person.get("/staff/account").text


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "", None, "x", "/a\r\nB: c"]
)
def test_going_back_never_leaves_this_server(path):
    assert own_path(path) == "/"


def test_health_says_ok_and_ready(app):
    client = app.test_client()
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"


def test_a_database_behind_its_migrations_is_not_ready(app, ground):
    with ground.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    response = app.test_client().get("/readyz")
    assert response.status_code == 503
    assert "farline db upgrade" in response.text


def test_figures_are_for_this_machine_only(app, north):
    client = app.test_client()
    figures = client.get("/metrics")
    assert 'farline_tickets{urgency="soon",state="open"} 1' in figures.text
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 404


def test_text_is_sent_packed(app):
    response = app.test_client().get("/", headers={"Accept-Encoding": "br, gzip"})
    assert response.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in response.headers["Vary"]
