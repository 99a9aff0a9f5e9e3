"""What a text costs before it is sent: parts, and the character that makes it dear."""

from __future__ import annotations

from dataclasses import dataclass

from channels.sms.segments import fold, measure


@dataclass(frozen=True)
class Weight:
    characters: int
    segments: int
    offenders: tuple[str, ...]


def weigh(body: str) -> Weight:
    """Of the text as it would leave: folded, then measured."""
    text = fold(body.strip())
    measured = measure(text)
    return Weight(len(text), measured.segments if text else 0, tuple(str(each) for each in measured.offenders)[:3])
