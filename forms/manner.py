"""Which questions a channel can ask, and who asks the others: the page, or a person."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from forms.items import Channel, Kind

if TYPE_CHECKING:
    from forms.items import PlanItem

MOST_OPTIONS: Final = {Channel.SMS: 40, Channel.VOICE: 63, Channel.WEB: 2_000}


class Manner(StrEnum):
    """How a question is put on a channel."""

    ASK = "ask"
    PAGE = "page"  # deferred to the page behind a link
    PERSON = "person"  # deferred to staff


def manner(item: PlanItem, channel: str) -> Manner:
    """How `channel` puts this question to the patient."""
    use = item.channels.get(channel)
    if use is not None:
        return Manner.PAGE if use == "defer" else Manner.PERSON
    if item.kind is Kind.REFERENCE or (item.kind is Kind.CHOICE and not item.options):
        return Manner.PERSON
    if channel == Channel.WEB:
        return Manner.ASK
    if item.kind in {Kind.ATTACHMENT, Kind.URL} or len(item.options) > MOST_OPTIONS[Channel(channel)]:
        return _elsewhere(item)
    return Manner.ASK


def _elsewhere(item: PlanItem) -> Manner:
    return Manner.PAGE if manner(item, Channel.WEB) is Manner.ASK else Manner.PERSON
