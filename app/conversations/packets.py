"""A packet as a phone sends it: JSON read into checked values, known by the hash of its very bytes.

    {"client": "4f0c", "sequence": 3, "sent_at": "2026-12-01T15:00:00Z", "final": true,
     "answers": [{"path": "fever", "value": true, "at": "2026-12-01T13:12:09Z"}]}

or, shorter, `"answers": {"fever": true}, "ages": {"fever": 6471}`: seconds before `sent_at`, none when left out.
`client` is the phone's own id; times are the phone's. `value` null takes an answer back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.errors import ShapeWrong

MOST_ANSWERS = 2000
LONGEST_ID = 80


@dataclass(frozen=True)
class Given:
    """One answer in a packet, with the phone's own time."""

    path: str
    value: Any
    at: datetime


@dataclass(frozen=True)
class ReadPacket:
    client_id: str
    sequence: int
    sent_at: datetime
    is_final: bool
    answers: tuple[Given, ...]
    content_hash: str


def read_packet(packet: bytes) -> ReadPacket:
    """The packet's checked shape."""
    try:
        said = json.loads(packet)
        read = ReadPacket(
            client_id=str(said["client"]),
            sequence=int(said["sequence"]),
            sent_at=_moment(said["sent_at"]),
            is_final=bool(said.get("final", False)),
            answers=tuple(_answers(said)),
            content_hash=hashlib.sha256(packet).hexdigest(),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ShapeWrong("This is not a packet of answers.") from error
    is_small = len(read.answers) <= MOST_ANSWERS and 0 < len(read.client_id) <= LONGEST_ID
    if not is_small or not 0 <= read.sequence < 2**53:
        raise ShapeWrong("This packet holds too much.")
    return read


def _answers(said: dict[str, Any]) -> Iterator[Given]:
    given = said["answers"]
    if not isinstance(given, dict):
        yield from (Given(str(each["path"]), each["value"], _moment(each["at"])) for each in given)
        return
    sent_at, ages = _moment(said["sent_at"]), said.get("ages", {})
    for path, value in given.items():
        yield Given(path, value, sent_at - timedelta(seconds=max(0, int(ages.get(path, 0)))))


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
