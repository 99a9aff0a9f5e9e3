"""Colleagues see who else has a ticket open and who writes in it; nobody is shown who has left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.staff.rules import Role
from app.support.models import Presence
from app.support.presence import KEPT, LASTS
from app.support.sweep import sweep_tickets

TOO, WRITING = "Agent North is looking at this ticket too.", "Agent North is writing a reply here."


@pytest.fixture
def page(north) -> str:
    return f"/desk/tickets/{north.ticket_id}"


@pytest.fixture
def two(north, sign_in):
    return sign_in(north), sign_in(north, Role.CLINICIAN)


def ask(person, page, tag=None, **said):
    headers = {"If-None-Match": tag} if tag else {}
    return person.client.get(f"{page}/refresh", headers={**headers, **said})


def test_a_colleague_who_opens_it_is_shown_and_one_who_leaves_is_not(two, page, clock):
    agent, clinician = two
    alone = clinician.get(page)
    assert TOO not in alone.text
    tag = ask(clinician, page).headers["ETag"]
    assert ask(clinician, page, tag).status_code == 304
    agent.get(page)
    news = ask(clinician, page, tag)
    assert (news.status_code, TOO in news.text) == (200, True)
    assert ask(clinician, page, news.headers["ETag"]).status_code == 304
    clock.advance(LASTS + timedelta(seconds=1))
    assert TOO not in ask(clinician, page, news.headers["ETag"]).text


def test_asking_again_keeps_one_there_and_says_for_how_long(two, page, clock):
    agent, clinician = two
    agent.get(page)
    for _ in range(8):
        clock.advance(timedelta(seconds=16))
        ask(agent, page)
    assert "Agent North has been looking at this ticket for 2 min." in clinician.get(page).text


def test_who_writes_is_shown_writing_and_not_to_themselves(two, page):
    agent, clinician = two
    agent.get("/desk/tickets")
    agent.submit("/desk/tickets/next")
    token = agent.get(page).text.partition('name="csrf" value="')[2].partition('"')[0]
    agent.client.post(f"{page}/draft", data={"csrf": token, "body": "We"}, headers={"HX-Request": "true"})
    assert WRITING in clinician.get(page).text
    assert WRITING not in agent.get(page).text


def test_a_tab_nobody_looks_at_is_nobodys_presence(two, page):
    agent, clinician = two
    ask(agent, page, **{"X-Unseen": "1"})
    assert TOO not in clinician.get(page).text


def test_presence_is_forgotten_within_the_hour(two, page, ground, clock):
    two[0].get(page)
    clock.advance(KEPT + timedelta(minutes=1))
    sweep_tickets(ground)
    with ground.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Presence)) == 0
