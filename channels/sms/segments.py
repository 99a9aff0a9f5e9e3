"""Billed SMS parts of a text, the characters that make it dear, and folding that makes it cheaper, not different.

Source: 3GPP TS 23.038 (GSM 7 bit default alphabet and its extension table), 3GPP TS 23.040 (concatenation headers).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")  # two septets each: an escape and a letter, never parted
_GSM_7 = BASIC | EXTENSION
_all_basic = re.compile(f"[{re.escape(''.join(sorted(BASIC)))}]*").fullmatch

_FOLDED = str.maketrans(
    {
        "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u200a": " ", "\u202f": " ", "\u2003": " ", "\u2002": " ",
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u02bc": "'", "\u2032": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"', "\u2033": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
        "\u2026": "...", "\u2022": "-", "\u00ad": None, "\u200b": None, "\ufeff": None, "\u2060": None,
    }
)  # fmt: skip
_FRENCH_MARKS = frozenset("\u0300\u0301\u0302\u0308\u0327")  # grave, acute, circumflex, diaeresis, cedilla
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE"})


class Encoding(StrEnum):
    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Segments:
    """`units` are septets in GSM-7 and UTF-16 code units in UCS-2; `offenders` forced UCS-2, in order of appearance."""

    encoding: Encoding
    units: int
    segments: int
    offenders: tuple[str, ...] = ()


def measure(text: str) -> Segments:
    """What `text` costs: 160/153 septets in GSM-7, 70/67 units in UCS-2; an empty text is one part.

    Where calculators differ on emoji sequences at the edge of a part, the larger count.
    """
    if _all_basic(text) and len(text) <= 160:
        return Segments(Encoding.GSM_7, len(text), 1)
    used = set(text)
    if used <= _GSM_7:
        doubled = sum(text.count(letter) for letter in used & EXTENSION)
        if len(text) + doubled <= 160:
            return Segments(Encoding.GSM_7, len(text) + doubled, 1)
        septets = [2 if letter in EXTENSION else 1 for letter in text]
        return Segments(Encoding.GSM_7, sum(septets), _parts(septets, alone=160, joined=153))
    offenders = tuple(dict.fromkeys(letter for letter in text if letter not in _GSM_7))
    letters = [_utf16_units(letter) for letter in text]
    clusters = [_utf16_units(cluster) for cluster in _clusters(text)]
    parts = max(_parts(pieces, alone=70, joined=67) for pieces in (letters, clusters))
    return Segments(Encoding.UCS_2, sum(letters), parts, offenders)


def fold(text: str) -> str:
    """Typographic spaces, quotes, dashes and ellipses as plain ones, invisible characters gone; no letter changes."""
    return text if text.isascii() else text.translate(_FOLDED)


def plain_letters(text: str) -> str:
    """`fold`, and letters outside GSM-7 without the accents French writes (ê as e, ç as c, œ as oe). Only where the
    author chose it. Other scripts, letters of their own (ł, ʔ) and other marks (ā, č), which change a word, stay."""
    return "".join(_plain(letter) for letter in fold(text).translate(_LIGATURES))


def _plain(letter: str) -> str:
    if letter in BASIC or letter in EXTENSION:
        return letter
    parts = unicodedata.normalize("NFD", letter)
    return parts[0] if parts[0].isascii() and set(parts[1:]) <= _FRENCH_MARKS else letter


def _parts(pieces: Iterable[int], *, alone: int, joined: int) -> int:
    """Parts needed when no piece may be cut in two."""
    sizes = list(pieces)
    if sum(sizes) <= alone:
        return 1
    parts, room = 1, joined
    for size in sizes:
        fitting = min(size, joined)  # a cluster longer than a part is cut all the same
        if fitting > room:
            parts, room = parts + 1, joined
        room -= fitting
    return parts


def _utf16_units(text: str) -> int:
    return sum(2 if ord(letter) > 0xFFFF else 1 for letter in text)


def _clusters(text: str) -> Iterator[str]:
    """Letters with what hangs on them: accents, variation selectors, skin tones, joined emoji, flags in pairs."""
    cluster = ""
    for letter in text:
        if cluster and not _hangs_on(letter, cluster):
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


_JOINER = "\u200d"


def _hangs_on(letter: str, cluster: str) -> bool:
    if letter.isascii():
        return letter == "\n" and cluster == "\r"
    if cluster.endswith(_JOINER) or letter == _JOINER or unicodedata.category(letter) in ("Mn", "Me", "Mc"):
        return True
    if 0x1F3FB <= ord(letter) <= 0x1F3FF or 0xE0020 <= ord(letter) <= 0xE007F:
        return True
    return _is_flag_half(letter) and _is_flag_half(cluster) and len(cluster) == 1


def _is_flag_half(text: str) -> bool:
    return len(text) == 1 and 0x1F1E6 <= ord(text) <= 0x1F1FF
