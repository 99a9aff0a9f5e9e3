"""The folder list is the architecture: who may import whom, and which names no folder or module may have."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("forms", "channels", "app")
MEANINGLESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "lib", "base_utils"}
FLASK_FAMILY = {"flask", "werkzeug", "jinja2"}
KNOWS_FLASK = ("app/factory.py", "app/web/")


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[str]:
    """Every module this file imports, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_import_contracts_hold(monkeypatch, capfd):
    monkeypatch.chdir(ROOT)
    status = lint_imports(no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capfd.readouterr().out


def test_every_folder_of_the_server_has_its_place_in_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    house = next(contract for contract in contracts if contract["id"] == "house")
    placed = {word.strip(" ()") for layer in house["layers"] for word in layer.split("|")}
    there = {
        f"app.{path.stem}"
        for path in (ROOT / "app").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert there - {"app.__init__"} <= placed


@pytest.mark.parametrize("path", modules("forms"), ids=name)
def test_forms_imports_only_the_standard_library_and_itself(path):
    foreign = {
        module for module in imported(path) if module.partition(".")[0] not in {*sys.stdlib_module_names, "forms"}
    }
    assert not foreign


@pytest.mark.parametrize("path", [path for path in modules("app") if path.name == "rules.py"], ids=name)
def test_rules_import_only_the_standard_library_forms_and_other_rules(path):
    def is_pure(module: str) -> bool:
        first = module.partition(".")[0]
        return (
            first in {*sys.stdlib_module_names, "forms"}
            or module.endswith(".rules")
            or module.startswith("channels.sms.")
        )

    assert not {module for module in imported(path) if not is_pure(module)}


@pytest.mark.parametrize("path", modules("app"), ids=name)
def test_flask_is_known_to_factory_and_web_alone(path):
    if name(path).startswith(KNOWS_FLASK):
        return
    assert not {module for module in imported(path) if module.partition(".")[0] in FLASK_FAMILY}


def test_no_folder_or_module_has_a_name_that_says_nothing():
    stems = {
        name(path): {*path.relative_to(ROOT).parts[:-1], path.stem}
        for path in modules(*PACKAGES, "bench", "tests", "pwa")
    }
    assert not {path for path, words in stems.items() if words & MEANINGLESS}


@pytest.mark.parametrize("path", modules(*PACKAGES), ids=name)
def test_a_module_says_what_lives_in_it(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_no_module_is_longer_than_350_lines():
    """40 to 150 lines are the habit; at 300 ask which two files this wants to be."""
    lengths = {name(path): path.read_text(encoding="utf-8").count("\n") for path in modules(*PACKAGES)}
    assert not {path: length for path, length in lengths.items() if length > 350}
