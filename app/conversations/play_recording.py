"""Words spoken on the phone, fetched from the carrier that keeps them each time somebody listens. Never kept here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.models import Conversation
from app.core.errors import Busy, NotFound
from app.core.ground import Ground
from app.intake.attachments import kind_of
from app.intake.models import Answer
from app.messaging.models import Call
from channels.errors import ChannelError

_UNREACHED_SENTENCE = "The carrier did not give us the recording. Please try again in a moment."


@dataclass(frozen=True)
class Spoken:
    """A recording, by the carrier that keeps it."""

    carrier: str
    recording_id: str


def recording_in(value: Any) -> str | None:
    """The id of the recording an answer names, or None."""
    if isinstance(value, Mapping) and set(value) == {"recording"}:
        return str(value["recording"])
    return None


def recording_of(session: Session, answer: Answer) -> Spoken | None:
    """What was recorded as this answer, with the carrier of the call it was spoken in."""
    recording_id = recording_in(answer.value)
    if recording_id is None:
        return None
    spoken_in = (
        select(Call.carrier)
        .join(Conversation, Conversation.id == Call.conversation_id)
        .where(Conversation.response_id == answer.response_id, Call.created_at <= answer.answered_at)
    )
    carrier = session.scalars(spoken_in.order_by(Call.created_at.desc()).limit(1)).first()
    return None if carrier is None else Spoken(carrier, recording_id)


def fetch_recording(ground: Ground, spoken: Spoken) -> tuple[bytes, str]:
    """The sound and its type. No session may be open: this asks the carrier. Raises NotFound and Busy."""
    carrier = ground.carriers.get(spoken.carrier)
    if carrier is None or carrier.fetch_recording is None:
        raise NotFound
    try:
        content = carrier.fetch_recording(spoken.recording_id)
    except ChannelError as error:
        raise Busy(_UNREACHED_SENTENCE) from error
    kind = kind_of(content)
    if kind is None or not kind.startswith("audio/"):
        raise NotFound
    return content, kind
