"""One TCP connection to a carrier, bound: what is written on it, what waits on it, what it has brought."""

from __future__ import annotations

import logging
import select
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from smpplib import client as smpp_client
from smpplib import consts, exceptions, smpp

from channels.errors import AccountClosed, CarrierUnreachable, ChannelError
from channels.smpp.errors import submit_error
from channels.smpp.pdus import Unreadable, read_pdu

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

TEMPORARY_ERROR: Final = 0x64
BIND_REFUSED: Final = (0x0D, 0x0E, 0x0F)
BROKEN: Final = (exceptions.PDUError, exceptions.ConnectionError, exceptions.UnknownCommandError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class LinkSettings:
    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    mode: str = "transceiver"
    tls: bool = False
    window: int = 10
    per_second: float = 20.0
    timeout_s: float = 10.0
    enquire_s: float = 30.0


@dataclass
class Session:
    """Requests of ours that wait for an answer are in `answers`; those that gave up waiting in `given_up`."""

    client: Any
    answers: dict[int, Future[Any]] = field(default_factory=dict)
    given_up: dict[int, str] = field(default_factory=dict)  # sequence number -> attempt token
    lock: threading.Lock = field(default_factory=threading.Lock)
    heard_at: float = field(default_factory=time.monotonic)
    closed: bool = False

    def make(self, command: str, **parameters: Any) -> Any:
        """A request with the next sequence number."""
        with self.lock:  # the library's sequence numbers are not safe between threads
            return smpp.make_pdu(command, client=self.client, **parameters)

    def write(self, pdu: Any) -> None:
        with self.lock:
            self.client.send_pdu(pdu)

    def answer(self, pdu: Any, *, status: int = consts.SMPP_ESME_ROK) -> None:
        """Answer one of the carrier's requests."""
        answer = self.make(f"{pdu.command}_resp", status=status, sequence=pdu.sequence)
        answer.sequence = pdu.sequence
        self.write(answer)

    def read(self, wait_s: float = 1.0) -> Any | None:
        """The next request or answer of the carrier's; nothing when it is silent for `wait_s`, or cannot be read."""
        connection = self.client._socket  # noqa: SLF001  the library offers no other way to wait
        held = getattr(connection, "pending", int)()  # TLS may hold octets that were already taken from the network
        if held or select.select([connection], [], [], wait_s)[0]:
            self.heard_at = time.monotonic()
            try:
                return read_pdu(self.client)
            except Unreadable as error:
                self._refuse(error)
        return None

    def _refuse(self, unreadable: Unreadable) -> None:
        """The carrier keeps it and may bring it again; what comes after it is not held up."""
        if name := unreadable.answered_by:
            status = TEMPORARY_ERROR if name == "deliver_sm_resp" else consts.SMPP_ESME_RINVCMDID
            answer = self.make(name, status=status, sequence=unreadable.sequence)
            answer.sequence = unreadable.sequence
            self.write(answer)

    def close(self) -> None:
        """Close, and tell everyone who waits that nobody knows."""
        self.closed = True
        for waiting in list(self.answers.values()):
            if not waiting.done():
                waiting.set_exception(exceptions.ConnectionError())
        connection, self.client._socket = self.client._socket, None  # noqa: SLF001  its own way complains when bound
        if connection:
            quietly(lambda: connection.shutdown(socket.SHUT_RDWR))
            connection.close()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One text or receipt, held by the carrier until it is answered."""

    pdu: Any
    session: Session

    def taken(self) -> bool:
        """It is committed; whether the carrier could be told so."""
        return quietly(lambda: self.session.answer(self.pdu))

    def keep(self) -> None:
        """It could not be committed: the carrier keeps it and brings it again."""
        quietly(lambda: self.session.answer(self.pdu, status=TEMPORARY_ERROR))


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """An answer to a submit that had given up."""

    attempt_token: str
    pdu: Any

    @property
    def carrier_id(self) -> str:
        return message_id(self.pdu)

    @property
    def refusal(self) -> ChannelError | None:
        return None if self.pdu.status == consts.SMPP_ESME_ROK else submit_error(self.pdu.status)


def open_session(settings: LinkSettings) -> Session:
    """Connect and bind; raises `CarrierUnreachable`, or `AccountClosed` for a wrong name or password."""
    client = smpp_client.Client(settings.host, settings.port, timeout=settings.timeout_s, allow_unknown_opt_params=True)
    client.logger = _silent_logger()
    try:
        client._socket = _socket(settings)  # noqa: SLF001  the library's own knows no server name for TLS
        client.connect()
        bind = getattr(client, f"bind_{settings.mode}")
        bind(system_id=settings.system_id, password=settings.password, system_type=settings.system_type)
    except exceptions.PDUError as error:
        client.disconnect()
        raise _bind_refusal(error) from error
    except (exceptions.ConnectionError, OSError) as error:
        client.disconnect()
        raise CarrierUnreachable from error
    return Session(client)


def message_id(pdu: Any) -> str:
    return bytes(getattr(pdu, "message_id", None) or b"").decode("ascii", "replace")


def quietly(act: Callable[[], Any]) -> bool:
    """Whether it could be done; on a link that is gone it cannot, and what waited on it comes again."""
    try:
        act()
    except (*BROKEN, AttributeError):
        return False
    return True


def _socket(settings: LinkSettings) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.settimeout(settings.timeout_s)
    if not settings.tls:
        return made
    return ssl.create_default_context().wrap_socket(made, server_hostname=settings.host)


def _silent_logger() -> logging.Logger:
    """The library writes whole messages to its log."""
    logger = logging.getLogger("smpplib.silenced")
    logger.disabled = True
    return logger


def _bind_refusal(error: exceptions.PDUError) -> ChannelError:
    status = error.args[1] if len(error.args) > 1 else 0
    code = f"0x{status:08x}"
    if status in BIND_REFUSED:
        return AccountClosed("The carrier did not accept our name or password for its link.", carrier_code=code)
    return CarrierUnreachable(carrier_code=code)
