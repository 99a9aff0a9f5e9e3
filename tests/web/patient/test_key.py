"""The lock of a patient's own phone in place of typing: set up at home, used at the door, removed. One patient's."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.models import AuditEvent
from app.patients.links import create_link
from app.patients.models import LinkChallenge, LinkSession, Patient, PatientPasskey
from app.patients.rules import MOST_PASSKEYS, MOST_TRIES, Tried
from tests.beds.authenticator import Authenticator
from tests.web.patient.conftest import BORN, PHONE, Visitor

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ORIGIN = "https://clinic.test"
OTHER_PHONE = "+13065550177"


@pytest.fixture
def clinic(clinic):
    """Reached over https, as browsers want it for this."""
    return replace(clinic, ground=replace(clinic.ground, public_url=ORIGIN))


@pytest.fixture
def lock() -> Authenticator:
    return Authenticator(ORIGIN)


@pytest.fixture
def at_door(app, clinic):
    """A browser at a new link of a patient, who has not said who they are."""

    def at_door(patient_id=None, *, also=()):
        patient_id = patient_id or clinic.patient(PHONE)
        with clinic.ground.database.write() as session:
            made = create_link(
                session, session.get_one(Patient, patient_id), purpose="home", response_id=None, locale="en-CA",
                now=clinic.clock.now(), also=also,
            )  # fmt: skip
            session.expunge(made.link)
        visitor = Visitor(app.test_client(), made)
        visitor.patient_id = patient_id
        return visitor

    return at_door


def ask(visitor, path="/key/options"):
    """What the phone is asked: (token, options)."""
    asked = visitor.client.post(visitor.path + path, headers={"Accept": "application/json"})
    assert asked.status_code == 200, asked.text
    return asked.json["token"], asked.json["options"]


def set_up(visitor, lock):
    """At home, by whoever has said who they are."""
    assert visitor.post(BORN).status_code == 303
    token, options = ask(visitor, "/phone/key/options")
    answer = lock.create(options)
    return visitor.client.post(f"{visitor.path}/phone/key", data={"token": token, "answer": answer})


def unlock(visitor, lock):
    token, options = ask(visitor)
    return visitor.client.post(f"{visitor.path}/key", data={"token": token, "answer": lock.get(options) or "{}"})


def actions(clinic):
    told = [each for each in clinic.rows(AuditEvent) if "passkey" in (each.object_kind, *each.details)]
    return [(each.action, each.object_kind) for each in told]


def test_set_up_at_home_then_the_next_link_opens_without_typing(clinic, at_door, lock):
    first = at_door()
    assert "data-passkey" not in first.get().text
    assert set_up(first, lock).status_code == 303
    second = at_door(first.patient_id)
    assert "data-passkey" in second.get().text
    opened = unlock(second, lock)
    assert opened.status_code == 303
    assert "Your page" in second.client.get(opened.location).text
    assert actions(clinic) == [("enrolled", "passkey"), ("signed_in", "link")]
    (key,) = clinic.rows(PatientPasskey)
    assert (key.patient_id, key.sign_count) == (first.patient_id, 2)


def test_what_the_phone_is_told_is_neutral_and_names_nobody(clinic, at_door, lock):
    visitor = at_door()
    visitor.post(BORN)
    _, options = ask(visitor, "/phone/key/options")
    assert (options["rp"], options["user"]["name"], options["user"]["displayName"]) == (
        {"id": "clinic.test", "name": "For you"}, "For you", "For you",
    )  # fmt: skip
    chosen = options["authenticatorSelection"]
    assert (chosen["userVerification"], chosen["authenticatorAttachment"]) == ("required", "platform")


@ONE_DATABASE
def test_one_answer_is_good_once_and_at_its_own_link_only(clinic, at_door, lock):
    first = at_door()
    set_up(first, lock)
    here, there = at_door(first.patient_id), at_door(first.patient_id)
    token, options = ask(here)
    answer = {"token": token, "answer": lock.get(options)}
    assert there.client.post(f"{there.path}/key", data=answer).status_code == 422
    assert here.client.post(f"{here.path}/key", data=answer).status_code == 422, "used up by the try elsewhere"
    token, options = ask(here)
    answer = {"token": token, "answer": lock.get(options)}
    assert here.client.post(f"{here.path}/key", data=answer).status_code == 303
    assert here.client.post(f"{here.path}/key", data=answer).status_code == 422, "replayed"


@ONE_DATABASE
def test_a_copied_key_whose_counter_stands_still_opens_nothing(clinic, at_door, lock):
    first = at_door()
    set_up(first, lock)
    assert unlock(at_door(first.patient_id), lock).status_code == 303
    lock.counter -= 1
    assert unlock(at_door(first.patient_id), lock).status_code == 422


@ONE_DATABASE
def test_a_phone_that_was_not_unlocked_sets_up_and_opens_nothing(clinic, at_door, lock):
    lock.verifies = False
    visitor = at_door()
    assert set_up(visitor, lock).status_code == 422
    assert clinic.rows(PatientPasskey) == []
    lock.verifies = True
    set_up(visitor, lock)
    lock.verifies = False
    assert unlock(at_door(visitor.patient_id), lock).status_code == 422


@ONE_DATABASE
def test_it_never_opens_another_patients_page_on_the_same_phone(clinic, at_door, lock):
    one, two = at_door(), at_door(clinic.patient(OTHER_PHONE))
    set_up(one, lock)
    set_up(two, lock)
    theirs, mine = clinic.rows(PatientPasskey)
    again = at_door(two.patient_id)
    token, options = ask(again)
    assert [each["id"] for each in options["allowCredentials"]] == [mine.credential_id]
    answer = {"token": token, "answer": lock.sign(theirs.credential_id, options)}
    assert again.client.post(f"{again.path}/key", data=answer).status_code == 422
    assert "Your page" not in again.get().text


@ONE_DATABASE
def test_where_several_share_a_number_it_is_neither_offered_nor_taken(clinic, at_door, lock):
    visitor = at_door()
    set_up(visitor, lock)
    token, options = ask(visitor, "/phone/key/options")
    sharer = clinic.patient(PHONE)
    shared = at_door(visitor.patient_id, also=(sharer,))
    assert "data-passkey" not in shared.get().text
    assert shared.client.post(f"{shared.path}/key/options").status_code == 404
    page = html.unescape(visitor.client.get(f"{visitor.path}/phone").text)
    assert "Somebody else has the same phone number" in page
    assert "data-passkey" not in page
    refused = visitor.client.post(f"{visitor.path}/phone/key", data={"token": token, "answer": lock.create(options)})
    assert refused.status_code == 403


@ONE_DATABASE
def test_only_the_browser_that_was_asked_sets_it_up(clinic, at_door, lock):
    one = at_door()
    assert one.client.post(f"{one.path}/phone/key/options", headers={"Accept": "application/json"}).status_code == 401
    one.post(BORN)
    token, options = ask(one, "/phone/key/options")
    other = Visitor(one.client.application.test_client(), one.made)
    other.post(BORN)
    answer = {"token": token, "answer": lock.create(options)}
    assert other.client.post(f"{other.path}/phone/key", data=answer).status_code == 422
    assert clinic.rows(PatientPasskey) == []


@ONE_DATABASE
def test_the_patient_removes_it_without_script_and_it_opens_no_more(clinic, at_door, lock):
    visitor, other = at_door(), at_door(clinic.patient(OTHER_PHONE))
    set_up(visitor, lock)
    set_up(other, Authenticator(ORIGIN))
    mine, theirs = clinic.rows(PatientPasskey)
    phone = f"{visitor.path}/phone"
    assert f'value="{mine.id}"' in visitor.client.get(phone).text
    assert visitor.client.post(phone, data={"remove": str(theirs.id)}).status_code == 404
    for typed in ("", "x", "9" * 30):
        assert visitor.client.post(phone, data={"remove": typed}).status_code == 400
    waiting = at_door(visitor.patient_id)
    token, options = ask(waiting)
    answer = {"token": token, "answer": lock.get(options)}
    gone = visitor.client.post(phone, data={"remove": str(mine.id)})
    assert "no longer opens" in html.unescape(visitor.client.get(gone.location).text)
    assert waiting.client.post(f"{waiting.path}/key", data=answer).status_code == 422
    assert [each.id for each in clinic.rows(PatientPasskey)] == [theirs.id]
    assert ("removed", "passkey") in actions(clinic)


@ONE_DATABASE
def test_setting_a_pin_takes_every_phones_lock_off(clinic, at_door, lock):
    visitor = at_door()
    set_up(visitor, lock)
    assert "set up again" in visitor.client.get(f"{visitor.path}/pin").text
    visitor.client.post(f"{visitor.path}/pin", data={"new": "5093", "again": "5093"})
    assert clinic.rows(PatientPasskey) == []


@ONE_DATABASE
def test_questions_and_wrong_answers_are_limited_like_typing(clinic, at_door, lock):
    visitor = at_door()
    set_up(visitor, lock)
    door = at_door(visitor.patient_id)
    for _ in range(MOST_TRIES[Tried.PERSON]):
        assert door.client.post(f"{door.path}/key", data={"token": "x", "answer": "{}"}).status_code == 422
    assert unlock(door, lock).status_code == 429
    asked = [door.client.post(f"{door.path}/key/options").status_code for _ in range(MOST_TRIES[Tried.PASSKEY])]
    assert asked[0] == 200
    assert asked[-1] == 429


@ONE_DATABASE
def test_old_questions_go_and_late_answers_count_for_nothing(clinic, at_door, lock):
    visitor = at_door()
    set_up(visitor, lock)
    door = at_door(visitor.patient_id)
    token, options = ask(door)
    clinic.clock.advance(timedelta(minutes=6))
    late = door.client.post(f"{door.path}/key", data={"token": token, "answer": lock.get(options)})
    assert late.status_code == 422
    clinic.clock.advance(timedelta(minutes=6))
    ask(door)
    assert len(clinic.rows(LinkChallenge)) == 1


@ONE_DATABASE
def test_a_patient_has_at_most_so_many(clinic, at_door, lock):
    visitor = at_door()
    for _ in range(MOST_PASSKEYS):
        assert set_up(visitor, lock).status_code == 303
    full = set_up(visitor, lock)
    assert full.status_code == 422
    assert "remove one first" in full.text
    assert len(clinic.rows(PatientPasskey)) == MOST_PASSKEYS


@ONE_DATABASE
@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": 5}', "\0", "é" * 30_000])
def test_nonsense_opens_and_sets_up_nothing(clinic, at_door, lock, answer):
    visitor = at_door()
    set_up(visitor, lock)
    before = len(clinic.rows(LinkSession))
    door = at_door(visitor.patient_id)
    token, _ = ask(door)
    assert door.client.post(f"{door.path}/key", data={"token": token, "answer": answer}).status_code == 422
    token, _ = ask(visitor, "/phone/key/options")
    sent = visitor.client.post(f"{visitor.path}/phone/key", data={"token": token, "answer": answer})
    assert sent.status_code == 422
    assert len(clinic.rows(PatientPasskey)) == 1
    assert len(clinic.rows(LinkSession)) == before
