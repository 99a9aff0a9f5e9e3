"""The phone's script: the modules of pwa/ made into one small file when the server starts, named by its content.

Each module becomes a function of its own; comments and indentation go. Nothing has to be built, nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache

import brotli
from flask import Response, request

from app.core.errors import NotFound
from app.web.patient.blueprint import blueprint
from app.web.patient.style import PWA, style_digest
from app.web.shell.assets import FOREVER

MODULES = ("db", "vault", "sync", "outbox", "fields", "form", "start")
_IMPORT = re.compile(r"^import \{(.+)\} from '\./(\w+)\.js';$", re.MULTILINE)
_EXPORT = re.compile(r"^export const (\w+)", re.MULTILINE)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src '{style}'; connect-src 'self'; worker-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_SHELL = (
    '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    '<title>For you</title><main></main><script src="{script}"></script>'
)


@dataclass(frozen=True)
class Script:
    url: str
    text: str

    @property
    def packed(self) -> bytes:
        return _packed(self.text)


@lru_cache
def scripts() -> dict[str, Script]:
    """`page`: everything a form needs. `logic`: conditions and calculations, for forms that have some."""
    page = "(()=>{'use strict';\n" + "\n".join(_module(name) for name in MODULES) + "\n})();"
    logic = _small((PWA / "expressions.js").read_text(encoding="utf-8"))
    return {name: _script(name, text) for name, text in (("page", page), ("logic", logic))}


def version() -> str:
    """The name under which the worker keeps these files."""
    return "v" + hashlib.sha256("".join(each.url for each in scripts().values()).encode()).hexdigest()[:10]


@blueprint.get("/p/a/<name>")
def script(name: str) -> Response:
    found = next((each for each in scripts().values() if each.url.endswith(f"/{name}")), None)
    if found is None:
        raise NotFound
    response = _javascript(found.text, found.packed)
    response.headers["Cache-Control"] = FOREVER
    return response


@blueprint.get("/sw.js")
def worker() -> Response:
    """The worker for links only; asked for again at each start, so that a new one is found."""
    text = worker_text()
    response = _javascript(text, _packed(text))
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/p/"
    return response


@lru_cache
def worker_text() -> str:
    page = scripts()["page"].url
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": _POLICY.format(style=style_digest()),
        "Referrer-Policy": "no-referrer",
    }
    text = _small((PWA / "sw.js").read_text(encoding="utf-8"))
    values = {"version": version(), "files": json.dumps([page]), "headers": json.dumps(headers)}
    for name, value in {**values, "shell": _SHELL.replace("{script}", page)}.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _module(name: str) -> str:
    text = _small((PWA / f"{name}.js").read_text(encoding="utf-8"))
    names = ",".join(_EXPORT.findall(text))
    text = _IMPORT.sub(r"const {\1}=$\2;", text)
    text = _EXPORT.sub(r"const \1", text)
    return f"const ${name}=(()=>{{\n{text}\nreturn {{{names}}};\n}})();"


def _small(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _script(name: str, text: str) -> Script:
    return Script(f"/p/a/{name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}.js", text)


@lru_cache(maxsize=8)
def _packed(text: str) -> bytes:
    return brotli.compress(text.encode(), quality=11)


def _javascript(text: str, packed: bytes) -> Response:
    takes_brotli = "br" in request.accept_encodings
    response = Response(packed if takes_brotli else text, content_type="text/javascript; charset=utf-8")
    if takes_brotli:
        response.headers["Content-Encoding"] = "br"
    response.vary.add("Accept-Encoding")
    return response
