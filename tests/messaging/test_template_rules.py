"""What may stand in a text of ours: no clinical word, no field nobody fills; accents go only to save a part."""

from __future__ import annotations

import pytest

from app.messaging.template_rules import cheapest, clinical_words, template_problems
from channels.sms.segments import measure

DEAR = "Hôtel-Dieu : votre rendez-vous est jeudi à 14 h. Répondez 1 pour dire oui, 2 pour le déplacer, 9 pour parler."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Pine Narrows Health Centre: your appointment is Thursday at 2:05 p.m.", []),
        ("Northern Oncology Clinic: your appointment is Thursday.", ["oncology"]),
        ("Votre rendez-vous en santé mentale est jeudi.", ["sante mentale"]),
        ("Your HIV test results are in. Call us.", ["hiv", "results"]),
        ("Clinique prénatale", ["prenatale"]),
        ("Psychiatry, 2nd floor", ["psychiatry"]),
        ("Vos résultats sont arrivés", ["resultats"]),
        ("Physiotherapy is not named either, but only stems at the start of a word count", []),
        ("A standing offer: bring your card", []),
        ("Congé d'hiver : la clinique est fermée. Entrée hivernale à l'arrière.", []),
        ("VIH, HIV: dépistage", ["vih", "hiv", "depistage"]),
        (
            "Échographie, chirurgie, IRM; ITSS, IVG, fausse couche",
            ["echographie", "chirurgie", "irm", "itss", "ivg", "fausse couche"],
        ),
        (
            "Surgery, MRI and CT scan; STIs: chlamydia, TB test",
            ["surgery", "mri", "ct scan", "stis", "chlamydia", "tb test"],
        ),
        ("The clinic and its staff still stick to noon", []),
    ],
)
def test_words_that_say_what_a_patient_is_seen_for_are_found_in_both_languages(text, found):
    assert clinical_words(text) == found


@pytest.mark.parametrize(
    ("template", "problems"),
    [
        ("{clinic}: your visit is {day} at {time}.", []),
        ("{clinic}: see {doctor} on {day}.",
         ["Nobody fills the field {doctor}: use one of these: clinic, day, phone, place, time, url."]),
        ("{clinic: see you", ["A brace is never closed: write {clinic}, or no brace."]),
        ("{clinic}: your diagnosis", ['It says "diagnosis": leave out what the patient is seen for.']),
    ],
    ids=["listed fields", "an unlisted field", "a broken brace", "a clinical word"],
)  # fmt: skip
def test_a_template_is_refused_with_the_place_and_the_fix(template, problems):
    assert template_problems(template) == problems


def test_plain_letters_are_used_when_they_take_fewer_segments():
    plain = cheapest(DEAR)
    assert plain == DEAR.replace("Hôtel", "Hotel")
    assert (measure(DEAR).segments, measure(plain).segments) == (2, 1)


@pytest.mark.parametrize(
    "text",
    ["Hôtel-Dieu : merci.", "Réponse reçue à 14 h", "ᐊᐃ ᓄᓇᕗᑦ " * 12, "Łódź " * 20, "Merci!"],
    ids=["one part anyway", "short", "another script", "letters of their own", "plain"],
)
def test_a_text_keeps_its_letters_when_nothing_is_saved(text):
    assert cheapest(text) == text
