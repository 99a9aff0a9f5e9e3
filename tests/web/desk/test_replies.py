"""Saved replies are judged as they are saved: what was typed stays, and words that say what for ask for a decision."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core.models import Clinic
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


def test_what_a_reply_costs_is_what_it_costs_filled(coordinator, north, ground):
    """In braces it is short and plain; the clinic's own name makes it dear, and plain letters cheaper."""
    with ground.database.write() as session:
        session.get_one(Clinic, north.clinic_id).name = "Centre de santé Île-à-la-Crosse"
    body = "{clinic} : bonjour {name}, nous vous rappelons cet après-midi. Merci."
    assert coordinator.submit_here(PAGE, name="rappel", locale="fr", body=body).status_code == 303
    page = coordinator.get(PAGE).text
    assert "2 text parts" in page
    assert "dearer because of: Î" in page
    assert "In plain letters it takes fewer parts: Centre de santé Ile-à-la-Crosse" in page
