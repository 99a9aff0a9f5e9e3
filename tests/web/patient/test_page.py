"""The page without script: who may see it, what each button does, and what it never says."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.core.models import AuditEvent, Event
from app.core.wake import Waker
from app.factory import create_app
from app.intake.models import Answer, Response
from app.patients.links import revoke
from app.patients.models import Link, LinkSession
from app.settings import Settings
from app.wiring import House
from tests.conversations.test_form_by_text import TYPED
from tests.conversations.test_page import WHOLE
from tests.web.patient.conftest import BORN, PHONE

LOOP = {
    "resourceType": "Questionnaire", "status": "active", "title": "Pills", "language": "en-CA",
    "item": [
        {"linkId": "pill", "type": "group", "text": "Pill", "repeats": True,
         "item": [{"linkId": "name", "type": "string", "text": "Which one?"}]},
        {"linkId": "other", "type": "group", "text": "Other",
         "item": [{"linkId": "note", "type": "text", "text": "Anything else?"}]},
    ],
}  # fmt: skip


def kept(clinic) -> dict[str, object]:
    return {each.path: each.value for each in clinic.rows(Answer, state="current")}


def test_opening_reveals_and_changes_nothing_before_the_birth_date(clinic, visit):
    visitor = visit()
    before = [len(clinic.rows(model)) for model in (Answer, Response, Event, LinkSession)]
    page = visitor.get()
    assert page.status_code == 200
    assert "date of birth" in page.text
    assert not any(word in page.text.lower() for word in ("symptom", "chest", "pine narrows", "check-in"))
    assert "Set-Cookie" not in page.headers
    assert [len(clinic.rows(model)) for model in (Answer, Response, Event, LinkSession)] == before
    assert clinic.rows(Link)[0].last_opened_at is None


@pytest.mark.parametrize("step", ["asked", "proved", "ended", "code"])
def test_every_page_is_kept_by_nobody_and_told_to_nobody(visit, step):
    visitor = visit()
    page = {
        "asked": visitor.get,
        "proved": visitor.prove,
        "ended": lambda: visitor.client.get("/p/no-such-link"),
        "code": lambda: visitor.client.get("/c"),
    }[step]()
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "http" not in page.text
    assert re.search(r"<title>(For you|Pour vous)</title>", page.text)


def test_the_birth_date_leads_to_the_form_and_is_remembered_for_this_link_alone(visit):
    visitor = visit()
    proved = visitor.post(BORN)
    assert proved.status_code == 303
    assert 'name="chest-pain"' in visitor.client.get(proved.location).text
    cookie = proved.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=Lax", f"Path={visitor.path}"))


def test_a_wrong_birth_date_asks_again_and_five_make_it_wait(visit):
    visitor = visit()
    wrong = {**BORN, "birth.y": "1981"}
    answers = [visitor.post(wrong) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 4 + [429]
    assert visitor.prove().status_code == 429


def test_answers_of_a_stranger_are_not_taken(clinic, visit):
    visitor = visit()
    assert "date of birth" in visitor.post(WHOLE).text
    assert kept(clinic) == {}


def test_a_cookie_opens_its_own_link_only(visit):
    first, second = visit(), visit()
    first.prove()
    cookie = first.client.get_cookie("open", path=first.path)
    second.client.set_cookie("open", cookie.value, path=second.path)
    assert "date of birth" in second.get().text


def test_saving_keeps_the_whole_page_and_going_back_or_reloading_asks_nothing_twice(clinic, visit):
    visitor = visit()
    visitor.prove()
    for _ in range(2):
        saved = visitor.post({"overall": "better", "pain": "2"})
        assert saved.status_code == 303
    assert kept(clinic) == {"overall": "better", "pain": 2}
    shown = visitor.client.get(saved.location).text
    assert "Saved." in shown
    assert re.search(r'value="better"[^>]* checked', shown)


def test_looking_and_answering_are_recorded_and_saving_nothing_new_is_not(clinic, visit):
    visitor = visit()
    visitor.prove()
    for _ in range(2):
        visitor.post({"overall": "better", "pain": "2"})
    (change,) = clinic.rows(AuditEvent, action="changed", object_kind="response")
    assert (change.actor_kind, change.details) == ("patient", {"answers": 2})
    assert change.actor_id == change.patient_id == clinic.rows(Response)[0].patient_id
    assert len(clinic.rows(AuditEvent, action="viewed", object_kind="response")) == 1


def test_a_question_that_an_answer_opens_is_where_the_patient_goes_next(visit):
    visitor = visit()
    page = visitor.prove()
    assert re.search(r'id="f-temperature"[^>]* hidden', page.text)
    assert re.search(r'name="temperature"[^>]* disabled', page.text)
    saved = visitor.post({"fever": "true"})
    assert saved.location.endswith("#f-temperature")
    shown = visitor.client.get(saved.location).text
    assert re.search(r'id="f-temperature"(?![^>]* hidden)', shown)
    assert "opened another question" in shown


def test_answers_that_need_another_look_are_listed_first_and_stay_as_typed(clinic, visit):
    visitor = visit()
    visitor.prove()
    page = visitor.post({"overall": "better", "pain": "lots"})
    assert page.status_code == 422
    assert '<a href="#q-pain">' in page.text
    assert re.search(r'role="alert" tabindex="-1" autofocus', page.text)
    assert re.search(r'name="pain"[^>]*value="lots"[^>]*aria-invalid="true"', page.text)
    assert "<title>Needs another look: For you</title>" in page.text
    assert kept(clinic) == {"overall": "better"}


def test_a_form_sent_twice_is_one_and_shows_the_same_code(clinic, visit):
    visitor = visit()
    visitor.prove()
    first, second = (visitor.post({**WHOLE, "finish": "1"}) for _ in range(2))
    code = clinic.rows(Response)[0].receipt_code
    assert code in first.text
    assert code in second.text
    assert code in visitor.get().text
    assert len(clinic.rows(Event, kind="response_completed")) == 1


def test_unticked_boxes_are_taken_back(clinic, visit):
    boxes = {
        "resourceType": "Questionnaire", "status": "active", "title": "Boxes", "language": "en-CA",
        "item": [{"linkId": "which", "type": "choice", "text": "Which?", "repeats": True,
                  "answerOption": [{"valueString": "a"}, {"valueString": "b"}]}],
    }  # fmt: skip
    visitor = visit("boxes", resource=boxes)
    values = re.findall(r'type="checkbox" name="which" value="([^"]+)"', visitor.prove().text)
    visitor.post({"which": ["", *values]})
    assert kept(clinic) == {"which": values}
    visitor.post({"which": ""})
    assert kept(clinic) == {}


def test_another_occurrence_can_be_added_without_script(clinic, visit):
    visitor = visit("pills", resource=LOOP)
    page = visitor.prove().text
    assert 'name="name@1"' not in page
    more = visitor.post({"name@0": "Aspirin", "add": "pill"})
    page = visitor.client.get(more.location).text
    assert 'name="name@1"' in page
    visitor.post({"name@0": "Aspirin", "name@1": "Ibuprofen"})
    assert kept(clinic) == {"name@0": "Aspirin", "name@1": "Ibuprofen"}


def test_an_ended_link_gives_the_number_of_its_own_clinic(clinic, visit):
    visitor = visit(locale="fr-CA")
    clinic.clock.at += timedelta(days=15)
    page = visitor.get()
    assert page.status_code == 410
    assert "807-555-0100" in page.text
    assert "Ce lien" in page.text
    assert "807-555-0100" not in visitor.client.get("/p/never-was-a-link").text


def test_a_new_link_is_texted_once_a_day_and_the_answer_never_says_so(clinic, visit):
    visitor = visit()
    clinic.clock.at += timedelta(days=15)
    first, second = visitor.post({"again": "1"}), visitor.post({"again": "1"})
    unknown = visitor.client.post("/p/never-was-a-link", data={"again": "1"})
    clinic.tick()
    (text,) = clinic.texts(PHONE)
    assert "/p/" in text
    assert first.status_code == second.status_code == unknown.status_code == 200
    assert "Look at your texts" in first.text
    assert "Look at your texts" in unknown.text
    visitor.path = "/p/" + text.partition("/p/")[2].split()[0]
    assert 'name="chest-pain"' in visitor.prove().text


def test_a_revoked_link_is_not_renewed(clinic, visit):
    visitor = visit()
    with clinic.ground.database.write() as session:
        revoke(session, session.get_one(Link, visitor.made.link.id), clinic.clock.now())
    visitor.post({"again": "1"})
    clinic.clock.at += timedelta(days=15)
    visitor.post({"again": "1"})
    clinic.tick()
    assert clinic.texts(PHONE) == []


def test_a_short_code_leads_to_the_same_question(visit):
    visitor = visit()
    code = visitor.made.code.lower()
    gone = visitor.client.post("/c", data={"code": f"{code[:4]} {code[4:]}"})
    assert gone.status_code == 303
    visitor.path = gone.location
    assert "date of birth" in visitor.get().text
    assert 'name="chest-pain"' in visitor.prove().text


def test_codes_cannot_be_tried_without_end(visit):
    visitor = visit()
    visitor.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    tried = [visitor.client.post("/c", data={"code": f"WRONG{n:03}"}).status_code for n in range(31)]
    assert tried == [422] * 30 + [429]


def test_behind_a_proxy_tries_count_by_the_visitors_address(clinic):
    settings = Settings(public_url="https://farline.test", trusted_proxies=1)
    client = create_app(House(settings=settings, ground=clinic.ground, waker=Waker())).test_client()

    def tried(whence: str, times: int) -> list[int]:
        headers = {"X-Forwarded-For": f"198.51.100.1, {whence}"}  # the first is what the visitor made up
        return [client.post("/c", data={"code": f"WRONG{n:03}"}, headers=headers).status_code for n in range(times)]

    assert tried("203.0.113.9", 31) == [422] * 30 + [429]
    assert tried("192.0.2.77", 1) == [422]


def test_a_form_the_server_works_out_says_that_it_needs_a_signal_and_opens_the_question(clinic, visit):
    visitor = visit("names", resource=TYPED)
    visitor.prove()
    page = visitor.get()
    assert "This form needs a signal" in page.text
    assert "Why so long?" not in page.text
    assert 'id="data"' not in page.text  # the phone does not pretend to know
    page = visitor.post({"name": "Rex the Third"})
    assert "Why so long?" in visitor.get().text


def test_a_form_the_phone_works_out_says_nothing_of_a_signal(visit):
    visitor = visit()
    visitor.prove()
    assert "needs a signal" not in visitor.get().text


def test_a_page_that_fails_looks_like_the_pages_around_it_and_says_what_to_do(visit, monkeypatch):
    visitor = visit(locale="fr-CA")
    visitor.prove()
    missing = visitor.get("/999.ics")
    assert missing.status_code == 404
    large = visitor.post({"pain": "9" * 300_000})
    assert large.status_code == 413
    monkeypatch.setitem(visitor.client.application.view_functions, "patient.page", lambda **_: 1 / 0)
    broken = visitor.get(headers={"Accept-Language": "fr-CA"})
    assert broken.status_code == 500
    for page in (missing, large, broken):
        assert 'lang="fr"' in page.text
        assert "appeler ou texter votre clinique" in page.text
        assert "Farline" not in page.text + page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"


def test_the_script_on_the_phone_gets_a_line_instead_of_a_page_and_is_never_sent_to_staffs_door(visit):
    visitor = visit()
    refused = visitor.client.get(f"{visitor.path}/file/1", headers={"Sec-Fetch-Dest": "empty"})
    assert (refused.status_code, refused.json["error"]) == (401, "sign_in_needed")
    assert visitor.client.get(f"{visitor.path}/file/1").status_code == 401  # from browsers that do not say what for


def test_a_code_that_is_not_known_stays_to_be_looked_at_again(visit):
    assert 'value="ABCD-2345"' in visit().client.post("/c", data={"code": "ABCD-2345"}).text


def test_an_address_that_is_none_of_ours_is_a_kind_page_in_the_links_language(clinic, visit):
    visitor = visit(locale="fr-CA")
    lost = visitor.client.get(f"{visitor.path}/nowhere/at/all")
    assert (lost.status_code, "LIEN" in lost.text, f'href="{visitor.path}' in lost.text) == (404, True, True)
    assert 'lang="fr"' in lost.text
    assert visitor.client.post(f"{visitor.path}/nowhere").status_code == 405
    assert visitor.client.get(f"{visitor.path}/packet").status_code == 404
    back = visitor.client.get(f"{visitor.path}/")
    assert (back.status_code, back.location) == (303, visitor.path)
    assert visitor.client.post(f"{visitor.path}/packet/more", headers={"Sec-Fetch-Dest": "empty"}).json == {
        "error": "not_found", "retryable": False,
    }  # fmt: skip
    clinic.clock.advance(timedelta(days=15))
    for rest in ("/", "/nowhere", "/home"):
        ended = visitor.client.get(visitor.path + rest)
        assert (ended.status_code, 'name="again"' in ended.text) == (410, True)
        assert '<span class="t">807-555-0100</span>' in ended.text, "a number is not broken at its hyphen"
    assert visitor.client.post(visitor.path + "/nowhere", data={"again": "1"}).status_code == 200
    assert visitor.client.get("/p/never-was-one/of-ours").status_code == 410


@pytest.mark.parametrize("path", ["/C", "/c/", "/c/ABCD", "/c/AB/CD"])
def test_what_is_typed_after_the_short_address_waits_in_its_field(visit, path):
    client = visit().client
    page = client.get(path)
    assert (page.status_code, f'value="{path[3:]}"' in page.text) == (200, True)
    assert 'action="/c"' in page.text
