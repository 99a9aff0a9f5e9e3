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
        raise UnreadableJSON(
            _other_kind(reason.object[:4]) or f"the file is not UTF-8 text (byte {reason.start})"
        ) from reason
    if text.startswith(("PK\x03\x04", "%PDF")):
        raise UnreadableJSON(_other_kind(text[:4].encode()))
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


_KINDS: Final = {
    b"\xff\xfe": "the file is text in UTF-16; save it as UTF-8",
    b"\xfe\xff": "the file is text in UTF-16; save it as UTF-8",
    b"\x1f\x8b": "the file is compressed (gzip); unpack it first",
    b"PK": "the file is a zip archive or a spreadsheet; unpack it, or use import-xlsform",
    b"%PDF": "the file is a PDF; ask for the form as FHIR JSON",
}


def _other_kind(start: bytes) -> str:
    """What a file is that is no UTF-8 text, when its first bytes tell."""
    return next((said for mark, said in _KINDS.items() if start.startswith(mark)), "")


def _refuse(constant: str) -> NoReturn:
    raise UnreadableJSON(f"{constant} is not a JSON number")


def strict_json(value: Any, *, indent: int | None = None) -> str:
    """`value` as one strict JSON text. Raises ValueError for NaN and infinities."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _SURROGATE.sub("\ufffd", text)
