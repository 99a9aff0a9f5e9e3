"""Yes and no as people say them: "ouais", "nan", "yep", "pas du tout", "yes, since Monday"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forms.parsing import say
from forms.parsing.fold import phrases, split, words
from forms.parsing.leftover import is_unsure
from forms.parsing.outcomes import ask, kept, none
from forms.parsing.spec import Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

_YES = """
yes|y|yea|yeah|yeh|ye|yah|ya|yep|yup|yupp|yess|yse|yas|uh huh|uhuh|mhm|mm hmm|sure|sure thing|of course
definitely|absolutely|certainly|correct|right|thats right|that is right|true|affirmative|indeed|for sure|exactly
i do|i am|i did|i have|i will|i can|i was|it is|it does|it did|it has|yes i do|yes i am|yes i did|yes i have
yes it is|yes it does|yes it did|yes it has|yes we do|yes we did|yes he is|yes she is|yes he does|yes she does
he does|she does|he is|she is|we do|we are|we did|they are|they do|yes that is right|yes thats right|i agree
agreed|totally|very much|very much so|a hundred percent|hell yes|oh yes|yes of course|yes sure|yes yes
yes yes yes|yes definitely|yes sir|yes maam|👍|✅|✔|☑|oui|ui|oiu|ouii|uoi|wi|oue|ouai|ouais|ouaip|ouep
ouin ouin oui|mais oui|ben oui|bah oui|eh oui|he oui|oh oui|oui oui|bien sur|bien sur que oui|certainement
tout a fait|absolument|exact|exactement|cest exact|cest vrai|vrai|daccord|d accord|dac|ok daccord|cest ca
cest bien ca|oui cest ca|oui bien sur|oui tout a fait|oui absolument|oui monsieur|oui madame|oui daccord
oui certainement|volontiers|avec plaisir|evidemment|effectivement|en effet|affirmatif|cest oui|jen ai|jen prends
oui jen ai|oui jen prends|oui jai|je le suis|oui je le suis|certes|bin oui|bein oui|bein ouais|ah oui|hell yeah
yessir|aye|tout a fait daccord|oui ok|yes ok|ok oui|ok yes|yass|yh|yeppers|yuppers|you bet|ya bet|you betcha|yes siree
thats correct|that is correct|sure do|sure am|i sure do|i sure am|100%|100 %|a 100%|cent pour cent|always|yes always
ben sur|bin sur|biensur|cest sur|bien sur oui|pour sur|ca oui|ah ca oui|mets en|mets en oui|ouain oui|je suis daccord
tout a fait oui|ben sur que oui|oui tout a fait|jaccepte|i accept|entendu oui|toujours|oui toujours
"""
_NO = """
no|n|nah|naw|nope|nop|noo|nooo|nay|no way|hell no|oh no|no no|no no no|not at all|absolutely not|definitely not
certainly not|of course not|not yet|never|false|incorrect|wrong|thats wrong|negative|i dont|i do not|i didnt
i did not|i havent|i have not|i am not|im not|i was not|i wasnt|i wont|i will not|i cant|i cannot|it isnt
it is not|its not|it doesnt|it does not|it didnt|no i dont|no i do not|no i didnt|no i did not|no i havent
no i have not|no i am not|no im not|no it isnt|no it is not|no its not|no it doesnt|no it does not|no not at all
no never|no not yet|no none|none|none at all|not any|not anymore|not any more|no longer|no sir|no maam|nada|nein
nothing|👎|❌|✖|🚫|non|nan|nann|nn|nonn|non non|non non non|nenni|que non|ah non|oh non|mais non|ben non|bah non
eh non|he non|nan nan|pas du tout|non pas du tout|du tout|absolument pas|vraiment pas du tout|certainement pas
bien sur que non|surtout pas|pas encore|non pas encore|jamais|non jamais|faux|cest faux|negatif|aucun|aucune
non aucun|non aucune|rien|non rien|non merci|je nai pas|jai pas|jen ai pas|je nen ai pas|je nen prends pas
jen prends pas|non je nen ai pas|non jen ai pas|non je nai pas|non jai pas|non je nen prends pas
non jen prends pas|cest non|plus maintenant|non plus maintenant|plus du tout|en aucun cas|pas question
je ne crois pas du tout|je ne le suis pas|non je ne le suis pas|aucunement|nullement|jamais de la vie
absolutely no|pantoute|pas pantoute|non pantoute|heck no|no siree|never have|never did|no never have|nevr|nuh uh
bin non
bein non|pas une miette|rien du tout|non rien du tout|non plus du tout|jms|non jms|not a chance|never ever
not once|not even once|not ever|nothing like that|no nothing like that|never in my life|i never did|i never have
havent|have not|hasnt|didnt|not correct|not true|thats not correct|not right
none of those|none of them|god no|bon non|mais non voyons|pas une fois|jai rien|jai rien du tout|non jai rien
"""
# One letter is only sure at home: "o" is oui in French and nothing in English.
_AT_HOME = {"fr": {"o": True}}
# What stands beside yes and no on every channel (1 and 2), and what a form of two words would say.
_PRINTED = {"1": True, "2": False}
_HALF_YES = """
maybe yes|yes maybe|maybe so yes|probably so|usually yes|most of the time|once in a while|now and then|on and off
off and on|used to|i used to|yes i used to|kk|ouin|cest correct|c correct|cest beau|de temps en temps
la plupart du temps
ca arrive|peut etre que oui|oui peut etre|avant oui|pas mal|pas mal oui|i think so|i think yes|i think|i guess
i guess so|i believe so|i suppose so|probably|probably yes|most likely
kind of|kinda|sort of|a little|a bit|a little bit|little|somewhat|sometimes|mostly|almost|partly|in part|some
more or less|usually|often|occasionally|why not|ok|okay|okey|oki|k|perfect|🆗|👌|si|mouais|moui|bof oui|je pense
je pense que oui|je crois|je crois que oui|je crois bien|probablement|surement|sans doute|un peu|un petit peu
parfois|des fois|quelquefois|quelques fois|souvent|a peu pres|presque|plus ou moins|pourquoi pas|plutot
plutot oui|peut etre oui|legerement|parfait|entendu|certain|one|un|une|cest bon|c bon|thumbs up|true i guess
"""
_HALF_NO = """
maybe no|maybe not|no maybe|not always|not often|not very often|hardly ever|not now|no not now|not today|no not today
not this week|not that i know of|no not that i know of|not that im aware of|not to my knowledge
not that i can think of
pas souvent|pas toujours|pas maintenant|pas aujourdhui|non pas aujourdhui|pas cette semaine|pas que je sache
non pas que je sache|pas a ma connaissance|peut etre que non|not really|no not really|i dont think so
i do not think so|dont think so|i think not|i guess not|probably not
not much|hardly|barely|rarely|seldom|not exactly|not quite|no not much|pas vraiment|non pas vraiment
je ne pense pas|je pense pas|je ne crois pas|je crois pas|je pense que non|je crois que non|probablement pas
pas tellement|pas trop|pas beaucoup|rarement|plutot non|plutot pas|peut etre pas|pas exactement|pas tout a fait
a peine|bof|two|deux|pas daccord|thumbs down
"""
_NEITHER = phrases(
    "n a|na|no problem|no worries|no prob|np|no doubt|no one|pas de probleme|pas de souci|aucun probleme|aucun souci"
)
_BOTH = phrases(
    """
yes and no|oui et non|yes no|no yes|oui non|non oui|yes or no|oui ou non|y n|o n|1 or 2|2 or 1|1 ou 2|2 ou 1
1 and 2|1 et 2
"""
)
_SURE = dict.fromkeys(phrases(_YES), True) | dict.fromkeys(phrases(_NO), False)
_HALF = dict.fromkeys(phrases(_HALF_YES), True) | dict.fromkeys(phrases(_HALF_NO), False)

_COURTESY = split(
    """
    please pls plz thanks thank thx you svp stp sil vous te plait merci ty desole desolee docteure chere cher dear
    garde voyons siree sorry bonjour hello hi unfortunately sadly thankfully fortunately luckily malheureusement
    heureusement helas
    doctor docteur nurse dr sir
    madame monsieur um uh euh well so oh ah ben bah and et it is its cest answer reponse a un moi me pour for definite
    big lol haha
    """
)
_YES_STARTS = split("yes yeah yep yup oui ouais yea")
_YES_STARTS_AT_HOME = {"en": split("ya yah ye")}  # French "ya" is "il y a"
_NO_STARTS = split("no non nope nah nan")
_TURNS = split(
    """
    but mais except sauf unless if si only seulement or ou sometimes parfois maybe perhaps think guess crois pense
    probably possibly probablement possiblement kinda somewhat used hardly barely rarely rarement quelquefois bof
    """
)
_TURNING = re.compile(
    r"\b(?:des fois|peut etre|de temps en temps|once in a while|now and then|on and off|more or less|plus ou moins"
    r"|a peu pres|depends|ca depend|kind of|sort of|in the past|before|avant"
    r"|dans le passe)\b"
)
_PAIN_FREE = split("de d du des")  # "pas de douleur" denies, but perhaps not what was asked
_DENIES = split(
    "not no dont didnt doesnt isnt wasnt havent hasnt arent cant wont never none pas non jamais ne plus aucun aucune"
)
_AFFIRMS = split("yes yeah yep oui ouais")
# After "no", only a clause of its own keeps it a plain no: "no I feel fine", unlike "no pain" or "no more than usual".
_CLAUSE = split(
    "i im ive it its he she we they my thanks shes hes theyre chu jsuis je j jai jen il elle on nous ils elles ca cest"
    " merci tout"
)
_AGAIN = split("not never none neither nothing pas jamais aucun aucune rien ni")
_WEAKENS = split(
    """
    mind sure much often always every all exactly quite too more less longer really only just toujours tous tout
    souvent
    trop beaucoup vraiment sur certain plus moins de d du encore que
    """
)
_SHORT = 6  # words
_PRONOUNS = split("i it he she we they")
_AUXILIARIES = split("do am did have is does was will can are")
_CLOSED = re.compile(r"(?:no|non|nope|nah|nan)\s*(?:[,.;!]|-\s|\s-)")
_LONG = 25  # words; beyond that a yes at the start of a letter settles nothing
_RUN = re.compile(r"([a-z])\1{2,}")
_SKIN_TONE = re.compile("[\U0001f3fb-\U0001f3ff]")


def read_boolean(folded: str, *, locale: str) -> Outcome:
    """A yes or a no in the folded text."""
    said = [word for word in _tokens(folded) if word]
    stripped = _without_courtesy(said)
    doubted = folded.rstrip(" .!").endswith("?")
    for plain in (" ".join(said), " ".join(stripped)):
        answer = _lookup(plain, locale)
        if answer is not None:
            return _settled(answer, locale, sure=not doubted)
        if plain in _NEITHER:
            return none()
        if plain in _BOTH or _contradicts(plain.split()):
            return ask([True, False], lambda value: say.boolean(value, locale))
        if plain in _HALF:
            return _settled(_HALF[plain], locale, sure=False)
        if is_unsure(plain):
            return none(Reason.UNSURE)
    return _by_its_start(folded, said, stripped, locale, doubted=doubted)


def means(plain: str) -> bool | None:
    """True for words that are a yes whatever the question, False for a no, None for all others."""
    return _SURE.get(plain)


def _tokens(folded: str) -> list[str]:
    """Words, and the signs that mean yes or no; "yesss" is "yes", a run of one sign is that sign."""
    bare = _SKIN_TONE.sub("", folded)
    signs = [sign for sign in bare if not sign.isascii() and sign in _SURE]
    if signs and not words(bare):
        return list(dict.fromkeys(signs))
    found = words(_RUN.sub(r"\1", bare))
    spaced = len(found) > 1 and all(len(word) == 1 and word.isalpha() for word in found)
    joined = "".join(found)
    return [joined] if spaced and joined in ("yes", "no", "oui", "non") else found  # "y e s"


def _lookup(plain: str, locale: str) -> bool | None:
    """The answer a phrase is, or that all its words are: "1 yes"."""
    at_home = _AT_HOME.get(say.language(locale), {})
    answer = _SURE.get(plain, at_home.get(plain, _PRINTED.get(plain)))
    if answer is not None or " " not in plain:
        return answer
    parts = {_SURE.get(word, _PRINTED.get(word)) for word in plain.split()}
    return parts.pop() if len(parts) == 1 else None


def _contradicts(said: Sequence[str]) -> bool:
    """ "Yes 2", "no 1": a word and a number that say the opposite."""
    return (
        len(said) == 2
        and said[0] not in _PRINTED
        and said[1] in _PRINTED
        and {_SURE.get(word, _PRINTED.get(word)) for word in said} == {True, False}
    )


def _without_courtesy(said: Sequence[str]) -> list[str]:
    kept_words = [word for word in said if word not in _COURTESY]
    return kept_words or list(said)


def _settled(answer: bool, locale: str, *, sure: bool) -> Outcome:  # noqa: FBT001
    read_back = say.boolean(answer, locale)
    return kept(answer, read_back) if sure else ask([answer], lambda value: say.boolean(value, locale))


def _by_its_start(folded: str, whole: list[str], said: list[str], locale: str, *, doubted: bool) -> Outcome:
    """ "Yes, since Monday": the first word answers unless the rest takes it back."""
    if not said or len(said) > _LONG:
        return none()
    first, rest = said[0], said[1:]
    if first in _YES_STARTS or first in _YES_STARTS_AT_HOME.get(say.language(locale), ()):
        turned = _contains(rest, _TURNS) or _TURNING.search(" ".join(rest)) is not None
        sure = not (doubted or turned or _contains(rest, _DENIES))
        if _contains(rest, _NO_STARTS):
            return ask([True, False], lambda value: say.boolean(value, locale))
        return _settled(True, locale, sure=sure)
    if first in _NO_STARTS:
        if _contains(rest, _AFFIRMS) or means(" ".join(rest)) is True:  # "no I do", "non j'en ai"
            return ask([True, False], lambda value: say.boolean(value, locale))
        clause = whole[1:] if whole[0] == first else rest  # with its "it is": "no it's fine"
        return _settled(False, locale, sure=not doubted and _is_plain_no(folded, rest, clause))
    if first == "pas" and rest and rest[0] in _PAIN_FREE:
        return _settled(False, locale, sure=False)
    return none()


def _contains(rest: Sequence[str], table: frozenset[str]) -> bool:
    return any(word in table for word in rest)


def _is_plain_no(folded: str, rest: list[str], clause: list[str]) -> bool:
    if not rest or is_unsure(" ".join(rest)) or _contains(rest, _TURNS) or _TURNING.search(" ".join(rest)):
        return False
    if rest[0] in _AGAIN and len(rest) <= _SHORT and not _contains(rest, _WEAKENS) and not is_unsure(" ".join(rest)):
        return True  # "no not me", "non jamais eu": the same no once more
    own_clause = rest[0] in _CLAUSE or clause[:1] in (["it"], ["its"], ["cest"]) or _CLOSED.match(folded) is not None
    emphatic = rest[0] in _PRONOUNS and rest[1:2] in (["do"], ["did"]) and not _contains(rest, _DENIES)
    affirmed = emphatic or (len(rest) == 2 and rest[0] in _PRONOUNS and rest[1] in _AUXILIARIES)  # "no I do"
    return own_clause and not affirmed
