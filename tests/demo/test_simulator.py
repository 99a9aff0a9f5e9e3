"""The simulator through the real application: a phone in the hand, its keys and signal, the clock, the staff."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from app.core.models import Clinic
from app.demo.network import DatabaseNetwork
from app.factory import create_app
from app.intake.publish_questionnaire import publish_library
from app.jobs.tick import tick
from app.settings import Settings
from app.wiring import House, build_house
from channels.registry import Surroundings
from channels.simulator import build
from tests.beds.small_clinic import CARRIER, SENDER, SmallClinic, open_small_clinic

NUMBER = "+18195550194"


@dataclass
class Simulator:
    """One patient's phone on the page of a running demo."""

    clinic: SmallClinic
    client: FlaskClient
    patient: int

    def look(self, path: str = "") -> str:
        answer = self.client.get(f"/simulator/{self.patient}{path}")
        assert answer.status_code == 200
        return answer.text

    def do(self, path: str, **form: str) -> None:
        answer = self.client.post(f"/simulator/{self.patient}{path}", data=form)
        assert answer.status_code == 303, answer.text
        tick(self.clinic.ground)

    def call(self, action: str, **form: str) -> None:
        self.do(f"/call/{re.search(r'/call/([^/]+)/', self.look())[1]}/{action}", **form)


@pytest.fixture
def simulator(database, clock, tmp_path) -> Simulator:
    settings = Settings(
        home=tmp_path, demo=True, database_url=database.engine.url.render_as_string(hide_password=False)
    )
    house = build_house(settings)
    house.ground.database.close()
    clinic = open_small_clinic(database, clock)
    surroundings = Surroundings("http://clinic.test", clock.now, DatabaseNetwork(database))
    clinic.ground.carriers[CARRIER] = build(CARRIER, {"sender": SENDER}, surroundings)
    patient = clinic.patient(NUMBER, given="Zoé", family="Côté-Frami")
    on = House(settings=settings, ground=clinic.ground, waker=house.waker, walk=house.walk)
    return Simulator(clinic, create_app(on).test_client(), patient)


@pytest.fixture
def with_forms(simulator) -> Simulator:
    with simulator.clinic.ground.database.write() as session:
        clinic = session.get_one(Clinic, simulator.clinic.clinic_id)
        publish_library(session, clinic, now=simulator.clinic.clock.now())
    return simulator


def send(simulator: Simulator, name: str, channel: str) -> None:
    simulator.do("/send", name=name, channel=channel, id=f"{name}-{channel}")


def test_a_question_with_one_key_shows_the_twelve_keys_and_takes_one(with_forms):
    send(with_forms, "phq-2", "voice")
    with_forms.call("pick-up")
    page = with_forms.look("/screen")
    assert re.findall(r'name="keys" value="(.)"', page) == list("123456789*0#")
    assert 'id="keys"' not in page

    with_forms.call("press", keys="1")
    assert "down, depressed" in with_forms.look("/screen")


def test_spoken_words_are_recorded_where_the_form_asks_for_words(with_forms):
    send(with_forms, "intake", "voice")
    with_forms.call("pick-up")
    for _ in range(40):
        page = with_forms.look("/screen")
        if "/speak" in page:
            break
        with_forms.call("press", keys="1" if 'id="keys"' not in page else "2")
    else:
        pytest.fail("no question was to be answered in words")
    assert 'name="keys" value="1"' not in page

    before = page
    with_forms.call("speak")
    assert with_forms.look("/screen") != before


def test_a_call_breaks_off_when_the_signal_goes(with_forms):
    send(with_forms, "phq-2", "voice")
    with_forms.call("pick-up")
    with_forms.do("/network", behaviour="no_coverage")
    with_forms.do("/network", behaviour="ordinary")
    assert "/call/" not in with_forms.look("/screen")


def test_a_phone_is_found_by_name_without_accents_or_by_number_as_people_write_it(simulator):
    for search in ("zoe", "COTE", "côté-frami", "819 555", "(819) 555-0194", "+1 819"):
        page = simulator.client.get("/simulator/", query_string={"q": search}).text
        assert f"/simulator/{simulator.patient}" in page, search
        assert "819 555-0194" in page


def test_the_clock_says_the_same_until_it_changes(simulator):
    first = simulator.client.get("/simulator/clock", query_string={"who": simulator.patient})
    again = simulator.client.get(
        "/simulator/clock",
        query_string={"who": simulator.patient},
        headers={"If-None-Match": first.headers["ETag"]},
    )
    assert (first.status_code, again.status_code) == (200, 304)
    simulator.client.post("/simulator/clock", data={"step": "hour", "back": str(simulator.patient)})
    assert "moving to" in simulator.client.get("/simulator/clock").text


def test_one_click_signs_in_as_one_of_the_staff_and_as_nobody_else(simulator):
    opened = simulator.client.post("/simulator/staff/amina", follow_redirects=True)
    assert "Amina" in opened.text
    assert simulator.client.post("/simulator/staff/root").status_code == 404


def test_a_phone_that_is_not_there_is_not_found(simulator):
    for patient in ("0", "9" * 18, "9" * 30):
        for path in ("", "/screen", "/record"):
            assert simulator.client.get(f"/simulator/{patient}{path}").status_code == 404
        assert simulator.client.get("/simulator/clock", query_string={"who": patient}).status_code == 404


def test_a_push_that_makes_no_sense_breaks_nothing(simulator):
    for form in ({}, {"step": "due", "back": "9" * 30}, {"step": "?", "back": "x"}):
        assert simulator.client.post("/simulator/clock", data=form).status_code == 303


def test_nothing_in_the_record_says_so(simulator):
    assert "does not answer" in simulator.look("/record")
