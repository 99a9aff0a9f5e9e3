"""Choice answers: one option, or several at once."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from forms.parsing.fold import split, words
from forms.parsing.leftover import is_unsure
from forms.parsing.listing import named_in_a_row
from forms.parsing.matching import NO_MATCH, Match, by_sign, match
from forms.parsing.options import Options, prepared
from forms.parsing.outcomes import ask, kept, none
from forms.parsing.spec import AnswerSpec, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

_HARD_BREAK = re.compile(r"[,;/|&+]|\.(?=\s)|(?<=\d)\.(?=\d)")
_SOFT_BREAK = re.compile(r"\b(?:and|et|plus|also|aussi|then|puis)\b|&|\+")
_EITHER = re.compile(r"\b(?:or|ou)\b")
_RANGE = re.compile(r"^(\d{1,2}) ?(?:-|to|a|through|jusqua) ?(\d{1,2})$")
_MINUS = re.compile(r"- ?\d")
_SPAN = re.compile(r"\b(\d{1,2}) ?- ?(\d{1,2})\b")
_ALL_DASHES = re.compile(r"\d+(?: ?- ?\d+){2,}")  # "1-3-4" lists three
_ALL = split("all tous toutes everything tout")
# "Les deux", "all three": all of that many, never the option with that number.
_ALL_OF_THEM = re.compile(
    r"(?:(?:tous|toutes) )?(?:les|all|all of the) (?:(\d)|(deux|two)|(trois|three)|(quatre|four))"
)
_NOTHING = split("0 none no nothing non aucun aucune rien nope")
_MOST_PARTS = 40


def read_choice(spec: AnswerSpec, folded: str, *, locale: str) -> Outcome:
    """One option, or a list of them when the question takes several."""
    options = prepared(spec.options)
    said = words(folded)
    doubted = folded.rstrip(" .!").endswith("?") or _MINUS.match(folded) is not None
    whole = match(said, options, locale=locale, doubted=doubted) if said else by_sign(folded, options, locale=locale)
    if not said and not whole.positions:
        return none()
    return _several(whole, folded, options, locale) if spec.repeats else _one(whole, folded, options, locale)


def _one(whole: Match, folded: str, options: Options, locale: str) -> Outcome:
    if whole.sure and len(whole.positions) == 1:
        choice = options.choices[whole.positions[0]]
        return kept(choice.value, choice.label)
    parts, _ = _parts(folded, options, locale)
    found = list(dict.fromkeys(chain.from_iterable(part.positions for part in parts)))
    if whole.positions:
        return _ask_one_of(whole.positions, options)
    if found and len(parts) > 1:
        return _ask_one_of(found, options)
    return _nothing(whole, folded)


def _ask_one_of(positions: Iterable[int], options: Options) -> Outcome:
    labels = {choice.value: choice.label for choice in options.choices}
    return ask([options.choices[position].value for position in positions], lambda value: labels[value])


def _nothing(whole: Match, folded: str) -> Outcome:
    if whole.not_offered:
        return none(Reason.NOT_OFFERED)
    return none(Reason.UNSURE if is_unsure(" ".join(words(folded))) else Reason.NOT_UNDERSTOOD)


def _several(whole: Match, folded: str, options: Options, locale: str) -> Outcome:
    if whole.sure and len(whole.positions) == 1:
        return _settled([whole.positions], options, sure=True)
    counted = _ALL_OF_THEM.fullmatch(folded.strip(" .,!"))
    if counted:
        return _all_of_them(counted, whole, folded, options)
    ranged = _range(folded, options)
    if ranged:
        return _settled(ranged, options, sure=False)
    digits = _run_of_digits(folded, options)
    if digits:
        return _settled([digits], options, sure=True)
    said = words(folded)
    in_a_row = named_in_a_row(said, options, locale=locale)
    if in_a_row and len(said) > 1:
        spread = named_in_a_row(words(_SPAN.sub(_spread, folded)), options, locale=locale)
        dashes = _SPAN.search(folded) is not None and _ALL_DASHES.fullmatch(folded.strip(" .,!")) is None
        lists = [spread, in_a_row] if dashes and spread else [in_a_row]  # "1-3, 5" may hold the 2
        return _settled(lists, options, sure="?" not in folded and not dashes)
    if said and said[0] in _ALL and not whole.positions:
        return _settled([_all_but_none(options)], options, sure=False)
    parts, either = _parts(folded, options, locale)
    if len(parts) > 1 or not whole.positions:
        return _from_parts(parts, whole, folded, options, either=either)
    if whole.together:
        return _settled([whole.positions], options, sure=False)
    return _settled([(position,) for position in whole.positions], options, sure=False)


def _all_of_them(counted: re.Match[str], whole: Match, folded: str, options: Options) -> Outcome:
    """The question back with all options when there are that many; else it does not say which."""
    number = int(counted.group(1)) if counted.group(1) else (counted.lastindex or 0)
    everything = _all_but_none(options)
    return _settled([everything], options, sure=False) if len(everything) == number else _nothing(whole, folded)


def _from_parts(parts: list[Match], whole: Match, folded: str, options: Options, *, either: bool) -> Outcome:
    """Every part names one option: the list. Some do: the question back with those. None does: not understood."""
    found = [part for part in parts if part.positions]
    if not found:
        return _none_of_them(options) if folded.strip(" .,!") in _NOTHING else _nothing(whole, folded)
    sure = len(found) == len(parts) and all(part.sure and len(part.positions) == 1 for part in parts)
    first = tuple(part.positions[0] for part in found)
    choices = [first]
    unclear = [index for index, part in enumerate(found) if len(part.positions) > 1]
    if len(unclear) == 1:
        index = unclear[0]
        choices = [(*first[:index], other, *first[index + 1 :]) for other in found[index].positions]
    if either:
        return _settled([*((position,) for position in first), first], options, sure=False)
    return _settled(choices, options, sure=sure)


def _none_of_them(options: Options) -> Outcome:
    """ "0" and "none" choose the option that says so, or nothing at all."""
    return kept([], "-") if options.none is None else _settled([(options.none,)], options, sure=True)


def _settled(candidates: list[tuple[int, ...]], options: Options, *, sure: bool) -> Outcome:
    """Lists in the order of the form, each option once; "none of these" beside another option is a question."""
    lists = [tuple(sorted(set(positions))) for positions in candidates if positions]
    if sure and len(lists) == 1:
        exclusive = [position for position in lists[0] if _is_exclusive(position, options)]
        if not exclusive or len(lists[0]) == 1:
            return kept(_values(lists[0], options), _labels(lists[0], options))
        others = tuple(position for position in lists[0] if position not in exclusive)
        lists = [(exclusive[0],), others] if others else [(position,) for position in exclusive]
    said = {tuple(_values(positions, options)): _labels(positions, options) for positions in lists}
    return ask([list(values) for values in said], lambda values: said[tuple(values)])


def _is_exclusive(position: int, options: Options) -> bool:
    return options.choices[position].exclusive or position == options.none


def _values(positions: tuple[int, ...], options: Options) -> list[str]:
    return [options.choices[position].value for position in positions]


def _labels(positions: tuple[int, ...], options: Options) -> str:
    return ", ".join(options.choices[position].label for position in positions)


def _spread(found: re.Match[str]) -> str:
    first, last = int(found.group(1)), int(found.group(2))
    return " ".join(map(str, range(first, last + 1))) if first < last <= first + _MOST_PARTS else found.group()


def _range(folded: str, options: Options) -> list[tuple[int, ...]]:
    """ "1-3" may be one, two and three, or one and three."""
    found = _RANGE.match(folded.strip(" .,!"))
    if found is None:
        return []
    first, last = int(found.group(1)), int(found.group(2))
    if not first < last or last - first > _MOST_PARTS:
        return []
    every = [options.printed.get(str(number)) for number in range(first, last + 1)]
    known = tuple(position for position in every if position is not None)
    return [known, (known[0], known[-1])] if len(known) == len(every) else []


def _run_of_digits(folded: str, options: Options) -> tuple[int, ...]:
    """ "134" names three options when every number printed is one digit; "1 3 4" always does."""
    run = folded.strip(" .,!")
    if not run.isdigit() or run in options.printed or len(set(run)) != len(run):
        return ()
    if any(len(mark) > 1 for mark in options.printed):
        return ()
    positions = [options.printed.get(digit) for digit in run]
    return tuple(position for position in positions if position is not None) if None not in positions else ()


def _all_but_none(options: Options) -> tuple[int, ...]:
    return tuple(
        position
        for position, choice in enumerate(options.choices)
        if not (choice.exclusive or position == options.none)
    )


def _parts(folded: str, options: Options, locale: str) -> tuple[list[Match], bool]:
    """What each part of an enumeration names: cut at commas first, at "and" and "or" only where that is needed.

    Also whether an "or" was cut, because then one of the parts is meant rather than all.
    """
    found: list[Match] = []
    either = False
    for piece in _pieces(_HARD_BREAK.split(folded)):
        own = match(piece, options, locale=locale)
        softer = [own] if own.positions and own.sure else _softer(piece, own, options, locale)
        either = either or (len(softer) > 1 and _EITHER.search(" ".join(piece)) is not None)
        found.extend(softer)
    return found[:_MOST_PARTS], either


def _pieces(parts: Iterable[str]) -> list[list[str]]:
    return [said for said in map(words, parts) if said][:_MOST_PARTS]


def _softer(piece: list[str], own: Match, options: Options, locale: str) -> list[Match]:
    text = " ".join(piece)
    pieces = _pieces(chain.from_iterable(_EITHER.split(part) for part in _SOFT_BREAK.split(text)))
    if len(pieces) == 1 and len(piece) > 1 and all(word.isdigit() for word in piece):
        pieces = [[word] for word in piece]
    if len(pieces) < 2:
        return [own]
    matches = [match(part, options, locale=locale) for part in pieces]
    return matches if any(part.positions for part in matches) else [own if own.positions else NO_MATCH]
