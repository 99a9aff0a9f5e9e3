"""Numbers in an answer: figures, words, halves, and everything that makes a number doubtful."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from forms.parsing.fold import split
from forms.parsing.number_words import number_in_words
from forms.parsing.numerals import numeral_readings
from forms.parsing.tokens import Kind, Token, tokenize, touches

if TYPE_CHECKING:
    from collections.abc import Sequence

Phrase = tuple[tuple[str, ...], Decimal]

_HALF = Decimal("0.5")
_QUARTER = Decimal("0.25")
_MINUS = ("minus", "moins", "negative", "negatif")
_BEFORE_MINUS = ("is", "was", "its", "est", "etait", "cest", "fait", ":", "=")
_POINT = ("point", "virgule", "comma", "dot")
_LOOKALIKE = str.maketrans("oli", "011")
_OUT_OF = (("/",), ("out", "of"), ("over",), ("sur",), ("su",), ("of",), ("on",))
# "37.8 this morning" says when; "5 in the morning" may be a time, so only these vanish.
_NOW = re.compile(
    r"\b(?:this (?:morning|afternoon|evening)|tonight|today|ce (?:matin|soir)|cet apres midi|aujourdhui)\b"
)
_PER_CENT = re.compile(r"\bp(?:our|er) ?cent\b")
_BOUNDED = re.compile(r"\b(?:(?:no|not) (?:more|less|fewer|over|under)|pas (?:plus|moins|au dela))\b")
_DOUBTED = re.compile(
    r"\b(?:(?:im )?not (?:really )?sure|(?:i )?dont (?:really )?know|idk|dunno|pas (?:sure?|certaine?)"
    r"|(?:je |j)?(?:ne )?sais pas)\b"
)
_TIMES = {"hundred": 100, "thousand": 1000, "mille": 1000, "million": 1_000_000, "millions": 1_000_000, "k": 1000}
_TIMES |= {"dozen": 12, "dozens": 12, "douzaine": 12, "douzaines": 12}
_SCALES = (5, 10, 100)
_SMALL_FRACTIONS = (2, 3, 4, 8)
# Phrases that are a number and follow no grammar. Longest first.
_FIXED: tuple[Phrase, ...] = (
    (("one", "half"), _HALF),
    (("a", "half"), _HALF),
    (("half", "a"), _HALF),
    (("half",), _HALF),
    (("un", "demi"), _HALF),
    (("une", "demi"), _HALF),
    (("une", "demie"), _HALF),
    (("la", "moitie"), _HALF),
    (("demi",), _HALF),
    (("demie",), _HALF),
    (("three", "quarters"), _HALF + _QUARTER),
    (("trois", "quarts"), _HALF + _QUARTER),
    (("a", "quarter"), _QUARTER),
    (("one", "quarter"), _QUARTER),
    (("quarter",), _QUARTER),
    (("un", "quart"), _QUARTER),
    (("twice",), Decimal(2)),
    (("thrice",), Decimal(3)),
    (("once",), Decimal(1)),
    (("a", "dozen"), Decimal(12)),
    (("one", "dozen"), Decimal(12)),
    (("dozen",), Decimal(12)),
)
_ROUGH: tuple[Phrase, ...] = (
    (("half", "a", "dozen"), Decimal(6)),
    (("a", "half", "dozen"), Decimal(6)),
    (("half", "dozen"), Decimal(6)),
    (("une", "demi", "-", "douzaine"), Decimal(6)),
    (("une", "demi", "douzaine"), Decimal(6)),
    (("a", "couple", "of"), Decimal(2)),
    (("une", "couple", "de"), Decimal(2)),
    (("a", "couple"), Decimal(2)),
    (("couple", "of"), Decimal(2)),
    (("couple",), Decimal(2)),
    (("une", "quinzaine"), Decimal(15)),
    (("une", "vingtaine"), Decimal(20)),
    (("une", "trentaine"), Decimal(30)),
    (("une", "quarantaine"), Decimal(40)),
    (("une", "cinquantaine"), Decimal(50)),
    (("une", "centaine"), Decimal(100)),
    (("une", "douzaine"), Decimal(12)),
    (("une", "dizaine"), Decimal(10)),
)
_BY_FIRST_WORD: dict[str, list[tuple[tuple[str, ...], Decimal, bool]]] = {}
for _rows, _sure in ((_ROUGH, False), (_FIXED, True)):  # rough ones first: "a couple of" before "a"
    for _phrase, _number in _rows:
        _BY_FIRST_WORD.setdefault(_phrase[0], []).append((_phrase, _number, _sure))
_ADDED: tuple[Phrase, ...] = (
    (("and", "a", "half"), _HALF),
    (("and", "half"), _HALF),
    (("et", "demi"), _HALF),
    (("et", "demie"), _HALF),
    (("et", "une", "demie"), _HALF),
    (("and", "a", "quarter"), _QUARTER),
    (("et", "quart"), _QUARTER),
    (("et", "un", "quart"), _QUARTER),
    (("et", "trois", "quarts"), _HALF + _QUARTER),
    (("and", "three", "quarters"), _HALF + _QUARTER),
)
_ARTICLES = ("un", "une")
# What people count; naming it changes nothing. A word for a measure (days, kg) does: it may not be the one asked for.
COUNTED = split(
    """
    time times fois x pill pills tablet tablets capsule capsules comprime comprimes pilule pilules cachet cachets puff
    puffs bouffee bouffees dose doses cigarette cigarettes clope clopes drink drinks verre verres glass glasses biere
    bieres beer beers person persons people personne personnes kid kids child children enfant enfants visit visits
    visite visites point points step steps degre degres degree degrees cig cigs smoke smokes cup cups tasse tasses cans
    canettes
    """
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One number in the text: what it may be, and the tokens (first, after last) that say it.

    `sure` is False when even a single reading deserves a question ("1O", "7/10", "1.234.567" in English).
    """

    readings: tuple[Decimal, ...]
    first: int
    end: int
    sure: bool = True
    out_of: Decimal | None = None


@dataclass(slots=True)
class Scan:
    """The tokens of an answer, the numbers in them, and the positions of what is left."""

    tokens: list[Token]
    mentions: list[Mention] = field(default_factory=list)
    clock: bool = False  # digits parted by a colon: a time, not a number

    def rest(self) -> list[Token]:
        """The tokens that no number uses."""
        used = {position for mention in self.mentions for position in range(mention.first, mention.end)}
        return [token for position, token in enumerate(self.tokens) if position not in used]


def scan(folded: str, *, french: bool) -> Scan:
    """Every number in a folded text, from left to right."""
    tokens = tokenize(_plainer(folded))
    words = [token.text for token in tokens]
    found = Scan(tokens)
    position = 0
    while position < len(tokens):
        mention = _mention(tokens, words, position, french=french)
        if mention is None:
            position += 1
            continue
        found.mentions.append(mention)
        position = mention.end
    found.clock = _has_clock(tokens)
    return _without_articles(found)


def _plainer(folded: str) -> str:
    """Phrases as one word each: "no more than 3" bounds a number, "not sure, maybe 3" doubts it; neither denies it.
    The "cent" of "98 pour cent" is no hundred."""
    text = _PER_CENT.sub("%", _NOW.sub(" ", folded.replace("a peu pres", "environ")))
    return _DOUBTED.sub("maybe", _BOUNDED.sub("maximum", text))


def _mention(tokens: list[Token], words: list[str], start: int, *, french: bool) -> Mention | None:
    mention = _lookalike(tokens, start) or _figure(tokens, start, french=french)
    mention = mention or _fixed(words, start) or _spelled(words, start, french=french)
    if mention is None and words[start] in _POINT:  # "point five"
        pointed = _decimals(words, Mention((Decimal(0),), start, start), french=french)
        mention = pointed if pointed.end > start else None
    if mention is None:
        return None
    whole = _decimals(words, _added(tokens, words, mention), french=french)
    return _negated(tokens, words, _scored(words, whole, french=french))


def _scored(words: list[str], mention: Mention, *, french: bool) -> Mention:
    """ "7/10", "7 sur 10", "seven out of ten": seven out of ten; the upper bound says whether that is a score."""
    for joiner in _OUT_OF:
        top = mention.end + len(joiner)
        if tuple(words[mention.end : top]) != joiner or top >= len(words) or len(mention.readings) != 1:
            continue
        spelled = number_in_words(words[top : top + 1], 0, french=french)
        scale = Decimal(words[top]) if words[top].isdigit() and len(words[top]) < 4 else spelled[0] if spelled else 0
        if scale in _SCALES and 0 <= mention.readings[0] <= scale and not mention.out_of:
            return Mention(mention.readings, mention.first, top + 1, sure=False, out_of=Decimal(scale))
    return mention


def _lookalike(tokens: list[Token], start: int) -> Mention | None:
    """ "1O" and "l0": letters that stand for digits, certain only after a question."""
    spelled, position = "", start
    while position < len(tokens) and (position == start or touches(tokens[position - 1], tokens[position])):
        token = tokens[position]
        is_letter = token.kind is Kind.WORD and not token.text.strip("oli")
        if not is_letter and not (token.kind is Kind.FIGURE and token.text.isdigit()):
            break
        spelled, position = spelled + token.text, position + 1
    has_digit = any(character.isdigit() for character in spelled)
    if position == start or spelled.isdigit() or not has_digit or spelled.endswith(("l", "i")) or len(spelled) > 6:
        return None
    if position < len(tokens) and touches(tokens[position - 1], tokens[position]):
        return None
    return Mention((Decimal(spelled.translate(_LOOKALIKE)),), start, position, sure=False)


def _figure(tokens: list[Token], start: int, *, french: bool) -> Mention | None:
    if tokens[start].kind is not Kind.FIGURE:
        return None
    readings = numeral_readings(tokens[start].text, french=french)
    fraction = _fraction(tokens, start)
    if fraction is not None:
        return fraction
    mixed = _fraction(tokens, start + 1)
    if mixed and readings and tokens[start].text.isdigit():
        return Mention((readings[0] + mixed.readings[0],), start, mixed.end)
    return Mention(tuple(dict.fromkeys(readings)), start, start + 1, sure=len(readings) == len(set(readings)))


def _fraction(tokens: list[Token], start: int) -> Mention | None:
    """ "1/2", "3/4": only halves, thirds, quarters and eighths are meant as parts of one."""
    parts = tokens[start : start + 3]
    if len(parts) < 3 or parts[1].text != "/" or not (parts[0].text.isdigit() and parts[2].text.isdigit()):
        return None
    above, below = int(parts[0].text[:4]), int(parts[2].text[:4])
    if not 0 < above < below or below not in _SMALL_FRACTIONS:
        return None
    return Mention((round(Decimal(above) / below, 4),), start, start + 3)


def _fixed(words: list[str], start: int) -> Mention | None:
    for phrase, number, sure in _BY_FIRST_WORD.get(words[start], ()):
        if tuple(words[start : start + len(phrase)]) == phrase:
            return Mention((number,), start, start + len(phrase), sure)
    return None


def _spelled(words: list[str], start: int, *, french: bool) -> Mention | None:
    plain = _dashes_as_glue(words, start)
    found = number_in_words(plain, 0, french=french) if plain else None
    if found is None:
        return None
    return Mention((found[0],), start, start + _glued_length(words, start, found[1]))


def _dashes_as_glue(words: list[str], start: int) -> list[str]:
    """The words from here without the dashes of "quatre-vingt-dix"."""
    return [word for word in words[start : start + 24] if word != "-"] if words[start].isalpha() else []


def _glued_length(words: list[str], start: int, count: int) -> int:
    """How many tokens `count` words span once their dashes are counted again."""
    position, left = start, count
    while left:
        left -= words[position] != "-"
        position += 1
    return position - start


def _added(tokens: list[Token], words: list[str], mention: Mention) -> Mention:
    """ "5 and a half", "cinq et demie", "5 and 1/2", "2 thousand"."""
    following = words[mention.end] if mention.end < len(words) else ""
    if following in _TIMES and (following != "k" or touches(tokens[mention.end - 1], tokens[mention.end])):
        readings = tuple(reading * _TIMES[following] for reading in mention.readings)
        return Mention(readings, mention.first, mention.end + 1, mention.sure)
    for phrase, part in _ADDED if following in ("and", "et") else ():
        if tuple(words[mention.end : mention.end + len(phrase)]) == phrase:
            readings = tuple(reading + part for reading in mention.readings)
            return Mention(readings, mention.first, mention.end + len(phrase), mention.sure)
    if words[mention.end : mention.end + 1] in (["and"], ["et"]) and mention.end + 1 < len(tokens):
        fraction = _fraction(tokens, mention.end + 1)
        if fraction:
            readings = tuple(reading + fraction.readings[0] for reading in mention.readings)
            return Mention(readings, mention.first, fraction.end, mention.sure)
    return mention


def _decimals(words: list[str], mention: Mention, *, french: bool) -> Mention:
    """ "thirty-seven point eight", "37 virgule 8"."""
    if len(mention.readings) != 1 or words[mention.end : mention.end + 1] not in ([point] for point in _POINT):
        return mention
    digits, position = "", mention.end + 1
    while position < len(words) and len(digits) < 6:
        if words[position] in ("oh", "o"):  # "seven point oh five"
            digits, position = digits + "0", position + 1
            continue
        if words[position].isdigit():
            digits, position = digits + words[position], position + 1
            break
        plain = _dashes_as_glue(words, position)
        found = number_in_words(plain, 0, french=french) if plain else None
        if found is None or found[0] >= 100:
            break
        digits += str(found[0])
        position += _glued_length(words, position, found[1])
    if not digits or mention.readings[0] % 1:
        return mention
    return Mention((Decimal(f"{mention.readings[0]}.{digits}"),), mention.first, position, mention.sure)


def _negated(tokens: list[Token], words: list[str], mention: Mention) -> Mention:
    """ "-5" and "minus 5"; the dash of "2-5" parts two numbers instead."""
    before = mention.first - 1
    if before < 0:
        return mention
    is_sign = words[before] in ("-", "+") and touches(tokens[before], tokens[mention.first])
    if is_sign and before and touches(tokens[before - 1], tokens[before]):
        return replace(mention, sure=mention.sure and words[before - 1] not in ("-", "+"))
    if words[before] == "-" and not before and not is_sign:  # "- 2": the dash of a list, or below zero
        readings = (*mention.readings, *(-reading for reading in mention.readings))
        return Mention(readings, before, mention.end, sure=False)
    if not is_sign and not _is_minus(words, before):
        return mention
    signed = mention.readings if words[before] == "+" else tuple(-reading for reading in mention.readings)
    return Mention(signed, before, mention.end, mention.sure, mention.out_of)


def _is_minus(words: list[str], position: int) -> bool:
    """ "Moins cinq" is below zero; "au moins cinq" and "2 moins 5" are not."""
    before = words[position - 1] if position else ""
    return words[position] in _MINUS and (not before or before in _BEFORE_MINUS)


def _has_clock(tokens: Sequence[Token]) -> bool:
    return any(
        mark.text == ":" and before.kind is after.kind is Kind.FIGURE and touches(before, mark) and touches(mark, after)
        for before, mark, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )


def _without_articles(found: Scan) -> Scan:
    """French "un" beside another number is an article, unless it counts something: "un enfant de 38,5"."""
    if len(found.mentions) > 1:
        kept = [mention for mention in found.mentions if not _is_article(found.tokens, mention)]
        found.mentions = kept or found.mentions
    return found


def _is_article(tokens: list[Token], mention: Mention) -> bool:
    if mention.end != mention.first + 1 or tokens[mention.first].text not in _ARTICLES:
        return False
    return mention.end >= len(tokens) or tokens[mention.end].text not in COUNTED
