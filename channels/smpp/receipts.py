"""What a carrier's delivery receipt says: from its optional parameters where there are any, else from its text.

Source: SMPP v3.4 appendix B. Sample (values invented; carriers differ in case, spacing and what they leave out):

    id:0123456789 sub:001 dlvrd:001 submit date:2611230915 done date:2611230916 stat:DELIVRD err:000 text:Rendez-vous
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from channels.smpp.errors import MESSAGE_STATES

MESSAGE_TYPE: Final = 0x3C  # in the esm_class
RECEIPTS: Final = (0x04, 0x20)  # at the end, and on the way
FIELDS: Final = re.compile(r"(?:^|\s)(id|stat|err):\s*(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    carrier_id: str
    state: str
    error: str | None


def is_receipt(pdu: Any) -> bool:
    """By its type, or by what it names: some carriers leave the type out."""
    names_one = getattr(pdu, "receipted_message_id", None) and getattr(pdu, "message_state", None)
    return (pdu.esm_class or 0) & MESSAGE_TYPE in RECEIPTS or bool(names_one)


def read_receipt(pdu: Any, content: bytes) -> ReceiptWords | None:
    """The id, state and error in a receipt; nothing when it names no message."""
    stated = {name.lower(): value for name, value in FIELDS.findall(content.decode("latin-1").partition("text:")[0])}
    carrier_id = _text(getattr(pdu, "receipted_message_id", None)) or stated.get("id", "")
    by_number = MESSAGE_STATES.get(getattr(pdu, "message_state", None) or 0, "UNKNOWN")
    state = stated.get("stat", "").upper()[:7] or by_number
    error = stated.get("err", "").lstrip("0") or None
    return ReceiptWords(carrier_id, state, error) if carrier_id else None


def same_form(carrier_id: str, *, decimal: bool) -> str:
    """One form of an id. Some carriers answer a submit in hexadecimal and write the receipt's id in decimal."""
    plain = carrier_id.strip().lower()
    if decimal and plain.isdecimal():
        return f"{int(plain):x}"
    return plain.lstrip("0") or plain


def _text(octets: bytes | str | None) -> str:
    return octets.decode("latin-1") if isinstance(octets, bytes) else octets or ""
