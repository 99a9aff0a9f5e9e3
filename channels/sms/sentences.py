"""Whole sentences by which people close the line or say that the number is not theirs, in English and French.

A sentence counts only when every word of it belongs to such a wish: "please stop texting me" does, "I had to stop
working" does not. The words are plain: lower case, no accents, no marks, no courtesy (see `keywords`).
"""

from __future__ import annotations

import re

_TEXTS = r"texts?|texting|txts?|messages?|messaging|msgs?|sms|reminders?|textos?|rappels?|messages? textes?"
_THESE = r"the|these|those|this|that|any|more|all|your|ces|les|des|vos|aux|de|ce|tous|toutes"
_AT_ME = r"me|us|here|now|again|anymore|to this number|this number|please|svp|immediately|maintenant|moi|nous"
_SENDING = r"sending|texting|messaging|contacting|writing|calling|bothering|spamming|to"
_WRITING_FR = (
    r"mecrire|me texter|me contacter|mappeler|menvoyer|me deranger|nous ecrire|nous texter|ecrire|texter"
    r"|envoyer|denvoyer"
    r"|de mecrire|de me texter|de me contacter|de mappeler|de menvoyer|de me deranger|decrire|de texter"
)
_WISH = (
    r"(?:(?:i|we) )?(?:want|wish|would like|need) to |(?:id|wed) like to |please |can you |could you |you can "
    r"|will you "
    r"|je (?:veux|voudrais|souhaite|desire|aimerais) |jaimerais |veuillez |merci de |merci d |pouvez vous "
    r"|pourriez vous |svp "
)
_STOP = (
    (
        rf"(?:{_WISH})?(?:stop|quit|cease)(?: (?:{_SENDING}|{_THESE}|{_AT_ME}))* (?:{_TEXTS}|{_SENDING})"
        rf"(?: (?:{_TEXTS}|{_THESE}|{_AT_ME}))*"
    ),
    rf"stop (?:{_THESE}|{_TEXTS})(?: (?:{_THESE}|{_TEXTS}))* (?:{_TEXTS})|stop (?:{_TEXTS})",
    (
        rf"(?:please )?(?:do not|dont|never) (?:text|message|contact|write|call|send)(?: (?:to|{_TEXTS}|{_THESE}"
        rf"|{_AT_ME}|any more))*"
    ),
    (
        rf"(?:i|we) (?:do not|dont|no longer) want(?: to (?:get|receive))?(?: (?:{_THESE}"
        rf"|any more))* (?:{_TEXTS})(?: anymore)?"
    ),
    rf"no more (?:{_TEXTS})(?: (?:{_AT_ME}))*",
    (
        r"(?:please |can you |could you )?(?:take (?:me|my number|this number) (?=off|from|of)|(?:remove|delete) "
        r"(?:me|my number|my phone number|this number) ?)"
        r"(?:(?:off|from|of)(?: (?:your|the|this|my))?(?: (?:list|texting list|system|texts|messages"
        r"|records list))?)?"
    ),
    rf"(?:{_WISH})?(?:unsubscribe|opt out|be removed|optout)(?: (?:me|us|from|of|{_THESE}|{_TEXTS}|list|please))*",
    (
        rf"(?:{_WISH})?(?:arret|arrete[rsz]?|cesse[rz]?|stop|stopper|stoppez)(?: (?:{_WRITING_FR}|{_THESE}|{_TEXTS}"
        rf"|{_AT_ME}))*"
        rf" (?:{_WRITING_FR}|{_TEXTS})(?: (?:{_THESE}|{_TEXTS}|{_AT_ME}))*"
    ),
    r"(?:(?:veuillez |merci de |svp )(?:arrete[rz]|cesse[rz])|darreter)",
    (
        rf"(?:ne )?(?:mecri[vs]ez|mecris|me textez|me texte|menvoyez|menvoie|me contactez|mappelez) (?:plus|pas)"
        rf"(?: (?:rien|jamais|{_THESE}|{_TEXTS}))*"
    ),
    rf"(?:je |jen |j )(?:ne )?(?:veux|voudrais) (?:plus|pas)(?: recevoir)?(?: (?:{_THESE}))* (?:{_TEXTS})",
    rf"plus de (?:{_TEXTS})|fin des (?:{_TEXTS})|assez de (?:{_TEXTS})",
    (
        r"(?:enlevez|enleve|retirez|retire|otez|supprimez|effacez|sortez) (?:moi|mon numero|mon nom)"
        r"(?: (?:de|du)(?: (?:la|votre|cette|vos))?(?: (?:liste|listes|systeme))?)?"
    ),
    rf"(?:{_WISH})?(?:(?:me|se|nous) )?desabonne[rz]?(?: (?:moi|nous|de|{_THESE}|{_TEXTS}|liste|cette|la|votre))*",
    rf"(?:{_WISH})?(?:(?:me|se) )?desinscri(?:re|vez)(?: (?:moi|de|{_THESE}|{_TEXTS}|liste|la|votre))*",
)
_WRONG = (
    (
        r"(?:(?:i think|i believe|im afraid|hey|no|not me|its|this is|that is|thats|i am|u|you) )*"
        r"(?:(?:you|u|youve|youre) )?(?:(?:have|got|texted|called|dialed|reached|contacted|are|re|texting"
        r"|contacting|calling) )*"
        r"(?:(?:the|a) )?wrong (?:number|person|phone|phone number|num|cell|guy|lady|patient)"
    ),
    (
        r"(?:(?:this|that|it|its|thats|it is) )?(?:is not|isnt|not) (?:my|her|his|their|the right|the correct"
        r"|the good) "
        r"(?:number|phone|phone number|cell|person)"
    ),
    (
        r"(?:(?:je pense|je crois|jpense|non|ben|que|vous|tu|avez|as|cest|ce|c|est|un|une|le|la|erreur) )*"
        r"(?:mauvais numero|faux numero|mauvaise personne)"
    ),
    (
        r"(?:(?:je pense|je crois|que|non) )*(?:vous vous|tu te|tu tes|vous vous etes) tromp(?:ez|es|e|er|ee) de "
        r"(?:numero|personne)"
    ),
    (
        r"(?:(?:je pense|je crois|que|vous|tu|navez|nas|avez|as|cest|ce|nest|non) )*pas (?:le bon numero"
        r"|la bonne personne"
        r"|mon numero|son numero)"
    ),
    r"erreur de numero",
)
_STOP_RULES = [re.compile(rule) for rule in _STOP]
_WRONG_RULES = [re.compile(rule) for rule in _WRONG]
_RUN = re.compile(r"(\w)\1{2,}")  # "stoooop"
_TWICE = re.compile(r"\b(\w+)(?: \1\b)+")  # "stop stop stop"


def once(plain: str) -> str:
    """Words and letters that were repeated for emphasis, once."""
    return _TWICE.sub(r"\1", _RUN.sub(r"\1", plain))


def asks_to_stop(plain: str) -> bool:
    return any(rule.fullmatch(plain) for rule in _STOP_RULES)


def says_wrong_number(plain: str) -> bool:
    return any(rule.fullmatch(plain) for rule in _WRONG_RULES)
