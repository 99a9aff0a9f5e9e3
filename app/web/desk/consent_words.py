"""A patient's consent as the desk shows it: what is agreed now, by which way, and what each act is about, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.patients.consent import RECORD, is_agreed, may_share
from app.patients.models import Consent, Patient
from app.patients.rules import ANY, ConsentPurpose
from app.patients.store import closed_addresses
from app.web.desk.words import CONSENT_ABOUT_SENTENCES, SAID_SENTENCES
from app.web.shell.here import say
from app.web.shell.words import language_words

SCOPES: Mapping[str, tuple[str, str]] = {  # what staff choose from, and the channel and purpose it means
    "all": (ANY, ANY),
    "texts": ("sms", ANY),
    "calls": ("voice", ANY),
    "reminders": (ANY, ConsentPurpose.REMINDERS),
    "forms": (ANY, ConsentPurpose.FORMS),
    "record": (RECORD, ANY),
}
_ALSO: Mapping[tuple[str, str], str] = {("web", ConsentPurpose.CARE): "page", (ANY, ConsentPurpose.CARE): "care"}
_ABOUT: Mapping[tuple[str, str], str] = {**{meant: name for name, meant in SCOPES.items()}, **_ALSO}
_WAYS = (("sms", "texts"), ("voice", "calls"))
_FOR = (ConsentPurpose.REMINDERS, ConsentPurpose.FORMS)


@dataclass(frozen=True)
class ShownConsent:
    """`agreed`: what, and whether. `is_stopped`: a number of theirs said STOP, whatever was agreed."""

    agreed: tuple[tuple[str, bool], ...]
    is_stopped: bool
    scopes: tuple[tuple[str, str], ...]
    ways: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]


def consent_of(session: Session, patient: Patient) -> ShownConsent:
    numbers = [point.address_index for point in patient.contact_points if point.is_current]
    agreed = [
        (
            say("{what}: {which}", what=_about(way), which=_about(purpose)),
            is_agreed(session, patient.id, channel, purpose),
        )
        for channel, way in _WAYS
        for purpose in _FOR
    ]
    return ShownConsent(
        agreed=(*agreed, (_about("record"), may_share(session, patient.id))),
        is_stopped=bool(closed_addresses(session, patient.clinic_id, numbers, "sms")),
        scopes=tuple((name, _about(name)) for name in SCOPES),
        ways=tuple((name, say(sentence)) for name, sentence in SAID_SENTENCES.items()),
        languages=_languages(patient),
    )


def _languages(patient: Patient) -> tuple[tuple[str, str], ...]:
    """The patient's own first."""
    named = {language_words(tag): tag for tag in ("fr-CA", "en-CA", patient.locale)}
    return tuple((tag, words) for words, tag in sorted(named.items(), key=lambda each: each[1] != patient.locale))


def about_words(act: Consent) -> str:
    """What an act of consent speaks for."""
    name = _ABOUT.get((act.channel, act.purpose))
    return _about(name) if name else f"{act.channel}, {act.purpose}"


def _about(name: str) -> str:
    return say(CONSENT_ABOUT_SENTENCES[name])
