"""All answers in one message: `INTAKE 3 no 37,8` in the order of the form, or `temp=37,8 cough=no` by name.

Good answers are kept; asking goes on from the first that could not be read. A message is taken this way only when it
begins with the form's keyword, or when every part of it names a question; anything else is one answer.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from forms.answers import read_text
from forms.asking import find_next
from forms.commands import plain_words
from forms.constraints import broken_constraint
from forms.effects import Said, Why
from forms.paths import path_of

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.paths import Indices
    from forms.talk import Talk

_PAIR = re.compile(r"([^\s=:]{1,40}) ?[=:] ?([^=]*?)(?=(?:[\s,;]+[^\s=:]{1,40} ?[=:])|\s*$)")
_LONGEST = 1_500
_MOST = 60


def keep_several(talk: Talk, text: str) -> bool:
    """Keep the answers of such a message and ask on; False when it is not one."""
    if len(text) > _LONGEST:
        return False
    named = _named(talk, text)
    if named:
        return _keep_named(talk, named)
    listed = _listed(talk, text)
    return _keep_listed(talk, listed) if listed else False


def _named(talk: Talk, text: str) -> list[tuple[PlanItem, Indices, str]]:
    """The pairs of `K=V K=V`, each K a question's name; empty unless the whole message is such pairs."""
    if "=" not in text:
        return []
    body = _without_keyword(talk, text) or text
    by_name = _names(talk)
    found = []
    rest = body
    for match in _PAIR.finditer(body):
        step = by_name.get(plain_words(match.group(1)))
        if step is None:
            return []
        found.append((*step, match.group(2).strip(" ,;")))
        rest = rest.replace(match.group(0), "", 1)
    return found if not rest.strip(" ,;") else []


def _names(talk: Talk) -> dict[str, tuple[PlanItem, Indices]]:
    """Questions that apply by their short name and linkId; in a loop the last occurrence."""
    found = {}
    for step in talk.board().asked_questions():
        for name in (step.item.link_id, step.item.sms_name):
            if name:
                found[plain_words(name)] = (step.item, step.indices)
    return found


def _without_keyword(talk: Talk, text: str) -> str:
    """The message after the form's keyword; empty when it does not begin with it or nothing follows."""
    first, _, rest = text.strip().partition(" ")
    keyword = plain_words(talk.plan.keyword)
    return rest.strip() if keyword and plain_words(first) == keyword else ""


def _listed(talk: Talk, text: str) -> list[str]:
    body = _without_keyword(talk, text)
    if not body:
        return []
    if ";" in body or "#" in body:
        return [part.strip() for part in re.split(r"[;#]", body) if part.strip()][:_MOST]
    try:
        return shlex.split(body.replace("'", "\\'"))[:_MOST]
    except ValueError:
        return body.split()[:_MOST]


def _keep_named(talk: Talk, pairs: list[tuple[PlanItem, Indices, str]]) -> bool:
    kept = 0
    bad: tuple[PlanItem, Indices] | None = None
    for item, indices, text in pairs:
        if _kept(talk, item, indices, text):
            kept += 1
        elif bad is None:
            bad = (item, indices)
    _go_on(talk, kept, bad)
    return True


def _keep_listed(talk: Talk, parts: list[str]) -> bool:
    kept = 0
    bad: tuple[PlanItem, Indices] | None = None
    for part in parts:
        found = find_next(talk.board(), talk.state, talk.context.channel)
        if found.step is None or found.another:
            break
        if not _kept(talk, found.step.item, found.step.indices, part):
            bad = (found.step.item, found.step.indices)
            break
        kept += 1
    _go_on(talk, kept, bad)
    return True


def _kept(talk: Talk, item: PlanItem, indices: Indices, text: str) -> bool:
    reading = read_text(item, text, specs=talk.plan.specs, locale=talk.plan.locale, context=talk.context)
    path = path_of(item, indices)
    if not reading.is_value or broken_constraint(talk, path, reading.value) is not None:
        return False
    talk.keep(path, reading.value, raw=text)
    return True


def _go_on(talk: Talk, kept: int, bad: tuple[PlanItem, Indices] | None) -> None:
    if kept:
        talk.effects.append(Said("answers_kept", (str(kept),)))
    if bad is None:
        talk.ask_next()
        return
    talk.ask(*bad)
    talk.effects.pop()  # the prompt itself follows once it is said that the reply was not understood
    talk.missed(talk.waiting[1], Why.UNREADABLE)
