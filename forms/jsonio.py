"""Strict, bounded JSON in and out: no NaN, no duplicate surprises, no depth or size that could hang the reader."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

LARGEST_BYTES: Final = 16_000_000
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class UnreadableJSON(ValueError):
    """Not JSON, or more of it than is read; the message says why."""


def read_json(source: bytes | str) -> Any:
    """The value of a JSON text in UTF-8 (with or without a byte order mark). Raises UnreadableJSON."""
    if len(source) > LARGEST_BYTES:
        raise UnreadableJSON(f"the file is larger than {LARGEST_BYTES // 1_000_000} MB")
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source.removeprefix("\ufeff")
    except UnicodeDecodeError as reason:
        raise UnreadableJSON(f"the file is not UTF-8 text (byte {reason.start})") from reason
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError as reason:
        raise UnreadableJSON("the file is nested too deeply") from reason
    except json.JSONDecodeError as reason:
        if text.lstrip()[:1] == "<":
            raise UnreadableJSON("the file is XML; save the form as JSON") from reason
        raise UnreadableJSON(f"line {reason.lineno}, column {reason.colno}: {reason.msg}") from reason
    except ValueError as reason:
        raise UnreadableJSON("the file holds a number that is not JSON or too long") from reason


def _refuse(constant: str) -> NoReturn:
    raise UnreadableJSON(f"{constant} is not a JSON number")


def strict_json(value: Any, *, indent: int | None = None) -> str:
    """`value` as one strict JSON text. Raises ValueError for NaN and infinities."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _SURROGATE.sub("\ufffd", text)
