"""Call the carrier, once, holding no row, no transaction and no connection, and say in our words what came of it."""

from __future__ import annotations

import random

from app.core.log import logger
from app.messaging.attempt import Result
from app.messaging.claim import Claimed
from app.messaging.rules import Outcome, backoff_s
from channels.base import Carrier, Channel, OutboundCall, OutboundMessage, SendReceipt, VoiceCarrier
from channels.errors import (
    AccountClosed,
    AccountRefused,
    CarrierUnreachable,
    ChannelError,
    OutcomeUnknown,
    PartlySent,
    Refused,
)

PATIENCE = 2  # so often a busy carrier is asked again before another is
ACCOUNT_PAUSE_S = 300.0  # our own credentials or sender are refused: nobody's message is at fault


def hand_over(claimed: Claimed) -> Result:
    """Send one claimed message. An error nobody foresaw counts as uncertain: the words may have left."""
    try:
        receipt = _send(claimed)
    except ChannelError as error:
        return _from_error(error, claimed)
    except Exception as error:  # noqa: BLE001 - the edge of a runner: one message must not stop the others
        logger("messaging").error("carrier_failed", message_id=claimed.message_id, kind=type(error).__name__)
        return Result(Outcome.UNCERTAIN, code="carrier_failed", is_carriers_failure=True)
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
        return Result(Outcome.UNCERTAIN, code=error.code, parts_taken=len(error.part_ids), is_carriers_failure=True)
    if isinstance(error, Refused) and not isinstance(error, AccountRefused):
        return Result(Outcome.REFUSED, decision=error.decision, code=code)
    return Result(
        Outcome.PUT_OFF,
        decision=error.decision,
        code=code,
        pause_s=0.0 if _goes_elsewhere(error, claimed) else _pause_s(error, claimed),
        parts_taken=len(error.part_ids) if isinstance(error, PartlySent) else 0,
        is_carriers_failure=not isinstance(error, AccountRefused) or isinstance(error, AccountClosed),
    )


def _goes_elsewhere(error: ChannelError, claimed: Claimed) -> bool:
    """Whether another carrier should have it at once: this one is away, or refuses us, or has been busy too often. When
    all have had their turn it waits."""
    is_no_use = isinstance(error, AccountRefused | CarrierUnreachable) or claimed.put_off >= PATIENCE
    had_a_turn = claimed.put_off % (claimed.others + 1)
    return is_no_use and not isinstance(error, PartlySent) and had_a_turn < claimed.others


def _pause_s(error: ChannelError, claimed: Claimed) -> float:
    """Ours, with jitter, unless the carrier asks for more."""
    if isinstance(error, AccountRefused):
        return ACCOUNT_PAUSE_S
    return max(backoff_s(claimed.put_off, random.random()), error.retry_after_s or 0.0)  # noqa: S311 - jitter
