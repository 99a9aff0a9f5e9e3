"""What the words around an answer do to it: nothing, doubt it, bound it, deny it.

"It is 5 please" is 5. "5?" and "5 or more" are questions back. "not 5" is no answer. One table serves both
languages, because people mix them.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from forms.parsing.fold import phrases, split

if TYPE_CHECKING:
    from collections.abc import Iterable


class Weight(IntEnum):
    """How much the other words weigh, from nothing to everything."""

    NOTHING = 0  # courtesy and grammar only: the answer stands
    DOUBT = 1  # unknown words, "more than", "or": ask
    DENIAL = 2  # a negation, or a whole letter: not an answer


_FILLER = """
please pls plz thanks thank thx you hi hello ok okay well um uh so oh sorry sir madam doctor nurse dear and also
it its is was were be been am are this that these those there here the a an my mine our your his her their he she they
we i im ive ill id me us to for of at on in with the has have had having take took taken taking took got get
gave give given do did does done feel felt feeling read reads reading says say said shows show measured measure
measuring weigh weighs weighed check checked answer reply number response would will be equals equal around about
approximately approx roughly exactly just only precisely now currently right still today total overall all
temperature temp fever weight height pain score level pulse rate heart blood pressure sugar glucose oxygen age aged
value result reading saturation sat sats probably as usual usually
svp stp sil vous te plait merci bonjour bonsoir allo salut desole docteur infirmiere monsieur madame voici voila alors
donc ben bon et aussi ca cest cetait est etait il elle on nous ils elles je j jai jen jy j'ai ai as avons avez ont eu
avais avait la le les l un une des du de d au aux en y mon ma mes notre votre vos nos son sa ses ce cet cette ces me
pour par avec chez a fait fais pris prend prends prise mesure mesuree pese pesee indique affiche marque lu dit sent
sens
environ autour vers approximativement juste seulement exactement actuellement maintenant presentement
reponse numero nombre chiffre egal egale total toujours encore
jpese fievre poids taille douleur niveau pouls rythme coeur coeur pression sang sucre glycemie oxygene age valeur
resultat
very much lol haha beaucoup altogether theres theyre them id mettons disons dirais seul seule seuls seules
probablement suis sommes etes sont etre serait sera
"""
_BOUND = """
more less over under above below than least most almost nearly up maximum minimum max min or maybe perhaps possibly
think guess believe suppose between plus moins presque moindre superieur inferieur ou peut peutetre etre crois pense
suppose entre jusqua jusque maximum minimum au-dela dessus dessous if unless but except si mais sauf some few several
by from quelques plusieurs couple soit either
"""
_DENIAL = """
not no dont didnt doesnt isnt wasnt havent hasnt cant cannot wont never none nothing without neither nor nope
pas non jamais sans ne n nai nest netait aucun aucune rien ni peu
gang tas tonne tonnes bunch bande
"""
_FILLERS = split(_FILLER)
_BOUNDS = split(_BOUND)
_DENIALS = split(_DENIAL)
_MANY = 3  # unknown words; more of them tell a story, and a number in a story is not an answer


def weigh(words: Iterable[str], extra: frozenset[str] = frozenset()) -> Weight:
    """What `words` do to the answer they stand around; `extra` are further words that do nothing."""
    unknown = 0
    doubt = False
    for word in words:
        if word in extra:
            continue
        if word in _DENIALS:
            return Weight.DENIAL
        if word in _BOUNDS:
            doubt = True
        elif word not in _FILLERS:
            unknown += 1
    if unknown > _MANY:
        return Weight.DENIAL
    return Weight.DOUBT if doubt or unknown else Weight.NOTHING


_UNSURE = """
i dont know|dont know|dunno|i dunno|idk|i do not know|do not know|not sure|im not sure|i am not sure|unsure|im unsure
i am unsure|uncertain|no idea|i have no idea|no clue|i have no clue|not a clue|who knows|god knows|i really dont know
i dont really know|really not sure|hard to say|cant say|cannot say|dont remember|i dont remember|i forget|forgot
i forgot
cant remember|i cant remember|i cant recall|dont recall|i dont recall
je sais pas|je ne sais pas|sais pas|chais pas|chai pas|jsais pas|j sais pas|sais po|jsp|ne sais pas|je ne sais plus
je sais plus|jsais plus|aucune idee|je nai aucune idee|jai aucune idee|pas sur|pas sure|pas certain|pas certaine
je ne suis pas sur|je suis pas sur|je suis pas sure|je ne suis pas sure|chu pas sur|chu pas sure|jsuis pas sur
jsuis pas sure|je ne suis pas certain|je ne suis pas certaine|je suis pas certain|je suis pas certaine|incertain
incertaine|je ne me souviens pas|je me souviens pas|je me souviens plus|je ne me souviens plus|je men souviens pas
je men souviens plus|je ne men souviens plus|je ne men souviens pas|je me rappelle pas|je me rappelle plus
je ne me rappelle pas|je ne me rappelle plus|jai oublie|difficile a dire|bonne question|good question
"""
_HEDGES = """
maybe|perhaps|peut etre|possibly|possible|possiblement|ca depend|it depends|depends|maybe so|peut etre bien|on verra
"""
_KNOWING = re.compile(r"know|dunno|idk|idea|clue|sai|chai|jsp|idee")
_HEDGE_PHRASES = phrases(_HEDGES)
_UNSURE_PHRASES = phrases(_UNSURE) | _HEDGE_PHRASES


def is_unsure(plain: str) -> bool:
    """Does the patient say that they do not know?"""
    return plain in _UNSURE_PHRASES


def is_hedge(plain: str) -> bool:
    """ "Maybe", "it depends": less than "I don't know"."""
    return plain in _HEDGE_PHRASES


def knows_not(plain: str) -> bool:
    """ "I don't know" rather than "not sure"."""
    return _KNOWING.search(plain) is not None


def is_known(word: str) -> bool:
    """Is it a word of this table, so that it is no other word with a slip in it?"""
    return word in _FILLERS or word in _BOUNDS or word in _DENIALS
