"""An appointment as it may be said to a patient: where, when, whom to ask. Never a specialty or a practitioner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.appointments.models import Appointment, Site
from app.core.locale import Translate, say_day, say_time, translator
from app.core.models import Clinic
from channels.sms.segments import plain_letters


@dataclass(frozen=True)
class Visit:
    """Words that fill every sentence about one appointment, in the patient's language and zone."""

    clinic: str
    place: str  # the site, when its name says more than the clinic's
    phone: str
    start_at: datetime
    zone: str
    locale: str

    @property
    def day(self) -> str:
        """The day in words; "aout" as the spelling of 1990 allows, since one "û" doubles what a text costs."""
        return say_day(self.start_at, zone=self.zone, locale=self.locale).replace("août", "aout")

    @property
    def time(self) -> str:
        return say_time(self.start_at, zone=self.zone, locale=self.locale)

    @property
    def translate(self) -> Translate:
        return translator(self.locale)

    def say(self, text: str) -> str:
        """The sentence in the patient's language, filled."""
        filled = self.translate(text).format(
            clinic=self.clinic, place=self.place, phone=self.phone, day=self.day, time=self.time
        )
        return filled.replace("..", ".")  # "2:00 p.m." may end a sentence


def visit_of(session: Session, appointment: Appointment, *, locale: str, zone: str) -> Visit:
    """What may be said of this appointment."""
    clinic = session.get_one(Clinic, appointment.clinic_id)
    site = session.get(Site, appointment.site_id) if appointment.site_id else None
    place = site.name if site is not None and site.name not in clinic.name else ""
    if not clinic.settings.get("keeps_accents", False):
        place = plain_letters(place)  # one "Î" doubles what a text costs
    return Visit(
        clinic=clinic.name,
        place=place,
        phone=say_number(clinic.phone or clinic.sender or ""),
        start_at=appointment.start_at,
        zone=zone,
        locale=locale,
    )


def say_number(e164: str) -> str:
    """A North American number as people read it; others as they are."""
    if len(e164) == 12 and e164.startswith("+1"):
        return f"{e164[2:5]}-{e164[5:8]}-{e164[8:]}"
    return e164
