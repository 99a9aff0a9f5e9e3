"""Structured logs without content: ids, codes, counts. One processor strikes out what looks like a number or a body."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

_HIDDEN_KEYS = {"body", "text", "name", "address", "number", "answer", "answers", "raw", "value", "token", "phone"}
_LONG_NUMBER = re.compile(r"\+?\d[\d .()-]{8,}\d")


def start_logging(level: str = "INFO") -> None:
    """Send one line of key=value pairs per event to standard error."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            hide_content,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Untroubled(sys.stderr))),
        cache_logger_on_first_use=False,
    )


class _Untroubled:
    """A stream that drops what it cannot write: a full disk under the log must not undo what was done."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def hide_content(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace anything that could be a patient's words or number. Ids are integers and stay."""
    for key, value in entry.items():
        if key in _HIDDEN_KEYS:
            entry[key] = "(hidden)"
        elif isinstance(value, str) and key != "timestamp":
            entry[key] = _LONG_NUMBER.sub("(hidden)", value)
    return entry


def logger(name: str) -> Any:
    return structlog.get_logger(room=name)
