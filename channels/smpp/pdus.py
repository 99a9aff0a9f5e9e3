"""Octets from a link as the library's requests and answers, whatever a carrier adds to them.

The library knows fewer optional parameters for some requests than the standard has, and fails on others. The link must
not break on them, or the carrier would bring the same request again for ever.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from smpplib import consts, exceptions, smpp
from smpplib.command import Param
from smpplib.ptypes import ostr

HEADER: Final = 16  # length, command, status, sequence: four octets each (SMPP v3.4 3.2)
MOST_OCTETS: Final = 70_000  # a text is at most 64 kB; anything longer is no request but a link out of step
ANSWER: Final = 0x80000000
DELIVER_SM: Final = 0x05
NO_ANSWER_WANTED: Final = (0x0B, 0x102)  # outbind, alert_notification
UNREADABLE: Final = (struct.error, KeyError, IndexError, TypeError, ValueError, exceptions.PDUError,
                     exceptions.UnknownCommandError)  # fmt: skip


class Unreadable(Exception):
    """What was received is whole but says nothing to us; `command` and `sequence` are its header's."""

    def __init__(self, command: int, sequence: int) -> None:
        super().__init__(f"command 0x{command:08x}")
        self.command, self.sequence = command, sequence

    @property
    def answered_by(self) -> str | None:
        """The answer the carrier waits for; None when it waits for none."""
        if self.command & ANSWER or self.command in NO_ANSWER_WANTED:
            return None
        return "deliver_sm_resp" if self.command == DELIVER_SM else "generic_nack"


def read_pdu(client: Any) -> Any:
    """The next request or answer on `client`'s connection. Raises `Unreadable`, or `PDUError` on a link out of step."""
    raw = _frame(client)
    try:
        pdu = smpp.make_pdu(smpp.pdu.extract_command(raw), client=client, allow_unknown_opt_params=True)
        pdu.params = _AnyParameter(pdu.params)
        pdu.parse(raw)
    except UNREADABLE as error:
        _, command, _, sequence = struct.unpack(">LLLL", raw[:HEADER])
        raise Unreadable(command, sequence) from error
    if not pdu.is_error() and pdu.command in consts.STATE_SETTERS:
        client.state = consts.STATE_SETTERS[pdu.command]
    return pdu


class _AnyParameter(dict[str, Any]):
    """The parameters of one kind of request; one that the library does not expect there is read as octets."""

    def __missing__(self, name: str) -> Any:
        return Param(type=ostr, max=MOST_OCTETS)


def _frame(client: Any) -> bytes:
    start = client._recv_exact(4)  # noqa: SLF001  the library reads and parses in one step, and fails in one
    length = int.from_bytes(start, "big")
    if not HEADER <= length <= MOST_OCTETS:
        raise exceptions.PDUError("the link is out of step")
    return bytes(start + client._recv_exact(length - 4))  # noqa: SLF001
