"""A staff member's own page: who I am here, and where I am signed in."""

from __future__ import annotations

from flask import render_template

from app.staff.store import sessions_of
from app.web.shell.database import clinic_read
from app.web.shell.here import machine_now, viewer
from app.web.staff.blueprint import blueprint
from app.web.staff.words import ROLE_WORDS


@blueprint.get("/account", endpoint="account")
def own_account() -> str:
    with clinic_read() as session:
        sessions = sessions_of(session, viewer().staff_id, machine_now())
        return render_template("staff/account.html", sessions=sessions, role_words=ROLE_WORDS)
