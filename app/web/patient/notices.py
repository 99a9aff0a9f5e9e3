"""The patient's phone told, without a word, that something waits: chosen on the page of this phone, never asked for."""

from __future__ import annotations

from flask import Response, g, jsonify, request, url_for

from app.core.audit import Actor
from app.core.errors import Ended, NotAllowed, ShapeWrong
from app.messaging.tell_phones import knocker_of
from app.patients.models import Patient
from app.patients.store import shares_phone
from app.patients.told_phones import tell_on_phone
from app.web.patient.blueprint import blueprint
from app.web.patient.script import version
from app.web.patient.who import open_link, require_proof
from app.web.patient.worker import is_worker_on
from app.web.shell.here import ground, locale, now, say
from channels.webpush.services import is_endpoint


@blueprint.post("/p/<token>/phone/notices")
def tell_this_phone(token: str) -> Response:
    """What the phone keeps: the sentence it shows, and where it goes when that is tapped."""
    link = open_link(token)
    if link is None:
        raise Ended
    require_proof(link)
    endpoint = request.form.get("endpoint", "")
    if not is_endpoint(endpoint, ground().push_services):
        raise ShapeWrong
    with ground().database.write() as session:
        patient = session.get_one(Patient, link.patient_id)
        if shares_phone(session, patient):
            raise NotAllowed
        actor = Actor("patient", patient.id, g.get("request_id"))
        home = tell_on_phone(session, patient, endpoint, locale=locale(), actor=actor, now=now())
    return jsonify(to=url_for("patient.home", token=home, new=1), say=say("Something is waiting for you"))


def notices_offer() -> dict[str, str] | None:
    """What the script needs to turn it on; None where this server does not offer it."""
    if not (ground().push_services and is_worker_on()):
        return None
    return {"key": knocker_of(ground()).public_key, "cache": version()}
