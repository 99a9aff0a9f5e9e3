"""What the clinic says in danger, and its own phrases that raise an alarm, as an administrator writes them.
Pure: what was read, or what to put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.fields import fields_of
from app.support.written_hours import Wrong

LONGEST_WORDS, MOST_PHRASES, LONGEST_PHRASE, FEWEST_LETTERS = 300, 50, 60, 4
_LONG_SENTENCE = "Keep these words under {most} characters: in danger nobody reads more."
_BRACE_SENTENCE = "These words leave as they stand: nothing in braces is filled in. Write it out, or leave it out."
_MANY_SENTENCE = "At most {most} phrases can be added. Take some out."
_PHRASE_SENTENCE = "“{word}” cannot be a phrase of danger: write {least} to {most} characters a line."


@dataclass(frozen=True)
class WrittenDanger:
    """`words` by language tag, for those that were written; what was wrong, by field."""

    words: Mapping[str, str]
    phrases: tuple[str, ...]
    wrong: Mapping[str, Wrong]


def read_danger(texts: Mapping[str, str], tags: Iterable[str]) -> WrittenDanger:
    """From fields `words-TAG` and `phrases` (one a line). Very short phrases would raise an alarm at every text."""
    wrong: dict[str, Wrong] = {}
    words: dict[str, str] = {}
    for tag in tags:
        said = " ".join(texts.get(f"words-{tag}", "").split())
        if len(said) > LONGEST_WORDS:
            wrong[f"words-{tag}"] = Wrong(_LONG_SENTENCE, {"most": LONGEST_WORDS})
        elif _has_braces(said):
            wrong[f"words-{tag}"] = Wrong(_BRACE_SENTENCE)
        elif said:
            words[tag] = said
    lines = (" ".join(each.split()) for each in texts.get("phrases", "").splitlines())
    phrases = tuple(dict.fromkeys(filter(None, lines)))
    odd = next((each for each in phrases if not _is_phrase(each)), None)
    if odd is not None:
        wrong["phrases"] = Wrong(_PHRASE_SENTENCE, {"word": odd[:30], "least": FEWEST_LETTERS, "most": LONGEST_PHRASE})
    elif len(phrases) > MOST_PHRASES:
        wrong["phrases"] = Wrong(_MANY_SENTENCE, {"most": MOST_PHRASES})
    return WrittenDanger(words, phrases, wrong)


def _has_braces(text: str) -> bool:
    try:
        return bool(fields_of(text))
    except ValueError:
        return True


def _is_phrase(text: str) -> bool:
    return sum(each.isalpha() for each in text) >= FEWEST_LETTERS and len(text) <= LONGEST_PHRASE
