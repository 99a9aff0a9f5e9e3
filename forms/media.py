"""Recorded prompts and labels: the audio attachments of SDC's media extensions, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.extensions import all_of
from forms.languages import NOTHING, Words


def media_words(element: Mapping[str, Any], name: str) -> Words:
    """Addresses of recordings by language; the base one is the recording without a language."""
    base, others = "", {}
    for extension in all_of(element, name):
        media = extension.get("valueAttachment")
        if isinstance(media, Mapping) and str(media.get("contentType", "")).startswith("audio/"):
            address = (
                media.get("url") if isinstance(media.get("url"), str) else f"data:{str(media.get('hash') or '')[:64]}"
            )
            if isinstance(media.get("language"), str):
                others[media["language"]] = address
            else:
                base = str(address)
    return Words(base, others) if base or others else NOTHING
