"""The page behind a link: who are you, then the form, complete without script; saved section by section."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select

from app.conversations.page import Page, open_page, save_page
from app.core.models import Clinic
from app.patients.links import find_link, link_of_cookie, paused_until, prove_birth_date
from app.patients.models import Link
from app.patients.rules import LinkProblem
from app.web.patient.blueprint import blueprint
from app.web.patient.style import inline_style
from app.web.shell.here import ground, now, use_locale
from app.web.shell.session import is_secure

COOKIE = "open"
SESSION_S = 12 * 3600


@blueprint.get("/p/<token>")
def page(token: str) -> Response:
    """The form for whoever has proved who they are; for anyone else a question. Opening changes nothing."""
    link = _find(token)
    if link is None:
        return _ended()
    if not _has_proved(link):
        return _ask_who(link)
    with ground().database.read() as session:
        found = open_page(session, link, now=now())
    return _show(found, saved=request.args.get("saved") == "1")


@blueprint.post("/p/<token>")
def answer(token: str) -> Response:
    """A date of birth, or a section of answers."""
    link = _find(token)
    if link is None:
        return _ended()
    if "birth.y" in request.form:
        return _prove(link, token)
    if not _has_proved(link):
        return _ask_who(link)
    fields = {name: request.form.getlist(name) for name in request.form if name not in ("section", "finish")}
    found = save_page(ground(), link, fields, section=request.form.get("section", ""), finish="finish" in request.form)
    ground().wake()
    if found.status == "open" and not found.errors:
        return make_response(redirect(url_for(".page", token=token, saved=1), code=303))
    return _show(found, saved=False)


def _find(token: str) -> Link | None:
    with ground().database.read() as session:
        link = find_link(session, token[:80], now())
    if isinstance(link, LinkProblem):
        return None
    use_locale(link.locale)
    return link


def _has_proved(link: Link) -> bool:
    cookie = request.cookies.get(COOKIE, "")
    if not cookie:
        return False
    with ground().database.read() as session:
        proved = link_of_cookie(session, cookie, now())
    return proved is not None and proved.id == link.id


def _prove(link: Link, token: str) -> Response:
    """Right: the form at once, in this very answer. Wrong: the question again."""
    typed = " ".join(request.form.get(f"birth.{part}", "")[:20] for part in ("y", "m", "d"))
    with ground().database.write() as session:
        kept = session.get_one(Link, link.id)
        cookie = prove_birth_date(session, kept, typed, now())
        paused = paused_until(kept, now()) is not None
    if cookie is None:
        return _ask_who(link, wrong=not paused, paused=paused)
    with ground().database.read() as session:
        response = _show(open_page(session, link, now=now()), saved=False)
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=SESSION_S,
        path=url_for(".page", token=token),
        secure=is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _ask_who(link: Link, *, wrong: bool = False, paused: bool = False) -> Response:
    body = _render("patient/who.html", link.locale, wrong=wrong, paused=paused)
    return make_response(body, 429 if paused else 200)


def _show(found: Page, *, saved: bool) -> Response:
    if found.status == "completed":
        return make_response(_render("patient/done.html", found.locale, code=found.receipt_code, told=found.told))
    body = _render(
        "patient/form.html",
        found.locale,
        title=found.form.title,
        direction=found.form.direction,
        form=found.form,
        errors=found.errors,
        saved=saved,
    )
    return make_response(body, 422 if found.errors else 200)


def _ended() -> Response:
    with ground().database.read() as session:
        phone = session.scalar(select(Clinic.phone).where(Clinic.phone.is_not(None)).limit(1))
    return make_response(_render("patient/ended.html", "", phone=phone), 410)


def _render(template: str, page_locale: str, **values: object) -> str:
    spoken = {"page_locale": page_locale, "direction": "ltr", "title": "", "inline_style": inline_style}
    return render_template(template, **{**spoken, **values})
