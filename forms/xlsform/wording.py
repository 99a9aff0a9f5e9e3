"""The words of a form in its languages: which columns hold them, and the translations FHIR puts beside a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from forms import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CODED = re.compile(r"\(\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)\s*\)")
# The languages forms are written in here, by the names people give them; others need their code in brackets.
_CODES = {
    "english": "en",
    "anglais": "en",
    "french": "fr",
    "francais": "fr",
    "français": "fr",
    "inuktitut": "iu",
    "cree": "cr",
    "cri": "cr",
    "ojibwe": "oj",
    "spanish": "es",
    "español": "es",
    "arabic": "ar",
    "portuguese": "pt",
    "swahili": "sw",
    "hindi": "hi",
    "ukrainian": "uk",
    "tagalog": "tl",
    "punjabi": "pa",
    "chinese": "zh",
    "somali": "so",
}
_LIKE_A_CODE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def language_code(name: str) -> str | None:
    """ "Français (fr)" is "fr", "English" is "en"; None when the name tells no language."""
    coded = _CODED.search(name)
    if coded:
        return coded.group(1).replace("_", "-")
    plain = name.strip().lower()
    if plain in _CODES:
        return _CODES[plain]
    return plain if _LIKE_A_CODE.fullmatch(plain) and len(plain) <= 3 else None


class Wording:
    """Reads translated cells. `base` is the language that stands in the plain text; the others become translations."""

    def __init__(self, columns: Iterable[str], default: str) -> None:
        columns = list(columns)
        labelled = [column for column in columns if column.split("::")[0] in ("label", "hint", "constraint_message")]
        spoken = [column.partition("::")[2] for column in labelled if "::" in column]
        spoken += [
            column.split("::", 2)[2] for column in columns if column.startswith("media::") and column.count("::") > 1
        ]
        self.languages = list(dict.fromkeys(spoken))
        self.unknown = [name for name in self.languages if language_code(name) is None]
        self.base_name = self._base(default, plain="label" in labelled)
        self.base = language_code(self.base_name or default) or "en"

    def _base(self, default: str, *, plain: bool) -> str:
        """The language of the plain text: the default one if it has a column, or else the unmarked or the first one."""
        wanted = language_code(default) if default else None
        for name in self.languages:
            if name == default or (wanted and language_code(name) == wanted):
                return name
        return "" if plain or not self.languages else self.languages[0]

    def text(self, cells: Mapping[str, str], column: str) -> tuple[str, dict[str, Any]]:
        """The text of a cell in the base language, and the element that carries its translations."""
        words = {name: _clean(cells.get(f"{column}::{name}", "")) for name in self.languages}
        plain = _clean(cells.get(column, ""))
        base = words.get(self.base_name) or plain or next((word for word in words.values() if word), "")
        others = {code: word for name, word in words.items() if word and (code := language_code(name))}
        others.pop(self.base, None)
        return base, translations(others)

    def media(self, cells: Mapping[str, str], kind: str) -> list[tuple[str | None, str]]:
        """The media files of a row by language; the unmarked one is for every language."""
        column = f"media::{kind}"
        found: list[tuple[str | None, str]] = [(None, cells[column])] if cells.get(column) else []
        for name in self.languages:
            file = cells.get(f"{column}::{name}", "")
            code = language_code(name)
            if file and code:
                found.append((code, file))
        return found


_REFERENCE = re.compile(r"\$\{[^}]*\}")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|\*\*|__(?=\S)|(?<=\S)__|^#{1,6}\s+", re.MULTILINE)
_GAPS = re.compile(r"[ \t]{2,}")


def _clean(text: str) -> str:
    """A label as plain words: no answer quoted in it, no Markdown or HTML around it."""
    plain = _GAPS.sub(" ", _MARKUP.sub("", _REFERENCE.sub("…", text)))
    return plain.replace(" ,", ",").replace(" .", ".").strip()


def translations(words: Mapping[str, str]) -> dict[str, Any]:
    """The FHIR element beside a text, with the translation extension for each language; {} without any."""
    extensions = [
        {
            "url": names.TRANSLATION,
            "extension": [{"url": "lang", "valueCode": code}, {"url": "content", "valueString": word}],
        }
        for code, word in words.items()
    ]
    return {"extension": extensions} if extensions else {}
