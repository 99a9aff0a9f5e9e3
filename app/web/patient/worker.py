"""The worker that opens links without a network, the switch that removes it, and what an installed page is called.

Browsers ask for the worker again when an hour has passed. Switched off (FARLINE_PAGE_WORKER=false), the answer is a
worker that takes itself and its files away; drafts are not its own and stay.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from flask import Response, request
from markupsafe import escape

from app.core.errors import NotFound
from app.core.locale import available_catalogues, catalogue_for, translator
from app.web.patient.blueprint import blueprint
from app.web.patient.script import javascript, pack_once, scripts, sender, version
from app.web.patient.small import small_script
from app.web.patient.style import PWA, style_digest
from app.web.shell.assets import FOREVER
from app.web.shell.headers import patient_policy
from app.web.shell.here import house, locale, say, use_locale

_WORKER_POLICY = "default-src 'self'"
_SHELL = (
    '<!doctype html><html lang="en">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    '<link rel="icon" href="data:,"><title>For you</title><main><div id="none" hidden>{none}</div></main>'
    '<script src="{script}"></script>'
)
_GONE = """
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(caches.keys()
  .then((names) => Promise.all(names.map((name) => caches.delete(name))))
  .then(() => registration.unregister())));
"""
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#0a5347" d="M0 0h8v8H0z"/>'
    '<path fill="#fdfcf8" d="M2 2h4v.6H2zm0 1.4h4V4H2zm0 1.4h2.5v.6H2z"/></svg>'
)


@blueprint.get("/sw.js")
def worker() -> Response:
    """The worker for links only; asked for again within the hour, so that a new one, or none, is found.

    With `?send` it brings along what sends a finished form when no page is open, and what says that something waits:
    asked for only once there is something to lose, or the patient wants to be told.
    """
    text = worker_text(sends="send" in request.args) if is_worker_on() else small_script(_GONE)
    response = javascript(text, pack_once(text))
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Security-Policy"] = _WORKER_POLICY
    response.set_etag(hashlib.sha256(text.encode()).hexdigest()[:10])
    response.make_conditional(request)
    del response.headers["Date"]  # the server in front says it
    return response


@blueprint.get("/p/a/app-<language>.webmanifest")
def manifest(language: str) -> Response:
    """What an installed page is called: nothing about health, nothing about anybody."""
    if language not in available_catalogues():
        raise NotFound
    use_locale(language)
    said = {
        "name": say("For you"),
        "start_url": "/p/",
        "scope": "/p/",
        "display": "minimal-ui",
        "background_color": "#fdfcf8",
        "theme_color": "#0a5347",
        "icons": [{"src": "/p/a/icon.svg", "sizes": "any", "type": "image/svg+xml"}],
    }
    response = Response(json.dumps(said, ensure_ascii=False), content_type="application/manifest+json")
    response.headers["Cache-Control"] = FOREVER
    return response


@blueprint.get("/p/a/icon.svg")
def icon() -> Response:
    response = Response(_ICON, content_type="image/svg+xml")
    response.headers["Cache-Control"] = FOREVER
    return response


def manifest_url() -> str:
    return f"/p/a/app-{catalogue_for(locale())}.webmanifest"


def is_worker_on() -> bool:
    return bool(house().settings.page_worker)


@lru_cache
def worker_text(*, sends: bool = False) -> str:
    page = scripts()["page"].url
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": patient_policy(has_script=True, style=f"'{style_digest()}'"),
        "Referrer-Policy": "no-referrer",
    }
    text = (PWA / "sw.js").read_text(encoding="utf-8")
    shell = _SHELL.replace("{script}", page).replace("{none}", "".join(map(_no_signal, sorted(available_catalogues()))))
    values = {
        "version": version(),
        "files": json.dumps([page]),
        "headers": json.dumps(headers),
        "shell": shell,
        "sender": sender() if sends else "",
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return small_script(text)


def _no_signal(tag: str) -> str:
    """Said in every language: the shell knows no form and nobody's language."""
    translate = translator(tag)
    words = translate("There is no signal just now. Please try again later.")
    return f'<h1 lang="{tag}">{escape(words)}</h1>'
