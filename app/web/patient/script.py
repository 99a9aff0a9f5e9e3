"""The phone's script: the modules of pwa/ made into small files when they are first asked for, named by their content.

Each module becomes a function of its own. Nothing has to be built, nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import brotli
from flask import Response, request

from app.core.errors import NotFound
from app.web.patient.blueprint import blueprint
from app.web.patient.small import small_script
from app.web.patient.style import PWA
from app.web.shell.assets import FOREVER

MODULES = ("db", "vault", "sync", "outbox", "fields", "form")
MORE = ("files", "pin")
_IMPORT = re.compile(r"^import \{(.+)\} from '\./(\w+)\.js';$", re.MULTILINE)
_EXPORT = re.compile(r"^export const (\w+)", re.MULTILINE)
_RARE = re.compile(r"^ *// \[rare$.*?^ *// rare\]$\n", re.MULTILINE | re.DOTALL)
_OPERATOR = re.compile(r"^    '?([^\s':]+)'?: ", re.MULTILINE)


@dataclass(frozen=True)
class Script:
    url: str
    text: str

    @property
    def packed(self) -> bytes:
        return pack_once(self.text)


@lru_cache
def scripts() -> dict[str, Script]:
    """`page`: everything a form needs. `logic`: conditions and calculations, `plain`: as many as most forms need.
    `more`: photos, voice notes, the PIN."""
    named = ",".join(f"{name}:${name}" for name in MODULES)
    modules = "\n".join(_module(name) for name in MODULES)
    page = f"{modules}\nself.farline={{{named}}};\n{_module('start')}"
    known = ",".join(f"${name}=farline.{name}" for name in MODULES)
    more = "\n".join(_module(name) for name in MORE)
    more = f"const {known};\n{more}\nfarline.more=Object.assign({{}},$files,$pin);"
    logic = _read("expressions")
    texts = {"page": _alone(page), "logic": logic, "plain": _RARE.sub("", logic), "more": _alone(more)}
    return {name: _script(name, small_script(text)) for name, text in texts.items()}


def logic_for(trees: Any) -> str:
    """The name of the smallest script that knows every operator in these trees."""
    return "logic" if _heads(trees) & _rare_operators() else "plain"


@lru_cache
def _rare_operators() -> frozenset[str]:
    return frozenset(_OPERATOR.findall("".join(_RARE.findall(_read("expressions")))))


def _heads(tree: Any) -> set[str]:
    """What any list in it begins with: operators, and a few values that do no harm."""
    if isinstance(tree, Mapping):
        return set().union(*map(_heads, tree.values()))
    if not isinstance(tree, list | tuple) or not tree:
        return set()
    head = {tree[0]} if isinstance(tree[0], str) else set()
    return head.union(*map(_heads, tree))


def version() -> str:
    """The name under which the worker keeps these files."""
    return "v" + hashlib.sha256("".join(each.url for each in scripts().values()).encode()).hexdigest()[:10]


@blueprint.get("/p/a/<name>")
def script(name: str) -> Response:
    found = next((each for each in scripts().values() if each.url.endswith(f"/{name}")), None)
    if found is None:
        raise NotFound
    response = javascript(found.text, found.packed)
    response.headers["Cache-Control"] = FOREVER
    return response


def javascript(text: str, packed: bytes) -> Response:
    takes_brotli = "br" in request.accept_encodings
    response = Response(packed if takes_brotli else text, content_type="text/javascript; charset=utf-8")
    if takes_brotli:
        response.headers["Content-Encoding"] = "br"
    response.vary.add("Accept-Encoding")
    return response


@lru_cache(maxsize=8)
def pack_once(text: str) -> bytes:
    return brotli.compress(text.encode(), quality=11)


def _module(name: str) -> str:
    text = _read(name)
    names = ",".join(_EXPORT.findall(text))
    text = _IMPORT.sub(r"const {\1}=$\2;", text)
    text = _EXPORT.sub(r"const \1", text)
    return f"const ${name}=(()=>{{\n{text}\nreturn {{{names}}};\n}})();"


def _alone(text: str) -> str:
    return f"(()=>{{'use strict';\n{text}\n}})();"


def _read(name: str) -> str:
    return (PWA / f"{name}.js").read_text(encoding="utf-8")


def _script(name: str, text: str) -> Script:
    return Script(f"/p/a/{name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}.js", text)
