"""Puts the shell around an application: what runs before and after every view, in order."""

from __future__ import annotations

from secrets import token_hex
from time import monotonic

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue

from app.core.log import logger
from app.web.shell.access import Open, access_to, guard
from app.web.shell.assets import asset_url
from app.web.shell.compress import compress
from app.web.shell.errors import install_errors
from app.web.shell.forgery import csrf_field, csrf_token, refuse_forgery, refuse_null_bytes
from app.web.shell.headers import set_headers
from app.web.shell.here import locale, say
from app.web.shell.language import choose_locale
from app.web.shell.menu import main_menu
from app.web.shell.metrics import count_request
from app.web.shell.row_numbers import RowNumber
from app.web.shell.session import load_viewer
from app.web.shell.uploads import InMemoryRequest
from app.web.shell.words import install_words

LARGEST_BODY_BYTES = 256 * 1024
_OF_PEOPLE = (load_viewer, choose_locale, guard, refuse_forgery, refuse_null_bytes)
log = logger("web")


def install_shell(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY_BYTES
    app.request_class = InMemoryRequest
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "extensions": ["jinja2.ext.do"]}
    app.url_map.converters["int"] = RowNumber
    app.before_request(_before)
    for after in (_finish, compress, set_headers):  # Flask runs these from the last to the first
        app.after_request(after)
    install_errors(app)
    install_words(app)
    app.jinja_env.globals.update(
        _=say, asset=asset_url, csrf_field=csrf_field, csrf_token=csrf_token, main_menu=main_menu
    )
    app.context_processor(lambda: {"viewer": g.get("viewer"), "locale": locale()})


def _before() -> ResponseReturnValue | None:
    """A carrier proves itself by its signature alone: it has no account, no language and no page of ours."""
    g.began, g.request_id = monotonic(), token_hex(5)
    if request.endpoint is not None and access_to(request.endpoint) is Open.SIGNATURE:
        return None
    for each in _OF_PEOPLE:
        each()
    return None


def _finish(response: Response) -> Response:
    count_request(request.endpoint, response.status_code)
    milliseconds = round((monotonic() - g.began) * 1000) if "began" in g else None
    log.info(
        "answered",
        endpoint=request.endpoint,
        status=response.status_code,
        ms=milliseconds,
        request_id=g.get("request_id"),
    )
    return response
