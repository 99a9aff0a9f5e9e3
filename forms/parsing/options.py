"""The options of a question, prepared for matching: what is printed beside them, their words, yes, no and none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from forms.parsing.booleans import means
from forms.parsing.fold import fold, plain, split
from forms.parsing.leftover import is_unsure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forms.parsing.spec import Choice

Name = tuple[str, int]  # the words, and the position of their option

_NONE_WORDS = ("none", "nothing", "aucun", "aucune", "rien", "neither", "none of them")
_NO_WORDS = ("no", "non", "nope")  # these choose "none of these" only where no option is a plain no
_NONE_STARTS = ("none", "aucun", "aucune", "nothing", "rien", "neither")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ALL_LETTERS = frozenset(_LETTERS)
_ARTICLES = split(
    "the a an i im my le la les l je j jai mon ma mes du de des d at by au aux en par dr dre mr mrs ms mme"
)
_ELISION = re.compile(r"\b[ld]['’‘ʼ](?=\w)", re.IGNORECASE)
# Words that two people writing the same option put in or leave out. A negation never is one.
_GRAMMAR = split(
    """
    the a an of in to i im ive have am are is was my me le la les l de du des d au aux en par je j jai ai
    suis jsuis chu chuis est cest mon ma mes me ne n and et que
    """
)
_SAME_WORDS = {"everyday": ("every", "day"), "alot": ("a", "lot"), "okay": ("ok",), "okey": ("ok",)}


@dataclass(frozen=True, slots=True)
class Options:
    """Where a reply may lead. `exact` maps whole words of a label or synonym to positions; labels beat synonyms.
    `amounts` are (least, most, position) of labels that are numbers: "2" may mean "2 cups" or "1-3 days", whatever
    stands beside them. `keys` maps labels without their grammar to positions: "more than half of days".

    `yes`, `no`, `none` and `unsure` are the one option that says so, if there is exactly one.
    """

    choices: tuple[Choice, ...]
    printed: dict[str, int]
    exact: dict[str, tuple[int, ...]]
    names: tuple[Name, ...]
    letters: dict[str, int]
    amounts: tuple[tuple[int, int, int], ...]
    yes: int | None
    no: int | None
    none: int | None
    unsure: int | None
    keys: dict[str, tuple[int, ...]]
    full: tuple[Name, ...]  # labels and synonyms, none shortened


@lru_cache(maxsize=512)
def prepared(choices: tuple[Choice, ...]) -> Options:
    """The look-ups for these options, kept because every reply to the question needs them again."""
    labels = [(plain(choice.label), position) for position, choice in enumerate(choices)]
    others = [*_shorter_labels(choices, labels), *_synonyms(choices)]
    none = _none_position(choices, [label for label, _ in labels])
    no = _only(labels, answer=False)
    printed = {plain(choice.printed): position for position, choice in enumerate(choices) if choice.printed}
    has_letters = any(mark in _ALL_LETTERS for mark in (*printed, *(label for label, _ in labels)))
    return Options(
        choices=choices,
        printed=printed,
        exact=_none_words(none, no) | _grouped(others) | _grouped(labels),
        names=tuple(dict.fromkeys(name for name in (*labels, *others) if name[0])),
        amounts=tuple(amount for place, choice in enumerate(choices) if (amount := _amount(choice.label, place))),
        letters={} if has_letters else dict(zip(_LETTERS, range(len(choices)), strict=False)),
        yes=_only(labels, answer=True),
        no=no,
        none=none,
        unsure=_only_unsure(labels),
        full=(*labels, *_synonyms(choices)),
        keys=_grouped((key(name.split(" ")), position) for name, position in (*labels, *_synonyms(choices))),
    )


def key(said: Iterable[str]) -> str:
    """Words without grammar, for comparing what says the same: "every day" for "everyday", "half days" for "half the
    days"."""
    return " ".join(word for word in respelled(said) if word not in _GRAMMAR)


def respelled(said: Iterable[str]) -> list[str]:
    return [part for word in said for part in _SAME_WORDS.get(word, (word,))]


def _shorter_labels(choices: tuple[Choice, ...], labels: list[Name]) -> list[Name]:
    """Labels without what stands in brackets, and without their first articles: "hôpital", "la maison", "maison".

    Where another label begins with the shorter one, both are meant by it ("home" beside "Home care").
    """
    found: list[Name] = []
    for position, choice in enumerate(choices):
        name = plain(choice.label.split("(", maxsplit=1)[0])
        found.append((name, position))
        for rest in (*_without_articles(name), *_without_articles(plain(_ELISION.sub("", choice.label)), whole=True)):
            found.append((rest, position))
            found += [(rest, other) for label, other in labels if other != position and label.startswith(f"{rest} ")]
    return [name for name in found if name[0]]


def _without_articles(name: str, *, whole: bool = False) -> list[str]:
    """What is left of a name as each of its first articles goes; with `whole`, the name itself as well."""
    said = name.split(" ")
    found = [name] if whole else []
    while len(said) > 1 and said[0] in _ARTICLES:
        said = said[1:]
        found.append(" ".join(said))
    return found


def _synonyms(choices: tuple[Choice, ...]) -> list[Name]:
    words = [(plain(word), position) for position, choice in enumerate(choices) for word in choice.synonyms]
    return [name for name in words if name[0]]


_AMOUNT = re.compile(
    r"(\d{1,4})(?!\d)(?: ?(?:-|to|a) ?(\d{1,4})(?!\d)|( ?\+| or more| or over| ou plus| et plus)|)(?![\d.,])"
)


def _amount(label: str, place: int) -> tuple[int, int, int] | None:
    """The numbers that a label covers: "2 cups" is 2 to 2, "5 or more" has no end."""
    found = _AMOUNT.match(fold(label))
    if found is None:
        return None
    least = int(found.group(1))
    most = int(found.group(2)) if found.group(2) else 9999 if found.group(3) else least
    if "more" in label or "plus" in label:
        most = 9999
    return least, most, place


def _none_position(choices: tuple[Choice, ...], labels: list[str]) -> int | None:
    worded = [position for position, label in enumerate(labels) if label.split(" ")[0] in _NONE_STARTS]
    exclusive = [position for position, choice in enumerate(choices) if choice.exclusive]
    for positions in (worded, exclusive):
        if len(positions) == 1:
            return positions[0]
    return None


def _none_words(none: int | None, no: int | None) -> dict[str, tuple[int, ...]]:
    words = _NONE_WORDS if no is not None and no != none else (*_NONE_WORDS, *_NO_WORDS)
    return dict.fromkeys(words, (none,)) if none is not None else {}


def _grouped(names: Iterable[Name]) -> dict[str, tuple[int, ...]]:
    grouped: dict[str, tuple[int, ...]] = {}
    for name, position in names:
        if name and position not in grouped.get(name, ()):
            grouped[name] = (*grouped.get(name, ()), position)
    return grouped


def _only_unsure(labels: list[Name]) -> int | None:
    positions = [position for label, position in labels if is_unsure(label)]
    return positions[0] if len(positions) == 1 else None


def _only(labels: list[Name], *, answer: bool) -> int | None:
    positions = [position for label, position in labels if means(label) is answer]
    return positions[0] if len(positions) == 1 else None
