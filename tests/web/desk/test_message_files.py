"""Pictures sent with a text: heard at the signed door, seen at the desk, fetched from the carrier by its own names."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from app.core.models import AuditEvent, Clinic
from app.messaging.models import Message, MessageAttachment
from app.support.models import Ticket
from channels.registry import Surroundings, build_carriers
from channels.twilio.signature import sign
from tests.gateway.bed import start_standin
from tests.gateway.standin import ACCOUNT, PIXEL, TOKEN
from tests.web.clinics import PHONE

NUMBER = "+13435550100"
TEXT_ID = "MM" + "1" * 32


@pytest.fixture(scope="module")
def standin(tmp_path_factory):
    bed = start_standin(tmp_path_factory.mktemp("standin"))
    yield bed
    bed.stop()


@pytest.fixture
def write(app, ground, north, standin):
    """A phone's text with files, as the carrier posts it; gives the files' paths at the desk."""
    standin.faults(media={})
    around = Surroundings(ground.public_url, ground.clock.now)
    ground.carriers.update(build_carriers({"twilio": standin.settings}, around))
    with ground.database.write() as session:
        session.get_one(Clinic, north.clinic_id).sender = NUMBER

    def write(*kinds: str, body: str = "", sender: str = PHONE, media: str = "2", text_id: str = TEXT_ID) -> list[str]:
        fields = {"MessageSid": text_id, "AccountSid": ACCOUNT, "From": sender, "To": NUMBER, "Body": body}
        fields |= {"NumMedia": str(len(kinds)), "SmsStatus": "received"}
        for number, kind in enumerate(kinds):
            place = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{text_id}/Media"
            fields |= {f"MediaUrl{number}": f"{place}/ME{number}{media * 31}", f"MediaContentType{number}": kind}
        url = f"{ground.public_url}/carriers/twilio/text"
        signed = {"X-Twilio-Signature": sign(url, fields.items(), TOKEN)}
        form = "application/x-www-form-urlencoded"
        posted = app.test_client().post("/carriers/twilio/text", data=urlencode(fields), headers=signed,
                                        content_type=form)  # fmt: skip
        assert posted.status_code == 200
        with ground.database.read() as session:
            message_id = session.scalars(select(Message.id).where(Message.external_id == text_id)).one()
        return [f"/desk/messages/{message_id}/files/{number}" for number in range(1, len(kinds) + 1)]

    return write


def ticket_page(agent, ground) -> str:
    with ground.database.read() as session:
        newest = session.scalars(select(Ticket.id).order_by(Ticket.id.desc())).first()
    return agent.get(f"/desk/tickets/{newest}").text


def test_a_picture_nobody_asked_for_opens_a_ticket_and_is_seen_there(write, ground, north, sign_in):
    first, second = write("image/jpeg", "audio/amr", body="look at this")
    agent = sign_in(north)
    page = ticket_page(agent, ground)
    assert f'href="{first}"' in page
    assert f'src="{second}"' in page
    opened = agent.get(first)
    assert (opened.status_code, opened.data, opened.content_type) == (200, PIXEL, "image/gif")
    assert "sandbox" in opened.headers["Content-Security-Policy"]
    assert opened.headers["Cache-Control"] == "no-store"
    with ground.database.read() as session:
        seen = session.scalars(select(AuditEvent).where(AuditEvent.object_kind == "message_attachment")).all()
    assert [(each.action, each.patient_id) for each in seen] == [("viewed", north.patient_id)]


def test_a_picture_without_words_goes_to_a_person_too(write, ground, north, sign_in):
    (path,) = write("image/png")
    assert f'href="{path}"' in ticket_page(sign_in(north), ground)


def test_the_same_text_twice_brings_its_pictures_once(write, ground):
    write("image/png", "image/png")
    write("image/png", "image/png")
    with ground.database.read() as session:
        assert [each.number for each in session.scalars(select(MessageAttachment))] == [1, 2]


def test_a_picture_is_seen_by_its_own_clinic_alone(write, north, south, sign_in):
    (path,) = write("image/png")
    assert sign_in(south).get(path).status_code == 404
    agent = sign_in(north)
    assert agent.get(path).status_code == 200
    assert agent.get(path[:-1] + "7").status_code == 404


def test_a_strangers_picture_is_seen_too(write, north, sign_in):
    (path,) = write("image/png", sender="+13065550123")
    assert sign_in(north).get(path).data == PIXEL


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("gone", 404, "does not have this file any more"),
        ("large", 503, "too large"),
        ("page", 404, "neither a picture nor a sound"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_said_in_a_sentence(write, north, standin, sign_in, fault, status, words):
    (path,) = write("image/png")
    standin.faults(media={"ME0" + "2" * 31: fault})
    answer = sign_in(north).get(path)
    assert (answer.status_code, words in answer.text) == (status, True)


def test_a_file_of_another_kind_is_named_and_not_opened(write, ground, north, sign_in):
    (path,) = write("text/vcard", body="my card")
    page = ticket_page(sign_in(north), ground)
    assert "text/vcard" in page
    assert path not in page
