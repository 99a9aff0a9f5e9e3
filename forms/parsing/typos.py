"""How near two words are, for the slips of a thumb: one letter more, fewer, swapped or struck wrong."""

from __future__ import annotations

from enum import IntEnum


class Slip(IntEnum):
    """How a word differs from the one that was meant, from safest to farthest."""

    SAME = 0
    KEY = 1  # a letter doubled, dropped or swapped with its neighbour, in a word long enough to stay itself
    LETTER = 2  # one letter struck wrong, or a slip in a short word: worth a question
    FAR = 3


_SHORTEST = 4  # letters; in shorter words a slip makes another word
_SAFE = 6
_SAFE_LETTER = 8


def slip(typed: str, meant: str) -> Slip:
    """The slip between two plain texts. Figures and the first letter never slip ("unlikely" is not "likely")."""
    if typed == meant:
        return Slip.SAME
    shorter = min(len(typed), len(meant))
    if shorter < _SHORTEST or typed[0] != meant[0] or abs(len(typed) - len(meant)) > 1:
        return Slip.FAR
    if _figures(typed) != _figures(meant):
        return Slip.FAR
    if len(typed) != len(meant):
        longer, other = (typed, meant) if len(typed) > len(meant) else (meant, typed)
        return _graded(_is_one_more(longer, other), shorter >= _SAFE)
    different = [position for position, (left, right) in enumerate(zip(typed, meant, strict=True)) if left != right]
    if len(different) == 2 and _is_swap(typed, meant, different):
        return _graded(True, shorter >= _SAFE)
    return _graded(len(different) == 1, shorter >= _SAFE_LETTER)


def _graded(near: bool, safe: bool) -> Slip:  # noqa: FBT001
    if not near:
        return Slip.FAR
    return Slip.KEY if safe else Slip.LETTER


def _figures(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _is_one_more(longer: str, shorter: str) -> bool:
    position = next((i for i, letter in enumerate(shorter) if letter != longer[i]), len(shorter))
    return longer[position + 1 :] == shorter[position:]


def _is_swap(typed: str, meant: str, different: list[int]) -> bool:
    first, second = different
    return second == first + 1 and typed[first] == meant[second] and typed[second] == meant[first]
