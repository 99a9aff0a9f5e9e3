"""What the desk's figures mean, computed from event rows alone. Pure.

An episode runs from opening (or opening again) to closing. The first answer is the first act of a person that the
patient can see: a reply that was not taken back, or a call that reached them. Automatic messages are no events here,
so they never count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Fact:
    """One event of one ticket, as far as figures need it."""

    kind: str
    at: datetime
    message_id: int | None = None
    outcome: str | None = None


@dataclass(frozen=True)
class Episode:
    """`answered_at` and `closed_at` are None while that has not happened."""

    opened_at: datetime
    is_again: bool
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    was_late: bool = False


def episodes(facts: Sequence[Fact]) -> list[Episode]:
    """The episodes of one ticket, from its events in order. Merged tickets end without an answer of their own."""
    undone = {fact.message_id for fact in facts if fact.kind == "reply_undone"}
    found: list[Episode] = []
    for fact in facts:
        if fact.kind in ("opened", "reopened"):
            found.append(Episode(fact.at, is_again=fact.kind == "reopened"))
        elif found and _is_answer(fact, undone) and found[-1].answered_at is None:
            found[-1] = replace(found[-1], answered_at=fact.at)
        elif found and fact.kind == "closed":
            found[-1] = replace(found[-1], closed_at=fact.at)
        elif found and fact.kind == "breached":
            found[-1] = replace(found[-1], was_late=True)
    return found


def _is_answer(fact: Fact, undone: set[int | None]) -> bool:
    if fact.kind == "called":
        return fact.outcome == "reached"
    return fact.kind == "replied" and fact.message_id not in undone


@dataclass(frozen=True)
class Spread:
    """Median and 90th percentile; None when there is nothing to say."""

    count: int
    median: timedelta | None
    p90: timedelta | None


def spread(lengths: Iterable[timedelta]) -> Spread:
    """Nearest-rank percentiles: always a length that really happened."""
    ordered = sorted(lengths)
    if not ordered:
        return Spread(0, None, None)
    return Spread(len(ordered), _rank(ordered, 50), _rank(ordered, 90))


def _rank(ordered: Sequence[timedelta], percent: int) -> timedelta:
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


AGES: tuple[tuple[str, timedelta], ...] = (
    ("under 1 h", timedelta(hours=1)),
    ("1 to 4 h", timedelta(hours=4)),
    ("4 to 24 h", timedelta(hours=24)),
    ("over 24 h", timedelta.max),
)


def ages(waiting_since: Iterable[datetime], now: datetime) -> list[tuple[str, int]]:
    """How many wait in each bucket of age."""
    counts = dict.fromkeys((name for name, _ in AGES), 0)
    for since in waiting_since:
        counts[next(name for name, limit in AGES if now - since < limit)] += 1
    return list(counts.items())
