"""Which language a page speaks: what was chosen, then what the staff member keeps, then what the browser asks for."""

from __future__ import annotations

from flask import Response, g, request

from app.core.locale import available_catalogues, catalogue_for, is_spoken
from app.web.shell.here import use_locale
from app.web.shell.session import is_secure

COOKIE = "farline_language"
NAMES = {"en": "English", "fr": "Français"}  # each in its own words


def choose_locale() -> None:
    use_locale(_chosen() or _browsers())


def offered() -> list[tuple[str, str]]:
    return [(tag, NAMES.get(tag, tag)) for tag in sorted(available_catalogues())]


def remember_language(response: Response, tag: str) -> None:
    response.set_cookie(
        COOKIE, tag, max_age=365 * 24 * 3600, secure=is_secure(), httponly=True, samesite="Lax", path="/"
    )


def _chosen() -> str | None:
    viewer = g.get("viewer")
    tag = viewer.locale if viewer is not None else request.cookies.get(COOKIE, "")
    return catalogue_for(tag) if tag and is_spoken(tag) else None


def _browsers() -> str:
    for tag in request.accept_languages.values():
        if is_spoken(tag):
            return catalogue_for(tag)
    return "en"
