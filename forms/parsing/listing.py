"""Several options named in a row without commas: "1 3 and 4", "head stomach back", "tête pis le ventre"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.parsing.fold import split
from forms.parsing.number_words import number_in_words
from forms.parsing.options import key

if TYPE_CHECKING:
    from forms.parsing.options import Options

_BETWEEN = split(
    """
    and et n plus also aussi then puis pis avec with both the le la les my mon ma mes please pls plz thanks merci
    svp stp
    just only juste seulement option options number numero i have je jai il its
    """
)
_SHORTEST = 3  # letters of a label's beginning: "tues thurs"
_LONGEST = 10  # words of one label


def named_in_a_row(said: list[str], options: Options, *, locale: str) -> tuple[int, ...] | None:
    """The options that the words name one after the other with nothing left over, or None.

    Numbers and labels together ("1 head 3 back") have to name the same options.
    """
    marked: list[int] = []
    labelled: list[int] = []
    place = 0
    while place < len(said):
        mark = _mark(said[place], options, locale)
        label = _label(said, place, options)
        if label is not None:
            labelled.append(label[0])
            place = label[1]
        elif mark is not None:
            marked.append(mark)
            place += 1
        elif said[place] in _BETWEEN:
            place += 1
        else:
            return None
    if marked and labelled and set(marked) != set(labelled):
        return None
    return tuple(dict.fromkeys((*marked, *labelled)))


def _mark(word: str, options: Options, locale: str) -> int | None:
    if word in options.printed:
        return options.printed[word]
    spelled = number_in_words([word], 0, french=locale.startswith("fr"))
    return options.printed.get(str(spelled[0])) if spelled else None


def _label(said: list[str], place: int, options: Options) -> tuple[int, int] | None:
    """The longest label that begins here, and where the words after it begin; a number is no label."""
    for end in range(min(len(said), place + _LONGEST), place, -1):
        phrase = " ".join(said[place:end])
        positions = () if phrase.isdigit() else options.exact.get(phrase) or options.keys.get(key(said[place:end]), ())
        if len(positions) == 1:
            return positions[0], end
    begun = {position for name, position in options.names if name.startswith(said[place])}
    return (begun.pop(), place + 1) if len(begun) == 1 and len(said[place]) >= _SHORTEST else None
