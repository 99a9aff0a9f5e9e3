"""From a carrier's request to our answer, without any web framework, so that the simulated phone uses the same door."""

from __future__ import annotations

from app.conversations.hear_event import hear_event
from app.core.ground import Ground
from channels.errors import BadRequest, ForgedRequest, UnknownRecipient
from channels.registry import BuiltCarrier
from channels.webhook import WebhookAnswer, WebhookRequest

VOICE_DOORS = frozenset({"call", "keys", "recording", "call-receipt"})


def answer_webhook(ground: Ground, carrier: BuiltCarrier, request: WebhookRequest, *, door: str) -> WebhookAnswer:
    """Verify, parse, hear, answer. Nothing is answered 2xx before it is committed."""
    part = carrier.voice if door in VOICE_DOORS else carrier.text
    if part is None:
        return WebhookAnswer(status=404)
    try:
        part.verify(request)
        event = part.parse(request, ground.clock.now())
    except ForgedRequest:
        return WebhookAnswer(status=403)
    except BadRequest as error:
        return WebhookAnswer(error.sentence, status=400)
    try:
        answer = hear_event(ground, carrier, event)
    except UnknownRecipient:
        return WebhookAnswer(status=503)
    ground.wake()
    return answer or part.acknowledge(event)
