"""The phone's script: the modules of pwa/ made into small files when they are first asked for, named by their content.

The modules are joined into one function, which packs a twentieth smaller than one each. Nothing has to be built.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import brotli
from flask import Response, request

from app.core.errors import NotFound
from app.core.locale import available_catalogues, in_print, translator
from app.web.patient.blueprint import blueprint
from app.web.patient.small import small_script
from app.web.patient.style import PWA
from app.web.patient.words import more_words
from app.web.shell.assets import FOLDER as STATIC

KEPT = "private, max-age=31536000, immutable"
PAGE = ("db", "vault", "sync", "outbox", "fields", "form", "worker", "start")
MORE = ("files", "pin")
HOME = ("letters", "home")
SENDER = ("db", "vault", "sync", "outbox", "letters", "sender")
WHEN, LOOPS, CALCULATE = 4, 2, 5  # where they stand in an item (forms/render/logic.py)
_IMPORT = re.compile(r"^import \{(.+)\} from '\./(\w+)\.js';$\n", re.MULTILINE)
_RARE = re.compile(r"^ *// \[rare$.*?^ *// rare\]$\n", re.MULTILINE | re.DOTALL)
_SELDOM = re.compile(r"^ *// \[seldom$.*?^ *// seldom\]$\n", re.MULTILINE | re.DOTALL)
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
    """`page`: everything most forms need. `plain`, `logic`: conditions few forms have, and calculations.
    `home`: home without a network. `key`: the phone's own lock. `notices`: being told that something
    waits. `more-` and a language: photos, voice notes, a draft's lock, with their words."""
    texts = {"page": _page(), "plain": evaluators()["plain"], "logic": evaluators()["logic"]}
    texts["home"] = _later(HOME, "farline.home={fromServer,fromPhone}")
    texts["key"] = (STATIC / "passkeys.js").read_text(encoding="utf-8")
    texts["notices"] = _alone(_read("notices"))
    texts |= {f"more-{tag}": _more(tag) for tag in sorted(available_catalogues())}
    return {name: _script(name, small_script(text)) for name, text in texts.items()}


@lru_cache
def sender() -> str:
    """What the worker brings along to send without a page, and to say that something waits."""
    return _alone(_joined(SENDER)) + "\n" + _read("told")


@lru_cache
def evaluators() -> dict[str, str]:
    """The one evaluator: whole, without what few forms need, and with as little as most forms need."""
    logic = _read("expressions")
    plain = _RARE.sub("", logic)
    return {"logic": logic, "plain": plain, "few": _SELDOM.sub("", plain)}


def _page() -> str:
    few = (
        evaluators()["few"]
        .partition("if (typeof module")[0]
        .replace("const farlineExpressions", "const fewExpressions")
    )
    given = ",".join(sorted(_foreign(MORE) | _foreign(HOME)))
    return _alone(f"{few}\n{_joined(PAGE[:-1])}\nself.farline={{{given}}};\n{_joined(PAGE[-1:])}")


def _more(tag: str) -> str:
    words = json.dumps(more_words(lambda text: in_print(translator(tag)(text))), ensure_ascii=False)
    gives = "farline.more={attach,drop,show,sendFile,protect,askPin}"
    return _later(MORE, gives, before=f"const words={words};\n")


def _later(names: Sequence[str], gives: str, *, before: str = "") -> str:
    """A script that builds on the page's own."""
    return _alone(f"const {{{','.join(sorted(_foreign(names)))}}}=farline;\n{before}{_joined(names)}\n{gives};")


def is_few(logic: Mapping[str, Any]) -> bool:
    """Whether the page's own script can work these conditions out: what was answered, and how much it is."""
    return not logic["x"] and all(_asks_little(item) for item in logic["i"])


def _asks_little(item: Sequence[Any]) -> bool:
    row = [*item, *[None] * (CALCULATE + 1 - len(item))]
    return not row[LOOPS] and row[CALCULATE] is None and runs_on_few(row[WHEN])


def runs_on_few(tree: Any) -> bool:
    if not isinstance(tree, list | tuple):
        return not isinstance(tree, Mapping)
    match tree:
        case ["v", _]:
            return True
        case ["is", _, compared] | ["cmp", _, _, compared, ""]:
            constants = compared if isinstance(compared, list | tuple) else [compared]
            return not any(isinstance(each, Mapping) for each in constants)
        case ["and" | "or" | "not" | "any" | "none", *parts]:
            return all(map(runs_on_few, parts))
    return False


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
    response.headers["Cache-Control"] = KEPT
    return response


def javascript(text: str, packed: bytes) -> Response:
    """For this browser's own keeping, so that nothing has to be said of packing to caches on the way. What loads it
    says utf-8, and a worker's text always is."""
    takes_brotli = "br" in request.accept_encodings
    response = Response(packed if takes_brotli else text, content_type="text/javascript")
    if takes_brotli:
        response.headers["Content-Encoding"] = "br"
    return response


@lru_cache(maxsize=8)
def pack_once(text: str) -> bytes:
    return brotli.compress(text.encode(), quality=11)


def _joined(names: Sequence[str]) -> str:
    """The modules as one, in one room: no name may stand for two things (the minifier would refuse)."""
    return "\n".join(
        re.sub("^export const", "const", _IMPORT.sub("", _read(name)), flags=re.MULTILINE) for name in names
    )


def _foreign(names: Sequence[str]) -> set[str]:
    """What these modules import from others than each other."""
    return {
        each.strip()
        for name in names
        for found in _IMPORT.findall(_read(name))
        if found[1] not in names
        for each in found[0].split(",")
    }


def _alone(text: str) -> str:
    return f"(()=>{{'use strict';\n{text}\n}})();"


def _read(name: str) -> str:
    return (PWA / f"{name}.js").read_text(encoding="utf-8")


def _script(name: str, text: str) -> Script:
    return Script(f"/p/a/{name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}.js", text)
