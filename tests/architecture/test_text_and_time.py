"""One place knows the time, sentences come from the catalogue, and nothing of a person or a machine is written down."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.architecture.test_house import modules, name
from translations.collect import LOCALES, collect, judge, read

ROOT = Path(__file__).resolve().parents[2]
TELLS_TIME = {"now", "utcnow", "today", "fromtimestamp"}
CLOCK = "app/core/clock.py"
# Machine folders, package hosts and workplace words have no business in a repository.
FOREIGN = re.compile(
    r"(?<![\w.$}])/(home|root|Users|work|opt/wheels)/\w|pypi[.]org/simple|files[.]pythonhosted|--index-url"
)
SPOKEN_ATTRIBUTES = {"placeholder", "title", "alt", "aria-label"}  # read aloud or shown, so they are sentences too
SILENT_ELEMENTS = {"script", "style"}
# A block or macro may hold a tag's attributes and nothing else.
ATTRIBUTE = re.compile(r"""[\w-]+="[^"]*\"|\b(?:hidden|disabled|checked|selected|required|open|multiple)\b""")
JINJA = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)


class Spoken(HTMLParser):
    """Collects what a template says by itself, once its Jinja parts are gone."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in SILENT_ELEMENTS
        self.said += [value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value]

    def handle_endtag(self, tag):
        self.silent -= tag in SILENT_ELEMENTS

    def handle_data(self, data):
        if not self.silent:
            self.said.append(data)


def tracked() -> list[Path]:
    """The repository's text files: what git would hand to a stranger."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [
        path
        for line in listed.splitlines()
        if (path := ROOT / line).is_file() and path.suffix not in {".png", ".wav", ".ico"}
    ]


@pytest.mark.parametrize(
    "path", [path for path in modules("app", "channels", "forms") if name(path) != CLOCK], ids=name
)
def test_only_the_clock_asks_what_time_it_is(path):
    """A pure function is given `now`; everything else asks the clock it stands on."""
    calls = [
        f"line {node.lineno}: {node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id in {"datetime", "date"} and node.attr in TELLS_TIME
    ]
    assert not calls


@pytest.fixture(scope="module")
def sentences():
    return collect()


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_of_the_code_is_in_the_catalogue(locale, sentences):
    report = judge(read(locale), sentences)
    assert report.is_good, "\n".join([*report.missing, *report.stale, *report.broken][:20])


@pytest.mark.parametrize("path", modules("app", "channels", "forms"), ids=name)
def test_nothing_is_said_that_the_collector_does_not_see(path, sentences):
    """Words inside another string, or given where a table holds none, would stay untranslated."""
    known = {text for each in sentences for text in (each.id if isinstance(each.id, tuple) else [each.id])}
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    said = {text for call in calls if _called(call) in {"say", "translate"} for text in _words_of(call.args[:2])}
    assert said - known <= {"Farline"}


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _words_of(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from _words_of([node.body, node.orelse])
        elif isinstance(node, ast.BoolOp):
            yield from _words_of(node.values)
        elif isinstance(node, ast.Call) and _called(node) == "get":
            yield from _words_of(node.args[1:])


def templates() -> list[Path]:
    return sorted((ROOT / "app").rglob("*.html"))


@pytest.mark.parametrize("path", templates(), ids=name)
def test_a_template_says_nothing_outside_the_catalogue(path):
    """Words between tags, or in an attribute a person hears or reads, go through `_()`."""
    spoken = Spoken()
    spoken.feed(JINJA.sub("", path.read_text(encoding="utf-8")))
    words = [ATTRIBUTE.sub("", text).replace("Farline", "").strip() for text in spoken.said]
    assert not [text for text in words if re.search(r"[^\W\d_]{3,}", text)]


def test_the_repository_names_no_machine_and_no_package_host():
    here = Path(__file__)
    found = {
        f"{name(path)}: {line.strip()[:80]}"
        for path in tracked()
        if path != here and path.suffix not in {".json", ".csv", ".po"}
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if FOREIGN.search(line)
    }
    assert not found
