"""Which of a form's languages a person means, and texts in several languages. Tags match loosely."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from forms.extensions import all_of, extensions_of, short_name

_TAG: Final = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,4}")
_SAME: Final = {"no": "nb", "nn": "nb", "iw": "he", "in": "id", "ji": "yi"}  # macro languages and old codes
_RIGHT_TO_LEFT: Final = frozenset({"ar", "he", "fa", "ur", "ps", "dv", "yi", "ug", "sd"})
_MARKUP: Final = re.compile(r"<(?:/?[a-zA-Z][^<>]{0,300}|!--[^<>]{0,300}--)>")
_BREAKS: Final = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]{0,100}>", re.IGNORECASE)
_LINK: Final = re.compile(r"!?\[([^\[\]\n]{1,300})\]\(([^()\s]{1,500})\)")  # Markdown's; R5 texts are Markdown
_BOLD: Final = re.compile(r"\*\*(\S(?:[^*\n]{0,500}\S)?)\*\*")
_SKIPPED: Final = re.compile(r"<(style|script)\b.{0,20000}?</\1>", re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=4096)
def primary(tag: str) -> str:
    """The language itself, without region or script: "fr" for "fr-CA"."""
    language = re.split("[-_]", tag, maxsplit=1)[0].lower()
    return _SAME.get(language, language)


def match_language(wanted: str, available: Iterable[str]) -> str | None:
    """The best of `available`: the same tag, else the same language (`fr` finds `fr-CA` and the reverse)."""
    tags = list(available)
    exact = [tag for tag in tags if tag.lower().replace("_", "-") == wanted.lower().replace("_", "-")]
    similar = [tag for tag in tags if primary(tag) == primary(wanted)]
    return next(iter([*exact, *similar]), None)


def direction(tag: str) -> str:
    """How the language is written: "ltr" or "rtl"."""
    return "rtl" if primary(tag) in _RIGHT_TO_LEFT else "ltr"


def is_tag(text: object) -> bool:
    return isinstance(text, str) and _TAG.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Words:
    """One text of the form: as written, and translated."""

    base: str = ""
    translations: Mapping[str, str] = field(default_factory=dict)

    def speak(self, tag: str) -> str:
        """The text in this language, else as written."""
        if tag in self.translations or not self.translations:
            return self.translations.get(tag, self.base)
        found = match_language(tag, self.translations)
        return self.translations[found] if found else self.base

    def has(self, tag: str) -> bool:
        return tag in self.translations or match_language(tag, self.translations) is not None


NOTHING: Final = Words()


def words_of(element: object, name: str) -> Words:
    """The text `element[name]`, from its XHTML rendering when there is no plain one, and its translations."""
    if not isinstance(element, Mapping):
        return NOTHING
    beside = element.get("_" + name)
    text = element.get(name)
    plain = plain_text(text) if isinstance(text, str) else ""
    if not beside:
        return Words(plain) if plain else NOTHING
    return Words(plain or _rendered(beside), dict(_translations(beside)))


def _rendered(beside: object) -> str:
    for name in ("rendering-xhtml", "rendering-markdown"):
        for extension in all_of(beside, name):
            text = extension.get("valueString") or extension.get("valueMarkdown")
            if isinstance(text, str) and plain_text(text):
                return plain_text(text)
    return ""


def _translations(beside: object) -> Iterable[tuple[str, str]]:
    for extension in extensions_of(beside):
        if short_name(extension.get("url")) != "translation":
            continue
        parts = {str(part.get("url")): part for part in extensions_of(extension)}
        tag = _any_string(parts.get("lang", {}))
        text = plain_text(_any_string(parts.get("content", {})))
        if is_tag(tag) and text:
            yield tag.replace("_", "-"), text


def _any_string(part: Mapping[str, Any]) -> str:
    return next((value for key, value in part.items() if key.startswith("value") and isinstance(value, str)), "")


def plain_text(text: str) -> str:
    """Text without markup, its spaces tidied, its line breaks kept."""
    if "<" in text and _MARKUP.search(text):
        text = html.unescape(_MARKUP.sub("", _BREAKS.sub("\n", _SKIPPED.sub("", text))))
    elif "&" in text:
        text = html.unescape(text)
    if "](" in text or "**" in text:
        text = _BOLD.sub(r"\1", _LINK.sub(r"\1 (\2)", text))
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    lines = (" ".join(line.split()) for line in text.replace("\x00", "").replace("\r\n", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


# --- which language a text is in --------------------------------------------------------------------------------------

_COMMON: Final = {
    "en": "the of you your is are have do did what how been any this with for or and in to please yes",
    "fr": "le la les des du vous votre vos avez êtes est une un et ou pour dans quel quelle depuis avec oui non au",
    "es": "el los las usted su sus ha tiene es una un y o para en qué cuál con sí del por cuándo",
    "de": "der die das sie ihre ihr haben sind ist und oder ein eine wie welche mit für nicht ja nein zu",
    "nl": "de het een u uw heeft bent is en of voor met wat welke hoe niet ja nee van",
    "pt": "o os as você seu sua tem é uma um e ou para em qual com sim não do da",
    "it": "il lo gli le lei suo sua ha è una un e o per in quale con sì non di del",
    "nb": "og er du har det en et av på for med hva hvilken ikke ja nei til som",
}
_LISTS: Final = {tag: frozenset(words.split()) for tag, words in _COMMON.items()}


def guess_language(texts: Iterable[str]) -> str | None:
    """The language most of the texts are in, when that is clear; only for warnings, never to decide what is asked."""
    words: list[str] = []
    for text in texts:
        words += re.findall(r"[^\W\d_]+", text.lower())
        if len(words) > 3_000:
            break
    scores = sorted(((sum(word in common for word in words), tag) for tag, common in _LISTS.items()), reverse=True)
    (best, tag), (second, _) = scores[0], scores[1]
    return tag if best >= 8 and best >= 2 * second else None
