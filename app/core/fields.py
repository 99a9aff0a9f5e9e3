"""The fields of a sentence: `{clinic}`, `{day}`. A translation may name those of the sentence it translates."""

from __future__ import annotations

from string import Formatter


def fields_of(sentence: str) -> frozenset[str]:
    """The names in braces; one that asks to be formatted (`{day!r}`, `{day:>9}`) is another name. Raises ValueError for
    a brace that is never closed."""
    parts = Formatter().parse(sentence)
    return frozenset(f"{name}{'!' * bool(how)}{':' * bool(kind)}" for _, name, how, kind in parts if name is not None)


def keeps_fields(sentence: str, translated: str) -> bool:
    """Whether the translation can be filled with what fills the sentence."""
    try:
        return fields_of(translated) <= fields_of(sentence)
    except ValueError:
        return False
