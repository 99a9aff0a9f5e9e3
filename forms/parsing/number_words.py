"""Numbers in words, English and French: "thirty-seven", "quatre-vingt-dix-sept", "a hundred and five"."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Found = tuple[int, int]  # the number, and where the words after it begin


def _table(rows: str) -> dict[str, int]:
    return {
        word: int(number)
        for number, _, names in (row.partition(" ") for row in rows.split("|"))
        for word in names.split()
    }


_EN_SMALL = _table(
    "0 zero|1 one|2 two|3 three|4 four|5 five|6 six|7 seven|8 eight|9 nine|10 ten|11 eleven|12 twelve|13 thirteen"
    "|14 fourteen|15 fifteen|16 sixteen|17 seventeen|18 eighteen|19 nineteen"
)
_EN_TENS = _table("20 twenty|30 thirty|40 forty fourty|50 fifty|60 sixty|70 seventy|80 eighty|90 ninety ninty")
_FR_SMALL = _table(
    "0 zero|1 un une|2 deux|3 trois|4 quatre|5 cinq|6 six|7 sept|8 huit|9 neuf|10 dix|11 onze|12 douze|13 treize"
    "|14 quatorze|15 quinze|16 seize|17 dixsept|18 dixhuit|19 dixneuf"
)
_FR_TENS = _table(
    "20 vingt vingts|30 trente|40 quarante|50 cinquante|60 soixante|70 septante|80 huitante octante quatrevingt"
    "|90 nonante"
)
_EN_JOINED = {
    ten + unit: _EN_TENS[ten] + _EN_SMALL[unit] for ten in _EN_TENS for unit in _EN_SMALL if 0 < _EN_SMALL[unit] < 10
}
_FR_JOINED = {
    ten + unit: _FR_TENS[ten] + _FR_SMALL[unit]
    for ten in ("vingt", "trente", "quarante", "cinquante", "soixante")
    for unit in _FR_SMALL
    if 1 < _FR_SMALL[unit] < 10
}
_EN_SMALL |= _EN_JOINED  # "twentyone"
_FR_SMALL |= _FR_JOINED
_ENGLISH = frozenset([*_EN_SMALL, *_EN_TENS, "hundred", "thousand"])
_FRENCH = frozenset([*_FR_SMALL, *_FR_TENS, "cent", "cents", "mille"])
NUMBER_WORDS = _ENGLISH | _FRENCH


def number_in_words(words: Sequence[str], start: int, *, french: bool) -> tuple[Decimal, int] | None:
    """The whole number that begins at `words[start]` and where it ends, in that language, or else in the other."""
    word = words[start]
    if word not in NUMBER_WORDS and word != "a":
        return None
    grammars = (_french, _english) if french else (_english, _french)
    for grammar in grammars:
        found = grammar(words, start)
        if found is not None:
            return Decimal(found[0]), found[1]
    return None


def _at(words: Sequence[str], position: int) -> str:
    return words[position] if position < len(words) else ""


def _english(words: Sequence[str], start: int) -> Found | None:
    return _with_thousands(words, start, _english_hundreds, "thousand", _at(words, start) == "a")


def _english_hundreds(words: Sequence[str], start: int) -> Found | None:
    first = _english_tens(words, start)
    if _at(words, start) == "hundred":  # "hundred and ten"
        first = 1, start
    if _at(words, start) == "a" and _at(words, start + 1) == "hundred":
        first = 1, start + 1
    if first is None or _at(words, first[1]) != "hundred" or not 0 < first[0] < 20:
        return first
    base, position = first[0] * 100, first[1] + 1
    rest = _english_tens(words, position + (1 if _at(words, position) == "and" else 0))
    return (base + rest[0], rest[1]) if rest and rest[0] else (base, position)


def _english_tens(words: Sequence[str], start: int) -> Found | None:
    word = _at(words, start)
    if word in _EN_SMALL:
        return _EN_SMALL[word], start + 1
    if word not in _EN_TENS:
        return None
    unit = _EN_SMALL.get(_at(words, start + 1), 0)
    return (_EN_TENS[word] + unit, start + 2) if 0 < unit < 10 else (_EN_TENS[word], start + 1)


def _french(words: Sequence[str], start: int) -> Found | None:
    return _with_thousands(words, start, _french_hundreds, "mille", _at(words, start) == "mille")


def _french_hundreds(words: Sequence[str], start: int) -> Found | None:
    if _at(words, start) == "cent":
        first: Found | None = (1, start)
    else:
        first = _french_tens(words, start)
    if first is None or _at(words, first[1]) not in ("cent", "cents") or not 0 < first[0] < 20:
        return first
    base, position = first[0] * 100, first[1] + 1
    rest = _french_tens(words, position + _et_un(words, position))
    return (base + rest[0], rest[1]) if rest and rest[0] else (base, position)


def _french_tens(words: Sequence[str], start: int) -> Found | None:
    word = _at(words, start)
    if word == "quatre" and _at(words, start + 1) in ("vingt", "vingts"):
        return _french_plus(words, start + 2, 80, 20)
    if word in _FR_TENS:
        base = _FR_TENS[word]
        return _french_plus(words, start + 1, base, 20 if base in (60, 80) else 10)
    return _french_small(words, start)


def _french_plus(words: Sequence[str], position: int, base: int, below: int) -> Found:
    """ "vingt et un", "soixante-douze": what may follow a ten."""
    after_and = position + 1 if _at(words, position) == "et" else position
    if after_and != position and _at(words, after_and) not in ("un", "une", "onze", "dix"):
        return base, position
    rest = _french_small(words, after_and)
    return (base + rest[0], rest[1]) if rest and 0 < rest[0] < below else (base, position)


def _french_small(words: Sequence[str], start: int) -> Found | None:
    number = _FR_SMALL.get(_at(words, start))
    if number is None:
        return None
    unit = _FR_SMALL.get(_at(words, start + 1), 0)
    return (10 + unit, start + 2) if number == 10 and 7 <= unit <= 9 else (number, start + 1)


def _with_thousands(
    words: Sequence[str],
    start: int,
    hundreds: Callable[[Sequence[str], int], Found | None],
    thousand: str,
    implied_one: bool,  # noqa: FBT001
) -> Found | None:
    """Hundreds, and thousands of them; `implied_one` when the thousand may stand alone ("mille", "a thousand")."""
    first = hundreds(words, start)
    if first is None and implied_one:
        first = 1, start if thousand == _at(words, start) else start + 1
    if first is None or _at(words, first[1]) != thousand or not first[0]:
        return first if first is not None and first[1] > start and _at(words, first[1] - 1) != "a" else None
    base, position = first[0] * 1000, first[1] + 1
    rest = hundreds(words, position + (1 if _at(words, position) == "and" else _et_un(words, position)))
    return (base + rest[0], rest[1]) if rest and rest[0] else (base, position)


def _et_un(words: Sequence[str], position: int) -> int:
    """How many words the "et" of "mille et un" takes."""
    return 1 if _at(words, position) == "et" and _at(words, position + 1) in ("un", "une") else 0
