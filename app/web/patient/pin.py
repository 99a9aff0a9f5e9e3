"""The patient's own PIN: set, changed, taken off. Where it is set, the date of birth opens their pages no longer."""

from __future__ import annotations

from flask import Response, g, make_response, redirect, request, url_for

from app.core.audit import Actor
from app.core.tenancy import confine
from app.patients.change_pin import change_pin, take_pin_off
from app.patients.models import Link, Patient
from app.patients.passkeys import passkeys_of
from app.patients.rules import PinProblem
from app.web.patient.blueprint import blueprint
from app.web.patient.door import door
from app.web.patient.rendering import page_of
from app.web.patient.switch import ways_of
from app.web.patient.who import own_cookie
from app.web.shell.here import ground, now

PROBLEM_SENTENCES = {
    PinProblem.DIGITS: "Please choose 4 to 8 digits.",
    PinProblem.EASY: "This PIN is easy to guess. Choose digits that are not in a row and not from your date of birth.",
    PinProblem.DIFFERENT: "The two are not the same. Please type the new PIN twice.",
}


@blueprint.get("/p/<token>/pin")
def pin(token: str) -> Response:
    link = door(token, to="pin")
    return link if isinstance(link, Response) else _page(link, token)


@blueprint.post("/p/<token>/pin")
def choose_pin(token: str) -> Response:
    link = door(token, to="pin")
    if isinstance(link, Response):
        return link
    if "lang" in request.form:
        return _page(link, token)
    problem = _change(link)
    if problem is not None:
        return _page(link, token, problem)
    said = "pin_off" if "off" in request.form else "pin_set"
    return make_response(redirect(url_for(".home", token=token, said=said), code=303))


def _change(link: Link) -> PinProblem | None:
    with ground().database.write() as session:
        confine(session, link.clinic_id)
        patient = session.get_one(Patient, link.patient_id)
        actor = Actor("patient", patient.id, g.get("request_id"))
        if "off" in request.form:
            take_pin_off(session, patient, actor=actor, now=now())
            return None
        typed, again = (request.form.get(name, "")[:20] for name in ("new", "again"))
        return change_pin(session, patient, typed, again, actor=actor, now=now(), cookie=own_cookie())


def _page(link: Link, token: str, problem: PinProblem | None = None) -> Response:
    with ground().database.read() as session:
        has_pin = session.get_one(Patient, link.patient_id).pin_hash is not None
        has_keys = bool(passkeys_of(session, link.patient_id))
    wrong = PROBLEM_SENTENCES[problem] if problem else None
    return page_of(
        "pin.html", 422 if problem else 200, token=token, has_pin=has_pin, has_keys=has_keys, wrong=wrong,
        ways_to_read=ways_of(link),
    )  # fmt: skip
