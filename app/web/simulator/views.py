"""The pages of the simulator."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.conversations.send_form import send_form
from app.core.errors import Conflict
from app.core.ids import new_token
from app.core.models import Clinic
from app.demo import clinic
from app.demo.phones import PhoneView, look_at_phone
from app.demo.record_server import RecordServer
from app.intake.plans import plan_for
from app.intake.store import current_versions
from app.patients.models import Patient
from app.web.shell.here import ground, house, locale, say
from app.web.simulator import blueprint
from app.web.simulator.clock import clock_face
from app.web.simulator.handset import Handset
from app.web.simulator.parts import part
from app.web.simulator.people import Person, people, person
from app.web.simulator.record import what_the_record_holds
from channels.simulator.network import PhoneBehaviour

MOST_SHOWN = 60
LONGEST_TEXT = 20_000


@blueprint.get("/")
def index() -> str:
    """Whom to play, and what time it is."""
    search = request.args.get("q", "")[:80]
    now = ground().clock.now()
    with ground().database.read() as session:
        found = people(session, now=now, search=search, limit=MOST_SHOWN + 1)
    return render_template(
        "simulator/people.html",
        people=found[:MOST_SHOWN],
        is_cut=len(found) > MOST_SHOWN,
        search=search,
        clock=clock_face(),
        staff=[(each.login, each.name) for each in clinic.STAFF],
    )


@blueprint.post("/staff/<login>")
def be_staff(login: str) -> Response:
    """A one-time sign-in link of one of the demo's staff, opened at once."""
    if login not in {each.login for each in clinic.STAFF}:
        abort(404)
    with ground().database.write() as session:
        invited = clinic.invite(session, ground(), login)
    return redirect(url_for("staff.invitation", token=invited.token), code=303)


@blueprint.post("/changes")
def take_changes() -> str:
    """What a clerk would do the next day: import the clinic's changes. Again changes nothing."""
    report = clinic.take_changes(ground(), RecordServer(house().settings.home / "record"))
    return render_template("simulator/changes.html", report=report, translate=say)


@blueprint.get("/<int:patient_id>")
def phone(patient_id: int) -> str:
    """One phone in the hand."""
    return _phone_page(patient_id)


def _phone_page(patient_id: int, note: str = "") -> str:
    who, view = _look(patient_id)
    with ground().database.read() as session:
        published = current_versions(session, session.get_one(Patient, patient_id).clinic_id)
        forms = [(each.name, plan_for(session, each.id, locale()).title) for each in published]
    forms.sort(key=lambda form: form[1])
    return render_template(
        "simulator/phone.html", who=who, view=view, clock=clock_face(), new_id=new_token(), forms=forms, note=note
    )


@blueprint.get("/<int:patient_id>/screen")
def screen(patient_id: int) -> Response:
    """The part of the page that changes by itself; 304 when it did not."""
    who, view = _look(patient_id)
    return part("simulator/screen.html", who=who, view=view)


@blueprint.post("/<int:patient_id>/text")
def write(patient_id: int) -> Response:
    text = request.form.get("text", "")[:LONGEST_TEXT]
    _handset(patient_id).write(f"SIMT{_form_id()}", text)
    return _back(patient_id)


@blueprint.post("/<int:patient_id>/dial")
def dial(patient_id: int) -> Response:
    _handset(patient_id).dial(f"SIMD{_form_id()}")
    return _back(patient_id)


@blueprint.post("/<int:patient_id>/call/<call_id>/<action>")
def call(patient_id: int, call_id: str, action: str) -> Response:
    """Pick up, press keys, speak, hang up."""
    handset = _handset(patient_id)
    if action == "pick-up":
        handset.pick_up(call_id)
    elif action == "hang-up":
        handset.hang_up(call_id)
    elif action == "press":
        handset.press(call_id, request.form.get("keys", "")[:40])
    elif action == "speak":
        handset.speak(call_id)
    else:
        abort(404)
    return _back(patient_id)


@blueprint.post("/<int:patient_id>/send")
def send(patient_id: int) -> Response | str:
    """What a coordinator would do at the desk: send this patient a form now."""
    channel = request.form.get("channel", "")
    if channel not in ("sms", "voice", "web"):
        abort(400)
    note = ""
    with ground().database.write() as session:
        patient = session.get(Patient, patient_id)
        if patient is None:
            abort(404)
        try:
            send_form(
                session,
                patient,
                request.form.get("name", ""),
                channel=channel,
                key=_form_id(),
                now=ground().clock.now(),
                public_url=ground().public_url,
            )
        except Conflict as refused:
            note = say(refused.sentence)
    if note:
        return _phone_page(patient_id, note)
    ground().wake()
    return _back(patient_id)


@blueprint.post("/<int:patient_id>/network")
def network(patient_id: int) -> Response:
    chosen = request.form.get("behaviour", "")
    if chosen not in list(PhoneBehaviour):
        abort(400)
    _handset(patient_id).behave(PhoneBehaviour(chosen))
    return _back(patient_id)


@blueprint.get("/<int:patient_id>/record")
def record(patient_id: int) -> str:
    """What the clinical record holds of this patient, asked from the record itself."""
    who, _ = _look(patient_id)
    return render_template("simulator/record.html", who=who, record=what_the_record_holds(ground(), patient_id))


def _look(patient_id: int) -> tuple[Person, PhoneView]:
    with ground().database.write() as session:
        who = person(session, patient_id, now=ground().clock.now())
        if who is None:
            abort(404)
        return who, look_at_phone(session, who.number)


def _handset(patient_id: int) -> Handset:
    simulator = next((each for each in ground().carriers.values() if each.kind == "simulator"), None)
    if simulator is None:
        abort(404)
    with ground().database.write() as session:
        who = person(session, patient_id, now=ground().clock.now())
        clinic_number = session.scalar(select(Clinic.sender).where(Clinic.sender.is_not(None)).limit(1))
    if who is None or clinic_number is None:
        abort(404)
    return Handset(ground(), simulator, who.number, clinic_number)


def _form_id() -> str:
    """The id of the form on the page, so that a second press of the same button is the same act."""
    return request.form.get("id", "").replace("\0", "")[:60] or new_token()


def _back(patient_id: int) -> Response:
    return redirect(url_for(".phone", patient_id=patient_id), code=303)
