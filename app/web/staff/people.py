"""Colleagues, for administrators: invite, roles, scope, disable, recover."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.core.errors import ShapeWrong
from app.core.models import Clinic
from app.staff.change_staff import set_roles, set_scope
from app.staff.disable_staff import disable_staff
from app.staff.invite_staff import Colleague, invite_staff
from app.staff.models import Recovery, StaffAccount
from app.staff.passkeys import passkeys_of
from app.staff.recover_staff import allow_recovery, ask_recovery, standing_recoveries
from app.staff.rules import CLINICAL_SKILL, Role
from app.staff.store import accounts_of, roles_of
from app.web.shell.database import clinic_read, clinic_write, found
from app.web.shell.here import ground, machine_now, now, viewer
from app.web.shell.language import offered
from app.web.staff.blueprint import blueprint
from app.web.staff.words import ROLE_SENTENCES

LOGIN_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


@blueprint.get("/people")
def people() -> str:
    with clinic_read() as session:
        listed = [_shown(session, each) for each in accounts_of(session, viewer().clinic_id)]
        asked = {
            staff_id: (each.id, each.asked_by_id)
            for staff_id, each in standing_recoveries(session, viewer().clinic_id).items()
        }
    return render_template(
        "staff/people.html", listed=listed, asked=asked, role_words=ROLE_SENTENCES, offered=offered()
    )


@blueprint.post("/people")
def invite() -> str:
    """The link is shown once, on the answer to this post."""
    login = request.form.get("login", "").strip().lower()
    if not 2 <= len(login) <= 40 or set(login) - LOGIN_LETTERS:
        raise ShapeWrong("A login is 2 to 40 small letters, digits, dots or dashes.")
    colleague = Colleague(
        login, _roles(), request.form.get("name", "").strip()[:80] or None, request.form.get("locale")
    )
    with clinic_write() as session:
        invited = invite_staff(
            session, session.get_one(Clinic, viewer().clinic_id), colleague, actor=viewer().actor, now=now(),
            machine_now=machine_now(),
        )  # fmt: skip
        return _link(invited.account.name, invited.token)


@blueprint.post("/people/<int:staff_id>/roles", endpoint="change_roles")
def change(staff_id: int) -> Response:
    with clinic_write() as session:
        account = found(session, StaffAccount, staff_id)
        set_roles(session, account, _roles(), actor=viewer().actor, now=now())
        languages = {tag: "converse" for tag, _ in offered() if request.form.get(f"speaks-{tag}")}
        set_scope(account, languages=languages, is_clinical=bool(request.form.get("clinical")), queue_ids=None)
    return _back()


@blueprint.post("/people/<int:staff_id>/disable", endpoint="disable")
def disable(staff_id: int) -> Response:
    if staff_id == viewer().staff_id:
        raise ShapeWrong("You cannot disable your own account.")
    with clinic_write() as session:
        account = found(session, StaffAccount, staff_id)
        disable_staff(session, account, actor=viewer().actor, now=now(), machine_now=machine_now())
    return _back()


@blueprint.post("/people/<int:staff_id>/recover", endpoint="ask_recovery")
def ask(staff_id: int) -> Response:
    with clinic_write() as session:
        ask_recovery(session, staff_id, by_id=viewer().staff_id, now=now())
    return _back()


@blueprint.post("/recoveries/<int:recovery_id>", endpoint="allow_recovery")
def allow(recovery_id: int) -> str:
    with clinic_write() as session:
        asked = found(session, Recovery, recovery_id)
        invited = allow_recovery(session, asked.id, by_id=viewer().staff_id, now=now(), machine_now=machine_now())
        return _link(invited.account.name, invited.token)


def _shown(session: Session, account: StaffAccount) -> dict[str, object]:
    return {
        "id": account.id,
        "name": account.name,
        "login": account.login,
        "roles": roles_of(session, account.id),
        "languages": account.languages,
        "is_clinical": CLINICAL_SKILL in account.skills,
        "is_disabled": account.disabled_at is not None,
        "passkeys": len(passkeys_of(session, account.id)),
    }


def _roles() -> tuple[Role, ...]:
    chosen = set(request.form.getlist("role"))
    roles = tuple(role for role in Role if role.value in chosen)
    if not roles:
        raise ShapeWrong("Choose at least one role.")
    return roles


def _link(name: str, token: str) -> str:
    url = f"{ground().public_url}{url_for('staff.invitation', token=token)}"
    return render_template("staff/link.html", name=name, url=url)


def _back() -> Response:
    return make_response(redirect(url_for("staff.people"), 303))
