"""The one place where an error becomes an answer. No traceback reaches a person; the log keeps it with a request id."""

from __future__ import annotations

import traceback
from urllib.parse import urlsplit

from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.core.errors import Busy, FreshSignInNeeded, Refusal, SignInNeeded, refusal_for, status_of
from app.core.log import logger
from app.web.shell.access import Open, access_to

log = logger("web")
_BROKEN_SENTENCE = "Something went wrong on our side. It has been written down."


def install_errors(app: Flask) -> None:
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(away, _busy)
    app.register_error_handler(Exception, _broken)


def _refused(refusal: Refusal) -> Response:
    is_patients = _guarded_by() is Open.LINK
    if isinstance(refusal, SignInNeeded) and request.method == "GET" and not (is_patients or _wants_part()):
        return _to_sign_in()
    if isinstance(refusal, FreshSignInNeeded) and not _is_for_machines():
        return make_response(redirect(url_for("staff.confirm", back=_page_before()), 303))
    response = _answer(refusal, status_of(refusal))
    if isinstance(refusal, SignInNeeded):
        response.headers["HX-Refresh"] = "true"
    return response


def _http(error: HTTPException) -> Response:
    if error.code is not None and 300 <= error.code < 400:
        return make_response(error.get_response())
    status = error.code or 500
    response = _answer(refusal_for(status), status)
    kept = dict(error.get_headers())
    response.headers.extend([(name, kept[name]) for name in ("Allow", "Retry-After") if name in kept])
    return response


def _busy(error: Exception) -> Response:
    log.error("database_unavailable", request_id=g.get("request_id"), error=type(error).__name__)
    response = _answer(Busy(), 503)
    response.headers["Retry-After"] = "5"
    return response


def _broken(error: Exception) -> Response:
    places = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    log.error(
        "request_failed", request_id=g.get("request_id"), endpoint=request.endpoint, error=type(error).__name__,
        at=" > ".join(places[-6:]),
    )  # fmt: skip
    return _answer(Refusal(_BROKEN_SENTENCE), 500)


def _answer(refusal: Refusal, status: int) -> Response:
    """A page for people, in the manner of the pages around it, a line for machines; in the language of the request."""
    if _is_for_machines():
        return make_response({"error": refusal.code, "retryable": refusal.retryable}, status)
    try:
        page = "shell/refused_part.html" if _wants_part() else "shell/refused.html"
        body = render_template([f"{request.blueprint}/refused.html", page], refusal=refusal, status=status)
    except Exception:  # noqa: BLE001 - the page of an error must not raise another one
        return Response(f"{refusal.sentence}\n", status, content_type="text/plain; charset=utf-8")
    return make_response(body, status)


def _is_for_machines() -> bool:
    guarded_by = _guarded_by()
    if guarded_by in (Open.SIGNATURE, Open.BEARER):
        return True
    if guarded_by is Open.LINK and request.headers.get("Sec-Fetch-Dest") == "empty":  # the script on a patient's phone
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html") == "application/json"


def _guarded_by() -> object:
    return access_to(request.endpoint) if request.endpoint else None


def _wants_part() -> bool:
    return request.headers.get("HX-Request") == "true"


def _to_sign_in() -> Response:
    return make_response(redirect(url_for("staff.sign_in", back=request.full_path.rstrip("?"))))


def _page_before() -> str:
    """Where the person came from: this page, or for a form the page that holds it."""
    return urlsplit(request.referrer or "/").path if request.method == "POST" else request.full_path.rstrip("?")
