"""What a phone adds to a reply by itself: "Sent from my iPhone", "Envoyé de mon iPhone", our question quoted."""

from __future__ import annotations

import re

# A device or a mail program has to be named, so that an option called "Sent from the hospital" stays whole.
_SENT = r"sent (?:from|via|using)|get|envoy[ée]+ (?:de|depuis|[àa] partir de|avec|via)|t[ée]l[ée]charger|obtenez"
_DEVICES = (
    r"iphone|ipad|i-?pod|android|samsung|galaxy|huawei|pixel|mobile|cell|cellulaire|t[ée]l[ée]phone|phone|outlook|yahoo"
    r"|gmail|mail|bell|rogers|telus|blackberry"
)
_SIGNED = re.compile(rf"(?:^|\s)(?:{_SENT}) (?:(?:my|mon|ma|the|a|an|votre|un) )?(?:{_DEVICES})\b", re.IGNORECASE)
_RULE = re.compile(r"^\s*(?:-{2,}|_{3,})\s*$")


def without_signature(text: str) -> str:
    """The reply alone. Unchanged when nothing would be left."""
    kept = text
    if "\n" in text:
        lines = text.split("\n")
        ruled = next((at for at, line in enumerate(lines) if _RULE.match(line)), len(lines))
        kept = "\n".join(line for line in lines[:ruled] if not line.lstrip().startswith(">"))
    signed = _SIGNED.search(kept)
    if signed:
        kept = kept[: signed.start()]
    return kept if kept.strip() else text
