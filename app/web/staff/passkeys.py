"""Passkeys in the browser: enrol one, sign in with one, confirm with one. A small script does the browser's part."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for

from app.core.audit import record_audit
from app.core.errors import ShapeWrong
from app.core.passkeys import Site, site_of
from app.staff.models import StaffAccount, StaffSession
from app.staff.passkeys import account_of_passkey, ask_to_enrol, ask_to_sign_in, enrol, remove_passkey
from app.staff.recovery_codes import account_of_code, make_codes
from app.staff.sign_in import SignedIn, open_session
from app.web.shell.database import clinic_write
from app.web.shell.here import ground, machine_now, now, viewer
from app.web.shell.pages import own_path
from app.web.shell.passkey_answer import as_json
from app.web.shell.session import set_cookie
from app.web.staff.blueprint import blueprint

_NO_CODE_SENTENCE = "This code is not known or was used already."


@blueprint.post("/sign-in/options")
def sign_in_options() -> Response:
    with ground().database.write() as session:
        return as_json(ask_to_sign_in(session, _site(), machine_now()))


@blueprint.post("/sign-in", endpoint="sign_in_by_passkey")
def by_passkey() -> Response:
    with ground().database.write() as session:
        account = account_of_passkey(
            session, request.form.get("token", ""), request.form.get("answer", ""), site=_site(), now=now(),
            machine_now=machine_now(),
        )  # fmt: skip
        signed_in = _open(session, account, by="passkey")
    return _welcome(signed_in, own_path(request.form.get("back")))


@blueprint.post("/recover", endpoint="sign_in_by_code")
def by_code() -> Response:
    """A code is used up by trying it; a wrong one costs nothing and tells nothing."""
    with ground().database.write() as session:
        account = account_of_code(session, request.form.get("code", ""), now=now())
        signed_in = _open(session, account, by="recovery_code") if account else None
    if signed_in is None:
        raise ShapeWrong(_NO_CODE_SENTENCE)
    return _welcome(signed_in, url_for("staff.account"))


@blueprint.post("/passkeys/options")
def passkey_options() -> Response:
    with clinic_write() as session:
        return as_json(ask_to_enrol(session, _own(session), _site(), machine_now()))


@blueprint.post("/passkeys")
def add_passkey() -> Response:
    with clinic_write() as session:
        enrol(
            session, _own(session), request.form.get("token", ""), request.form.get("answer", ""),
            label=request.form.get("label", ""), site=_site(), now=now(), machine_now=machine_now(),
        )  # fmt: skip
    return _back_to_account("passkey_added")


@blueprint.post("/passkeys/<int:passkey_id>/remove", endpoint="remove_passkey")
def remove(passkey_id: int) -> Response:
    with clinic_write() as session:
        remove_passkey(session, _own(session), passkey_id, actor=viewer().actor, now=now())
    return _back_to_account("passkey_removed")


@blueprint.post("/recovery-codes")
def recovery_codes() -> str:
    with clinic_write() as session:
        codes = make_codes(session, _own(session), now=now())
    return render_template("staff/codes.html", codes=codes)


@blueprint.get("/confirm")
def confirm() -> str:
    return render_template("staff/confirm.html", back=own_path(request.args.get("back")))


@blueprint.post("/confirm/options")
def confirm_options() -> Response:
    with clinic_write() as session:
        return as_json(ask_to_sign_in(session, _site(), machine_now(), staff_id=viewer().staff_id))


@blueprint.post("/confirm", endpoint="confirm_by_passkey")
def confirmed() -> Response:
    with clinic_write() as session:
        account_of_passkey(
            session, request.form.get("token", ""), request.form.get("answer", ""), site=_site(), now=now(),
            machine_now=machine_now(),
        )  # fmt: skip
        session.get_one(StaffSession, viewer().session_id).reauthenticated_at = machine_now()
        record_audit(
            session, "confirmed", "staff_session", viewer().session_id, actor=viewer().actor, now=now(),
            clinic_id=viewer().clinic_id,
        )  # fmt: skip
    return make_response(redirect(own_path(request.form.get("back")), 303))


def _site() -> Site:
    return site_of(ground().public_url)


def _own(session) -> StaffAccount:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a session
    account: StaffAccount = session.get_one(StaffAccount, viewer().staff_id)
    return account


def _open(session, account: StaffAccount, *, by: str) -> SignedIn:  # type: ignore[no-untyped-def]  # noqa: ANN001
    browser = request.headers.get("User-Agent")
    return open_session(session, account, now=now(), machine_now=machine_now(), browser=browser, by=by)


def _welcome(signed_in: SignedIn, where: str) -> Response:
    response = make_response(redirect(where, 303))
    set_cookie(response, signed_in.cookie)
    return response


def _back_to_account(told: str) -> Response:
    return make_response(redirect(url_for("staff.account", told=told), 303))
