"""What the phone is given as script: syntax that old phones know, one origin, and nothing about health."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import esprima
import pytest

from app.web.patient.script import evaluators, logic_for, runs_on_few, scripts
from app.web.patient.small import small_script
from app.web.patient.style import PWA
from app.web.patient.worker import worker_text
from forms.render.logic import logic_to_json
from tests.forms.browser import run_in_node
from tests.forms.test_expressions import CASES, PLAN, ROWS, runs_in_browser, tree_of

NEWER = {"AwaitExpression", "Import", "ExportNamespaceSpecifier"}  # node types after ES2015
KEYS = {item.key for item in PLAN.items}
HEALTH = re.compile(r"health|clinic|symptom|medic|patient|doctor|nurse|sant[eé]|m[eé]dic", re.IGNORECASE)


def given() -> dict[str, str]:
    return {
        **{name: each.text for name, each in scripts().items()},
        "worker": worker_text(),
        "sender": worker_text(sends=True),
    }


def nodes(node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        for each in node:
            yield from nodes(each)
    elif hasattr(node, "type"):
        yield node
        for value in vars(node).values():
            yield from nodes(value)


@pytest.mark.parametrize("name", ["page", "logic", "plain", "more-en", "home", "key", "notices", "worker", "sender"])
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


def test_every_module_gives_what_others_take_from_it():
    """They are joined by name: what nobody gives would only be missed on the phone."""
    source = {path.stem: path.read_text(encoding="utf-8") for path in PWA.glob("*.js")}
    imports = re.compile(r"^import {(.+)} from './(\w+)\.js';$", re.MULTILINE)
    taken = [
        (module, name.strip())
        for text in source.values()
        for names, module in imports.findall(text)
        for name in names.split(",")
    ]
    assert len(taken) > 40
    for module, name in taken:
        assert f"\nexport const {name} = " in source[module], name


def test_the_page_gives_the_script_that_comes_later_all_it_takes():
    given = re.search(r"self\.farline=\{(.*?)\}", scripts()["page"].text)[1]
    names = {each.partition(":")[0] for each in given.split(",")}
    later = [re.search(r"const\{(.*?)\}=farline", scripts()[name].text)[1] for name in ("more-en", "home")]
    assert names == {each.partition(":")[0] for taken in later for each in taken.split(",")}


def without_rare(tree: Any) -> Any:
    """The form of the cases as if it had plain conditions only: `plain` is sent to no other."""
    if isinstance(tree, dict):
        return {key: without_rare(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple) and tree and isinstance(tree[0], str) and logic_for(tree) == "logic":
        return [tree[0], *map(without_rare, tree[1:])] if tree[0] in KEYS else []
    return [without_rare(each) for each in tree] if isinstance(tree, list | tuple) else tree


def without_seldom(logic: dict) -> dict:
    """The form of the cases as one with few conditions sends it: no calculations, no groups that grow."""
    items = [[*item[:2], [], 0, item[4] if len(item) > 4 and runs_on_few(item[4]) else None, None, *item[6:9]]
             for item in logic["i"]]  # fmt: skip
    return {"i": items}


def grows(row: dict) -> bool:
    return "@" in json.dumps([row.get("at", ""), row.get("answers", {}), row.get("counts", {})])


FITS = {
    "few": lambda row: runs_on_few(tree_of(row)) and not grows(row),
    "plain": lambda row: logic_for([tree_of(row)]) == "plain",
    "logic": lambda row: True,
}


@pytest.mark.parametrize("name", FITS)
def test_the_smaller_evaluator_gives_the_same_results(name, tmp_path, monkeypatch):
    """Every row of the shared cases that it is meant for."""
    rows = [row for row in ROWS if runs_in_browser([tree_of(row)]) and FITS[name](row)]
    logic = logic_to_json(PLAN)
    logic = {"few": lambda: without_seldom(logic), "plain": lambda: without_rare(logic), "logic": lambda: logic}[name]()
    cases = [
        {
            "logic": logic,
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
    smaller.write_text(small_script(evaluators()[name]), encoding="utf-8")
    monkeypatch.setattr("tests.forms.browser.SCRIPT", smaller)
    assert len(rows) > 20
    assert run_in_node(cases) == whole


def test_all_of_the_evaluator_weighs_3_kb_as_it_is_sent():
    assert len(scripts()["logic"].packed) <= 3 * 1024


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
