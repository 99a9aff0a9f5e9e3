"""A clinic full of patients in the middle of a form, for measurements: everyone has been asked the first question."""

from __future__ import annotations

from pathlib import Path

from app.conversations.begin_conversation import begin_form
from app.conversations.speak import Errand
from app.core import migrate
from app.core.models import Clinic
from app.intake.begin_response import begin_response
from app.intake.publish_questionnaire import publish_library
from app.patients.consent import record_consent
from app.patients.models import ContactPoint, Patient
from app.patients.rules import ConsentStatus
from app.patients.store import address_index
from app.settings import Settings
from app.wiring import build_house

SENDER = "+13435550100"
AT_ONCE = 200  # patients per commit


def phone_of(number: int) -> str:
    """A number of its own for each patient. The first is +13432000000."""
    return f"+1343{2_000_000 + number:07d}"


def fill_clinic(home: Path, database_url: str, patients: int, public_url: str) -> None:
    """Make the clinic in `database_url` with the keys of `home`; all patients are waiting at the first question."""
    house = build_house(Settings(home=home, database_url=database_url, public_url=public_url))
    migrate.upgrade(house.ground.database)
    now = house.ground.clock.now()
    with house.ground.database.write() as session:
        clinic = Clinic(slug="bench", name="Bench", zone="America/Toronto", locale="en-CA", sender=SENDER)
        session.add(clinic)
        session.flush()
        published = {each.name: each for each in publish_library(session, clinic, now=now)}
    for first in range(0, patients, AT_ONCE):
        with house.ground.database.write() as session:
            for number in range(first, min(first + AT_ONCE, patients)):
                patient = Patient(clinic_id=clinic.id, locale="en-CA", created_at=now, updated_at=now)
                session.add(patient)
                session.flush()
                contact = ContactPoint(
                    clinic_id=clinic.id,
                    patient_id=patient.id,
                    system="phone",
                    address=phone_of(number),
                    address_index=address_index(phone_of(number)),
                    created_at=now,
                )
                session.add(contact)
                record_consent(session, patient, status=ConsentStatus.GIVEN, wording="bench", source="record", now=now)
                begin_form(
                    session,
                    begin_response(session, patient, published["intake"], "en-CA", now),
                    contact=contact,
                    channel="sms",
                    errand=Errand(cause=f"bench:{number}", purpose="care"),
                    now=now,
                    public_url=public_url,
                )
    house.ground.database.close()
