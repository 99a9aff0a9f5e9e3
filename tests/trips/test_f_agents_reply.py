"""Trip f: the patient asks for a person; an agent signs in, takes the ticket, replies; the words go back and forth."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.audit import Actor
from app.core.models import Clinic
from app.messaging.models import Message
from app.staff.invite_staff import Colleague, invite_staff
from app.staff.rules import Role
from app.support.models import Ticket
from tests.trips.conftest import Town
from tests.web.clinics import hidden_fields

PHONE = "+13065550155"
START = datetime(2026, 12, 10, 14, 0, tzinfo=ZoneInfo("America/Toronto"))
BASE = "https://clinic.test"


def test_a_person_takes_over_answers_and_gives_the_conversation_back(town: Town):
    clinic = town.clinic
    clinic.book(clinic.patient(PHONE, given="Ada", family="Lindqvist"), START)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    town.text(PHONE, "9")
    town.text(PHONE, "May I bring my daughter?")
    (ticket,) = clinic.rows(Ticket)
    with clinic.ground.database.write() as session:
        colleague = Colleague("amina", (Role.AGENT,), "Amina", "en-CA")
        row = session.get_one(Clinic, clinic.clinic_id)
        now = clinic.clock.now()
        token = invite_staff(session, row, colleague, actor=Actor("operator"), now=now, machine_now=now).token
    client = town.client
    assert client.post(f"/staff/invitation/{token}", base_url=BASE).status_code == 302
    listed = client.get("/desk/tickets", base_url=BASE).text
    client.post("/desk/tickets/next", data=hidden_fields(listed, "/desk/tickets/next"), base_url=BASE)
    path = f"/desk/tickets/{ticket.id}"
    page = client.get(path, base_url=BASE).text
    assert "May I bring my daughter?" in page
    client.post(
        f"{path}/reply", data={**hidden_fields(page, f"{path}/reply"), "body": "Yes, she is welcome."}, base_url=BASE
    )
    clinic.pass_time(timedelta(seconds=11))  # a reply can be taken back for ten seconds
    clinic.tick()
    assert clinic.texts(PHONE)[-1] == "Yes, she is welcome."
    assert clinic.rows(Message, ticket_id=ticket.id)[-1].state in ("sent", "delivered")
    page = client.get(path, base_url=BASE).text
    client.post(f"{path}/close", data={**hidden_fields(page, f"{path}/close"), "outcome": "answered"}, base_url=BASE)
    assert clinic.rows(Ticket)[0].state == "closed"
    clinic.tick()
    (text,) = clinic.text(PHONE, "1")
    assert text.startswith("Thank you. See you Thursday, December 10")
