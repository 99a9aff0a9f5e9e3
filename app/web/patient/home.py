"""The home page behind a link, complete without script: one form, whose buttons say what is wanted."""

from __future__ import annotations

from flask import Response, g, make_response, redirect, request, url_for

from app.conversations.ask_call_back import WINDOW_SENTENCES
from app.conversations.home import Home, open_home
from app.conversations.visit import say_number
from app.core.errors import ShapeWrong
from app.core.ids import new_token
from app.core.tenancy import confine
from app.patients.models import Link, Patient
from app.web.patient.blueprint import blueprint
from app.web.patient.door import door
from app.web.patient.home_acts import ACTS, Done, typed_key
from app.web.patient.offline import as_element, home_data
from app.web.patient.rendering import page_of
from app.web.patient.switch import ways_of
from app.web.patient.who import remember
from app.web.shell.here import ground, locale, now

SAID = frozenset(Done) | {"pin_set", "pin_off"}


@blueprint.get("/p/<token>/home")
def home(token: str) -> Response:
    link = door(token, to="home")
    return link if isinstance(link, Response) else show_home(link, token)


@blueprint.post("/p/<token>/home")
def act_at_home(token: str) -> Response:
    """What the pressed button says; then back to the page, so that reloading and a double tap do nothing twice."""
    link = door(token, to="home")
    if isinstance(link, Response):
        return link
    if "lang" in request.form:
        return _in_other_words(link, token)
    act = next((ACTS[name] for name in request.form if name in ACTS), None)
    if act is None:
        raise ShapeWrong
    with ground().database.write() as session:
        confine(session, link.clinic_id)
        did = act(session, session.get_one(Patient, link.patient_id))
    ground().wake()
    if did.wrong is not None:
        return show_home(link, token, wrong=did.wrong)
    if did.opened is not None:
        where = redirect(url_for(".page", token=did.opened.token, new=1), code=303)
        return remember(make_response(where), did.opened.cookie, did.opened.token or token)
    return make_response(redirect(url_for(".home", token=token, said=did.done, _anchor=did.place), code=303))


def _in_other_words(link: Link, token: str) -> Response:
    """The page in the language asked for. What was typed and not sent stays; without any, going back asks nothing."""
    if any(request.form.get(name, "").strip() for name in ("words", "other")):
        return show_home(link, token)
    return make_response(redirect(url_for(".home", token=token, new=1), code=303))


def show_home(link: Link, token: str, *, wrong: str | None = None) -> Response:
    """The page as it stands; what was typed stays, with the place that needs another look."""
    said = request.args.get("said")
    return page_of(
        "home.html",
        422 if wrong else 200,
        home=_look(link),
        token=token,
        wrong=wrong,
        typed=request.form,
        said=said if said in SAID and request.method == "GET" else None,
        key=typed_key() or new_token(),
        windows=WINDOW_SENTENCES,
        say_number=say_number,
        ways_to_read=ways_of(link),
        as_element=as_element,
        phone=home_data(),
    )


def _look(link: Link) -> Home:
    with ground().database.write() as session:
        confine(session, link.clinic_id)
        patient = session.get_one(Patient, link.patient_id)
        return open_home(session, patient, locale=locale(), now=now(), request_id=g.get("request_id"))
