"""Words of alarm in a free text: a life may be in danger, whatever was asked. Pure; English and French both read.

Lists of our own, needing clinical review: strong phrases only, since an alarm that is mostly false is soon ignored. A
"no" just before a phrase ("no chest pain", "pas de douleur") takes it back, except where somebody speaks of dying.
988, the Suicide Crisis Helpline, answers calls and texts everywhere in Canada, day and night, in English and French
(Public Health Agency of Canada, since 30 November 2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from app.conversations.choices import words_of


class Alarm(StrEnum):
    """What kind of help is said to be needed at once."""

    DANGER = "danger"
    SELF_HARM = "self_harm"


_SELF_HARM = """
kill myself|killing myself|want to die|wanna die|wish i was dead|wish i were dead|better off dead|end my life
ending my life|end it all|take my own life|taking my own life|commit suicide|suicide|suicidal|hurt myself
hurting myself|harm myself|harming myself|no reason to live|dont want to live|do not want to live
dont want to be here anymore|dont want to be alive
me tuer|me suicider|suicidaire|veux mourir|voudrais mourir|envie de mourir|en finir avec la vie|veux en finir
mettre fin a mes jours|menlever la vie|me faire du mal|plus envie de vivre|pas envie de vivre|veux plus vivre
voudrais etre mort|voudrais etre morte|mieux mort|mieux morte
"""
_DANGER = """
chest pain|chest pains|pain in my chest|pains in my chest|my chest hurts|chest is hurting|pressure in my chest
heart attack|having a stroke|cant breathe|cannot breathe|can not breathe|cant breath|cannot breath|trouble breathing
hard to breathe|struggling to breathe|not breathing|stopped breathing|unconscious|wont wake up|will not wake up
not waking up|passed out|overdose|overdosed|wont stop bleeding|cant stop bleeding|bleeding wont stop|having a seizure
having seizures|call 911|need an ambulance|send an ambulance|this is an emergency|its an emergency
im not safe|i am not safe|not safe at home
douleur a la poitrine|douleurs a la poitrine|mal a la poitrine|mal dans la poitrine|douleur dans la poitrine
serrement a la poitrine|pression dans la poitrine|douleur thoracique|crise cardiaque|crise de coeur|fais un avc
fait un avc|peux pas respirer|peux plus respirer|peut pas respirer|peut plus respirer|respire pas|respire plus
misere a respirer|difficulte a respirer|mal a respirer|sans connaissance|perdu connaissance|inconscient|inconsciente
se reveille pas|se reveille plus|surdose|arrete pas de saigner|arrete plus de saigner|besoin dune ambulance
envoyez une ambulance|appelez le 911|appelez une ambulance|cest une urgence|pas en securite
"""
_NEGATORS = frozenset("no not without never dont doesnt didnt havent hasnt pas sans aucun aucune jamais".split())
_BETWEEN = frozenset("have has had having any more real a the de du des eu trop".split())  # "no more chest pain"


def read_alarm(text: str, own: Sequence[str] = ()) -> Alarm | None:
    """The alarm a text raises, if any; `own` are phrases the clinic added, read like ours as signs of danger."""
    words = words_of(text)
    if _holds(words, _SELF_HARM_PHRASES, takes_no=False):
        return Alarm.SELF_HARM
    if _holds(words, _DANGER_PHRASES, takes_no=True) or (own and _holds(words, _by_first_word(own), takes_no=True)):
        return Alarm.DANGER
    return None


def _holds(words: list[str], phrases: Mapping[str, list[tuple[str, ...]]], *, takes_no: bool) -> bool:
    for at, word in enumerate(words):
        for phrase in phrases.get(word, ()):
            is_here = tuple(words[at : at + len(phrase)]) == phrase
            if is_here and not (takes_no and _is_taken_back(words[:at])):
                return True
    return False


def _by_first_word(phrases: Iterable[str]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in filter(None, (tuple(words_of(each)) for each in phrases)):
        found.setdefault(phrase[0], []).append(phrase)
    return found


def _is_taken_back(before: list[str]) -> bool:
    """Whether the last word that says something is a "no" of this phrase; "no I have ..." is not one."""
    last = next((word for word in reversed(before) if word not in _BETWEEN), None)
    return last in _NEGATORS


def _listed(table: str) -> list[str]:
    return [phrase for line in table.strip().splitlines() for phrase in line.split("|")]


_SELF_HARM_PHRASES = _by_first_word(_listed(_SELF_HARM))
_DANGER_PHRASES = _by_first_word(_listed(_DANGER))
