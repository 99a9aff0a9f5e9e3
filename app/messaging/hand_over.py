"""Call the carrier, once, holding no row, no transaction and no connection, and say in our words what came of it."""

from __future__ import annotations

import random

from app.core.log import logger
from app.messaging.attempt import Result
from app.messaging.claim import Claimed
from app.messaging.rules import Outcome, backoff_s
from channels.base import Carrier, Channel, OutboundCall, OutboundMessage, SendReceipt, VoiceCarrier
from channels.errors import ChannelError, Decision, OutcomeUnknown, PartlySent, Refused

ACCOUNT_PAUSE_S = 300.0  # our own credentials or sender are refused: nobody's message is at fault


def hand_over(claimed: Claimed) -> Result:
    """Send one claimed message. An error nobody foresaw counts as uncertain: the words may have left."""
    try:
        receipt = _send(claimed)
    except ChannelError as error:
        return _from_error(error, claimed)
    except Exception as error:  # noqa: BLE001 - the edge of a runner: one message must not stop the others
        logger("messaging").error("carrier_failed", message_id=claimed.message_id, kind=type(error).__name__)
        return Result(Outcome.UNCERTAIN, code="carrier_failed")
    return Result(Outcome.ACCEPTED, receipt=receipt)


def outbound_of(claimed: Claimed) -> OutboundMessage | OutboundCall:
    """The attempt in the carriers' words."""
    if claimed.channel == Channel.VOICE:
        return OutboundCall(claimed.attempt_token, claimed.address, claimed.sender)
    return OutboundMessage(
        claimed.attempt_token,
        claimed.address,
        claimed.text or "",
        sender=claimed.sender,
        not_after=claimed.not_after,
        parts_done=claimed.parts_done,
    )


def _send(claimed: Claimed) -> SendReceipt:
    outbound = outbound_of(claimed)
    if isinstance(outbound, OutboundCall):
        voice: VoiceCarrier | None = claimed.carrier.voice
        assert voice is not None, "a carrier was chosen that carries no calls"
        return voice.send(outbound)
    text: Carrier | None = claimed.carrier.text
    assert text is not None, "a carrier was chosen that carries no texts"
    return text.send(outbound)


def _from_error(error: ChannelError, claimed: Claimed) -> Result:
    code = error.carrier_code or error.code
    if isinstance(error, OutcomeUnknown):
        return Result(Outcome.UNCERTAIN, code=error.code, parts_taken=len(error.part_ids))
    if isinstance(error, Refused) and error.decision is not Decision.FIX_ACCOUNT:
        return Result(Outcome.REFUSED, decision=error.decision, code=code)
    pause_s = ACCOUNT_PAUSE_S if error.decision is Decision.FIX_ACCOUNT else _pause_s(error, claimed)
    parts = len(error.part_ids) if isinstance(error, PartlySent) else 0
    return Result(Outcome.PUT_OFF, code=code, pause_s=pause_s, parts_taken=parts)


def _pause_s(error: ChannelError, claimed: Claimed) -> float:
    """Ours, with jitter, unless the carrier asks for more."""
    return max(backoff_s(claimed.put_off, random.random()), error.retry_after_s or 0.0)  # noqa: S311 - jitter
