"""Which options a few words may mean, from the surest way of naming one to the least sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from forms.parsing.booleans import means, read_boolean
from forms.parsing.fold import fold, split
from forms.parsing.fold import plain as plain_label
from forms.parsing.leftover import Weight, is_hedge, is_unsure, knows_not, weigh
from forms.parsing.number_words import number_in_words
from forms.parsing.options import key, respelled
from forms.parsing.spec import OutcomeKind
from forms.parsing.typos import Slip, slip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forms.parsing.options import Options


class Match(NamedTuple):
    """The options that fit, best first, and whether a single one may be kept without asking.

    `together` when all of them were named, rather than one of them meant.
    """

    positions: tuple[int, ...]
    sure: bool = True
    together: bool = False
    not_offered: bool = False  # a number that stands beside no option


NO_MATCH = Match(())
_BEFORE_A_MARK = split(
    """
    option options number no num answer choice letter pick choose n n° reponse numero choix lettre le la the i id
    ill its
    it is say would go with je choisis dirais cest prends just only juste seulement
    """
)
# "Maybe 2" and "2, I think" name the option and ask for a question.
_HEDGES = split(
    """
    maybe perhaps probably possibly think guess believe suppose or so peut etre pense crois que probablement
    possiblement
    environ vers around about like plutot
    """
)
_COURTESY = split(
    """
    please pls plz thanks thank thx you svp stp sil vous te plait merci bonjour hello hi it is its i am im feel
    feeling
    think say would the a an my was cest est je suis jsuis chu chuis jai j ai me sens le la l un une mon ma dirais
    choisis
    choose pick option answer reponse choix letter lettre and so um uh euh ben id just only juste seulement
    """
)
_WITHOUT = ("no ", "pas de ", "pas d", "sans ")
_PREPOSITIONS = split("at by in on en au aux chez par to dans sur")
_NONE = split("none aucun aucune nothing rien neither no non")
_DENIALS = split("not pas sans without ne")
_NEGATIONS = split("pas jamais plus aucun aucune rien")  # "je ne suis pas d'accord" denies nothing of "pas d'accord"
_OF_THESE = split(
    "of the these those above them it at all de des ces ceux celles ci dessus la les reponses choix tout du"
)
_ORDINAL_ROWS = """
first 1st premier premiere 1er 1ere|second 2nd deuxieme seconde 2e 2eme|third 3rd troisieme 3e 3eme
fourth 4th quatrieme 4e 4eme|fifth 5th cinquieme 5e 5eme|sixth 6th sixieme 6e 6eme|seventh 7th septieme 7e 7eme
eighth 8th huitieme 8e 8eme|ninth 9th neuvieme 9e 9eme|tenth 10th dixieme 10e 10eme
"""
_ORDINALS = {
    word: place for place, row in enumerate(_ORDINAL_ROWS.strip().replace("\n", "|").split("|")) for word in row.split()
} | dict.fromkeys(("last", "dernier", "derniere"), -1)
_ORDINAL_TAIL = split("one option choice answer choix option reponse")


def match(said: list[str], options: Options, *, locale: str, doubted: bool = False) -> Match:
    """The options that the words of a reply may mean; `doubted` when a question mark stands behind them."""
    found = _named(said, options, locale)
    return found._replace(sure=False) if doubted and found.positions else found


def by_sign(folded: str, options: Options, *, locale: str) -> Match:
    """The options that a sign names: the smile printed in a label, a thumb where yes and no are options."""
    positions = tuple(
        place
        for place, choice in enumerate(options.choices)
        if any(not sign.isalnum() and sign > "\u2000" and sign in fold(choice.label) for sign in folded)
    )
    if positions:
        return Match(positions, sure=len(positions) == 1)
    return _by_yes_or_no(folded, options, locale) or NO_MATCH


def _named(said: list[str], options: Options, locale: str) -> Match:
    plain = " ".join(said)
    if plain not in options.exact:
        said = respelled(said)
        plain = " ".join(said)
    by_words = options.exact.get(plain, ())
    by_mark = _marked(said, options, locale)
    if by_mark.not_offered:
        return by_mark
    if by_mark.positions and not by_words and plain not in options.printed and plain.isalpha():
        by_words = tuple(position for position in _prefixed(plain, options) if position not in by_mark.positions)
        by_mark = by_mark._replace(sure=by_mark.sure and not by_words)  # "un" is one, or the start of "Unlikely"
        return by_mark._replace(positions=(*by_mark.positions, *by_words))
    if by_words or by_mark.positions:
        return Match(tuple(dict.fromkeys((*by_words, *by_mark.positions))), sure=bool(by_words) or by_mark.sure)
    bare = _bare(said)
    return (
        _known(bare, options)
        or _known(_after_openers(said), options)
        or (_known(bare[:-1], options) if bare[-1] == "one" and len(bare) > 1 else None)
        or _by_key(said, options)
        or _by_doubt(plain, options)
        or _by_initial(plain, options, locale)
        or _by_letter_or_prefix(plain, options)
        or (_by_letter_or_prefix(" ".join(bare), options) if not _is_list_of_letters(said, bare) else None)
        or _by_yes_or_no(plain, options, locale)
        or _by_slip((" ".join(bare), plain), options)
        or _by_part(said, options)
        or NO_MATCH
    )


def _is_list_of_letters(said: list[str], bare: list[str]) -> bool:
    """ "a b" names two letters; in "i say b" the "i" is none."""
    return len(bare) == 1 and len(bare[0]) == 1 and any(len(word) == 1 and word not in ("i", *bare) for word in said)


def _by_key(said: list[str], options: Options) -> Match | None:
    """The label with other grammar around it: "more than half days", "yes, home"."""
    positions = options.keys.get(key(said), ())
    return Match(positions, sure=len(positions) == 1) if positions else None


def _by_doubt(plain: str, options: Options) -> Match | None:
    """ "Idk" where one option is "I don't know"; "maybe" only asks whether that is meant."""
    if options.unsure is None or not is_unsure(plain):
        return None
    label = plain_label(options.choices[options.unsure].label)
    return Match((options.unsure,), sure=not is_hedge(plain) and knows_not(plain) == knows_not(label))


def _marked(said: list[str], options: Options, locale: str) -> Match:
    """What is printed beside an option: "2", "option 2", "two", "2 - several days", "the second one"."""
    words = said
    while len(words) > 1 and (words[0] in _BEFORE_A_MARK or words[0] in _HEDGES):
        words = words[1:]
    hedged = any(word in _HEDGES for word in said)
    figure = _figure(words, locale)
    position = options.printed.get(figure)
    if position is not None and all(word in _COURTESY or word in _HEDGES for word in words[1:]):
        denies = said[0] == "no" and not locale.startswith("fr")  # "no 2" is "numéro 2" in French only
        sure = not (denies or hedged or _counts_otherwise(figure, position, options))
        return Match(tuple(dict.fromkeys((position, *_amounting(figure, options)))), sure=sure)
    beside = options.printed.get(words[0]) if len(words) > 1 and not words[0].isdigit() else position
    if beside is not None and (words[0].isdigit() or words[0] in options.printed):
        return _mark_and_label(beside, words[1:], options)
    last = options.printed.get(words[-1]) if words[-1].isdigit() and len(words) > 1 else None
    if last is not None and " ".join(words[:-1]) in options.exact:
        return _mark_and_label(last, words[:-1], options)
    if len(words) == 1 and words[0].isdigit() and words[0] not in options.exact:
        return Match((), not_offered=True)
    return _by_ordinal(words, options)


def _amounting(figure: str, options: Options) -> tuple[int, ...]:
    """The options whose label is that amount, or a range that holds it."""
    if not figure.isdigit():
        return ()
    return tuple(place for least, most, place in options.amounts if least <= int(figure[:5]) <= most)


def _counts_otherwise(figure: str, position: int, options: Options) -> bool:
    """Every label is a number of its own ("0 Never", "1 Sometimes"), and that of this option is another one."""
    return len(options.amounts) == len(options.choices) and position not in _amounting(figure, options)


def _figure(words: list[str], locale: str) -> str:
    """The first word as a figure when it or all the words spell one ("two", "vingt et un")."""
    spelled = number_in_words(words, 0, french=locale.startswith("fr"))
    if spelled is not None and spelled[1] == len(words):
        return str(spelled[0])
    if words[0].isdigit():
        return words[0].lstrip("0") or "0"
    return words[0] if len(words) == 1 else ""


def _mark_and_label(position: int, rest: list[str], options: Options) -> Match:
    """ "2 several days" says it twice; when the two differ, which one is meant is a question.

    Only whole labels count: "2 fois par semaine" is not the second option "Une fois par semaine".
    """
    for label in (" ".join(rest), " ".join(_bare(rest))):
        named = [place for name, place in options.full if name == label]
        if not named and label in _NONE and options.none is not None:
            named = [options.none]
        if named:
            return Match(tuple(dict.fromkeys((position, *named))))
        if label and {place for name, place in options.full if name.startswith(label)} == {position}:
            return Match((position,))
    return NO_MATCH


def _by_ordinal(words: list[str], options: Options) -> Match:
    """ "The second one": its place, which is a question when another number is printed there."""
    if words[0] not in _ORDINALS or any(word not in _ORDINAL_TAIL for word in words[1:]):
        return NO_MATCH
    place = _ORDINALS[words[0]]
    if not -len(options.choices) <= place < len(options.choices):
        return NO_MATCH
    position = place % len(options.choices)
    named = options.printed.get(str(place + 1), position)
    return Match(tuple(dict.fromkeys((position, named))))


def _bare(said: list[str]) -> list[str]:
    """The words without courtesy, unless nothing else was said; "ne ... pas" is "pas"."""
    bare = [word for word in said if word not in _COURTESY] or said
    return [word for word in bare if word not in ("ne", "n")] if "pas" in bare else bare


def _after_openers(said: list[str]) -> list[str]:
    """The words after courtesy and the prepositions of a place: "at home", "à l'hôpital"."""
    opened = next((at for at, word in enumerate(said) if word not in _COURTESY and word not in _PREPOSITIONS), 0)
    return said[opened:]


def _known(bare: list[str], options: Options) -> Match | None:
    positions = options.exact.get(" ".join(bare), ())
    if positions:
        return Match(positions)
    says_none = bare[0] in _NONE and all(word in _OF_THESE for word in bare[1:])
    if says_none and options.none is not None:
        return Match((options.none,))
    without = [place for place, choice in enumerate(options.choices) if plain_label(choice.label).startswith(_WITHOUT)]
    return Match((without[0],), sure=False) if says_none and len(without) == 1 else None  # "none" beside "No pain"


def _by_initial(plain: str, options: Options, locale: str) -> Match | None:
    """ "y", "n" and French "o" are yes and no wherever those are offered, whatever else begins so."""
    answers = plain in ("y", "n", "o") or means(plain) is not None
    return _by_yes_or_no(plain, options, locale) if answers and _has_plain_answer(options) else None


def _has_plain_answer(options: Options) -> bool:
    return any(word in options.exact for word in ("yes", "no", "oui", "non"))


def _by_letter_or_prefix(plain: str, options: Options) -> Match | None:
    if not plain or (plain[0].isdigit() and len(plain.split(" ")) == 1):
        return None
    by_letter = options.letters.get(plain)
    positions = dict.fromkeys([by_letter] if by_letter is not None else [])
    positions |= dict.fromkeys(_prefixed(plain, options))
    whole = " " in plain and not _has_plain_answer(options)  # "pas du tout" begins "Pas du tout d'accord"
    # ... but "no" is hardly "Not at all".
    sure = plain not in _DENIALS and (means(plain) is None or plain in ("y", "n") or whole)
    return Match(tuple(positions), sure=sure) if positions else None


def _prefixed(plain: str, options: Options) -> tuple[int, ...]:
    if not plain:
        return ()
    return tuple(dict.fromkeys(position for name, position in options.names if name.startswith(plain)))


def _by_yes_or_no(plain: str, options: Options, locale: str) -> Match | None:
    """ "Ouais" where one option is "Oui", "nan" where one is "Non"."""
    if (options.yes is None and options.no is None) or any(character.isdigit() for character in plain):
        return None
    outcome = read_boolean(plain, locale=locale)
    certain = outcome.kind is OutcomeKind.VALUE and _has_plain_answer(options)
    answers = (outcome.value,) if outcome.kind is OutcomeKind.VALUE else outcome.candidates
    positions = [options.yes if answer else options.no for answer in answers]
    found = tuple(position for position in positions if position is not None)
    return Match(found, sure=certain) if found else None


def _by_slip(said: Iterable[str], options: Options) -> Match | None:
    """The options one slip of the thumb away, with or without the courtesy around."""
    slips = [
        (min(slip(plain, name), _inflected(plain, name)), position)
        for plain in dict.fromkeys(said)
        for name, position in options.names
    ]
    near = sorted({found for found in slips if found[0] is not Slip.FAR})
    if not near:
        return None
    positions = tuple(dict.fromkeys(position for _, position in near))
    return Match(positions, sure=near[0][0] is Slip.KEY)


def _inflected(plain: str, name: str) -> Slip:
    """ "Others" is "Other"; "walking" is worth a question about "Walk"."""
    ending = plain.removeprefix(name) if len(name) >= 4 and name.isalpha() else ""
    return {"s": Slip.KEY, "ing": Slip.LETTER, "ed": Slip.LETTER, "er": Slip.LETTER}.get(ending, Slip.FAR)


def _by_part(said: list[str], options: Options) -> Match | None:
    """A label inside a sentence, or a sentence inside a label: always a question, and never against a negation."""
    inside = _contained(said, options)
    if inside:
        spoken = {word for position in inside for word in options.names[position][0].split(" ")}
        others = [word for word in said if word not in spoken and (word != "ne" or not spoken & _NEGATIONS)]
        if weigh(others) is Weight.DENIAL:
            return None
        positions = tuple(dict.fromkeys(options.names[position][1] for position in inside))
        return Match(positions, sure=False, together=True)
    bare = [word for word in said if word not in _COURTESY]
    if len(" ".join(bare)) < 4:
        return None
    parts = (bare, said)
    holding = dict.fromkeys(
        position for name, position in options.names if any(_holds(name.split(" "), part) for part in parts)
    )
    return Match(tuple(holding), sure=False) if holding else None


def _contained(said: list[str], options: Options) -> list[int]:
    """Indexes of the names that stand whole in what was said, without those that are part of a longer one."""
    found = [
        index
        for index, (name, _) in enumerate(options.names)
        if len(name) > 2 and not name.isdigit() and _holds(said, name.split(" "))
    ]
    names = [options.names[index][0].split(" ") for index in found]
    return [index for index, own in zip(found, names, strict=True) if not _is_part_of_another(own, names)]


def _is_part_of_another(own: list[str], names: Iterable[list[str]]) -> bool:
    return any(len(other) > len(own) and _holds(other, own) for other in names)


def _holds(words: list[str], part: list[str]) -> bool:
    size = len(part)
    return bool(part) and any(words[start : start + size] == part for start in range(len(words) - size + 1))
