"""A trial beginning: whether a form would ask anything at all on a channel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from forms.engine import begin
from forms.items import Channel
from forms.manner import Manner, manner
from forms.state import Context

if TYPE_CHECKING:
    from forms.plan_model import Plan

_ANY_TIME: Final = datetime(2000, 1, 1, 12, tzinfo=UTC)


def asks_anything(plan: Plan, channel: str) -> bool:
    """Whether a conversation on this channel would begin with a question."""
    if begin(plan, Context(channel, plan.locale, _ANY_TIME)).prompt is not None:
        return True
    asked = (item for item in plan.items if item.is_asked and manner(item, Channel(channel)) is Manner.ASK)
    return bool(plan.served) and any(True for _ in asked)  # the server may say that these apply
