"""Recorded prompts and labels: the audio attachments of SDC's media extensions, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.extensions import all_of
from forms.languages import NOTHING, Words


def media_words(element: Mapping[str, Any], name: str) -> Words:
    """Addresses of recordings by language; the base one is the recording without a language."""
    base = ""
    others: dict[str, str] = {}
    for extension in all_of(element, name):
        media = extension.get("valueAttachment")
        if not isinstance(media, Mapping) or not str(media.get("contentType", "")).startswith("audio/"):
            continue
        language = media.get("language")
        if isinstance(language, str):
            others[language] = _address(media)
        else:
            base = _address(media)
    return Words(base, others) if base or others else NOTHING


def _address(media: Mapping[str, Any]) -> str:
    """Where the recording is; one inside the form itself is known by its hash."""
    url = media.get("url")
    return url if isinstance(url, str) else f"data:{str(media.get('hash') or '')[:64]}"
