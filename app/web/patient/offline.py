"""What the script on the phone needs to know of a form: its conditions, its words, and which more scripts it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from app.conversations.page import Page
from app.web.patient.script import logic_for, scripts, version
from app.web.patient.worker import is_worker_on, manifest_url
from app.web.shell.here import say
from forms.render.web import WebForm, Widget

# Answered with the server's help only: groups that grow, moments in a zone.
_SERVED = frozenset({Widget.ANOTHER, Widget.DATETIME})
OPTIONS = 9  # where an item's options stand (forms/render/logic.py)


def phone_data(page: Page, parts: int) -> dict[str, Any] | None:
    """Null for a form that is answered page by page: one in parts, or with something only the server can work out."""
    if parts > 1 or not works_on_phone(page.form):
        return None
    data: dict[str, Any] = {"words": words(), "more": scripts()["more"].url}
    if is_worker_on():
        data |= {"cache": version(), "app": manifest_url()}
    needed = [logic_for(page.logic)] if has_logic(page.form) else []
    if needed:
        data["logic"] = without_options(page.logic) if needed == ["plain"] else page.logic
    needed += ["more"] if has_files(page.form) else []
    urls = [scripts()[name].url for name in needed]
    return {**data, "src": urls} if urls else data


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


def words() -> dict[str, str]:
    """The script's sentences, in the language of the link."""
    return {
        "phone": say("Saved on this phone."),
        "memory": say("Kept until you close this page. Send it before you leave."),
        "sending": say("Sending …"),
        "queued": say("Saved on this phone. We will send it when there is a signal. You can close this page."),
        "unsafe": say("Not sent yet. Keep this page open: we send it when there is a signal."),
        "link": say("There is no signal for this now. Your answers stay on this phone."),
        "large": say("This file is too large. Please take a smaller one."),
        "pinned": say("Your answers on this phone now open with your PIN only."),
        "locked": say("Answers are kept on this phone"),
        "pin": say("PIN"),
        "open": say("Go on"),
        "wrong": say("This is not the PIN. Please try again."),
        "forget": say("I do not know the PIN: remove these answers"),
        "received": say("Your clinic has received your answers so far."),
        "who": say("Saved on this phone. Please tell us again who you are, then we send it."),
        "ended": say("This link has ended. Your answers are still on this phone. Please call or text your clinic."),
        "refused": say("We could not send this. Your answers are still on this phone. Please call your clinic."),
        "look": say("Some answers need another look"),
        "missing": say("Please answer this question."),
        "unread": say("We could not read this answer."),
        "thanks": say("Thank you. We have received your answers."),
        "code": say("Your receipt code is"),
        "close": say("You can close this page."),
    }
