"""Whatever a carrier says, heard in one place: webhooks and collectors hand every event here."""

from __future__ import annotations

from functools import singledispatch

from app.conversations.answer_call import answer_call
from app.conversations.hear_keys import VoiceTurn, hear_keys
from app.conversations.hear_recording import hear_recording
from app.conversations.hear_text import hear_text
from app.core.ground import Ground
from app.messaging.record_call_receipt import record_call_receipt
from app.messaging.record_receipt import record_receipt
from channels.base import (
    CallReceipt,
    CallTurn,
    Event,
    InboundCall,
    InboundMessage,
    Keypress,
    Recording,
    StatusReceipt,
)
from channels.registry import BuiltCarrier
from channels.webhook import WebhookAnswer


def hear_event(ground: Ground, carrier: BuiltCarrier, event: Event) -> WebhookAnswer | None:
    """Take one event to its use case and return once it is committed. A caller on the line gets a prompt back;
    None: the carrier's ordinary acknowledgement will do."""
    turn = _hear(event, ground)
    if turn is None or carrier.voice is None:
        return None
    return carrier.voice.render(turn.prompt, CallTurn(turn.call_token, turn.turn))


@singledispatch
def _hear(event: object, ground: Ground) -> VoiceTurn | None:  # noqa: ARG001 - the ignored kinds change nothing
    return None


@_hear.register
def _text(event: InboundMessage, ground: Ground) -> None:
    hear_text(ground, event.carrier, event)


@_hear.register
def _receipt(event: StatusReceipt, ground: Ground) -> None:
    record_receipt(ground, event.carrier, event)


@_hear.register
def _call_receipt(event: CallReceipt, ground: Ground) -> None:
    record_call_receipt(ground, event.carrier, event)


@_hear.register
def _call(event: InboundCall, ground: Ground) -> VoiceTurn:
    return answer_call(ground, event.carrier, event)


@_hear.register
def _keys(event: Keypress, ground: Ground) -> VoiceTurn:
    return hear_keys(ground, event.carrier, event)


@_hear.register
def _recording(event: Recording, ground: Ground) -> VoiceTurn | None:
    return hear_recording(ground, event.carrier, event)
