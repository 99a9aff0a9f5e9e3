"""A staff member's own page: passkeys, recovery codes, sessions, keyboard."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for

from app.core.errors import NotFound
from app.core.passkeys import site_of
from app.staff.change_staff import set_shortcuts
from app.staff.models import StaffAccount
from app.staff.passkeys import passkeys_of
from app.staff.recovery_codes import codes_left
from app.staff.store import revoke_sessions, sessions_of
from app.web.shell.database import clinic_read, clinic_write
from app.web.shell.here import ground, machine_now, viewer
from app.web.staff.blueprint import blueprint
from app.web.staff.words import ROLE_SENTENCES, TOLD_SENTENCES


@blueprint.get("/account", endpoint="account")
def own_account() -> str:
    with clinic_read() as session:
        return render_template(
            "staff/account.html",
            sessions=sessions_of(session, viewer().staff_id, machine_now()),
            passkeys=passkeys_of(session, viewer().staff_id),
            codes_left=codes_left(session, viewer().staff_id),
            can_have_passkeys=site_of(ground().public_url).is_possible,
            role_words=ROLE_SENTENCES,
            told=TOLD_SENTENCES.get(request.args.get("told", "")),
        )


@blueprint.post("/account", endpoint="change_account")
def change() -> Response:
    with clinic_write() as session:
        account = session.get_one(StaffAccount, viewer().staff_id)
        set_shortcuts(account, are_on=bool(request.form.get("shortcuts")))
    return make_response(redirect(url_for("staff.account", told="saved"), 303))


@blueprint.post("/sessions/<int:session_id>/end", endpoint="end_session")
def end(session_id: int) -> Response:
    """One of my own, on another computer for example."""
    with clinic_write() as session:
        if not revoke_sessions(session, viewer().staff_id, machine_now=machine_now(), only=session_id):
            raise NotFound
    return make_response(redirect(url_for("staff.account", told="session_ended"), 303))
