"""The patient's style sheet, made small once and inlined, so that the first response is usable by itself."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from app.web.patient.small import small_style
from app.web.shell.headers import permit_inline

PWA = Path(__file__).resolve().parents[3] / "pwa"


FORMS = "/* What only forms and home need. */"


def inline_style(*, is_form: bool = False) -> Markup:
    """The style element, allowed by its hash in this answer's policy. Pages that only ask or tell need less of it."""
    sheet = small_sheet(is_form=is_form)
    permit_inline("style", sheet)
    return Markup("<style>{}</style>").format(Markup(sheet))  # noqa: S704 - our own file


def style_digest() -> str:
    """A form's sheet as a policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(small_sheet(is_form=True).encode()).digest()).decode()


@lru_cache
def small_sheet(*, is_form: bool) -> str:
    basic, _, of_forms = (PWA / "page.css").read_text(encoding="utf-8").partition(FORMS)
    return small_style(basic + of_forms if is_form else basic)
