"""What a patient's own phone can do for them: open their pages by its lock, say that something waits.

All optional; nothing is asked by itself.
"""

from __future__ import annotations

from flask import Response, g, make_response, redirect, request, url_for
from sqlalchemy.orm import Session

from app.core.audit import Actor
from app.core.errors import Conflict, Ended, NotAllowed, ShapeWrong
from app.core.locale import say_day
from app.core.models import Clinic
from app.core.passkeys import PasskeyRefused, Site, site_of
from app.core.tenancy import confine
from app.messaging.quiet_hours import known_zone
from app.patients.models import Link, Patient
from app.patients.passkeys import ask_to_enrol, enrol, passkeys_of, remove_passkey
from app.patients.store import shares_phone
from app.patients.told_phones import phones_of, tell_no_more
from app.web.patient.blueprint import blueprint
from app.web.patient.door import door
from app.web.patient.key import limit_questions, signed_in_form
from app.web.patient.notices import notices_offer
from app.web.patient.rendering import page_of
from app.web.patient.switch import ways_of
from app.web.patient.who import open_link, own_cookie, require_proof
from app.web.shell.here import ground, locale, machine_now, now, say
from app.web.shell.passkey_answer import as_json

SAID = frozenset({"key", "key_removed", "told", "quiet"})


@blueprint.get("/p/<token>/phone")
def phone(token: str) -> Response:
    link = door(token, to="phone")
    return link if isinstance(link, Response) else _page(link, token)


@blueprint.post("/p/<token>/phone")
def change_phone(token: str) -> Response:
    """A phone's lock or its notices taken off. Works without script, from any of the patient's phones."""
    link = door(token, to="phone")
    if isinstance(link, Response):
        return link
    if "lang" in request.form:
        return _page(link, token)
    with ground().database.write() as session:
        confine(session, link.clinic_id)
        patient = session.get_one(Patient, link.patient_id)
        if "quiet" in request.form:
            tell_no_more(session, patient, actor=_actor(link), now=now())
        else:
            remove_passkey(session, patient, _row(request.form.get("remove", "")), actor=_actor(link), now=now())
    return _back(token, "quiet" if "quiet" in request.form else "key_removed")


@blueprint.post("/p/<token>/phone/key/options")
def key_options(token: str) -> Response:
    """What the phone's lock is asked to sign, for a browser that has proved who it is."""
    link = open_link(token)
    if link is None:
        raise Ended
    require_proof(link)
    limit_questions()
    with ground().database.write() as session:
        _check(session, link)
        asked = ask_to_enrol(session, link, _site(), machine_now(), cookie=own_cookie(), neutral_name=say("For you"))
    return as_json(asked)


@blueprint.post("/p/<token>/phone/key")
def add_key(token: str) -> Response:
    link = door(token, to="phone")
    if isinstance(link, Response):
        return link
    wrong = None
    with ground().database.write() as session:
        _check(session, link)
        try:
            enrol(
                session, link, signed_in_form(), cookie=own_cookie(), site=_site(), actor=_actor(link), now=now(),
                machine_now=machine_now(),
            )  # fmt: skip
        except (PasskeyRefused, Conflict) as refused:
            wrong = "many" if isinstance(refused, Conflict) else "refused"
    return _page(link, token, wrong=wrong) if wrong else _back(token, "key")


def _page(link: Link, token: str, *, wrong: str | None = None) -> Response:
    said = request.args.get("said")
    with ground().database.read() as session:
        patient = session.get_one(Patient, link.patient_id)
        zone = known_zone(patient.zone, session.get_one(Clinic, link.clinic_id).zone)
        keys = [
            (each.id, say_day(each.created_at, zone=zone, locale=locale())) for each in passkeys_of(session, patient.id)
        ]
        is_shared = shares_phone(session, patient)
        told = len(phones_of(session, patient.id))
    return page_of(
        "phone.html",
        422 if wrong else 200,
        token=token,
        wrong=wrong,
        said=said if said in SAID and request.method == "GET" else None,
        keys=keys,
        is_shared=is_shared,
        is_possible=_site().is_possible,
        told_phones=told,
        notices=notices_offer(),
        ways_to_read=ways_of(link),
    )


def _check(session: Session, link: Link) -> None:
    """Not on a number that another patient has too: whoever shares the phone knows its lock."""
    confine(session, link.clinic_id)
    if shares_phone(session, session.get_one(Patient, link.patient_id)):
        raise NotAllowed


def _site() -> Site:
    return site_of(ground().public_url)


def _actor(link: Link) -> Actor:
    return Actor("patient", link.patient_id, g.get("request_id"))


def _back(token: str, said: str) -> Response:
    return make_response(redirect(url_for(".phone", token=token, said=said), code=303))


def _row(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 20):
        raise ShapeWrong
    return int(typed)
