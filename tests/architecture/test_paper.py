"""What is written beside the code stays true: dependencies, lock files, settings, targets, licence."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.test_house import imported, modules

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FIRST_PARTY = {"app", "bench", "channels", "forms", "tests", "translations", "wsgi"}
# Part of the public face of a package that is declared: Flask's, requests' and pytest's own.
COMES_WITH = {"markupsafe", "werkzeug", "urllib3", "packaging"}


def pins(name: str) -> dict[str, Version]:
    lines = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE)
    return {canonicalize_name(package): Version(version) for package, version in lines}


def declared(*extras: str) -> list[Requirement]:
    optional = PROJECT["optional-dependencies"]
    names = extras or tuple(optional)
    return [
        Requirement(line) for line in [*PROJECT["dependencies"], *(each for name in names for each in optional[name])]
    ]


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.lock", ("postgres", "redis", "twilio", "smpp", "demo")), ("requirements-dev.lock", ())],
)
def test_the_lock_is_in_step_with_the_project(lock, extras):
    pinned = pins(lock)
    wrong = [str(need) for need in declared(*extras) if not _is_met(need, pinned)]
    assert not wrong, "run `make lock`"


def _is_met(need: Requirement, pinned: dict[str, Version]) -> bool:
    version = pinned.get(canonicalize_name(need.name))
    return version is not None and need.specifier.contains(version, prereleases=True)


def test_both_locks_agree():
    running, developing = pins("requirements.lock"), pins("requirements-dev.lock")
    assert not {name for name, version in running.items() if developing.get(name) != version}


def test_the_lock_names_no_host_and_no_folder():
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert not re.search(r"://| @ |^-", (ROOT / name).read_text(), re.MULTILINE)


def test_what_the_code_imports_is_declared():
    known = {canonicalize_name(need.name) for need in declared()}
    owners = importlib.metadata.packages_distributions()
    foreign = (
        {
            module.partition(".")[0]
            for path in modules("app", "bench", "channels", "forms", "tests", "translations")
            for module in imported(path)
        }
        - set(sys.stdlib_module_names)
        - FIRST_PARTY
    )
    undeclared = {
        module for module in foreign if not {canonicalize_name(owner) for owner in owners.get(module, [module])} & known
    }
    assert undeclared <= COMES_WITH, "name it in pyproject.toml and docs/dependencies.md"


@pytest.mark.parametrize("need", declared(), ids=lambda need: need.name)
def test_each_dependency_says_what_it_is_for(need):
    text = (ROOT / "docs" / "dependencies.md").read_text().lower()
    assert f"| {need.name.lower()} |" in text


def test_every_setting_is_documented():
    from app.settings import PREFIX, Settings

    text = (ROOT / "docs" / "operations.md").read_text()
    rows = re.findall(r"^\| `(FARLINE_[A-Z_]+)` \|", text, re.MULTILINE)
    for each in fields(Settings):
        assert f"{PREFIX}{each.name.upper()}" in rows, each.name


def test_every_target_of_the_makefile_says_what_it_does():
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[1] for line in listed.splitlines()] == targets


def test_every_command_starts_and_explains_itself():
    from click.testing import CliRunner

    from app.cli import COMMANDS, main

    for name in COMMANDS:
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0, (name, result.output)


def test_every_strict_rules_module_is_named_for_mypy():
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    strict = next(each["module"] for each in overrides if "forms.*" in each["module"])
    there = {f"app.{path.parent.name}.rules" for path in modules("app") if path.name == "rules.py"}
    assert there <= set(strict)


def test_decision_records_are_numbered_without_gap():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_python_files_parse_on_the_oldest_python_promised():
    assert PROJECT["requires-python"] == ">=3.11"
    for path in modules("app", "channels", "forms"):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 11))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_only_files_that_are_there(page):
    """`app/x/y.py` in backticks and [links](to.md) stand for files; one that moved takes its mention along."""
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:app|forms|channels|pwa|tests|bench|docs|migrations|translations)/[\w./-]+)`", text)
    linked = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    missing = {name for name in named if not (ROOT / name).exists()} | {
        name for name in linked if name and not (page.parent / name).exists()
    }
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_only_commands_and_options_that_are_there(page):
    """`farline records status` in backticks or at the start of an example line, with the options behind it."""
    from app.cli import main

    text = page.read_text(encoding="utf-8")
    written = re.findall(r"(?:`|^ +(?:\.venv/bin/)?)(farline [a-z][^`\n]*)", text, re.MULTILINE)
    wrong = [line for line in written if not _is_there(main, line.partition("  ")[0].split()[1:])]
    assert not wrong


def _is_there(command, words) -> bool:
    while isinstance(command, click.Group) and words and re.fullmatch("[a-z-]+", words[0]):
        command, words = command.get_command(click.Context(command), words[0]), words[1:]
    options = {option for each in (command.params if command else ()) for option in (*each.opts, *each.secondary_opts)}
    own = words[: words.index("--")] if "--" in words else words
    named = [word.partition("=")[0] for word in own if word.startswith("--")]
    return command is not None and set(named) <= options | {"--help", "--version"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_to_a_heading_finds_it(page):
    for target in re.findall(r"\]\(([^)#]*#[^)]+)\)", page.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        there = (page.parent / file if file else page).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", there, re.MULTILINE)
        assert anchor in {re.sub(r"[^\w\- ]", "", each).lower().replace(" ", "-") for each in headings}, target
