"""Which rung makes sense after what the rungs before it taught, and what a ladder may cost. Pure.

`settings["ladder_cap"]` is what one ladder may cost, in the clinic's own unit; `settings["costs"]` says what a segment
("sms") and a call ("voice") cost in it. A ticket costs nothing: it is always within the cap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.messaging.rules import USUAL_COSTS
from app.pathways.rules import RungKind


@dataclass(frozen=True)
class Climbed:
    """A rung behind us. `arrived` None: the carrier never said."""

    channel: str
    segments: int = 1
    sender: str | None = None
    arrived: bool | None = None


@dataclass(frozen=True)
class Foreseen:
    """A rung as the cost cap sees it before anybody climbs it."""

    kind: RungKind
    cost: float
    is_paid: bool


def other_number(climbed: Sequence[Climbed], others: Sequence[str], *, is_told_of_arrivals: bool) -> str | None:
    """The next number to write from, when the newest text did not arrive; None when there is no reason or no number.

    A carrier's silence counts only where arrivals at this phone have been told before: elsewhere it says nothing.
    """
    texts = [each for each in climbed if each.channel == RungKind.SMS.channel]
    if not texts or texts[-1].arrived or (texts[-1].arrived is None and not is_told_of_arrivals):
        return None
    tried = {each.sender for each in texts}
    return next((number for number in others if number not in tried), None)


def is_within_cap(climbed: Sequence[Climbed], kind: RungKind, settings: Mapping[str, Any]) -> bool:
    """Whether the ladder may still pay for this rung; a text is counted as long as the longest before it."""
    cap = settings.get("ladder_cap")
    if cap is None or kind is RungKind.TICKET:
        return True
    segments = max((each.segments for each in climbed if each.channel == RungKind.SMS.channel), default=1)
    following = Climbed(kind.channel, segments)
    return sum(_cost(each, settings) for each in (*climbed, following)) <= float(cap)


def foresee(ladder: Sequence[RungKind], segments: int, settings: Mapping[str, Any]) -> list[Foreseen]:
    """What each rung would cost a patient who never answers, and which rungs the cap leaves out."""
    climbed: list[Climbed] = []
    foreseen = []
    for kind in ladder:
        is_paid = is_within_cap(climbed, kind, settings)
        rung = Climbed(kind.channel, segments)
        foreseen.append(Foreseen(kind, 0.0 if kind is RungKind.TICKET else _cost(rung, settings), is_paid))
        if is_paid and kind is not RungKind.TICKET:
            climbed.append(rung)
    return foreseen


def _cost(rung: Climbed, settings: Mapping[str, Any]) -> float:
    costs = {**USUAL_COSTS, **settings.get("costs", {})}
    return float(costs[rung.channel]) * (rung.segments if rung.channel == RungKind.SMS.channel else 1)
