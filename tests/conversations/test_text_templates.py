"""Every text of ours in every language: no clinical word, all fields filled, two segments at most; and the command."""

from __future__ import annotations

import pytest

from app.appointments.models import Site
from app.cli.texts import problems_of
from app.conversations.text_templates import texts_of
from app.core.locale import available_catalogues
from app.core.models import Clinic
from app.messaging.models import Message
from app.messaging.template_rules import cheapest, clinical_words
from channels.sms.segments import fold, measure

CLINIC = {"slug": "moosonee", "zone": "America/Toronto", "locale": "fr-CA", "phone": "+17055550100", "settings": {}}
PHONE = "+13065550155"


@pytest.mark.parametrize("locale", sorted(available_catalogues()))
@pytest.mark.parametrize("name", ["Health Centre of Moosonee", "Hôpital de Moosonee"])
def test_every_text_is_neutral_filled_and_short(locale, name):
    for which, text in texts_of(Clinic(name=name, **CLINIC), locale, place="Salle 4").items():
        sent = cheapest(fold(text))
        assert clinical_words(sent) == [], which
        assert "{" not in sent, which
        assert measure(sent).segments <= 2, f"{which}: {sent}"


def test_a_clinics_own_words_are_checked(database):
    with database.write() as session:
        clinic = Clinic(
            name="Sexual Health Clinic", **{**CLINIC, "settings": {"emergency_words": {"en": "Go to {er}"}}}
        )
        session.add(clinic)
        session.flush()
        session.add(Site(clinic_id=clinic.id, record_id="s", name="Salle d'oncologie", zone=None, province="ON"))
        session.flush()
        assert list(problems_of(session, clinic)) == [
            'The clinic\'s name "Sexual Health Clinic" says "sexual", and every text would: give it a name without it.',
            'The place "Salle d\'oncologie" says "oncologie", and every text would: give it a name without it.',
            "emergency_words, en: Nobody fills the field {er}: use one of these: none.",
        ]


@pytest.mark.parametrize(("keeps", "name"), [(False, "Hopital Sainte-Anne"), (True, "Hôpital Sainte-Anne")])
def test_a_reply_loses_its_dear_letters_unless_the_clinic_keeps_them(clinic, keeps, name):
    with clinic.ground.database.write() as session:
        row = session.get_one(Clinic, clinic.clinic_id)
        row.name, row.settings = "Hôpital Sainte-Anne", {"keeps_accents": keeps}
    clinic.patient(PHONE, locale="fr-CA")
    clinic.hear(PHONE, "Où est le stationnement?")
    (reply,) = clinic.rows(Message, direction="outbound")
    assert name in reply.body
    assert reply.segments == (2 if keeps else 1)
