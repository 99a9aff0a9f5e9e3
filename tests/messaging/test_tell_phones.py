"""A phone told that something waits: signed, empty, once, within consent and hours, and never more than once seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import app.messaging.tell_phones as tell_phones_module
from app.core.audit import Actor, record_audit
from app.core.faults import FaultRaised, armed_points, read_faults
from app.core.models import AuditEvent
from app.core.sealed import Keyring, keyring, new_keyring
from app.messaging.end_message import end_message
from app.messaging.queue_message import Draft, queue_message
from app.messaging.rules import MessageState
from app.messaging.tell_phones import LEASE, MOST_TRIES, knocker_of, tell_phones
from app.patients.consent import record_consent
from app.patients.links import LASTS as LINK_LASTS
from app.patients.links import find_link, revoke
from app.patients.models import Consent, Link, Patient, PushSubscription
from app.patients.rules import ConsentStatus, LinkProblem
from app.patients.told_phones import tell_no_more, tell_on_phone, want_told
from app.support.models import Ticket
from app.support.reply_on_page import page_address, put_on_page, take_off_page
from app.support.rules import UNDO_S
from channels.webpush.services import is_endpoint
from tests.beds.push_service import push_service, signed_claims
from tests.beds.small_clinic import open_small_clinic

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PHONE = "+13065550155"


@pytest.fixture
def service():
    with push_service() as found:
        yield found


@pytest.fixture
def clinic(database, clock, service):
    made = open_small_clinic(database, clock)
    return replace(made, ground=replace(made.ground, push_services=(service.url,)))


def actor(patient):
    return Actor("patient", patient.id)


def be_told(clinic, service, patient_id=None, phone="phone"):
    """The patient chose it on the page; gives (patient, token of the link the phone keeps)."""
    patient_id = patient_id or clinic.patient(PHONE)
    with clinic.ground.database.write() as session:
        patient = session.get_one(Patient, patient_id)
        token = tell_on_phone(
            session, patient, service.endpoint(phone), locale="en-CA", actor=actor(patient), now=clinic.clock.now()
        )
    return patient_id, token


def reply(clinic, patient_id, key="1"):
    """A person's answer that stays on the page."""
    draft = Draft(
        clinic_id=clinic.clinic_id, channel="web", address=page_address(patient_id), body="Yes, at nine.",
        purpose="reply", cause=f"reply:{key}", patient_id=patient_id,
    )  # fmt: skip
    with clinic.ground.database.write() as session:
        message = put_on_page(session, draft, now=clinic.clock.now())
    clinic.clock.advance(timedelta(seconds=UNDO_S + 1))
    return message.id


def look(clinic, patient_id):
    with clinic.ground.database.write() as session:
        record_audit(
            session, "viewed", "home", patient_id, actor=Actor("patient", patient_id), now=clinic.clock.now(),
            clinic_id=clinic.clinic_id, patient_id=patient_id,
        )  # fmt: skip


def test_a_reply_on_the_page_is_one_empty_signed_knock(clinic, service):
    patient_id, _ = be_told(clinic, service)
    reply(clinic, patient_id)
    assert tell_phones(clinic.ground) == 1
    assert tell_phones(clinic.ground) == 0
    ((path, headers, body),) = service.knocks
    assert (path, body, headers["Topic"], headers["TTL"]) == ("/send/phone", b"", "waits", "86400")
    claims, key = signed_claims(headers)
    assert (claims["aud"], key) == (service.url, knocker_of(clinic.ground).public_key)
    assert 0 < claims["exp"] - clinic.clock.machine_now().timestamp() <= 24 * 3600
    assert claims["sub"] == "https://clinic.test"
    (row,) = clinic.rows(PushSubscription)
    assert (row.due_at, row.wanted_at, row.lease_until) == (None, None, None)


def test_killed_between_knock_and_record_it_is_told_again_after_the_lease_and_then_no_more(
    clinic, service, monkeypatch
):
    """The service replaces a knock that still waits (same Topic), the phone a line that still shows (same tag)."""
    patient_id, _ = be_told(clinic, service)
    reply(clinic, patient_id)
    monkeypatch.setattr(tell_phones_module, "fault_point", armed_points(read_faults("after_knock:raise:1")))
    with pytest.raises(FaultRaised):
        tell_phones(clinic.ground)
    monkeypatch.undo()
    assert tell_phones(clinic.ground) == 0, "somebody may still be at it"
    clinic.clock.advance(LEASE + timedelta(seconds=1))
    assert tell_phones(clinic.ground) == 1
    assert tell_phones(clinic.ground) == 0
    assert [headers["Topic"] for _, headers, _ in service.knocks] == ["waits", "waits"]


@ONE_DATABASE
def test_several_things_are_one_knock_and_what_comes_later_is_another(clinic, service):
    patient_id, _ = be_told(clinic, service)
    reply(clinic, patient_id, "1")
    reply(clinic, patient_id, "2")
    assert tell_phones(clinic.ground) == 1
    reply(clinic, patient_id, "3")
    assert tell_phones(clinic.ground) == 1
    assert len(service.knocks) == 2


@ONE_DATABASE
def test_not_before_a_reply_can_no_longer_be_taken_back_and_not_when_it_was(clinic, service):
    patient_id, _ = be_told(clinic, service)
    message_id = reply(clinic, patient_id)
    clinic.clock.at -= timedelta(seconds=UNDO_S)
    assert tell_phones(clinic.ground) == 0
    with clinic.ground.database.write() as session:
        assert take_off_page(session, message_id, now=clinic.clock.now())
    clinic.clock.advance(timedelta(minutes=1))
    assert tell_phones(clinic.ground) == 0
    assert service.knocks == []


@ONE_DATABASE
def test_what_was_seen_meanwhile_is_not_told(clinic, service):
    patient_id, _ = be_told(clinic, service)
    reply(clinic, patient_id)
    look(clinic, patient_id)
    assert tell_phones(clinic.ground) == 0
    assert service.knocks == []


@ONE_DATABASE
def test_never_at_night_and_in_the_morning_if_it_still_waits(clinic, service):
    patient_id, _ = be_told(clinic, service)
    clinic.clock.advance(timedelta(hours=13))
    reply(clinic, patient_id)
    assert tell_phones(clinic.ground) == 0
    (row,) = clinic.rows(PushSubscription)
    assert row.due_at > clinic.clock.now()
    clinic.clock.at = row.due_at
    assert tell_phones(clinic.ground) == 1


@ONE_DATABASE
@pytest.mark.parametrize("status", [404, 410])
def test_a_phone_that_withdrew_is_dropped_and_its_link_closed(clinic, service, status):
    patient_id, token = be_told(clinic, service)
    reply(clinic, patient_id)
    service.status = status
    tell_phones(clinic.ground)
    assert clinic.rows(PushSubscription) == []
    with clinic.ground.database.read() as session:
        assert find_link(session, token, clinic.clock.now()) is LinkProblem.REVOKED
    assert ("removed", "told_phone", "system") in told(clinic)


def told(clinic):
    return [(each.action, each.object_kind, each.actor_kind) for each in clinic.rows(AuditEvent)]


@ONE_DATABASE
def test_a_service_that_is_busy_is_tried_later_and_not_for_ever(clinic, service):
    patient_id, _ = be_told(clinic, service)
    reply(clinic, patient_id)
    service.status = 503
    for _ in range(MOST_TRIES + 3):
        tell_phones(clinic.ground)
        clinic.clock.advance(timedelta(minutes=16))
    assert len(service.knocks) == MOST_TRIES
    assert clinic.rows(PushSubscription)[0].due_at is None


@ONE_DATABASE
def test_a_service_that_refuses_us_is_not_asked_again_about_this(clinic, service):
    patient_id, _ = be_told(clinic, service)
    reply(clinic, patient_id)
    service.status = 403
    for _ in range(3):
        tell_phones(clinic.ground)
        clinic.clock.advance(timedelta(minutes=16))
    assert len(service.knocks) == 1
    assert len(clinic.rows(PushSubscription)) == 1


@ONE_DATABASE
def test_withdrawn_consent_a_death_or_a_list_without_that_service_tell_nobody(clinic, service):
    patient_id, _ = be_told(clinic, service)
    for change in ("consent", "death", "list"):
        reply(clinic, patient_id, change)
        ground = clinic.ground
        with ground.database.write() as session:
            patient = session.get_one(Patient, patient_id)
            patient.status = "deceased" if change == "death" else "active"
            status = ConsentStatus.WITHDRAWN if change == "consent" else ConsentStatus.GIVEN
            record_consent(session, patient, status=status, wording="t", source="staff", now=clinic.clock.now())
        assert tell_phones(replace(ground, push_services=("push.example",)) if change == "list" else ground) == 0
    assert service.knocks == []


@ONE_DATABASE
def test_stop_told_to_staff_or_the_page_ends_it_for_every_phone(clinic, service):
    patient_id, token = be_told(clinic, service)
    be_told(clinic, service, patient_id, "second")
    reply(clinic, patient_id)
    with clinic.ground.database.write() as session:
        patient = session.get_one(Patient, patient_id)
        assert tell_no_more(session, patient, actor=Actor("staff", 7), now=clinic.clock.now()) == 2
        assert tell_no_more(session, patient, actor=Actor("staff", 7), now=clinic.clock.now()) == 0
    assert tell_phones(clinic.ground) == 0
    newest = clinic.rows(Consent)[-1]
    assert (newest.channel, newest.status, newest.source, newest.staff_id) == ("web", "withdrawn", "staff", 7)
    with clinic.ground.database.read() as session:
        assert find_link(session, token, clinic.clock.now()) is LinkProblem.REVOKED


@ONE_DATABASE
def test_one_phone_is_one_patients_and_twice_is_once(clinic, service):
    first, _ = be_told(clinic, service)
    be_told(clinic, service, first)
    assert len(clinic.rows(PushSubscription)) == 1
    second, _ = be_told(clinic, service, clinic.patient("+13065550177"))
    (row,) = clinic.rows(PushSubscription)
    assert row.patient_id == second
    reply(clinic, first)
    assert tell_phones(clinic.ground) == 0


@ONE_DATABASE
def test_a_text_that_does_not_arrive_is_told_on_the_phone_beside_the_ticket(clinic, service):
    patient_id, _ = be_told(clinic, service)
    draft = Draft(
        clinic_id=clinic.clinic_id, channel="sms", address=PHONE, body="Your link", purpose="link", cause="link:1",
        patient_id=patient_id,
    )  # fmt: skip
    with clinic.ground.database.write() as session:
        message = queue_message(session, draft, now=clinic.clock.now())
        end_message(session, message, MessageState.UNDELIVERED, "unreachable", now=clinic.clock.now())
    clinic.tick()
    assert len(service.knocks) == 1
    assert [each.reason for each in clinic.rows(Ticket)] == ["undelivered"]


@ONE_DATABASE
def test_the_address_lies_sealed_and_the_key_is_the_same_on_every_machine(clinic, service):
    be_told(clinic, service)
    (row,) = clinic.rows(PushSubscription)
    assert service.url.encode() not in bytes(row.endpoint_sealed)
    assert row.endpoint == service.endpoint()
    elsewhere = Keyring({1: b"another"}, 1, keyring().index_key)
    assert elsewhere.secret("web push", 48) == knocker_of(clinic.ground).seed
    assert new_keyring().secret("web push", 48) != knocker_of(clinic.ground).seed
    assert clinic.rows(Link)[-1].expires_at - clinic.clock.now() == LINK_LASTS


@ONE_DATABASE
def test_nothing_due_costs_nothing_and_an_empty_wish_is_forgotten(clinic, service):
    patient_id, _ = be_told(clinic, service)
    with clinic.ground.database.write() as session:
        want_told(session, patient_id, clinic.clock.now())
    assert tell_phones(clinic.ground) == 0
    assert clinic.rows(PushSubscription)[0].due_at is None


@pytest.mark.parametrize(
    ("endpoint", "is_ours"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://fcm.googleapis.com:443/abc", True),
        ("http://fcm.googleapis.com/abc", False),
        ("https://fcm.googleapis.com:8443/abc", False),
        ("https://fcm.googleapis.com.evil.example/abc", False),
        ("https://evilfcm.googleapis.com.example/abc", False),
        ("https://xfcm.googleapis.com/abc", False),
        ("https://fcm.googleapis.com@127.0.0.1/abc", False),
        ("https://user@fcm.googleapis.com/abc", False),
        ("https://127.0.0.1/abc", False),
        ("https://[::1]/abc", False),
        ("https://10.0.0.4/abc", False),
        ("https://localhost/abc", False),
        ("http://127.0.0.1:9000/abc", True),
        ("http://127.0.0.1:9001/abc", False),
        ("https://fcm.googleapis.com/\nabc", False),
        ("https://fcm.googleapis.com:x/abc", False),
        ("https://[fcm/abc", False),
        ("ftp://fcm.googleapis.com/abc", False),
        ("https://fcm.googleapis.com/" + "a" * 2000, False),
        ("", False),
    ],
)
def test_only_listed_push_services_are_ever_asked(endpoint, is_ours):
    services = ("fcm.googleapis.com", "push.apple.com", "http://127.0.0.1:9000")
    assert is_endpoint(endpoint, services) is is_ours


@ONE_DATABASE
def test_the_link_a_phone_keeps_is_open_for_two_weeks_after_each_knock_and_no_longer(clinic, service):
    patient_id, token = be_told(clinic, service)

    def is_open():
        with clinic.ground.database.read() as session:
            return isinstance(find_link(session, token, clinic.clock.now()), Link)

    clinic.clock.advance(timedelta(days=13))
    assert is_open()
    clinic.clock.advance(timedelta(days=2))
    assert not is_open()
    reply(clinic, patient_id)
    assert tell_phones(clinic.ground) == 1
    assert is_open()
    clinic.clock.advance(timedelta(days=15))
    assert not is_open()


@ONE_DATABASE
def test_a_choice_to_be_told_lasts_a_year_and_a_closed_link_is_knocked_at_no_more(clinic, service):
    patient_id, _ = be_told(clinic, service)
    clinic.clock.advance(timedelta(days=364))
    reply(clinic, patient_id, "1")
    assert tell_phones(clinic.ground) == 1
    clinic.clock.advance(timedelta(days=1))
    reply(clinic, patient_id, "2")
    assert tell_phones(clinic.ground) == 0
    other, token = be_told(clinic, service, clinic.patient("+13065550156"), phone="other")
    with clinic.ground.database.write() as session:
        revoke(session, find_link(session, token, clinic.clock.now()), clinic.clock.now())
    reply(clinic, other, "3")
    assert tell_phones(clinic.ground) == 0
    assert len(service.knocks) == 1
