"""Words that steer the conversation instead of answering: understood in every language at once, never inside an answer.

A command is the whole message, whatever its case, accents and punctuation. An option's own words win over a command.
STOP for all messages belongs to the carriers and is dealt with before a reply gets here (channels.sms.keywords).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from forms.languages import match_language


class Command(StrEnum):
    BACK = "back"
    SKIP = "skip"
    HELP = "help"
    REPEAT = "repeat"
    PERSON = "person"
    STOP = "stop"
    RESTART = "restart"
    REVIEW = "review"
    KEEP = "keep"
    CHANGE = "change"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Steer:
    """A command, with the number of "change 3" or the language of "français"."""

    command: Command
    number: int = 0
    language: str = ""
    doubtful: bool = False  # the word is also an ordinary answer in its language ("personne": nobody)


_WORDS: Final = {
    Command.BACK: (
        "back, go back, previous, retour, revenir, reculer, precedent, precedente, question precedente, en arriere"
    ),
    Command.SKIP: (
        "skip, skip it, skip this, pass, next, passer, passe, sauter, saute, suivant, suivante, question suivante"
    ),
    Command.HELP: "help, help me, info, aide, aidez moi, aide moi, aidez-moi",
    Command.REPEAT: "repeat, again, say again, question, repeter, repete, repetez, encore, pardon",
    Command.PERSON: (
        "person, a person, human, agent, talk to a person, speak to a person, talk to someone, speak to someone, "
        "operator, personne, une personne, humain, parler a une personne, parler a quelqu un, quelqu un, "
        "un agent, une vraie personne"
    ),
    Command.STOP: "stop, quit, end, exit, arret, arreter, arrete, arretez, terminer, quitter, fin",
    Command.RESTART: (
        "restart, start over, start again, begin again, recommencer, recommence, reprendre du debut, du debut"
    ),
    Command.REVIEW: "review, my answers, answers, revoir, mes reponses, reponses, resume",
    Command.KEEP: "keep, keep it, same, no change, ok, okay, garder, garde, pareil, inchange, d accord",
}
_COMMANDS: Final = {word.strip(): command for command, words in _WORDS.items() for word in words.split(",")}
_CHANGE: Final = re.compile(
    r"(?:change|edit|correct|fix|changer|modifier|corriger|change la|changer la) ?(?:question |no |numero |#)?(\d{1,3})"
)
_DOUBTFUL: Final = frozenset({"personne", "une personne", "person", "a person", "quelqu un"})
_LANGUAGES: Final = {
    "english": "en", "anglais": "en", "in english": "en", "en anglais": "en", "ingles": "en", "en": "en",
    "francais": "fr", "french": "fr", "en francais": "fr", "in french": "fr", "frances": "fr", "fr": "fr",
    "espanol": "es", "spanish": "es", "espagnol": "es", "kiswahili": "sw", "swahili": "sw", "inuktitut": "iu",
    "nehiyawewin": "cr", "cree": "cr", "cri": "cr", "anishinaabemowin": "oj", "ojibwe": "oj", "innu": "moe",
    "innu aimun": "moe", "portugues": "pt", "deutsch": "de", "german": "de", "allemand": "de", "nederlands": "nl",
    "norsk": "nb", "arabic": "ar", "punjabi": "pa", "tagalog": "tl", "mikmaw": "mic", "dene": "chp",
}  # fmt: skip


def read_command(text: str, languages: tuple[str, ...] = ()) -> Steer | None:
    """The command a whole message is, if it is one. Languages other than `languages` are not switched to."""
    plain = plain_words(text)
    if not plain:
        return Steer(Command.HELP) if text.strip() in {"?", "??", "???"} else None
    command = _COMMANDS.get(plain)
    if command is not None:
        return Steer(command, doubtful=plain in _DOUBTFUL)
    change = _CHANGE.fullmatch(plain)
    if change:
        return Steer(Command.CHANGE, number=int(change.group(1)))
    tag = _LANGUAGES.get(plain)
    found = match_language(tag, languages) if tag else None
    return Steer(Command.LANGUAGE, language=found) if found else None


def plain_words(text: str) -> str:
    """Lower case, without accents and punctuation, single spaces; at most what a command could need."""
    if len(text) > 80:
        return ""
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded.replace("’", "'"))
        folded = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(_APART.sub(" ", folded).split())


_APART: Final = re.compile(r"(?:[^\w#]|_)+")
