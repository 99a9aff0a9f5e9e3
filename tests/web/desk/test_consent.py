"""Consent on the patient's page: shown by way and purpose, noted in one step, once, only where one may be."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.messaging.models import Message
from app.messaging.queue_message import Draft, queue_message
from app.patients.models import Consent
from app.staff.rules import Role
from tests.web.clinics import PHONE

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def queue(ground, made):
    with ground.database.write() as session:
        draft = Draft(clinic_id=made.clinic_id, channel="sms", address=PHONE, purpose="reminder", cause="r:1",
                      body="Hello", patient_id=made.patient_id)  # fmt: skip
        queue_message(session, draft, now=ground.clock.now())


def acts(ground, patient_id):
    with ground.database.read() as session:
        wanted = select(Consent).where(Consent.patient_id == patient_id, Consent.staff_id.is_not(None))
        return [(act.status, act.channel, act.purpose, act.wording, act.locale) for act in session.scalars(wanted)]


def test_an_agent_notes_a_withdrawal_and_nothing_more_waits(ground, north, sign_in):
    queue(ground, north)
    agent = sign_in(north)
    page, form = f"/desk/patients/{north.patient_id}", f"/desk/patients/{north.patient_id}/consent"
    assert "Text messages: appointment reminders</dt><dd>agreed" in agent.get(page).text
    said = {"about": "all", "how": "by_phone", "language": "fr-CA"}
    for _ in range(2):  # the line was slow and the button pressed again
        assert agent.submit(form, do="withdraw", **said).status_code == 303
    assert acts(ground, north.patient_id) == [("withdrawn", "any", "any", "by_phone", "fr-CA")]
    with ground.database.read() as session:
        message = session.scalars(select(Message)).one()
        assert (message.state, message.reason) == ("suppressed", "no_consent")
    shown = agent.get(page).text
    assert shown.count("<dd>not agreed</dd>") == 5
    assert "everything, also the clinical record" in shown
    assert "said on the phone" in shown
    assert agent.submit(form, do="give", **said).status_code == 303
    assert agent.get(page).text.count("<dd>agreed</dd>") == 5


@pytest.mark.parametrize("missing", [{"about": "x"}, {"how": ""}, {"do": "both"}])
def test_half_a_form_changes_nothing(ground, north, sign_in, missing):
    agent = sign_in(north)
    agent.get(f"/desk/patients/{north.patient_id}")
    said = {"about": "all", "how": "by_phone", "do": "withdraw", **missing}
    answer = agent.submit(f"/desk/patients/{north.patient_id}/consent", **said)
    assert answer.status_code == 400
    assert acts(ground, north.patient_id) == []


def test_nobody_notes_it_for_another_clinic_or_without_the_right(ground, north, south, sign_in):
    agent = sign_in(north)
    agent.get(f"/desk/patients/{north.patient_id}")
    token = agent.page.text.partition('name="csrf" value="')[2].partition('"')[0]
    said = {"csrf": token, "key": "12345678", "about": "all", "how": "by_phone", "do": "withdraw"}
    assert agent.client.post(f"/desk/patients/{south.patient_id}/consent", data=said).status_code == 404
    auditor = sign_in(north, Role.AUDITOR)
    auditor.get("/staff/account")
    token = auditor.page.text.partition('name="csrf" value="')[2].partition('"')[0]
    refused = auditor.client.post(f"/desk/patients/{north.patient_id}/consent", data={**said, "csrf": token})
    assert refused.status_code in {403, 404}
    assert acts(ground, north.patient_id) == acts(ground, south.patient_id) == []
