"""An agent's day at the desk through the real pages: take, read, reply, take back, note, close."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.models import AuditEvent
from app.core.sealed import keyring
from app.messaging.models import Message
from app.patients.models import ContactPoint
from app.staff.models import StaffAccount
from app.staff.rules import FRESH_FOR, Role
from app.support.models import Note, Queue, Submission, Ticket
from app.support.open_ticket import open_ticket, patient_wrote
from app.support.rules import TicketReason, Urgency
from tests.web.clinics import PHONE


def count(ground, wanted) -> int:
    with ground.database.read() as session:
        return session.scalar(select(func.count()).select_from(wanted)) or 0


def outbound(ground) -> list[str]:
    with ground.database.read() as session:
        return [row.body for row in session.scalars(select(Message).where(Message.direction == "outbound"))]


def audited(ground, action: str) -> int:
    with ground.database.read() as session:
        return session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)) or 0


def hear(ground, made, body: str) -> None:
    now = ground.clock.now()
    with ground.database.write() as session:
        message = Message(
            clinic_id=made.clinic_id, direction="inbound", channel="sms", carrier="test", external_id=body,
            patient_id=made.patient_id, address=PHONE, address_index=keyring().blind_index("address", PHONE), body=body,
            purpose="reply", state="received", created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(message)
        session.flush()
        patient_wrote(session, session.get_one(Ticket, made.ticket_id), message, now)


@pytest.fixture
def page(north) -> str:
    return f"/desk/tickets/{north.ticket_id}"


@pytest.fixture
def agent(north, sign_in, page):
    """An agent who took the only ticket and looks at it."""
    person = sign_in(north)
    person.get("/desk/tickets")
    assert person.submit("/desk/tickets/next").headers["Location"] == page
    person.get(page)
    return person


def test_the_list_names_nobody_and_the_ticket_everybody_needed(north, sign_in, page):
    person = sign_in(north)
    listed = person.get("/desk/tickets").text
    assert "A. L." in listed
    assert "Lindqvist" not in listed
    opened = person.get(page).text
    assert "Ada Lindqvist" in opened
    assert "306 555-0155" in opened
    assert "The patient asked for a person." in opened


def test_a_whole_trip_from_take_to_close(agent, ground, north, page):
    hear(ground, north, "can somebody call me")
    assert "can somebody call me" in agent.get(page).text
    answered = agent.submit(f"{page}/reply", body="We will call at 3 p.m.")
    assert "Take it back" in agent.get(answered.headers["Location"]).text
    assert outbound(ground) == ["We will call at 3 p.m."]
    agent.submit(f"{page}/note", body="sounds fine")
    assert "sounds fine" in agent.get(page).text
    closed = agent.submit(f"{page}/close", outcome="answered")
    assert "Closed." in agent.get(closed.headers["Location"]).text
    assert "This ticket is closed" in agent.get(page).text


def test_the_link_to_the_patients_own_page_is_sent_from_the_ticket(agent, ground, page):
    answer = agent.submit(f"{page}/link")
    assert answer.headers["Location"].endswith("told=link_sent")
    assert "https://farline.test/p/" in outbound(ground)[0]


def test_sending_the_same_form_twice_sends_once(agent, ground, page):
    first = agent.submit(f"{page}/reply", body="Hello")
    second = agent.submit(f"{page}/reply", body="Hello")
    assert first.headers["Location"] == second.headers["Location"]
    assert outbound(ground) == ["Hello"]


def test_taking_next_twice_with_one_form_takes_one(agent, ground):
    agent.get("/desk/tickets")
    answers = {agent.submit("/desk/tickets/next").headers["Location"] for _ in range(2)}
    assert answers == {"/desk/tickets?told=none_waits"}
    assert count(ground, Submission) == 2  # the fixture's and this one


def test_a_reply_is_taken_back_into_the_draft(agent, ground, page):
    sent = agent.submit(f"{page}/reply", body="Oops").headers["Location"]
    agent.get(sent)
    undo = f"{page}/replies/{sent.rpartition('=')[2]}/undo"
    taken_back = agent.submit(undo)
    assert "Oops</textarea>" in agent.get(taken_back.headers["Location"]).text
    with ground.database.read() as session:
        assert session.scalars(select(Message)).one().state == "cancelled"


def test_words_that_came_in_meanwhile_stop_the_reply_and_keep_what_was_typed(agent, ground, north, page):
    hear(ground, north, "first")
    agent.get(page)
    hear(ground, north, "no wait")
    refused = agent.submit(f"{page}/reply", body="half my morning")
    assert refused.status_code == 409
    assert "The patient has written since" in refused.text
    assert outbound(ground) == []
    assert "half my morning</textarea>" in agent.get(page).text


def test_a_colleague_sees_who_holds_it_and_cannot_reply(agent, north, sign_in, page, ground):
    colleague = sign_in(north, Role.CLINICIAN)
    opened = colleague.get(page).text
    assert "Agent North is working on it" in opened
    assert f"{page}/reply" not in opened
    fields = {"csrf": _csrf(opened), "key": "12345678", "body": "Hi"}
    assert colleague.client.post(f"{page}/reply", data=fields).status_code == 409
    assert outbound(ground) == []


def test_a_draft_is_saved_while_typing_and_says_what_it_costs(agent, page):
    saved = agent.client.post(
        f"{page}/draft", data={"csrf": _csrf(agent.page.text), "body": "é" * 100}, headers={"HX-Request": "true"}
    )
    assert "100 characters" in saved.text
    assert "é" * 100 + "</textarea>" in agent.get(page).text


def test_every_view_of_a_ticket_is_recorded_and_an_unchanged_refresh_is_none(agent, ground, page):
    before = audited(ground, "viewed")
    agent.get(page)
    news = agent.client.get(f"{page}/refresh")
    same = agent.client.get(f"{page}/refresh", headers={"If-None-Match": news.headers["ETag"]})
    assert (news.status_code, same.status_code, same.data) == (200, 304, b"")
    assert audited(ground, "viewed") == before + 2


def test_the_list_refreshes_only_when_it_changed(agent, ground, north):
    first = agent.client.get("/desk/tickets/refresh?show=all")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert agent.client.get("/desk/tickets/refresh?show=all", headers=tag).status_code == 304
    agent.submit(f"/desk/tickets/{north.ticket_id}/release")
    assert agent.client.get("/desk/tickets/refresh?show=all", headers=tag).status_code == 200


def test_a_note_needs_no_claim_and_never_reaches_the_outbox(north, sign_in, ground, page):
    person = sign_in(north)
    person.get(page)
    assert person.submit(f"{page}/note", body="seen on the ward").status_code == 303
    assert (count(ground, Note), outbound(ground)) == (1, [])


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "\u202egnp.exe", "x" * 10_000, "\U0001f9e8\u200f"])
def test_whatever_a_patient_writes_is_shown_as_text(agent, ground, north, page, words):
    hear(ground, north, words)
    opened = agent.get(page).text
    assert "<script>alert" not in opened
    assert "\u202e" not in opened


def test_pages_stay_light_for_a_satellite_line(agent, north, ground, page):
    """First load 60 kB with everything, a refresh 5 kB, as sent."""
    for number in range(40):
        hear(ground, north, f"message number {number}, with some words in it")
    packed = {"Accept-Encoding": "br"}
    opened = agent.client.get(page, headers=packed)
    assets = [part.partition('"')[0] for part in agent.get(page).text.split('"/assets/')[1:]]
    weight = len(opened.data) + sum(len(agent.client.get(f"/assets/{name}", headers=packed).data) for name in assets)
    assert len(assets) >= 3
    assert weight <= 60_000
    assert len(agent.client.get(f"{page}/refresh", headers=packed).data) <= 5_000


def test_a_list_of_sixty_tickets_stays_light_too(agent, north, ground):
    reasons, urgencies = list(TicketReason), list(Urgency)
    with ground.database.write() as session:
        for number in range(60):
            open_ticket(
                session, clinic_id=north.clinic_id, reason=reasons[number % len(reasons)],
                urgency=urgencies[number % 3], cause=f"light:{number}", locale="fr-CA" if number % 2 else "en",
                now=ground.clock.now() - timedelta(minutes=7 * number), patient_id=north.patient_id,
            )  # fmt: skip
    packed = {"Accept-Encoding": "br"}
    opened = agent.client.get("/desk/tickets?show=all", headers=packed)
    assert agent.get("/desk/tickets?show=all").text.count('class="reason"') == 60
    assert len(opened.data) <= 8_000
    assert len(agent.client.get("/desk/tickets/refresh?show=all", headers=packed).data) <= 5_000


def _csrf(page: str) -> str:
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def test_two_charts_are_judged_side_by_side_and_a_merge_can_be_taken_apart(north, sign_in, ground):
    """The list names nobody; the page with both is recorded in both access reports."""
    person = sign_in(north, Role.COORDINATOR)
    listed = person.get("/desk/duplicates").text
    assert "Lindqvist" not in listed
    path = f"/desk/duplicates/{north.patient_id}/{north.twin_id}"
    assert path in listed
    shown = person.get(path).text
    assert "Ada Lindqvist" in shown
    assert "Ida Lindqvist" in shown
    assert audited(ground, "viewed") == 2
    merged = person.submit(path, verdict="one", stays=str(north.twin_id))
    assert merged.headers["Location"].endswith("told=charts_merged")
    after = person.get(merged.headers["Location"]).text
    assert "Coordinator North merged two charts" in after
    assert person.get(path).status_code == 404
    undo = after.partition('action="/desk/judgements/')[2].partition("/")[0]
    person.get("/desk/duplicates")
    person.submit(f"/desk/judgements/{undo}/undo")
    assert person.get(path).status_code == 200


def test_a_number_is_described_at_once_and_changed_after_a_fresh_sign_in(agent, north, ground, clock):
    """The label and the voice message are small things; where texts go is not."""
    page = f"/desk/patients/{north.patient_id}"
    shown = agent.get(page).text
    point_id = shown.partition(f'action="{page}/numbers/')[2].partition("/")[0]
    about = f"{page}/numbers/{point_id}/about"
    agent.submit(about, label="kitchen phone", voicemail="1", verified="1")
    shown = agent.get(page).text
    assert "kitchen phone" in shown
    assert "You may leave a voice message." in shown
    assert "number verified" in shown
    agent.submit(f"{page}/numbers", number="306 555-0188")
    with ground.database.read() as session:
        points = session.scalars(select(ContactPoint).where(ContactPoint.patient_id == north.patient_id)).all()
        assert min(points, key=lambda point: point.rank).address == "+13065550188"
    agent.get(page)
    assert agent.submit(f"{page}/numbers", number="12").status_code == 400
    clock.advance(FRESH_FOR)
    agent.get(page)
    stale = agent.submit(f"{page}/numbers", number="306 555-0199")
    assert "/staff/confirm" in stale.headers.get("Location", "") + stale.text
    assert audited(ground, "number_added") == 1


def test_a_suspended_number_is_used_again_only_when_a_person_says_so(agent, north, ground):
    page = f"/desk/patients/{north.patient_id}"
    with ground.database.read() as session:
        (point_id,) = session.scalars(select(ContactPoint.id).where(ContactPoint.patient_id == north.patient_id))
    for word, state in (("distrust", "suspended"), ("trust", "usable")):
        agent.get(page)
        agent.submit(f"{page}/numbers/{point_id}", do=word)
        with ground.database.read() as session:
            assert session.get_one(ContactPoint, point_id).state == state


def test_who_is_bound_to_queues_sees_only_theirs(north, sign_in, ground, page):
    """The list, the counts, the ticket, its acts and take next: as if the others did not exist."""
    with ground.database.write() as session:
        other = Queue(clinic_id=north.clinic_id, name="Evenings", topic="general", settings={})
        session.add(other)
        session.flush()
        session.get_one(StaffAccount, north.staff[Role.AGENT]).settings = {"queues": [other.id]}
    person = sign_in(north)
    listed = person.get("/desk/tickets?show=all").text
    assert "A. L." not in listed
    assert person.submit("/desk/tickets/next").headers["Location"].endswith("told=none_waits")
    assert person.get(page).status_code == 404
    fields = {"csrf": _csrf(listed), "key": "12345678"}
    assert person.client.post(f"{page}/claim", data=fields).status_code == 404


def test_the_list_is_narrowed_by_language_and_urgency(north, sign_in, ground):
    now = ground.clock.now()
    with ground.database.write() as session:
        open_ticket(
            session, clinic_id=north.clinic_id, reason=TicketReason.WANTS_MOVE, urgency=Urgency.ROUTINE, cause="fr",
            locale="fr-CA", now=now, patient_id=north.twin_id,
        )  # fmt: skip
    person = sign_in(north)
    french = person.get("/desk/tickets?language=fr").text
    assert ("I. L." in french, "A. L." in french) == (True, False)
    soon = person.get("/desk/tickets?urgency=soon").text
    assert ("I. L." in soon, "A. L." in soon) == (False, True)
    assert person.get("/desk/tickets?urgency=never&queue=x").status_code == 200
