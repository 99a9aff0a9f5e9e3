"""Numbers in words turned into figures, so that one grammar of dates and times serves both."""

from __future__ import annotations

import re

from forms.parsing.number_words import NUMBER_WORDS, number_in_words

_GLUE = re.compile(r"(?<=[a-z])-(?=[a-z])")


def with_figures(folded: str, *, french: bool) -> str:
    """The text with its number words as figures: "quinze heures trente" becomes "15 heures 30".

    "12 sept" keeps its month.
    """
    text = _GLUE.sub(" ", folded)
    words = text.split(" ")
    if not any(word.strip(".,;:!?") in NUMBER_WORDS for word in words):
        return text
    bare = [word.rstrip(".,;:!?") for word in words]
    out: list[str] = []
    position = 0
    while position < len(words):
        found = None if _is_month(bare, position) else _number(words, bare, position, french=french)
        if found is None:
            out.append(words[position])
            position += 1
            continue
        figure, after = found
        out.append(figure + words[after - 1][len(bare[after - 1]) :])
        position = after
    return " ".join(out)


def _number(words: list[str], bare: list[str], start: int, *, french: bool) -> tuple[str, int] | None:
    """The number whose words begin here; a mark behind a word ends it."""
    end = start
    while end < len(words) and (end == start or words[end - 1] == bare[end - 1]):
        end += 1
    found = number_in_words(bare[start:end], 0, french=french)
    return (str(found[0]), start + found[1]) if found else None


def _is_month(bare: list[str], position: int) -> bool:
    """ "Sept" beside a figure is September: "12 sept", "Sept 5"."""
    if bare[position] != "sept":
        return False
    before = bare[position - 1] if position else ""
    after = bare[position + 1] if position + 1 < len(bare) else ""
    return before[:1].isdigit() or after[:1].isdigit() or before in NUMBER_WORDS or before in ("premier", "1er")
