"""Keep the catalogues in step with the code: `python -m translations.collect` writes them, `--check` only judges.

A sentence is collected from the code when it is the argument of `translate(...)`, of `say(...)` or, in a template, of
`_(...)`; an argument of `Problem(...)` or of an error that comes from an `errors` module, if it holds a space; or when
it stands under a name that ends in `sentence` or `sentences` (a string, a tuple, the values of a table).
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "translations"
SOURCE_LOCALE = "en"
LOCALES = (SOURCE_LOCALE, "fr")
CODE = ("forms", "channels", "app")
KEYWORDS = {"translate": None, "_": None, "gettext": None, "ngettext": (1, 2), "say": None}
NAMES = ("sentence", "sentences")
CODE_WORD = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")  # beside a sentence in a tuple: its code, not for reading
WIDTH = 110
HEADERS = {  # fixed, so that a catalogue changes only when a sentence does
    "project": "Farline",
    "version": "1",
    "msgid_bugs_address": "see README.md",
    "last_translator": "Farline contributors",
    "language_team": "Farline contributors",
    "creation_date": datetime(2026, 11, 23, tzinfo=UTC),
    "revision_date": datetime(2026, 11, 23, tzinfo=UTC),
}
HEADER = "# Sentences of Farline, {language}. Kept in step with the code by `make translations`."


@dataclass
class Report:
    """What stands between a catalogue and the code."""

    missing: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not (self.missing or self.stale or self.broken)


def collect(root: Path = ROOT) -> Catalog:
    """Every sentence of the code, as an empty catalogue."""
    found = Catalog(project="Farline", charset="utf-8")
    for path in sorted(path for folder in CODE for path in (root / folder).rglob("*.*")):
        for message in _sentences(path):
            found.add(message)
    return found


def judge(catalogue: Catalog, sentences: Catalog) -> Report:
    """Compare a language's catalogue with the sentences of the code."""
    report = Report()
    wanted = {message.id: message for message in sentences if message.id}
    held = {message.id: message for message in catalogue if message.id}
    report.missing = [_show(key) for key in wanted if key not in held or not _is_complete(held[key])]
    report.stale = [_show(key) for key in held if key not in wanted]
    report.broken = [
        _show(message.id) for message in held.values() if message.id in wanted and not _keeps_fields(message)
    ]
    return report


def update(catalogue: Catalog, sentences: Catalog, *, is_source: bool) -> Catalog:
    """The catalogue with exactly the sentences of the code; what is known of them is kept."""
    fresh = Catalog(locale=catalogue.locale, charset="utf-8", fuzzy=False, **HEADERS)
    fresh.header_comment = HEADER.format(language=catalogue.locale.english_name if catalogue.locale else "")
    for message in sorted((each for each in sentences if each.id), key=lambda each: _show(each.id)):
        known = catalogue.get(message.id)
        text = message.id if is_source else (known.string if known else "")
        fresh.add(message.id, text, user_comments=known.user_comments if known else ())
    return fresh


def read(locale: str) -> Catalog:
    path = _path(locale)
    if not path.exists():
        return Catalog(locale=locale, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=locale, charset="utf-8")


def main(arguments: list[str]) -> int:
    sentences = collect()
    failed = False
    for locale in LOCALES:
        if "--check" not in arguments:
            _save(locale, update(read(locale), sentences, is_source=locale == SOURCE_LOCALE))
        report = judge(read(locale), sentences)
        failed |= not report.is_good
        for line in _say(locale, report):
            print(line)  # noqa: T201
    return int(failed)


def _sentences(path: Path) -> Iterator[str | tuple[str, str]]:
    if path.suffix not in (".py", ".html", ".txt", ".xml", ".svg"):
        return
    method = "python" if path.suffix == ".py" else "jinja2"
    source = path.read_bytes()
    for _line, message, _comments, _context in extract(method, io.BytesIO(source), keywords=KEYWORDS):
        texts = message if isinstance(message, tuple) else (message,)
        yield from (texts,) if len(texts) == 2 else texts
    if path.suffix == ".py":
        tree = ast.parse(source)
        yield from _named_sentences(tree)
        yield from _told_sentences(tree)


def _named_sentences(tree: ast.Module) -> Iterator[str]:
    """Strings held under a name that says they are sentences: `default_sentence = "..."`, `SENTENCES = {...}`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets: Iterable[ast.expr] = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        elif isinstance(node, ast.keyword) and node.arg and node.arg.endswith(NAMES):
            yield from _strings(node.value)
            continue
        else:
            continue
        names = [target.id if isinstance(target, ast.Name) else getattr(target, "attr", "") for target in targets]
        if any(name.lower().endswith(NAMES) for name in names) and node.value is not None:
            yield from _strings(node.value)


def _told_sentences(tree: ast.Module) -> Iterator[str]:
    """What an error or a `Problem` says to the person who will read it: `raise NotFound("There is no such page.")`."""
    modules = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    errors = {alias.name for node in modules if (node.module or "").endswith(".errors") for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in errors | {"Problem"}:
            yield from (text for argument in node.args for text in _strings(argument) if " " in text)


def _strings(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _strings(value)
    elif isinstance(node, ast.Tuple | ast.List):
        for value in node.elts:
            yield from (text for text in _strings(value) if not CODE_WORD.fullmatch(text))
    elif isinstance(node, ast.IfExp):
        yield from (*_strings(node.body), *_strings(node.orelse))
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _strings(value)


def _is_complete(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings) and not message.fuzzy


def _keeps_fields(message: Message) -> bool:
    """Whether the translation fills the same `{fields}` as the sentence: a lost one loses a time or a number."""
    if not isinstance(message.id, str) or not isinstance(message.string, str) or not message.string:
        return True
    return _fields(message.id) == _fields(message.string)


def _fields(text: str) -> set[str]:
    return {part.partition("}")[0].partition(":")[0] for part in text.split("{")[1:] if "}" in part}


def _show(key: str | tuple[str, ...] | list[str]) -> str:
    return key if isinstance(key, str) else key[0]


def _say(locale: str, report: Report) -> Iterator[str]:
    for kind in ("missing", "stale", "broken"):
        for text in getattr(report, kind):
            yield f"{locale}: {kind}: {text}"


def _path(locale: str) -> Path:
    return CATALOGUES / locale / "LC_MESSAGES" / "messages.po"


def _save(locale: str, catalogue: Catalog) -> None:
    path = _path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, no_location=True, omit_header=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
