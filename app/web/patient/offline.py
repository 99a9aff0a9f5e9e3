"""What the script on the phone needs to know of a form: its conditions, its words, and which more scripts it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from app.conversations.page import Page
from app.core.locale import catalogue_for
from app.web.patient.script import is_few, logic_for, scripts, version
from app.web.patient.words import home_words, page_words
from app.web.patient.worker import is_worker_on, manifest_url
from app.web.shell.here import locale
from forms.render.web import WebForm, Widget

# Answered with the server's help only: groups that grow, moments in a zone.
_SERVED = frozenset({Widget.ANOTHER, Widget.DATETIME})
MANY, OPTIONS = 7, 9  # where they stand in an item (forms/render/logic.py)


def phone_data(page: Page, parts: int) -> dict[str, Any] | None:
    """Null for a form that is answered page by page: one in parts, or with something only the server can work out."""
    if parts > 1 or not works_on_phone(page.form):
        return None
    more = scripts()[f"more-{catalogue_for(locale())}"].url
    data: dict[str, Any] = {"words": page_words(), "more": more}
    if is_worker_on():
        data |= {"cache": version(), "app": manifest_url()}
    urls = [more] if has_files(page.form) else []
    if has_logic(page.form) and is_few(page.logic):
        data["logic"] = conditions_only(page.logic)
    elif has_logic(page.form):
        name = logic_for(page.logic)
        data["logic"] = without_options(page.logic) if name == "plain" else page.logic
        urls.insert(0, scripts()[name].url)
    return {**data, "src": urls} if urls else data


def home_data() -> dict[str, Any]:
    """For a home page that may be kept on the phone."""
    data: dict[str, Any] = {"home": 1, "words": home_words(), "src": [scripts()["home"].url]}
    return {**data, "cache": version()} if is_worker_on() else data


def conditions_only(logic: Mapping[str, Any]) -> dict[str, Any]:
    """What tells whether an item applies: where it stands, its condition, whether it takes several answers."""
    return {"i": [_trimmed([*item[:5], None, 0, *item[MANY : MANY + 1]]) for item in logic["i"]]}


def _trimmed(row: list[Any]) -> list[Any]:
    while row[-1] in (0, None):
        row.pop()
    return row


def without_options(logic: Mapping[str, Any]) -> dict[str, Any]:
    """Plain conditions compare answers as they are; what options weigh is for calculations."""
    return {**logic, "i": [item[:OPTIONS] for item in logic["i"]]}


def as_element(data: Mapping[str, Any]) -> Markup:
    """The data as the text of a script element: no blank and no escape that is not needed."""
    return htmlsafe_json_dumps(data, dumps=json.dumps, ensure_ascii=False, separators=(",", ":"))


def works_on_phone(form: WebForm) -> bool:
    fields = [field for section in form.sections for field in section.fields]
    return not any(field.needs_connection or field.widget in _SERVED for field in fields)


def needs_signal(form: WebForm) -> bool:
    """Whether something in the form is worked out by the server alone, so that it has to be reached in between."""
    return any(field.needs_connection for section in form.sections for field in section.fields)


def has_logic(form: WebForm) -> bool:
    fields = [field for section in form.sections for field in section.fields]
    return any(field.when is not None or field.calculate is not None for field in fields)


def has_files(form: WebForm) -> bool:
    return any(field.widget is Widget.FILE for section in form.sections for field in section.fields)
