"""What may be attached to an answer: which kinds of file, how large, and the answer that names it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

MOST_BYTES: Final = 5_000_000
MOST_PER_RESPONSE: Final = 40  # photos taken again and again included
LARGEST_PART_BYTES: Final = 65_536
_URN: Final = "urn:uuid:"
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEIF: Final = (b"heic", b"heix", b"mif1", b"msf1")

# What a file is by its first bytes, whatever it calls itself. Source: the formats' own specifications.
_SIGNS: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "image/jpeg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "image/png": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/gif": lambda head: head.startswith((b"GIF87a", b"GIF89a")),
    "image/webp": lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP",
    "image/heic": lambda head: head[4:8] == b"ftyp" and head[8:12] in _HEIF,
    "audio/wav": lambda head: head.startswith(b"RIFF") and head[8:12] == b"WAVE",
    "audio/mp4": lambda head: head[4:8] == b"ftyp" and head[8:12] not in _HEIF,
    "audio/ogg": lambda head: head.startswith(b"OggS"),
    "audio/webm": lambda head: head.startswith(b"\x1a\x45\xdf\xa3"),
    "audio/amr": lambda head: head.startswith(b"#!AMR"),
    "audio/aac": lambda head: head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xF6 == 0xF0,
    "audio/mpeg": lambda head: (
        head.startswith(b"ID3") or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE0 == 0xE0)
    ),
}


def kind_of(content: bytes) -> str | None:
    """The type of a photo or a sound by what is in it; None for anything else."""
    return next((kind for kind, is_it in _SIGNS.items() if is_it(content[:16])), None)


def is_attachment_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def answer_naming(client_id: str, content_type: str, size_bytes: int) -> dict[str, Any]:
    """The answer that stands for an attachment, shaped as a FHIR Attachment without its content."""
    return {"contentType": content_type, "url": f"{_URN}{client_id}", "size": size_bytes}


def named_in(value: Any) -> str | None:
    """The id of the attachment an answer names, or None."""
    url = value.get("url") if isinstance(value, Mapping) else None
    if not isinstance(url, str) or not url.startswith(_URN):
        return None
    found = url.removeprefix(_URN)
    return found if is_attachment_id(found) else None
