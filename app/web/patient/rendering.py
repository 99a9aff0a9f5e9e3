"""A patient's page as an answer: neutral title, its own style, packed as small as it gets, told to nobody else."""

from __future__ import annotations

from flask import Response, g, make_response, render_template, request
from markupsafe import Markup

from app.web.patient.blueprint import blueprint
from app.web.patient.languages import chrome_language
from app.web.patient.script import scripts
from app.web.patient.style import inline_style
from app.web.shell.compress import SMALLEST_BYTES, pack
from app.web.shell.headers import FILES, patient_policy, permitted
from forms.languages import direction


def page_of(template: str, status: int = 200, **values: object) -> Response:
    return make_response(render_template(f"patient/{template}", **values), status)


@blueprint.context_processor
def spoken() -> dict[str, object]:
    """Every page, that of an error too, is in the language of the request, as far as the system speaks it."""
    tag = chrome_language()
    return {
        "page_locale": tag, "direction": direction(tag), "inline_style": inline_style, "script_urls": script_urls,
        "script_named": script_named, "unbroken": unbroken,
    }  # fmt: skip


def unbroken(number: str) -> Markup:
    """A telephone number that no line breaks at its hyphens, and that is copied and read aloud as it is."""
    return Markup('<span class="t">{}</span>').format(number)


def script_urls(more: list[str] | None) -> list[str]:
    """What a page loads once it can be answered, in order. `more` builds on the page's script, which fetches it."""
    g.has_script = True
    return [*(url for url in more or () if "/more-" not in url and "/home-" not in url), scripts()["page"].url]


def script_named(name: str) -> str:
    """One script alone, for a page that needs no other."""
    g.has_script = True
    return scripts()[name].url


@blueprint.after_request
def make_small(response: Response) -> Response:
    """These pages go over the worst links and are made one at a time: the slowest, smallest packing is worth it."""
    if response.mimetype not in FILES:
        response.headers["Referrer-Policy"] = "no-referrer"
    if response.location:
        response.set_data(b"")  # browsers follow; the words that come with it only cost bytes
        response.headers.pop("Content-Type", None)
    elif response.mimetype == "text/html":
        policy = patient_policy(has_script=g.get("has_script", False), style=permitted("style"))
        response.headers.setdefault("Content-Security-Policy", policy)
        g.is_patients_page = True
    if response.direct_passthrough or (response.content_length or 0) < SMALLEST_BYTES:
        return response
    packed = pack(response.get_data(), request.accept_encodings, quality=11)
    if packed is not None and "Content-Encoding" not in response.headers:
        response.headers["Content-Encoding"] = packed[0]
        response.set_data(packed[1])
        if response.headers.get("Cache-Control", "no-store") != "no-store":  # what nobody keeps varies for nobody
            response.vary.add("Accept-Encoding")
    return response
