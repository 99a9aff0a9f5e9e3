"""Sentences people answer a reminder with, read as a row of wishes: "can't make it, can we do another day" is two.

Every word has to belong to a wish; one word more ("don't cancel", "yes but late") and nothing is read, so that the
patient is asked again rather than guessed at. The words are plain: lower case, no accents, no marks, no courtesy.
"""

from __future__ import annotations

import re

CONFIRM, MOVE, CANCEL, PERSON, CANNOT = "confirm", "move", "cancel", "person", "cannot"

_ASKING = (
    r"(?:(?:i|we) (?:just )?(?:need|want|have|would like|must|got|am going|will have|might have|may have"
    r"|will need)(?: to)? "
    r"|(?:id|wed) (?:like|want|love)(?: to)? |(?:ill|well) have to |(?:need|want|have|like)(?: to)? "
    r"|(?:can|could|may) (?:i|we|you|u|someone|somebody|they) |(?:is it|would it be) possible to "
    r"|(?:il )?(?:faut|faudrait|va falloir) (?:que )?(?:(?:je|j|on|nous|vous) )?"
    r"|(?:je|j|jvais|on|nous) ?(?:veux|dois|voudrais|peux|aimerais|souhaite|vais|veut|doit|peut|pourrait"
    r"|voudrait|aimerait)"
    r"(?: tu)?(?: devoir)? |(?:est ce que|est ce quon|esce que|es ce que) (?:(?:je|on|vous) )?"
    r"(?:(?:peux|peut|pouvez|pourrais|pourrait|pourriez) )?|(?:pouvez|pourriez|peut|pourrait|puis) (?:vous|on|je) "
    r"|(?:est|serait|cest|ce serait|cest tu) (?:il )?possible (?:de )?|(?:jai |jaurais )?besoin (?:de |d)?)?"
)
_VISIT = (
    r"appointment|appointments|appt|apt|apointment|appoinment|visit|date|time|day|rendez|vous|rdv|jour"
    r"|journee|heure|moment"
)
_ITS = (
    rf"(?: (?:it|that|this|my|the|our|mon|ma|le|la|les|l|to|a|an|for|pour|une?|another|different|other|new|autre|de|d"
    rf"|dheure|lheure|later|plus|tard|notre|on|{_VISIT}))*"
)
_OTHER = (
    rf"(?:(?:a|an|une?|do|have|come|get|for|avoir|venir|book|prendre|d) )*(?:another|other|different|new|autre|dautre"
    rf"|nouvelle|nouveau|differente?)(?: (?:{_VISIT}))+"
)
_SOMEONE = (
    r"(?:(?:a|an|the|my|some|une?|la|le|mon|ma|des|vraie?|real|avec) )*(?:someone|somebody|anyone|person|human"
    r"|nurse|doctor"
    r"|receptionist|clinic|quelquun|personne|humain|agent|agente|infirmiere|infirmier|linfirmiere"
    r"|receptionniste|clinique"
    r"|medecin|docteur)"
)
_COME = (
    r"(?:come|coming|make it|make my appointment|make the appointment|make that|be there|attend|go|going"
    r"|do it|be able to come)"
)
_COME_FR = (
    r"(?:venir|y aller|aller|me presenter|etre la|etre present|etre presente|y etre|la|capable"
    r"|disponible|libre|present)"
)
_NOT = (
    r"cant|cannot|can not|wont|will not|couldnt|not able to|wont be able to|will not be able to|unable to"
    r"|am unable to"
    r"|am not able to|im not able to|im unable to|am not|are not|arent"
)
_RULES: tuple[tuple[str, str], ...] = (
    (
        CANNOT,
        (
            rf"(?:(?:i|we|im|were|sorry) )?(?:(?:{_NOT}|not) {_COME}|cant|cannot|can not|wont|am unable"
            rf"|unable)(?: (?:that|this|on that)"
            r" (?:day|date|time))?"
        ),
    ),
    (
        CANNOT,
        (
            rf"(?:(?:je|j|on|nous|jserai|jpeux) ?)?(?:ne )?(?:peux|peut|pouvons|pourrai|pourrais|pourra|pourrons"
            rf"|viens|vient|viendrai"
            rf"|viendra|viendrais|vais|serai|serais|sera|suis|)(?<![a-z]j) ?pas(?: {_COME_FR})+"
        ),
    ),
    (
        CANNOT,
        (
            r"(?:(?:je|j|on|nous) ?)?(?:ne )?(?:peux|peut|pourrai|pourrais|pourra|viens|vient|viendrai|viendrais"
            r"|viendra) pas"
        ),
    ),
    (CANNOT, r"(?:nope|nop|nah|no|non|nan|n|👎)"),
    (
        CANNOT,
        (
            r"(?:impossible|pas possible|ca ne marche pas|ca marche pas|doesnt work|does not work"
            r"|that doesnt work)"
        ),
    ),
    (
        MOVE,
        (
            rf"{_ASKING}(?:reschedule|rebook|resched|move|change|postpone|switch|deplace[rz]?|change[rz]?"
            rf"|reporte[rz]?){_ITS}"
        ),
    ),
    (MOVE, rf"{_ASKING}remett(?:re|ez)(?= |$){_ITS}|{_ASKING}{_OTHER}"),
    (CANCEL, rf"{_ASKING}(?:cancel|annule[rz]?|jannule|cancelled|canceled){_ITS}"),
    (PERSON, rf"{_ASKING}(?:call|phone|ring|contact) me(?: back)?|{_ASKING}give me a (?:call|ring|shout)"),
    (PERSON, rf"{_ASKING}(?:talk|speak|chat) (?:to|with) {_SOMEONE}|{_ASKING}(?:parler|parle) (?:a|avec) {_SOMEONE}"),
    (PERSON, rf"{_ASKING}(?:mappeler|me rappeler|me telephoner|mappele[rz]|me contacter)"),
    (PERSON, r"(?:appele[rz]|appelle|rappele[rz]|rappelle|telephone[rz]|contacte[rz]) moi"),
    (PERSON, rf"{_ASKING}(?:(?:a|une?|some|des|few|quick|have) )*questions?|jai (?:une?|des) questions?"),
    (
        CONFIRM,
        (
            r"(?:(?:i|we|ill|well|im|were) )?(?:(?:will|can|am|are|be|will be|shall) )*(?:be there|come|coming"
            r"|make it|attend)"
        ),
    ),
    (
        CONFIRM,
        (
            r"(?:(?:je|j|jy|on|nous|jvais) ?)?(?:y )?(?:serai|sera|serons|serais)(?: (?:la|present|presente"
            r"|presents))?"
            r"|(?:je|on|nous) (?:viens|vient|venons|viendrai|viendra|viendrons)"
            r"|(?:je vais|jvais|on va|nous allons) (?:y )?(?:etre|aller|venir)(?: la)?|jy vais"
        ),
    ),
    (
        CONFIRM,
        (
            r"(?:see|c) (?:you|u|ya)(?: (?:all|then|there|soon|tomorrow|monday|tuesday|wednesday|thursday"
            r"|friday))?"
        ),
    ),
    (
        CONFIRM,
        (
            r"(?:(?:that|thats|that is|it|this|the|its) )?(?:(?:time|date|day) )?(?:works|is )?(?:for (?:me|us)"
            r"|good|fine|great|perfect|ok)"
            r"|(?:that|it|this)(?: (?:time|date|day))? works(?: (?:for (?:me|us)|great|fine|well|good))?"
        ),
    ),
    (
        CONFIRM,
        (
            r"(?:ca|cela) (?:me )?(?:marche|va|convient|fait)(?: (?:pour moi|tres|super))*|cest (?:bon|beau|correct"
            r"|parfait|ok)"
        ),
    ),
    (CONFIRM, r"(?:i |je |jai )?(?:confirme?|confirmed|confirmer|confirming|recu|parfait|perfect|entendu|bien recu)"),
    (
        CONFIRM,
        (
            r"(?:yes|yep|yeah|ya|yup|yea|yessir|sure|for sure|of course|definitely|certainly|absolutely|great|y|oui"
            r"|ouais|o|ben oui"
            r"|mais oui|bien sur|certainement|absolument|pour sur|sans faute|sans probleme|✅|👍|👌|dac|daccord"
            r"|d accord)"
        ),
    ),
)
_COMPILED = [(kind, re.compile(rf"(?:{rule})(?= |$)")) for kind, rule in _RULES]
_LINK = re.compile(r"(?:and|so|then|but|et|pis|alors|donc|mais|madame|monsieur|sir|maam|au) ?")
_NO_NEED = re.compile(r"\b(?:no need|pas besoin)\b")
_MOST = 6  # wishes in one reply


def wishes(plain: str) -> frozenset[str] | None:
    """The kinds of wishes that the words are made of, or None when something is left over."""
    if _NO_NEED.search(plain):
        return None
    found: set[str] = set()
    place = 0
    for _ in range(2 * _MOST):
        if place >= len(plain):
            break
        kind, end = _longest(plain, place)
        link = _LINK.match(plain, place)
        if kind:
            found.add(kind)
            place = end + 1
        elif link and found:
            place = link.end()
        else:
            return None
    return frozenset(found) if place >= len(plain) and not plain.endswith((" but", " mais")) else None


def _longest(plain: str, place: int) -> tuple[str, int]:
    best = ("", place)
    for kind, rule in _COMPILED:
        matched = rule.match(plain, place)
        if matched and matched.end() > best[1]:
            best = (kind, matched.end())
    return best


def settled(found: frozenset[str]) -> str | None:
    """The one wish of a reply: what they want instead counts, not that they cannot come; yes and a change do not go."""
    left = found - {CANNOT} if len(found) > 1 else found
    if left in ({PERSON, MOVE}, {PERSON, CANCEL}):
        return PERSON
    if len(left) != 1 or (CANNOT in found and CONFIRM in found):
        return None
    return next(iter(left))
