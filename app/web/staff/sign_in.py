"""Signing in and out. Opening an invitation changes nothing, so that a link previewer cannot use it up."""

from __future__ import annotations

from flask import Response, g, make_response, redirect, render_template, request, url_for

from app.core.errors import Ended
from app.core.passkeys import site_of
from app.staff.sign_in import account_invited, sign_in_by_invitation, sign_out
from app.web.shell.here import ground, machine_now, now, viewer
from app.web.shell.pages import own_path
from app.web.shell.session import clear_cookie, set_cookie
from app.web.staff.blueprint import blueprint

_OVER_SENTENCE = "This sign-in link was used already or is too old. Ask an administrator for a new one."


@blueprint.get("/sign-in", endpoint="sign_in")
def sign_in_page() -> Response | str:
    if g.get("viewer") is not None:
        return make_response(redirect(own_path(request.args.get("back"))))
    can_have_passkeys = site_of(ground().public_url).is_possible
    return render_template(
        "staff/sign_in.html", back=own_path(request.args.get("back")), can_have_passkeys=can_have_passkeys
    )


@blueprint.get("/invitation/<token>")
def invitation(token: str) -> str:
    with ground().database.read() as session:
        account = account_invited(session, token, machine_now())
        if account is None:
            raise Ended(_OVER_SENTENCE)
        return render_template("staff/invitation.html", name=account.name)


@blueprint.post("/invitation/<token>")
def accept_invitation(token: str) -> Response:
    with ground().database.write() as session:
        signed_in = sign_in_by_invitation(
            session, token, now=now(), machine_now=machine_now(), browser=request.headers.get("User-Agent")
        )
    if signed_in is None:
        raise Ended(_OVER_SENTENCE)
    where = url_for("staff.account") if site_of(ground().public_url).is_possible else "/"
    response = make_response(redirect(where))
    set_cookie(response, signed_in.cookie)
    return response


@blueprint.post("/sign-out", endpoint="sign_out")
def leave() -> Response:
    with ground().database.write() as session:
        sign_out(session, viewer(), now=now(), machine_now=machine_now())
    response = make_response(redirect(url_for("staff.sign_in")))
    clear_cookie(response)
    return response
