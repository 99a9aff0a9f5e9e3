"""One plain spelling for everything people type: lower case, no accents, ASCII digits and dashes, single spaces.

Folding is for reading answers only; what the patient wrote is kept beside the value, untouched.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 300  # characters of one answer that is not free text; more is a letter, and is not searched for a number

_SINGLE_QUOTES = "'’‘ʼ`´‛′＇"
_DOUBLE_QUOTES = '"“”„″«»'
_DASHES = "-‐‑‒–—―−﹣－"
_FRACTIONS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8"}
_SPECIAL = {
    **dict.fromkeys(map(ord, _SINGLE_QUOTES), "'"),
    **dict.fromkeys(map(ord, _DOUBLE_QUOTES), '"'),
    **dict.fromkeys(map(ord, _DASHES), "-"),
    # NFKC would turn "1½" into "11/2" and "5²" into "52", so these are spelled out here.
    **{ord(sign): f" {fraction} " for sign, fraction in _FRACTIONS.items()},
    **{ord(sign): f" {number} " for number, sign in enumerate("①②③④⑤⑥⑦⑧⑨", start=1)},
    ord("🔟"): " 10 ",
    ord("⁄"): "/",
    ord("∕"): "/",
    ord("×"): "x",
    ord("…"): "...",
    ord("œ"): "oe",
    ord("Œ"): "oe",
    ord("æ"): "ae",
    ord("Æ"): "ae",
    ord("µ"): "u",
    ord("μ"): "u",
    ord("º"): "°",
    ord("˚"): "°",
    ord("℃"): "°c",
    ord("℉"): "°f",
    ord("٫"): ".",  # Arabic decimal separator
    ord("٬"): " ",  # Arabic thousands separator; a space groups digits in every language here
    ord("،"): ",",
    ord("؟"): "?",
    ord("\u20e3"): "",  # the key around the digit of a keycap emoji
}
_KEPT = 4096  # characters remembered; a hostile stream of new ones must not grow the table for ever


class _Fold(dict[int, str]):
    """`str.translate` asks for each character once; the answer is remembered."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _KEPT:
            self[code] = folded
        return folded


def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Cf", "Mn", "Me"):  # bidi marks, joiners, accents, variation selectors
        return ""
    if category[0] in "ZC":  # every kind of space; control characters and null bytes part words too
        return " "
    if category == "No":  # superscripts and the like are no digits of a number
        return "¤"
    decomposed = unicodedata.normalize("NFKD", character)
    return "".join(part for part in decomposed if not unicodedata.combining(part)).casefold()


_TABLE = _Fold(_SPECIAL)
_APOSTROPHE = re.compile(r"(?<=[a-z])'(?=[a-z])|(?<![\d'])'|'(?![\d'\" ]|$)")


def fold(text: str) -> str:
    """The plain spelling of `text`, or "" when it is too long to be an answer.

    "  Aujourd’hui, 37,8 °C ! " becomes "aujourdhui, 37,8 °c !". An apostrophe stays only after a digit (5'6").
    """
    if len(text) > LONGEST:
        text = " ".join(text[: LONGEST * 40].split()) if len(text) <= LONGEST * 40 else ""
        if len(text) > LONGEST:
            return ""
    folded = text.lower() if text.isascii() and text.isprintable() else text.translate(_TABLE).lower()
    if "'" in folded:
        folded = _APOSTROPHE.sub("", folded.replace("''", '"'))
    return " ".join(folded.split())


_MARKS = re.compile(r"[^\w°%+]+|_+")
_TRAILING = ' .,;:!…"()[]*~'


def words(folded: str) -> list[str]:
    """The words of a folded text without its punctuation; "peut-etre" is two."""
    return _MARKS.sub(" ", folded).split()


def plain(text: str) -> str:
    """The words of a text and nothing else, for comparing labels: "Not at all." equals "not at all"."""
    return " ".join(words(fold(text)))


def split(table: str) -> frozenset[str]:
    """The words of a table written for people to read."""
    return frozenset(table.split())


def phrases(table: str) -> frozenset[str]:
    """The phrases of a table whose rows part them with bars."""
    return frozenset(table.strip().replace("\n", "|").split("|"))


def trimmed(folded: str) -> str:
    """A folded text without the punctuation around it; a question mark stays, because it doubts."""
    return folded.strip(_TRAILING)
