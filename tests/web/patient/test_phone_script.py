"""What the phone is given as script: syntax that old phones know, one origin, and nothing about health."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import esprima
import pytest

from app.web.patient.script import scripts
from app.web.patient.style import PWA
from app.web.patient.worker import worker_text

NEWER = {"AwaitExpression", "Import", "ExportNamespaceSpecifier"}  # node types after ES2015
HEALTH = re.compile(r"health|clinic|symptom|medic|patient|doctor|nurse|sant[eé]|m[eé]dic", re.IGNORECASE)


def given() -> dict[str, str]:
    return {**{name: each.text for name, each in scripts().items()}, "worker": worker_text()}


def nodes(node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        for each in node:
            yield from nodes(each)
    elif hasattr(node, "type"):
        yield node
        for value in vars(node).values():
            yield from nodes(value)


@pytest.mark.parametrize("name", ["page", "logic", "more", "worker"])
def test_a_script_uses_nothing_newer_than_es2015(name):
    for node in nodes(esprima.parseScript(given()[name])):  # the parser itself stops at ES2017
        assert node.type not in NEWER
        assert not getattr(node, "isAsync", False)
        assert getattr(node, "operator", "") not in ("**", "**=")
        if node.type in ("ObjectExpression", "ObjectPattern"):
            assert not [each for each in node.properties if each.type in ("SpreadElement", "RestElement")]


@pytest.mark.parametrize("text", ["a ?? b", "a?.b", "async () => 1", "a ** 2", "({...a})", "const {a, ...b} = c"])
def test_the_check_would_notice(text, monkeypatch):
    monkeypatch.setitem(globals(), "given", lambda: {"page": text})
    with pytest.raises((AssertionError, esprima.Error)):
        test_a_script_uses_nothing_newer_than_es2015("page")


def test_a_smaller_script_is_the_same_program():
    """Each name a module gives is still given."""
    page = scripts()["page"].text
    for name in ("db", "vault", "sync", "outbox", "fields", "form"):
        for found in re.findall(r"^export const (\w+)", (PWA / f"{name}.js").read_text(encoding="utf-8"), re.MULTILINE):
            assert re.search(rf"\b{found}\b", page), found


def test_scripts_reach_no_other_host():
    for text in given().values():
        assert not re.search(r"https?://", text)


def test_names_on_the_phone_say_nothing_about_health(visit):
    client = visit().client
    for address in ("/p/a/app-en.webmanifest", "/p/a/app-fr.webmanifest", "/p/a/icon.svg"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert not HEALTH.search(answer.text)
    shell = re.search(r"<!doctype.*?</script>", worker_text().replace("\\/", "/"), re.DOTALL | re.IGNORECASE)[0]
    assert not HEALTH.search(shell)
    assert client.get("/p/a/app-xx.webmanifest").status_code == 404
    assert client.get("/p/a/app-fr.webmanifest").json["name"] == "Pour vous"
