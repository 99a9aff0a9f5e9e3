"""An administrator changes how the desk works, on plain pages: shown before, saved once, audited, refused by field."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.models import AuditEvent, Clinic
from app.messaging.models import Message
from app.pathways.publish_pathway import publish_built_in
from app.staff.rules import FRESH_FOR, Role
from app.support.escalate import escalate_late
from app.support.models import Queue, Ticket
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency

HOURS = {"mon": "08:00-12:00, 13:00-17:00", "sat": "22:00-06:00", "closed_on": "2026-12-24", "open_on": ""}
NEW = "/desk/settings/queues/new"


@pytest.fixture
def admin(north, sign_in):
    return sign_in(north, Role.ADMINISTRATOR)


def settings_of(ground, made) -> dict:
    with ground.database.read() as session:
        return session.get_one(Clinic, made.clinic_id).settings


def queue_named(ground, made, name: str) -> Queue:
    with ground.database.read() as session:
        return session.scalars(select(Queue).where(Queue.clinic_id == made.clinic_id, Queue.name == name)).one()


def changes(ground) -> list[tuple[str, list[str]]]:
    with ground.database.read() as session:
        wanted = select(AuditEvent).where(AuditEvent.action == "changed_settings").order_by(AuditEvent.id)
        return [(each.object_kind, each.details["settings"]) for each in session.scalars(wanted)]


def opened(ground, made, **said) -> Ticket:
    usual = {"reason": TicketReason.ASKED_FOR_PERSON, "urgency": Urgency.ROUTINE, "locale": "en", "cause": None}
    with ground.database.write() as session:
        return open_ticket(session, clinic_id=made.clinic_id, now=ground.clock.now(), **{**usual, **said})


def test_hours_are_shown_before_they_are_saved_and_then_count(admin, north, ground):
    admin.get("/desk/settings")
    shown = admin.submit("/desk/settings", **HOURS, preview="1")
    assert shown.status_code == 200
    assert "Not saved yet" in shown.text
    assert settings_of(ground, north) == {}
    admin.page = shown
    assert admin.submit("/desk/settings", **HOURS).status_code == 303
    assert settings_of(ground, north)["desk_hours"] == {
        "mon": [["08:00", "12:00"], ["13:00", "17:00"]], "sat": [["22:00", "06:00"]],
    }  # fmt: skip
    assert changes(ground) == [("clinic", ["closed_on", "desk_hours"])]
    assert 'value="22:00-06:00"' in admin.get("/desk/settings").text


def test_a_slip_names_its_field_and_keeps_what_was_typed(admin, north, ground):
    admin.get("/desk/settings")
    answer = admin.submit("/desk/settings", **{**HOURS, "tue": "8-25"})
    assert answer.status_code == 400
    assert 'id="wrong-tue"' in answer.text
    assert 'value="8-25"' in answer.text
    assert "2026-12-24" in answer.text
    assert settings_of(ground, north) == {}


def test_two_administrators_do_not_undo_each_other_unseen(admin, north, ground):
    admin.get("/desk/settings")
    mine = admin.page
    admin.submit("/desk/settings", **HOURS)
    admin.page = mine
    admin.page = admin.client.get("/desk/settings")
    fresh = admin.page
    admin.page = mine
    answer = admin.submit("/desk/settings", **{**HOURS, "mon": "9-10"}, key="another-form-key")
    assert answer.status_code == 409
    admin.page = fresh
    assert admin.submit("/desk/settings", **{**HOURS, "mon": "9-10"}).status_code == 303


def test_a_queue_of_ones_own_takes_the_tickets_it_asks_for(admin, north, ground):
    admin.get(NEW)
    answer = admin.submit_here(
        NEW, name="Français", topic="general", language="fr", **{"soon-claim": "15", "urgent-around_the_clock": "1"}
    )
    assert answer.status_code == 303
    queue = queue_named(ground, north, "Français")
    assert queue.settings["languages"] == ["fr"]
    french, english = opened(ground, north, locale="fr-CA", urgency=Urgency.SOON), opened(ground, north)
    assert french.queue_id == queue.id
    assert english.queue_id != queue.id
    assert french.claim_due_at - french.created_at == timedelta(minutes=15)
    assert "Français" in admin.get("/desk/settings").text


def test_the_same_queue_form_twice_makes_one_queue_and_a_taken_name_is_told(admin, north, ground):
    admin.get(NEW)
    first, again = (admin.submit_here(NEW, name="Wounds", topic="clinical") for _ in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    queue_named(ground, north, "Wounds")
    admin.get(NEW)
    taken = admin.submit_here(NEW, name="Wounds", topic="general")
    assert taken.status_code == 400
    assert 'id="wrong-name"' in taken.text


def test_a_queue_nobody_may_take_from_says_so(admin):
    admin.get(NEW)
    shown = admin.submit_here(NEW, name="Wounds", topic="clinical", requires="wounds", preview="1")
    assert shown.status_code == 200
    assert "Nobody may take from it" in shown.text


def test_a_skill_a_queue_asks_for_can_be_given_to_a_colleague(admin, north, ground):
    admin.get(NEW)
    admin.submit_here(NEW, name="Wounds", topic="general", requires="wounds")
    assert 'value="wounds"' in admin.get("/staff/people").text


def test_the_ladder_of_a_queue_is_climbed_as_it_is_set(admin, north, ground, clock):
    """Soon tickets of this queue ring after one minute a step."""
    queue_id = queue_named(ground, north, "general").id
    address = f"/desk/settings/queues/{queue_id}"
    admin.get(address)
    said = {"soon-claim": "5", "soon-around_the_clock": "1", "soon-wait": "1", "rings-soon": "1"}
    assert admin.submit_here(address, name="general", topic="general", **said).status_code == 303
    admin.get("/desk/settings/on-call")
    assert admin.submit("/desk/settings/on-call", clinic="306 555-0188").status_code == 303
    ticket = opened(ground, north, urgency=Urgency.SOON)
    clock.advance(timedelta(minutes=5))
    for _ in range(4):
        with ground.database.write() as session:
            escalate_late(session, clock.now())
        clock.advance(timedelta(minutes=1))
    with ground.database.read() as session:
        alerts = session.scalars(select(Message).where(Message.purpose == "staff_alert")).all()
        assert {(each.address, each.channel) for each in alerts if f"alert:{ticket.id}:" in each.cause} == {
            ("+13065550188", "sms"), ("+13065550188", "voice"),
        }  # fmt: skip


def test_phones_ask_for_a_fresh_sign_in_and_stand_in_no_audit(admin, north, ground, clock):
    admin.get("/desk/settings/on-call")
    refused = admin.submit("/desk/settings/on-call", clinic="911")
    assert refused.status_code == 400
    assert 'id="wrong-clinic"' in refused.text
    assert admin.submit("/desk/settings/on-call", clinic="306 555-0188").status_code == 303
    with ground.database.read() as session:
        changed = session.scalars(select(AuditEvent).where(AuditEvent.action == "changed_settings")).one()
        assert changed.details == {"settings": ["on_call"]}
    clock.advance(FRESH_FOR)
    assert "/staff/confirm" in admin.get("/desk/settings/on-call").headers["Location"]


def test_words_of_danger_are_the_clinics_and_said_as_they_will_be(admin, north, ground):
    address, words = "/desk/settings/danger", {"words-fr": "Appelez  le 911.", "phrases": "il saigne beaucoup\n"}
    assert "If this is an emergency, call 911 now." in admin.get(address).text
    assert admin.submit(address, **words).status_code == 303
    kept = settings_of(ground, north)
    assert (kept["emergency_words"], kept["alarm_words"]) == ({"fr": "Appelez le 911."}, ["il saigne beaucoup"])
    assert '<dd lang="fr">Appelez le 911.</dd>' in admin.get(address).text
    assert changes(ground) == [("clinic", ["alarm_words", "emergency_words"])]
    refused = admin.submit(address, **{"words-en": "x" * 301, "phrases": "no"})
    assert refused.status_code == 400
    assert all(f'id="wrong-{field}"' in refused.text for field in ("words-en", "phrases"))
    for said in ("{clinic}: call {telephone}.", "Call {911."):
        refused = admin.submit(address, **{"words-en": said, "phrases": ""})
        assert (refused.status_code, 'id="wrong-words-en"' in refused.text) == (400, True), said


def test_the_cap_of_a_reminder_is_shown_before_it_is_saved_and_then_kept(admin, north, ground):
    """Two parts and a call at the usual costs make 7: with a cap of 5 the call is left out."""
    with ground.database.write() as session:
        publish_built_in(session, session.get_one(Clinic, north.clinic_id), now=ground.clock.now())
    address = "/desk/settings/costs"
    assert "text message (2) → phone call (5) → a person. It costs 7 at most." in admin.get(address).text
    shown = admin.submit(address, cap="5", preview="1")
    assert "Not saved yet" in shown.text
    assert "text message (2) → a person. It costs 2 at most. Left out: phone call (5)." in shown.text
    assert settings_of(ground, north) == {}
    admin.page = shown
    assert admin.submit(address, cap="5").status_code == 303
    assert settings_of(ground, north) == {"ladder_cap": 5.0, "costs": {}, "daily_segments": None}
    assert changes(ground) == [("clinic", ["ladder_cap"])]
    assert 'name="cap" value="5"' in admin.get(address).text
    assert admin.submit(address, cap="").status_code == 303
    assert settings_of(ground, north)["ladder_cap"] is None
    assert changes(ground)[1:] == [("clinic", ["ladder_cap"])]


def test_the_cap_of_a_day_is_shown_with_what_has_left_and_then_kept(admin, north, ground):
    address = "/desk/settings/costs"
    assert "No limit: reminders are never held back" in admin.get(address).text
    shown = admin.submit(address, day="200", preview="1")
    assert "Up to 200 text parts leave in a day; 0 have left today." in shown.text
    admin.page = shown
    assert admin.submit(address, day="200").status_code == 303
    assert settings_of(ground, north)["daily_segments"] == 200
    assert changes(ground) == [("clinic", ["daily_segments"])]
    admin.get(address)
    refused = admin.submit(address, day="2.5")
    assert refused.status_code == 400
    assert 'id="wrong-day"' in refused.text


def test_a_cap_that_is_no_amount_names_its_field(admin, north, ground):
    admin.get("/desk/settings/costs")
    refused = admin.submit("/desk/settings/costs", cap="0.2", voice="dear")
    assert refused.status_code == 400
    assert all(f'id="wrong-{field}"' in refused.text for field in ("cap", "voice"))
    assert 'value="dear"' in refused.text
    assert settings_of(ground, north) == {}


def test_others_have_no_settings(north, sign_in):
    for role in (Role.COORDINATOR, Role.AGENT, Role.AUDITOR, Role.CLINICIAN):
        assert sign_in(north, role).get("/desk/settings").status_code == 403
