"""What may stand in a sentence that leaves as a text: no clinical word, no field nobody fills, and what it costs. Pure.

A phone shows the first words of a text to whoever holds it: they say who writes and when to come, never what for. The
list is our own, in English and French, and needs clinical review; it holds stems, matched at the start of a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from app.core.fields import fields_of
from channels.sms.segments import Encoding, fold, measure, plain_letters

FIELDS = frozenset({"clinic", "place", "phone", "day", "time", "url"})
_CLINICAL = r"""
abortion|addiction|adhd|aids clinic|alcohol|alcool|antenatal|anxiet|autis|avortement|bariatr|biops|bipola
birth control|blood test|cancer|cardiolog|chemo|chimio|chirurg|chlamyd|colonoscop|colposcop|contracepti|counsel+ing
ct scan|cytolog|demence|dementia|depist|depress|dermatolog|desintox|detox|diabet|diagnos|dialys|drogue|drug test
dysfonction|echograph|enceinte|epilep|fausse couche|fertili|gonorr|grossesse|gynaeco|gyneco|hemodialys|hepati|herpes
hiv(?!er)|hormon|hysterect|infectio|insulin|irm\b|itss\b|ivg\b|lab test|maladie mentale|mammogra|maternit|medicament
medication|menopaus|mental health|methadon|miscarriage|mri\b|naloxon|neurolog|obstetr|oncolog|opioid|ordonnance
overdose|palliati|pap smear|pap test|positi[fv]|pregnan|prenatal|prescription|prise de sang|prostat|psych|radiograph
rehab|resultat|results|sante mentale|schizo|sexual|sexuel|sida|std|stis?\b|suboxon|suicid|surdose|surger|syphil
tb test|tdah|therap|toxicoman|tubercul|tumo|ultrasound|urolog|vasectom|vih|x ray
"""
_STEMS = re.compile(rf"\b(?:{'|'.join(_CLINICAL.strip().splitlines())})\w*")


def clinical_words(text: str) -> list[str]:
    """The words in `text` that say what a person is seen for, as they stand there without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = re.sub(r"[\W_]+", " ", "".join(letter for letter in decomposed if not unicodedata.combining(letter)))
    return list(dict.fromkeys(_STEMS.findall(plain)))


def template_problems(template: str, fields: Collection[str] = FIELDS) -> list[str]:
    """Why `template` must not leave as a text, each in one sentence with the fix; none when it may."""
    found = [f'It says "{word}": leave out what the patient is seen for.' for word in clinical_words(template)]
    try:
        unknown = sorted(fields_of(template) - set(fields))
    except ValueError:
        return [*found, "A brace is never closed: write {clinic}, or no brace."]
    listed = ", ".join(sorted(fields)) or "none"
    return [*found, *(f"Nobody fills the field {{{name}}}: use one of these: {listed}." for name in unknown)]


def as_sent(text: str, *, may_be_plain: bool) -> str:
    """`text` as it leaves: folded, and in plain letters where it may be and that takes fewer segments."""
    folded = fold(text)
    return cheapest(folded) if may_be_plain else folded


def cheapest(text: str) -> str:
    """`text`, or its variant in plain letters where that takes fewer segments. Only accents French writes are lost."""
    counted = measure(text)
    if counted.encoding is Encoding.GSM_7:
        return text
    plain = plain_letters(text)
    return plain if measure(plain).segments < counted.segments else text
