"""Saved replies are judged as they are saved: what was typed stays, and words that say what for ask for a decision."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.staff.rules import Role
from app.support.models import SavedReply

PAGE = "/desk/replies"
BODY = "Your diabetes nurse, {agent}, will call you."


@pytest.fixture
def coordinator(north, sign_in):
    person = sign_in(north, Role.COORDINATOR)
    person.get(PAGE)
    return person


def kept(ground) -> list[str]:
    with ground.database.read() as session:
        return list(session.scalars(select(SavedReply.body)))


def test_words_that_say_what_for_are_shown_back_and_kept_only_when_ticked(coordinator, ground):
    refused = coordinator.submit_here(PAGE, name="nurse", locale="fr", body=BODY)
    assert refused.status_code == 400
    assert "It says “diabetes”" in refused.text
    assert BODY in refused.text
    assert '<option value="fr" selected>' in refused.text
    assert kept(ground) == []
    coordinator.page = refused
    assert coordinator.submit_here(PAGE, name="nurse", locale="fr", body=BODY, may_say_what_for="1").status_code == 303
    assert kept(ground) == [BODY]
    assert "Says what the patient is seen for: diabetes" in coordinator.get(PAGE).text


def test_a_field_nobody_fills_is_named_and_the_words_stay(coordinator, ground):
    refused = coordinator.submit_here(PAGE, name="nurse", locale="en", body="Hello {ward}.")
    assert refused.status_code == 400
    assert "There is no field {ward}." in refused.text
    assert "Hello {ward}." in refused.text
    assert "may_say_what_for" not in refused.text
    assert kept(ground) == []


def test_plain_words_are_kept_without_a_question(coordinator, ground):
    assert "may_say_what_for" not in coordinator.page.text
    assert coordinator.submit_here(PAGE, name="call", locale="en", body="We will call you today.").status_code == 303
    assert kept(ground) == ["We will call you today."]
