"""Colleagues, for administrators: invite, roles, scope, disable, recover."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import ShapeWrong
from app.core.locale import language_of
from app.core.models import Clinic
from app.patients.models import Patient
from app.staff.change_staff import Scope, set_roles, set_scope
from app.staff.disable_staff import disable_staff
from app.staff.invite_staff import Colleague, invite_staff
from app.staff.models import Recovery, StaffAccount
from app.staff.passkeys import passkeys_of
from app.staff.recover_staff import allow_recovery, ask_recovery, standing_recoveries
from app.staff.rules import Role
from app.staff.store import accounts_of, roles_of
from app.support.rules import needs_of
from app.support.store import queues_of
from app.web.desk.listing import queue_words
from app.web.desk.person import language_words
from app.web.shell.database import clinic_read, clinic_write, found
from app.web.shell.here import ground, machine_now, now, say, viewer
from app.web.shell.language import offered
from app.web.staff.blueprint import blueprint
from app.web.staff.words import LEVEL_SENTENCES, ROLE_SENTENCES, SKILL_SENTENCES

LOGIN_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


@blueprint.get("/people")
def people() -> str:
    with clinic_read() as session:
        listed = [_shown(session, each) for each in accounts_of(session, viewer().clinic_id)]
        asked = {
            staff_id: (each.id, each.asked_by_id)
            for staff_id, each in standing_recoveries(session, viewer().clinic_id).items()
        }
        spoken = [(tag, language_words(tag)) for tag in _tags(session)]
        skills = _known_skills(session)
        queues = [(queue.id, queue_words(queue)) for queue in queues_of(session, viewer().clinic_id)]
    return render_template(
        "staff/people.html", listed=listed, asked=asked, role_words=ROLE_SENTENCES, offered=offered(),
        spoken=spoken, levels=LEVEL_SENTENCES, skills=skills, queues=queues,
    )  # fmt: skip


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
        scope = Scope(_languages(session), _skills(session), _queues(session))
        set_scope(session, account, scope, actor=viewer().actor, now=now())
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


def _tags(session: Session) -> list[str]:
    """Languages of our pages and of the clinic's patients."""
    spoken = session.scalars(select(Patient.locale).where(Patient.clinic_id == viewer().clinic_id).distinct())
    return sorted({tag for tag, _ in offered()} | {language_of(each) for each in spoken})


def _languages(session: Session) -> dict[str, str]:
    chosen = {tag: request.form.get(f"language-{tag}", "") for tag in _tags(session)}
    return {tag: level for tag, level in chosen.items() if level in LEVEL_SENTENCES}


def _known_skills(session: Session) -> dict[str, str]:
    """Ours in words, then those that queues of the clinic ask for, as they were written."""
    asked = {skill for queue in queues_of(session, viewer().clinic_id) for skill in needs_of(queue.settings).skills}
    return {
        **{skill: say(words) for skill, words in SKILL_SENTENCES.items()},
        **{skill: skill for skill in sorted(asked - set(SKILL_SENTENCES))},
    }


def _skills(session: Session) -> list[str]:
    chosen = set(request.form.getlist("skill"))
    return [skill for skill in _known_skills(session) if skill in chosen]


def _queues(session: Session) -> list[int] | None:
    """None, which is every queue, when no queue or each of them is ticked."""
    known = {str(queue.id): queue.id for queue in queues_of(session, viewer().clinic_id)}
    chosen = [known[each] for each in request.form.getlist("queue") if each in known]
    return chosen if 0 < len(chosen) < len(known) else None


def _shown(session: Session, account: StaffAccount) -> dict[str, object]:
    return {
        "id": account.id,
        "name": account.name,
        "login": account.login,
        "roles": roles_of(session, account.id),
        "languages": {tag.partition("-")[0]: level for tag, level in account.languages.items()},
        "skills": account.skills,
        "queues": account.settings.get("queues"),
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
