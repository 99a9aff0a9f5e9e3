"""A photo or voice note kept: part by part as the link allows, whole only under the hash the phone named.

The caller has locked the response, so that the same part sent twice at once is taken once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from app.core.errors import Conflict, ShapeWrong, TooLarge
from app.intake.attachments import (
    LARGEST_PART_BYTES,
    MOST_BYTES,
    MOST_PER_RESPONSE,
    answer_naming,
    is_attachment_id,
    kind_of,
    named_in,
)
from app.intake.models import Attachment, AttachmentPart, Response
from app.intake.store import (
    attachment_of,
    count_attachments,
    drop_parts,
    parts_of_attachment,
    same_attachment,
)

WRONG_KIND = "This is not a photo or a sound we can open. Please take another one."
TOO_LARGE = "This file is too large. Please take a smaller one."


@dataclass(frozen=True)
class Part:
    """One stretch of a file, and what the phone says of the whole."""

    client_id: str
    path: str
    start: int
    size_bytes: int
    content_hash: str
    content: bytes


def take_part(session: Session, response: Response, part: Part, now: datetime) -> int:
    """How much of the file is here now: where the phone goes on. 0 when the whole is not what was named, to begin anew.

    Raises ShapeWrong for what is no part of a photo or sound, TooLarge, Conflict for another file under a known id.
    """
    _check(part)
    kept = _kept(session, response, part, now)
    if kept.completed_at is not None or part.start != kept.received_bytes:
        return kept.received_bytes
    content = part.content[: kept.size_bytes - kept.received_bytes]
    new = AttachmentPart(attachment_id=kept.id, start=part.start)
    new.content = content
    session.add(new)
    kept.received_bytes += len(content)
    session.flush()
    if kept.received_bytes == kept.size_bytes:
        _make_whole(session, kept, now)
    return kept.received_bytes


def keep_whole(session: Session, response: Response, path: str, content: bytes, now: datetime) -> dict[str, Any]:
    """A file posted in one go by a page without script; gives the answer that names it. The same file: the same one."""
    if not 0 < len(content) <= MOST_BYTES:
        raise TooLarge(TOO_LARGE)
    if kind_of(content) is None:
        raise ShapeWrong(WRONG_KIND)
    digest = hashlib.sha256(content).hexdigest()
    known = same_attachment(session, response.id, path, digest)
    if known is not None:
        return answer_naming(known.client_id, known.content_type, known.size_bytes)
    kept = _kept(session, response, Part(str(uuid4()), path, 0, len(content), digest, content), now)
    kept.content, kept.content_type = content, kind_of(content) or ""
    kept.received_bytes, kept.completed_at = len(content), now
    session.flush()
    return answer_naming(kept.client_id, kept.content_type, kept.size_bytes)


def answer_with(session: Session, response: Response, path: str, value: Any) -> Any:
    """A phone's answer that names an attachment, as the server knows it; False (no answer) when it is not here."""
    client_id = named_in(value)
    kept = attachment_of(session, response.id, client_id) if client_id else None
    if kept is None or kept.completed_at is None or kept.path != path:
        return False
    return answer_naming(kept.client_id, kept.content_type, kept.size_bytes)


def _check(part: Part) -> None:
    is_sound = is_attachment_id(part.client_id) and 0 <= part.start < part.size_bytes and part.content
    if not is_sound or len(part.path) > 200 or len(part.content_hash) > 64:
        raise ShapeWrong
    if part.size_bytes > MOST_BYTES or len(part.content) > LARGEST_PART_BYTES:
        raise TooLarge(TOO_LARGE)
    if part.start == 0 and kind_of(part.content) is None:
        raise ShapeWrong(WRONG_KIND)


def _kept(session: Session, response: Response, part: Part, now: datetime) -> Attachment:
    kept = attachment_of(session, response.id, part.client_id)
    if kept is None:
        if count_attachments(session, response.id) >= MOST_PER_RESPONSE:
            raise TooLarge("This form already holds as many files as we can take.")
        kept = Attachment(
            response_id=response.id, client_id=part.client_id, path=part.path, content_type=kind_of(part.content) or "",
            size_bytes=part.size_bytes, content_hash=part.content_hash or None, received_bytes=0, created_at=now,
        )  # fmt: skip
        session.add(kept)
        session.flush()
    if (kept.path, kept.size_bytes, kept.content_hash or "") != (part.path, part.size_bytes, part.content_hash):
        raise Conflict("This file's number was used for another one.")
    return kept


def _make_whole(session: Session, kept: Attachment, now: datetime) -> None:
    content = b"".join(part.content for part in parts_of_attachment(session, kept.id))
    kind = kind_of(content)
    if kind is None or (kept.content_hash and hashlib.sha256(content).hexdigest() != kept.content_hash):
        kept.received_bytes = 0
    else:
        kept.content, kept.content_type, kept.completed_at = content, kind, now
    drop_parts(session, kept.id)
    session.flush()
