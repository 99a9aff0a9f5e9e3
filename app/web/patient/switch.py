"""The language of a link changed by its reader: kept for the link, its form and what is said about it."""

from __future__ import annotations

from app.conversations.switch_language import languages_of, switch_language
from app.patients.models import Link
from app.web.patient.languages import Way, ways_to_read
from app.web.shell.here import ground, use_locale
from forms.languages import match_language


def keep_language(link: Link, wanted: str) -> None:
    """From here on the link is read in `wanted`, when that is one it can be read in; else nothing changes."""
    with ground().database.write() as session:
        offered = languages_of(session, link)
        tag = match_language(wanted[:20], offered)
        if tag is not None:
            switch_language(session, link.id, tag)
            use_locale(tag)


def ways_of(link: Link) -> list[Way]:
    with ground().database.read() as session:
        return ways_to_read(languages_of(session, link))
