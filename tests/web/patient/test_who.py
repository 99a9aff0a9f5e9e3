"""Who may open a page, by date of birth or PIN; and what previewers, proxies and people who guess meet instead."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest

from app.core.models import AuditEvent, Event
from app.core.wake import Waker
from app.factory import create_app
from app.intake.models import Answer, Response
from app.patients.links import create_link
from app.patients.models import Link, LinkSession, Patient
from app.patients.pins import set_pin
from app.patients.rules import MOST_TRIES, Tried
from app.settings import Settings
from app.wiring import House
from tests.web.patient.conftest import BORN, PHONE, Visitor

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PREVIEWERS = (
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
)
MINI = "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; en) Presto/2.12.423 Version/12.16"
NOT_MINI = "Mozilla/5.0 (Linux; Android 9) AppleWebKit/537.36 Chrome/96 Mobile Safari/537.36 OPR/61.1 (Opera Mini off)"
TOLD = ("pine narrows", "symptom", "chest", "check-in", "1980", "clinic.test", "phq")


def everything(clinic):
    tables = (Answer, Response, Event, LinkSession, AuditEvent)
    return [len(clinic.rows(each)) for each in tables], [
        (each.last_opened_at, each.details) for each in clinic.rows(Link)
    ]


@pytest.fixture
def patient(clinic, visit):
    """Whoever `visit` just made a link for."""

    def patient():
        return clinic.rows(Link)[-1].patient_id

    return patient


def give_pin(clinic, patient_id, pin="5093"):
    with clinic.ground.database.write() as session:
        set_pin(session.get_one(Patient, patient_id), pin)


@ONE_DATABASE
@pytest.mark.parametrize("agent", PREVIEWERS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_previewer_learns_and_changes_nothing(clinic, visit, agent, method):
    visitor = visit()
    before = everything(clinic)
    page = visitor.client.open(visitor.path, method=method, headers={"User-Agent": agent})
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert not [word for word in TOLD if word in page.text.lower()]
    assert "og:" not in page.text
    assert everything(clinic) == before


def test_a_pin_is_asked_instead_of_the_date_of_birth(clinic, visit, patient):
    visitor = visit()
    give_pin(clinic, patient())
    page = visitor.get()
    assert 'name="pin"' in page.text
    assert "birth" not in page.text
    assert visitor.post(BORN).status_code == 422
    assert visitor.post({"pin": "5094"}).status_code == 422
    opened = visitor.post({"pin": "5093"})
    assert opened.status_code == 303
    assert 'name="chest-pain"' in visitor.client.get(opened.location).text


@ONE_DATABASE
def test_the_question_can_be_read_in_the_other_language_and_stays_so(clinic, visit, patient):
    visitor = visit()
    assert re.search(r'<a href="\?lang=fr" lang="fr"[^>]*>Français</a>', visitor.get().text)
    page = visitor.get("?lang=fr")
    assert '<html lang="fr">' in page.text
    assert "date de naissance" in page.text
    wrong = visitor.post({**BORN, "birth.y": "1981"}, "?lang=fr")
    assert "date de naissance" in wrong.text
    assert everything(clinic)[1] == [(None, {})]


@ONE_DATABASE
@pytest.mark.parametrize("asked", ["xx", "<script>", "fr" * 40, "iu", ""])
def test_a_language_nobody_speaks_here_is_passed_over(visit, asked):
    assert '<html lang="en">' in visit().client.get(visit().path, query_string={"lang": asked}).text


def test_two_people_on_one_phone_each_come_to_their_own_page(app, clinic):
    ada, bo = clinic.patient(PHONE), clinic.patient(PHONE, birth_date="2011-02-03")
    with clinic.ground.database.write() as session:
        made = create_link(
            session, session.get_one(Patient, ada), purpose="home", response_id=None, locale="en-CA",
            now=clinic.clock.now(), also=[bo],
        )  # fmt: skip
        session.expunge(made.link)
    visitor = Visitor(app.test_client(), made)
    went = visitor.post({"birth.y": "2011", "birth.m": "2", "birth.d": "3"})
    assert went.status_code == 303
    assert visitor.path not in went.location
    assert f"Path={went.location.partition('?')[0]};" in went.headers["Set-Cookie"]
    assert clinic.rows(Link)[-1].patient_id == bo
    assert visitor.path in visitor.post(BORN).location


def test_guesses_are_counted_by_every_server_and_not_by_address_in_clear(clinic, visit, patient):
    """Each new link gives no new tries: the patient's limit holds across links, and across processes."""
    house = House(settings=Settings(public_url="https://farline.test"), ground=clinic.ground, waker=Waker())
    servers = [create_app(house) for _ in range(2)]
    visitors, statuses = [], []
    first = visit()
    patient_id = patient()
    for number in range(MOST_TRIES[Tried.PERSON] + 1):
        if number % 4 == 0:
            with clinic.ground.database.write() as session:
                made = create_link(
                    session, session.get_one(Patient, patient_id), purpose="home", response_id=None, locale="en",
                    now=clinic.clock.now(),
                )  # fmt: skip
                session.expunge(made.link)
            visitors.append(Visitor(servers[number % 8 // 4].test_client(), made))
        statuses.append(visitors[-1].post({**BORN, "birth.y": str(1900 + number)}).status_code)
    assert statuses == [422] * MOST_TRIES[Tried.PERSON] + [429]
    assert first.post(BORN).status_code == 429, "right, but too soon"
    clinic.clock.at += timedelta(hours=1)
    assert first.post(BORN).status_code == 303


@ONE_DATABASE
@pytest.mark.parametrize("said", [{"User-Agent": MINI}, {"X-OperaMini-Phone-UA": "x"}, {"User-Agent": "UCWEB/2.0 (x)"}])
def test_a_proxy_that_reads_along_gets_other_ways_and_no_word_of_health(clinic, visit, said):
    visitor = visit(locale="fr-CA")
    before = everything(clinic)
    for page in (visitor.get(headers=said), visitor.post(BORN, headers=said), visitor.client.get("/c", headers=said)):
        assert page.status_code == 200
        assert "Set-Cookie" not in page.headers
        assert "<input" not in page.text
        assert not [word for word in TOLD if word in page.text.lower()]
    page = visitor.get(headers=said).text
    assert 'href="tel:+18075550100"' in page
    assert 'href="sms:+13435550100"' in page
    assert '<html lang="fr">' in page
    assert everything(clinic) == before


@ONE_DATABASE
def test_the_same_browser_without_its_proxy_is_welcome(visit):
    assert "date of birth" in visit().get(headers={"User-Agent": NOT_MINI}).text


@pytest.mark.parametrize("place", ["", "/home", "/pin"])
def test_wherever_the_question_is_asked_the_answer_goes_to_the_link(visit, place):
    visitor = visit()
    asked = visitor.get(place).text
    (action,) = re.findall(r'<form method="post" action="(.*?)"', asked)
    assert (
        urljoin(f"https://farline.test{visitor.path}{place}", action).rstrip("?")
        == f"https://farline.test{visitor.path}"
    )
