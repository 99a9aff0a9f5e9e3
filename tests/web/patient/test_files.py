"""Photos and voice notes as answers: in parts over a bad link, or in one go without script; sealed; seen by staff."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.conversations.models import Conversation
from app.conversations.play_recording import Spoken, fetch_recording
from app.core.audit import Actor
from app.core.errors import Busy, NotFound
from app.core.models import AuditEvent, Clinic
from app.intake.models import Answer, Attachment, AttachmentPart, Response
from app.messaging.models import Call
from app.patients.models import Patient
from app.staff.invite_staff import Colleague, invite_staff
from app.staff.rules import Role
from tests.web.clinics import hidden_fields
from tests.web.patient.test_packets import packet, post

FORM = {
    "resourceType": "Questionnaire", "status": "active", "title": "Skin", "language": "en-CA",
    "item": [
        {"linkId": "photo", "type": "attachment", "required": True, "text": "A photo of the spot"},
        {"linkId": "where", "type": "string", "text": "Where is it?"},
    ],
}  # fmt: skip
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 400
SOUND = b"OggS" + b"\0" * 200


@pytest.fixture
def visitor(visit):
    found = visit("skin", resource=FORM)
    found.prove()
    return found


def send_part(visitor, file_id: str, content: bytes, start: int, length: int = 32_768, **said: object):
    headers = {"Path": "photo", "Offset": start, "Size": len(content), "Hash": hashlib.sha256(content).hexdigest()}
    headers = {name: str(value) for name, value in {**headers, **said}.items()}
    body = content[start : start + length]
    return visitor.client.post(f"{visitor.path}/file/{file_id}", data=body, headers=headers)


def send_whole(visitor, file_id: str, content: bytes) -> None:
    start = 0
    while start < len(content):
        start = send_part(visitor, file_id, content, start).json["received"]


def answer(file_id: str) -> dict[str, str]:
    return {"url": f"urn:uuid:{file_id}", "title": "spot.jpg"}


def test_a_photo_comes_in_parts_and_the_answer_that_names_it_finishes_the_form(clinic, visitor):
    file_id = str(uuid4())
    send_whole(visitor, file_id, JPEG)
    receipt = post(visitor, packet(clinic, {"photo": answer(file_id)}, final=True)).json
    assert receipt["status"] == "completed"
    (kept,) = clinic.rows(Attachment)
    assert (kept.content, kept.content_type, kept.size_bytes) == (JPEG, "image/jpeg", len(JPEG))
    assert clinic.rows(AttachmentPart) == []
    (given,) = clinic.rows(Answer)
    assert given.value == {"contentType": "image/jpeg", "url": f"urn:uuid:{file_id}", "size": len(JPEG)}


def test_a_photo_cut_off_goes_on_where_the_server_has_it_and_a_part_sent_again_changes_nothing(clinic, visitor):
    file_id = str(uuid4())
    assert visitor.get(f"/file/{file_id}").json == {"received": 0}
    assert send_part(visitor, file_id, JPEG, 0, 1000).json == {"received": 1000}
    assert send_part(visitor, file_id, JPEG, 0, 1000).json == {"received": 1000}
    assert send_part(visitor, file_id, JPEG, 5000).json == {"received": 1000}
    assert visitor.get(f"/file/{file_id}").json == {"received": 1000}
    send_whole(visitor, file_id, JPEG)
    assert send_part(visitor, file_id, JPEG, 0).json == {"received": len(JPEG)}
    (kept,) = clinic.rows(Attachment)
    assert kept.content == JPEG


def test_nothing_of_a_half_photo_is_an_answer_and_the_packet_that_names_it_says_so(clinic, visitor):
    file_id = str(uuid4())
    send_part(visitor, file_id, JPEG, 0)
    receipt = post(visitor, packet(clinic, {"photo": answer(file_id), "where": "arm"}, final=True)).json
    assert (receipt["refused"], receipt["missing"], receipt["kept"]) == (["photo"], ["photo"], ["where"])
    assert [each.path for each in clinic.rows(Answer)] == ["where"]


def test_a_photo_that_is_not_what_was_named_begins_again(clinic, visitor):
    file_id, other = str(uuid4()), hashlib.sha256(b"other").hexdigest()
    for start in range(0, len(JPEG), 32_768):
        received = send_part(visitor, file_id, JPEG, start, Hash=other).json["received"]
    assert received == 0
    assert [each.content_sealed for each in clinic.rows(Attachment)] == [None]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"Size": 6_000_000}, 413), ({"Offset": "x"}, 400), ({"Offset": -1}, 400), ({"Path": "where"}, 400),
        ({"Path": "nothing"}, 400), ({"Hash": "0" * 65}, 400), ({"Size": 0}, 400),
    ],
)  # fmt: skip
def test_what_is_no_part_of_an_answer_is_refused(clinic, visitor, said, status):
    assert send_part(visitor, str(uuid4()), JPEG, 0, **said).status_code == status
    assert clinic.rows(Attachment) == []


@pytest.mark.parametrize("content", [b"<!doctype html><script>", b"MZ\x90\0", b"%PDF-1.7", b"\0" * 20])
def test_what_is_no_photo_and_no_sound_is_refused(clinic, visitor, content):
    assert send_part(visitor, str(uuid4()), content, 0).status_code == 400
    page = visitor.post({"photo": (BytesIO(content), "photo.jpg"), "finish": "1"}, content_type="multipart/form-data")
    assert page.status_code == 422
    assert "not a photo or a sound" in page.text
    assert clinic.rows(Attachment) == []


def test_a_file_number_used_for_another_file_is_refused(visitor):
    file_id = str(uuid4())
    send_part(visitor, file_id, JPEG, 0, 100)
    assert send_part(visitor, file_id, JPEG + b"more", 100).status_code == 409


def test_a_browser_that_has_not_proved_who_it_is_sends_and_asks_nothing(clinic, visit):
    stranger = visit("skin", resource=FORM)
    assert stranger.get(f"/file/{uuid4()}").status_code == 401
    assert send_part(stranger, str(uuid4()), JPEG, 0).status_code == 401
    large = {"photo": (BytesIO(JPEG * 4), "photo.jpg")}
    assert stranger.post(large, content_type="multipart/form-data").status_code == 413
    assert clinic.rows(Attachment) == []


def test_without_script_a_plain_file_field_does_it_and_the_same_file_again_is_one(clinic, visitor):
    assert 'enctype="multipart/form-data"' in visitor.get().text
    for _ in range(2):
        saved = visitor.post({"photo": (BytesIO(JPEG), "spot.jpg")}, content_type="multipart/form-data")
        assert saved.status_code == 303
    assert "We have your file" in visitor.get().text
    done = visitor.post(
        {"where": "arm", "photo": (BytesIO(b""), ""), "finish": "1"}, content_type="multipart/form-data"
    )
    assert "receipt code" in done.text
    (kept,) = clinic.rows(Attachment)
    assert kept.content == JPEG


def test_a_photo_lies_sealed_in_the_database(clinic, visitor):
    file_id = str(uuid4())
    send_part(visitor, file_id, JPEG, 0)
    (part,) = clinic.rows(AttachmentPart)
    assert JPEG[4:40] not in part.content_sealed
    send_whole(visitor, file_id, JPEG)
    (kept,) = clinic.rows(Attachment)
    assert JPEG[4:40] not in kept.content_sealed
    assert len(kept.content_sealed) < len(JPEG) + 100


def test_the_answer_is_known_to_the_record_as_an_attachment(clinic, visitor):
    file_id = str(uuid4())
    send_whole(visitor, file_id, SOUND)
    post(visitor, packet(clinic, {"photo": answer(file_id)}))
    (given,) = clinic.rows(Answer)
    assert given.value["contentType"] == "audio/ogg"
    assert json.dumps(given.value)


def test_opening_a_photo_at_the_desk_is_recorded_and_it_never_acts_as_a_page(clinic, visitor, app):
    file_id = str(uuid4())
    send_whole(visitor, file_id, JPEG)
    post(visitor, packet(clinic, {"photo": answer(file_id)}, final=True))
    (given,) = clinic.rows(Answer)
    agent = _agent(app, clinic)
    assert agent.get(f"/desk/answers/{given.id}/file").status_code == 404
    _give_reason(agent, clinic)
    opened = agent.get(f"/desk/answers/{given.id}/file")
    assert (opened.data, opened.content_type) == (JPEG, "image/jpeg")
    assert "sandbox" in opened.headers["Content-Security-Policy"]
    assert opened.headers["X-Content-Type-Options"] == "nosniff"
    assert [each.action for each in clinic.rows(AuditEvent, object_kind="attachment")] == ["viewed"]
    assert agent.get("/desk/answers/1/file").status_code == 404


def test_recorded_words_are_heard_in_parts_recorded_and_kept_by_no_browser(clinic, visitor, app):
    post(visitor, packet(clinic, {"where": "arm"}))
    (given,) = clinic.rows(Answer)
    now, spoken = clinic.clock.now(), {"recording": "SIMR" + "0a" * 12}
    with clinic.ground.database.write() as session:
        answer = session.get_one(Answer, given.id)
        answer.value, response = spoken, session.get_one(Response, given.response_id)
        about = {"clinic_id": clinic.clinic_id, "patient_id": response.patient_id, "locale": "en", "created_at": now}
        call = Conversation(kind="questionnaire", channel="voice", response_id=response.id, updated_at=now, **about)
        session.add(call)
        session.flush()
        session.add(
            Call(
                direction="inbound", carrier="simulator", external_id="SIMC1", conversation_id=call.id, address="+1",
                address_index="", state="completed", **about,
            )
        )  # fmt: skip
    agent, path = _agent(app, clinic), f"/desk/answers/{given.id}/file"
    _give_reason(agent, clinic)
    assert f'src="{path}"' in agent.get(f"/desk/patients/{response.patient_id}").text
    whole = agent.get(path)
    assert (whole.content_type, whole.data[:4], whole.headers["Accept-Ranges"]) == ("audio/wav", b"RIFF", "bytes")
    part = agent.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, whole.data[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole.data)}"
    assert agent.get(path, headers={"Range": f"bytes={len(whole.data)}-"}).status_code == 416
    assert {each.headers["Cache-Control"] for each in (whole, part)} == {"no-store"}
    assert {each.action for each in clinic.rows(AuditEvent, object_kind="recording")} == {"heard"}


@pytest.mark.parametrize("recording", ["", "SIMR/../x", "RE" + "1" * 32])
def test_a_recording_the_carrier_does_not_know_is_said_in_a_sentence(clinic, recording):
    with pytest.raises(Busy):
        fetch_recording(clinic.ground, Spoken("simulator", recording))
    with pytest.raises(NotFound):
        fetch_recording(clinic.ground, Spoken("gone", recording))


def _give_reason(agent, clinic) -> None:
    """Open the one patient's chart, without a ticket, for a reason."""
    with clinic.ground.database.read() as session:
        patient_id = session.scalars(select(Patient.id)).one()
    page = agent.get(f"/desk/patients/{patient_id}").text
    fields = hidden_fields(page, f"/desk/patients/{patient_id}/open")
    assert (
        agent.post(f"/desk/patients/{patient_id}/open", data={**fields, "reason": "asked by phone"}).status_code == 303
    )


def _agent(app, clinic):
    """An agent of this clinic, signed in."""
    now = clinic.clock.now()
    with clinic.ground.database.write() as session:
        who = Colleague("agent", (Role.AGENT,), "Agent", "en")
        invited = invite_staff(
            session, session.get_one(Clinic, clinic.clinic_id), who, actor=Actor("operator"), now=now, machine_now=now
        )  # fmt: skip
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    client.post(f"/staff/invitation/{invited.token}")
    return client
