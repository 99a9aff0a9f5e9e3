"""The fields of a sentence: `{clinic}`, `{day}`. A translation may name those of the sentence it translates."""

from __future__ import annotations

from string import Formatter


def fields_of(sentence: str) -> frozenset[str]:
    """The names in braces. Raises ValueError for a brace that is never closed."""
    return frozenset(name for _text, name, _how, _kind in Formatter().parse(sentence) if name is not None)


def keeps_fields(sentence: str, translated: str) -> bool:
    """Whether the translation can be filled with what fills the sentence."""
    try:
        return fields_of(translated) <= fields_of(sentence)
    except ValueError:
        return False
