"""What a patient answers to an appointment reminder: the digit asked for, or the words people use instead.

Pure. English and French are both read whatever the language of the reminder; accents, case, marks and courtesies do
not matter. A reply that names two choices, or says only that they cannot come, is not guessed at.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from app.conversations.choice_grammar import settled, wishes
from forms.parsing.signatures import without_signature


class Choice(StrEnum):
    """`CANNOT` says they will not come, but not whether to move or to cancel: it is asked back."""

    CONFIRM = "confirm"
    MOVE = "move"
    CANCEL = "cancel"
    PERSON = "person"
    CANNOT = "cannot"


DIGITS = {"1": Choice.CONFIRM, "2": Choice.MOVE, "3": Choice.CANCEL, "9": Choice.PERSON}
KEYS = {**DIGITS, "0": Choice.PERSON}  # on the phone, 0 reaches a person everywhere

_WORDS: dict[Choice, str] = {
    Choice.CONFIRM: """
yes|y|yep|yeah|yup|yes i will|yes i can|yes ill be there|yes i will be there|confirm|confirmed|i confirm|confirming
ill be there|i will be there|im coming|i am coming|ill come|i will come|see you then|see you|sounds good|perfect
one|coming|good|works for me|👍|✅|👌
oui|o|ouais|oui je viens|oui je serai la|oui jy serai|oui cest bon|oui je confirme|confirme|confirmer|je confirme
je serai la|jy serai|je viens|je viendrai|dac|daccord|cest bon|cest beau|parfait|entendu|bien sur|un|presente|present
""",
    Choice.MOVE: """
move|move it|reschedule|rescheduling|change|change it|change date|change the date|change my appointment
move my appointment|reschedule my appointment|another day|another time|another date|different day|different time
postpone|two|i need to reschedule|i want to reschedule|can i reschedule|can we reschedule
deplacer|deplace|deplacez|le deplacer|changer|changer la date|changer de date|changer mon rendez vous|reporter
reporte|reportez|remettre|autre date|une autre date|autre jour|un autre jour|autre moment|autre heure
deplacer mon rendez vous|deplacer le rendez vous|reporter mon rendez vous|deux|je veux deplacer|je dois deplacer
""",
    Choice.CANCEL: """
cancel|cancel it|cancel my appointment|cancel appointment|cancel the appointment|cancelled|i cancel|i want to cancel
i need to cancel|please cancel my appointment|three
annuler|annule|annulez|lannuler|annulation|annuler mon rendez vous|annuler le rendez vous|annulez mon rendez vous
jannule|je veux annuler|je dois annuler|je voudrais annuler|trois|annuler rendez vous|annuler rdv|annuler mon rdv
""",
    Choice.PERSON: """
person|a person|human|agent|operator|nurse|receptionist|someone|call me|call me back|please call|please call me
talk to someone|talk to a person|speak to someone|speak to a person|i have a question|question|nine
personne|une personne|humain|agent|agente|infirmiere|infirmier|reception|receptionniste|quelquun|appelez moi
rappelez moi|parler a quelquun|parler a une personne|jai une question|neuf
""",
    Choice.CANNOT: """
no|n|nope|nah|no i cant|no i cannot|i cant|i cannot|i cant come|i cannot come|i wont be there|i will not be there
cant make it|i cant make it|cannot make it|not coming|im not coming|i am not coming|unable
non|nan|je ne peux pas|je peux pas|je ne peux pas venir|je peux pas venir|je ne viens pas|je viens pas
je ne viendrai pas|je ne serai pas la|je serai pas la|impossible|pas possible|ca ne marche pas|pas capable
""",
}
_COURTESIES = frozenset(
    "please pls plz thanks thank thx ty ok okay hi hello sorry merci svp stp bonjour salut allo desole desolee".split()
)
_POLITE = re.compile(
    r"\b(?:thank you|thanks|merci)(?: (?:you|so|very|much|a lot|beaucoup|bien|bcp))*\b|\bsil (?:vous|te) plait\b"
)
_LONGEST_SIGNED = 400  # characters, with what a phone adds below
_LONGEST = 160  # characters; what is longer is a letter to a person, not a choice
_JOINED = frozenset("'’‘ʼ`´.\x00\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufe0f\ufeff")


def _table() -> dict[str, Choice]:
    return {
        phrase.strip(): choice
        for choice, phrases in _WORDS.items()
        for line in phrases.strip().splitlines()
        for phrase in line.split("|")
    }


_PHRASES = _table()


def read_choice(text: str) -> Choice | None:
    """What the reply chooses, or None when it cannot be told."""
    words = plain_words(without_signature(text) if len(text) <= _LONGEST_SIGNED else text)
    if " ".join(words) in _PHRASES:
        return _PHRASES[" ".join(words)]
    kept = [word for word in _POLITE.sub(" ", " ".join(words)).split() if word not in _COURTESIES]
    if not kept:
        return Choice.CONFIRM if {"ok", "okay"} & set(words) else None
    if len(kept) == 1 and kept[0] in DIGITS:
        return DIGITS[kept[0]]
    return _PHRASES.get(" ".join(kept)) or _digit_with_its_word(kept) or _in_a_sentence(kept)


def _in_a_sentence(words: list[str]) -> Choice | None:
    found = wishes(" ".join(words))
    wish = settled(found) if found else None
    return Choice(wish) if wish else None


def _digit_with_its_word(words: list[str]) -> Choice | None:
    """`1 oui`, `3 cancel`, `yes 1`: a digit and words that say the same."""
    for digit, rest in ((words[0], words[1:]), (words[-1], words[:-1])):
        first = DIGITS.get(digit)
        if first is not None and first is (_PHRASES.get(" ".join(rest)) or _in_a_sentence(rest)):
            return first
    return None


def is_courtesy(text: str) -> bool:
    """Thanks, or an "ok": words that need no answer."""
    words = plain_words(text)
    rest = _POLITE.sub(" ", " ".join(words)).split()
    return bool(words) and all(word in _COURTESIES or word in _SIGNS for word in rest)


_SIGNS = frozenset({"👍", "🙏", "❤", "😊", "🙂", "👌"})


def is_empty(text: str) -> bool:
    """Nothing a person could see was sent: spaces, invisible signs, null bytes."""
    return not any(character.isprintable() and not character.isspace() for character in text)


def plain_words(text: str) -> list[str]:
    """Lower-case words without accents or marks, digits of any script as 0-9; none for a text that is too long."""
    return [] if len(text) > _LONGEST else words_of(text)


def words_of(text: str) -> list[str]:
    """The same, however long the text."""
    folded = text.casefold()
    if folded.isascii():
        return folded.translate(_PLAIN_ASCII).split()
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(_plain(character) for character in decomposed if not unicodedata.combining(character)).split()


def _plain(character: str) -> str:
    if character in _JOINED or unicodedata.category(character) == "Sk":  # skin tones
        return ""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return character if character.isalnum() or unicodedata.category(character) == "So" else " "


_PLAIN_ASCII = {code: _plain(chr(code)) for code in range(128)}
