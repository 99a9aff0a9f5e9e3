"""Words by which a person opens and closes the line, and the words carriers act on by themselves.

Two questions, kept apart because their answers differ. `consent_word`: did the patient tell us to stop, to start
again, or ask for help? `carrier_word`: did the carrier already act on this text, whatever the patient meant?
"CANCEL" is the hard case: the carrier has blocked our number, and the patient most likely wants to cancel a visit.
It is no consent word here, so it still reaches the conversation, and `carrier_word` says that the line is closed.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from channels.sms.sentences import asks_to_stop, once, says_wrong_number
from forms.parsing.signatures import without_signature


class ConsentWord(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"


_STOP = """
stop|stopp|stoppp|stopall|stop all|unsubscribe|unsuscribe|unsubscibe|unsubcribe|unsubscrib|un subscribe|optout
opt out|opt me out|revoke|remove me
take me off|stop it|stop this|stop now|stop texting|stop texting me|stop text|stop texts|stop messages
stop messaging me|stop sms|stop msg|stop msgs|stop sending|stop sending messages|stop contacting me|stop calling
stop calling me|stop everything|do not text|do not text me|dont text|dont text me|do not message me
dont message me|do not contact me|dont contact me|no more texts|no more messages|no more sms|leave me alone
arret|arrete|arretes|arretez|arreter|arrett|arretter|desabonner|desabonnement|desabonnez moi|me desabonner
desinscrire|desinscription|me desinscrire|retirez moi|arretez de mecrire|arretez de me texter
arretez de menvoyer des messages|arretez de menvoyer des textos|arretez les messages|arretez les textos
arret des messages|arret des textos|stop aux messages|ne mecrivez plus|ne me textez plus|ne menvoyez plus rien
ne me contactez plus|plus de messages|plus de textos|laissez moi tranquille|foutez moi la paix
"""
_START = """
start|unstop|un stop|optin|opt in|opt me in|subscribe|resubscribe|re subscribe|start again|start texting me
start sending again|reprendre|reprenez|commencer|commencez|abonnez moi|demarrer|reabonner|me reabonner|reabonnez moi
abonner|sabonner
reinscrire|me reinscrire
"""
_HELP = "help|help me|info|infos|information|aide|aidez moi|a laide|besoin daide|i need help|need help|jai besoin daide"
_WRONG_NUMBER = """
wrong number|wrong person|wrong phone|you have the wrong number|you have wrong number|you got the wrong number
not my number|this is the wrong number|this is a wrong number|its the wrong number|i think you have the wrong number
mauvais numero|faux numero|erreur de numero|pas le bon numero|ce nest pas le bon numero|cest pas le bon numero
vous avez le mauvais numero|vous avez un mauvais numero|vous vous trompez de numero|mauvaise personne
pas la bonne personne|cest un faux numero|cest le mauvais numero
"""
_COURTESIES = """
please|pls|plz|thanks|thank you|thx|ok|okay|now|hi|hello|sorry|svp|stp|merci|sil vous plait|sil te plait|bonjour
desole
"""
_BETWEEN = "and|so|then|just|but|et|donc|alors|puis|mais|je vous prie"
_FRENCH = re.compile(
    r"\b(?:arret|cess|desabonn|desinscri|reabonn|abonn|sabonn|reinscri|demarr|commenc|reprend|reprenez|mauvais|faux|numero"
    r"|erreur|personne|tromp|texto|ecri|mecri|texte[rz]|textez|menv|mappel|laisse|foutez|retire|enleve|otez|supprime"
    r"|effacez|sortez|aide|laide|daide|besoin|veux|veuillez|merci|svp|stp|plait|bonjour|desole|plus de|aux|pas)"
)
_EITHER_LANGUAGE = frozenset("stop stopp stoppp start unstop info infos information sms ok".split())
_CARRIER_STOP = """
stop|stopall|stop all|unsubscribe|cancel|end|quit|revoke|optout|opt-out|remove|td|arret|arrete|arrett|arrêt|arrête
arrêté
"""
_CARRIER_START = "start|yes|unstop"
_CARRIER_HELP = "help|info|aide"


def _split(table: str) -> frozenset[str]:
    return frozenset(table.strip().replace("\n", "|").split("|"))


_CONSENT_WORDS: dict[str, ConsentWord] = {
    **dict.fromkeys(_split(_STOP), ConsentWord.STOP),
    **dict.fromkeys(_split(_START), ConsentWord.START),
    **dict.fromkeys(_split(_HELP), ConsentWord.HELP),
}
# One-word messages that a carrier acts on without asking us. Sources: Twilio messaging/tutorials/advanced-opt-out
# (STOP UNSUBSCRIBE END QUIT STOPALL REVOKE OPTOUT CANCEL; START YES UNSTOP; HELP INFO), Twilio's proxy/opt-out-keywords
# (ARRET ARRETE ARRETT), AWS End User Messaging "Required opt-out keywords" (ARRET OPT-OUT REMOVE TD), Telnyx
# "advanced opt-in/out" (STOP ALL). AIDE is required beside HELP in Canada.
CARRIER_WORDS: dict[str, ConsentWord] = {
    **dict.fromkeys(_split(_CARRIER_STOP), ConsentWord.STOP),
    **dict.fromkeys(_split(_CARRIER_START), ConsentWord.START),
    **dict.fromkeys(_split(_CARRIER_HELP), ConsentWord.HELP),
}
_WRONG_NUMBERS = _split(_WRONG_NUMBER)
_COURTESY_WORDS = "|".join(sorted(_split(_COURTESIES)))
_COURTESY = re.compile(f"^(?:{_COURTESY_WORDS}) | (?:{_COURTESY_WORDS})$")
_JOINING = _split(_BETWEEN) | _split(_COURTESIES)
# One of these is in every such text: others are not taken apart.
_HINT = re.compile(
    r"wrong|isnt|not (?:my|her|his|their|the)|stop|quit|cease|dont|do not|never|no longer|no more|unsub"
    r"|opt ?(?:me )?out|revoke|remove|delete|take|alone|numero|personne|arret|cess|desabonn|desinscri|mecri|texte"
    r"|contacte|menvoi|menvoy|mappel|plus|assez|fin des|enleve|retire|otez|supprime|efface|sortez|laissez|paix"
)
_MOST_WORDS = 20
_LONGEST_SIGNED = 400  # characters, with what a phone adds below
_LONGEST = 120  # characters; a longer text is a letter, not a keyword


def consent_word(text: str) -> ConsentWord | None:
    """What the patient asks of the line itself, in English or French, accents, case, marks and "please" aside.

    Comes before any routing. CANCEL, END, QUIT and YES are answers, not consent words: see `carrier_word`.
    """
    plain = _plain(text)
    word = _CONSENT_WORDS.get(plain) or _CONSENT_WORDS.get(once(plain))
    if word is None and (asks_to_stop(plain) or _Wish.STOP in _wishes(_plain(_spelled_out(text)))):
        return ConsentWord.STOP
    return word


def carrier_word(text: str) -> ConsentWord | None:
    """What carriers do by themselves on this text: STOP closes the line, START opens it, HELP answers.

    Only a message that is the word and nothing else counts, as at the carriers; case is ignored.
    """
    return CARRIER_WORDS.get(text.strip().casefold()) if len(text) <= _LONGEST else None


def is_closing_word(text: str) -> bool:
    """END, QUIT, REMOVE, OPTOUT: what closes a line at the carriers by the word alone. CANCEL is not among them: it is
    a wish about an appointment."""
    word = _plain(text)
    return word != "cancel" and CARRIER_WORDS.get(word) is ConsentWord.STOP


def is_wrong_number(text: str) -> bool:
    """Does the person who holds this phone say that they are not the one we write to?"""
    plain = _plain(_spelled_out(text))
    return _is_wrong(plain) or _Wish.WRONG_NUMBER in _wishes(plain)


def line_language(text: str) -> str | None:
    """The language ("fr", "en") of a text about the line itself; None for other texts, and for words that both
    languages use ("STOP")."""
    if consent_word(text) is None and not is_wrong_number(text):
        return None
    words = _words(text)
    if _FRENCH.search(words):
        return "fr"
    return None if _EITHER_LANGUAGE.issuperset(once(words).split()) else "en"


def _spelled_out(text: str) -> str:
    return text.replace("#", " number ")


class _Wish(StrEnum):
    STOP = "stop"
    WRONG_NUMBER = "wrong_number"


def _wishes(plain: str) -> frozenset[_Wish]:
    """What a text says that is nothing but such wishes, one after the other: "wrong number please stop", "stop arret".
    Every word must belong to one: "wrong number of pills" is none."""
    words = plain.split()
    if not 1 < len(words) <= _MOST_WORDS or not _HINT.search(plain):
        return frozenset()
    reached: dict[int, frozenset[_Wish]] = {0: frozenset()}
    for begin in range(len(words)):
        for end in range(begin + 1, len(words) + 1) if begin in reached else ():
            is_between = begin > 0 and end < len(words)
            found = _wish(" ".join(words[begin:end]), is_between=is_between)
            if found is not None:
                reached[end] = reached.get(end, found) | reached[begin] | found
    return reached.get(len(words), frozenset())


def _wish(part: str, *, is_between: bool) -> frozenset[_Wish] | None:
    """The wish these words are; nothing for a courtesy or a joining word between two; None for other words."""
    if is_between and part in _JOINING:
        return frozenset()
    if _CONSENT_WORDS.get(once(part)) is ConsentWord.STOP or asks_to_stop(part):
        return frozenset({_Wish.STOP})
    return frozenset({_Wish.WRONG_NUMBER}) if _is_wrong(part) else None


def _is_wrong(plain: str) -> bool:
    return plain in _WRONG_NUMBERS or says_wrong_number(plain)


# Marks inside a word vanish ("d'aide", "s.v.p."), and so do the invisible signs that some phones add.
_JOINED = "'’‘ʼ`´.\x00\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
_NOTHING = dict.fromkeys(map(ord, _JOINED))
_APART = re.compile(r"[\W_]+")


def _plain(text: str) -> str:
    """Lower-case words without accents, marks or courtesies: "Arrêtez, s.v.p. !" becomes "arretez"."""
    return _without_courtesy(_words(text))


def _words(text: str) -> str:
    text = without_signature(text) if len(text) <= _LONGEST_SIGNED else text
    if len(text) > _LONGEST:
        return ""
    if text.isascii() and text.isalnum():
        return text.lower()
    letters = text.casefold()
    if not letters.isascii():
        letters = "".join(c for c in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(c))
    return " ".join(_APART.sub(" ", letters.translate(_NOTHING)).split())


def _without_courtesy(words: str) -> str:
    while (shorter := _COURTESY.sub("", words, count=1)) != words:
        words = shorter
    return words
