"""The staff cookie, and whom it stands for. Nothing but a random token is in the browser."""

from __future__ import annotations

from flask import Response, g, request

from app.staff.rules import ABSOLUTE_LIMIT
from app.staff.sign_in import find_viewer, needs_seeing, see_session
from app.web.shell.here import ground, house, machine_now

POLLING = frozenset(
    {"desk.tickets_refresh", "desk.ticket_refresh"}
)  # a page left alone does not keep its session alive


def is_secure() -> bool:
    return house().settings.base_url.startswith("https://")


def cookie_name() -> str:
    """`__Host-` ties the cookie to this very host; browsers accept it over HTTPS only."""
    return "__Host-farline" if is_secure() else "farline"


def load_viewer() -> None:
    """Before any view: who asks, when there is a living session."""
    cookie = request.cookies.get(cookie_name())
    if not cookie or request.endpoint == "shell.asset":
        return
    with ground().database.read() as session:
        g.viewer = found = find_viewer(session, cookie, machine_now())
        is_due = found is not None and request.endpoint not in POLLING and needs_seeing(session, found, machine_now())
    if found is not None and is_due:
        with ground().database.write() as session:
            see_session(session, found, machine_now())


def set_cookie(response: Response, cookie: str) -> None:
    response.set_cookie(
        cookie_name(),
        cookie,
        max_age=int(ABSOLUTE_LIMIT.total_seconds()),
        secure=is_secure(),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def clear_cookie(response: Response) -> None:
    response.delete_cookie(cookie_name(), secure=is_secure(), httponly=True, samesite="Lax", path="/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
