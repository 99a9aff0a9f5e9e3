"""Two clinics with staff in every role, patients and tickets, and a browser that fills forms as a person would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core.audit import Actor
from app.core.ground import Ground
from app.core.models import Clinic
from app.patients.store import birth_date_index, family_index
from app.staff.invite_staff import Colleague, invite_staff
from app.staff.rules import Role
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency
from tests.messaging.people import make_clinic, make_patient

PHONE = "+13065550155"
TWIN_PHONE = "+13065550166"


@dataclass
class Made:
    """Ids of one clinic's rows, for tests that try them from elsewhere."""

    clinic_id: int
    ticket_id: int
    patient_id: int
    twin_id: int  # another chart with the same family name and date of birth
    staff: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


def make_desk(session: Session, slug: str, *, now: datetime) -> Made:
    """A clinic with one colleague per role, named by the role, and one urgent ticket of one patient."""
    clinic: Clinic = make_clinic(session, slug=slug, name=f"Clinic {slug.title()}", province="MB")
    ada = {
        "family": "Lindqvist", "family_index": family_index("Lindqvist"), "birth_date": "1950-03-10",
        "birth_date_index": birth_date_index("1950-03-10"),
    }  # fmt: skip
    patient = make_patient(session, clinic.id, PHONE, now=now, given="Ada", **ada)
    twin = make_patient(session, clinic.id, TWIN_PHONE, now=now, given="Ida", **ada)
    ticket = open_ticket(
        session, clinic_id=clinic.id, reason=TicketReason.ASKED_FOR_PERSON, urgency=Urgency.SOON, cause=f"{slug}:1",
        locale="en", now=now, patient_id=patient.id,
    )  # fmt: skip
    made = Made(clinic.id, ticket.id, patient.id, twin.id)
    for role in Role:
        who = Colleague(role.value, (role,), f"{role.value.title()} {slug.title()}", "en")
        invited = invite_staff(session, clinic, who, actor=Actor("operator"), now=now, machine_now=now)
        made.staff[role], made.tokens[role] = invited.account.id, invited.token
    return made


@dataclass
class Person:
    """A browser of one person: keeps cookies, copies hidden fields from the page it looks at."""

    app: Flask
    ground: Ground
    client: FlaskClient = field(init=False)
    page: TestResponse | None = None

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def accept(self, token: str) -> TestResponse:
        return self.client.post(f"/staff/invitation/{token}")

    def get(self, path: str, **said) -> TestResponse:
        self.page = self.client.get(path, **said)
        return self.page

    def submit(self, action: str, **values) -> TestResponse:
        """Send the form with this action on the page last opened."""
        assert self.page is not None
        fields = {**hidden_fields(self.page.text, action), **values}
        return self.client.post(action, data=fields)

    def submit_here(self, action: str, **values) -> TestResponse:
        """Send the form of the page last opened that goes to the page's own address."""
        assert self.page is not None
        form = self.page.text.rpartition('<form method="post" class="setting">')[2]
        return self.client.post(action, data={**_hidden(form), **values})


def hidden_fields(page: str, action: str) -> dict[str, str]:
    form = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form, f"no form for {action} on this page"
    return _hidden(form[1])


def _hidden(form: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
