"""A carrier's word on a call we placed: answered is delivered; busy, no answer and failed send the ladder on."""

from __future__ import annotations

from typing import Final

from app.core.ground import Ground
from app.messaging.record_receipt import record_receipt
from channels.base import CallOutcome, CallReceipt, DeliveryStatus, StatusReceipt

_STATUSES: Final = {
    CallOutcome.RINGING: DeliveryStatus.SENT,
    CallOutcome.ANSWERED: DeliveryStatus.DELIVERED,
    CallOutcome.COMPLETED: DeliveryStatus.DELIVERED,
    CallOutcome.BUSY: DeliveryStatus.UNDELIVERED,
    CallOutcome.NO_ANSWER: DeliveryStatus.UNDELIVERED,
    CallOutcome.CANCELLED: DeliveryStatus.UNDELIVERED,
    CallOutcome.FAILED: DeliveryStatus.UNDELIVERED,
}
_CODES: Final = {CallOutcome.CANCELLED: "call_cancelled"}  # `cancelled` says that an appointment was


def record_call_receipt(ground: Ground, carrier: str, receipt: CallReceipt) -> None:
    """As `record_receipt`: a placed call is a message, and its outcomes are its receipts; the outcome is the reason."""
    status = _STATUSES.get(receipt.outcome, DeliveryStatus.UNKNOWN)
    code = _CODES.get(receipt.outcome, receipt.outcome.value) if status is DeliveryStatus.UNDELIVERED else None
    record_receipt(
        ground,
        carrier,
        StatusReceipt(
            carrier=carrier,
            carrier_id=receipt.carrier_id,
            attempt_token=receipt.call_token,
            status=status,
            carrier_status=receipt.carrier_status,
            heard_at=receipt.heard_at,
            carrier_code=code,
            decision=receipt.decision,
            sentence=receipt.sentence,
        ),
    )
