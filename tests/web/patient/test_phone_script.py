"""What the phone is given as script: syntax that old phones know, one origin, and nothing about health."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import esprima
import pytest

from app.web.patient.script import logic_for, scripts
from app.web.patient.style import PWA
from app.web.patient.worker import worker_text
from forms.render.logic import logic_to_json
from tests.forms.browser import run_in_node
from tests.forms.test_expressions import CASES, PLAN, ROWS, runs_in_browser, tree_of

NEWER = {"AwaitExpression", "Import", "ExportNamespaceSpecifier"}  # node types after ES2015
KEYS = {item.key for item in PLAN.items}
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


@pytest.mark.parametrize("name", ["page", "logic", "plain", "more", "worker"])
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


def without_rare(tree: Any) -> Any:
    """The form of the cases as if it had plain conditions only: `plain` is sent to no other."""
    if isinstance(tree, dict):
        return {key: without_rare(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple) and tree and isinstance(tree[0], str) and logic_for(tree) == "logic":
        return [tree[0], *map(without_rare, tree[1:])] if tree[0] in KEYS else []
    return [without_rare(each) for each in tree] if isinstance(tree, list | tuple) else tree


@pytest.mark.parametrize("name", ["plain", "logic"])
def test_the_smaller_evaluator_gives_the_same_results(name, tmp_path, monkeypatch):
    """Every row of the shared cases that it is meant for."""
    rows = [row for row in ROWS if runs_in_browser([tree_of(row)])]
    rows = [row for row in rows if name == "logic" or logic_for([tree_of(row)]) == "plain"]
    cases = [
        {
            "logic": logic_to_json(PLAN) if name == "logic" else without_rare(logic_to_json(PLAN)),
            "answers": row.get("answers", {}),
            "counts": row.get("counts", {}),
            "now": CASES["now"],
            "tree": tree_of(row),
            "at": row.get("at", "n"),
        }
        for row in rows
    ]
    whole = run_in_node(cases)
    smaller = tmp_path / "smaller.js"
    smaller.write_text(scripts()[name].text, encoding="utf-8")
    monkeypatch.setattr("tests.forms.browser.SCRIPT", smaller)
    assert len(rows) > 20
    assert run_in_node(cases) == whole


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
