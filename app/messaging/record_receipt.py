"""A carrier's receipt: kept raw first, then applied; or kept until we know what it speaks of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.faults import fault_point
from app.core.ground import Ground
from app.messaging.apply_word import NAMED_BY_TOKEN, apply_receipt
from app.messaging.models import Receipt
from app.messaging.store import find_attempt, insert_once
from channels.base import DeliveryStatus, StatusReceipt

OLDEST_FIRST = 200


def record_receipt(ground: Ground, carrier: str, receipt: StatusReceipt) -> None:
    """Keep `receipt` and apply it, in one commit. The same one again changes nothing; the order they come in does not
    matter; one that comes before our own row is stored waits for it."""
    now = ground.clock.now()

    def keep_and_apply(session: Session) -> None:
        row = _keep(session, carrier, receipt, now=now)
        fault_point("in_receipt")
        if row.applied_at is None:
            _apply(session, row, now=now)

    ground.database.write_together(keep_and_apply)


def apply_late_receipts(ground: Ground, *, limit: int = OLDEST_FIRST) -> int:
    """Apply kept receipts whose message has become known since; how many were. Run by the tick."""
    now, applied = ground.clock.now(), 0
    with ground.database.write() as session:
        waiting = select(Receipt).where(Receipt.applied_at.is_(None)).order_by(Receipt.received_at.desc()).limit(limit)
        for row in session.scalars(waiting.with_for_update(skip_locked=True)).all():
            applied += _apply(session, row, now=now)
    return applied


def _keep(session: Session, carrier: str, receipt: StatusReceipt, *, now: datetime) -> Receipt:
    external_id = receipt.carrier_id or f"{NAMED_BY_TOKEN}{receipt.attempt_token}"
    unknown = receipt.status is DeliveryStatus.UNKNOWN
    row = Receipt(
        carrier=carrier,
        external_id=external_id.replace("\x00", ""),
        attempt_token=(receipt.attempt_token or "").replace("\x00", "") or None,
        message_id=None,
        status=(receipt.carrier_status.replace("\x00", "") if unknown else receipt.status.value),
        error_code=(receipt.carrier_code or "").replace("\x00", ""),
        raw=_raw(receipt),
        received_at=now,
        applied_at=None,
    )
    if insert_once(session, row, Receipt.carrier, Receipt.external_id, Receipt.status, Receipt.error_code):
        return row
    same = select(Receipt).where(
        Receipt.carrier == row.carrier,
        Receipt.external_id == row.external_id,
        Receipt.status == row.status,
        Receipt.error_code == row.error_code,
    )
    return session.scalars(same).one()


def _raw(receipt: StatusReceipt) -> dict[str, str | None]:
    return {
        "carrier_status": receipt.carrier_status,
        "carrier_code": receipt.carrier_code,
        "decision": receipt.decision.value if receipt.decision else None,
        "sentence": receipt.sentence,
        "heard_at": receipt.heard_at.isoformat(),
    }


def _apply(session: Session, row: Receipt, *, now: datetime) -> bool:
    external_id = None if row.external_id.startswith(NAMED_BY_TOKEN) else row.external_id
    attempt = find_attempt(session, row.carrier, token=row.attempt_token, external_id=external_id)
    if attempt is None:
        return False
    apply_receipt(session, row, attempt, now=now)
    return True
