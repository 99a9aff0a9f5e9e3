"""One bound session to a carrier: binds when needed, keeps a window, keeps alive, binds again when it breaks.

A reader thread owns the receiving half. A submit that was written and then lost its link has an unknown outcome; one
that could not be written has not left. Answers that come after their submit gave up are kept for the collector.
"""

from __future__ import annotations

import logging
import queue
import select
import socket
import ssl
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

from smpplib import client as smpp_client
from smpplib import consts, exceptions, smpp

from channels.errors import AccountRefused, CarrierUnreachable, ChannelError, OutcomeUnknown
from channels.smpp.errors import submit_error

MOST_WAITING: Final = 500  # deliveries nobody has collected; more are refused and the carrier keeps them
TEMPORARY_ERROR: Final = 0x64
LONGEST_PAUSE_S: Final = 30.0
BIND_REFUSED: Final = (0x0D, 0x0E, 0x0F)


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
class _Session:
    """One TCP connection and what waits on it."""

    client: Any
    answers: dict[int, Future[Any]] = field(default_factory=dict)
    given_up: dict[int, str] = field(default_factory=dict)  # sequence number -> attempt token
    lock: threading.Lock = field(default_factory=threading.Lock)
    heard_at: float = field(default_factory=time.monotonic)
    closed: bool = False

    def make(self, command: str, **parameters: Any) -> Any:
        with self.lock:  # the library's sequence numbers are not safe between threads
            return smpp.make_pdu(command, client=self.client, **parameters)

    def write(self, pdu: Any) -> None:
        with self.lock:
            self.client.send_pdu(pdu)


class Link:
    """Safe to use from several threads; binds at its first use."""

    def __init__(self, settings: LinkSettings) -> None:
        self.settings = settings
        self._session: _Session | None = None
        self._opening = threading.Lock()
        self._window = threading.BoundedSemaphore(settings.window)
        self._pace = _Pace(settings.per_second)
        self._deliveries: queue.Queue[tuple[_Session, Any]] = queue.Queue(MOST_WAITING)
        self._late: queue.SimpleQueue[LateAnswer] = queue.SimpleQueue()
        self._failures, self._not_before = 0, 0.0

    def submit(self, attempt_token: str | None, **parameters: Any) -> str:
        """Hand one part over; the carrier's id for it. An answer that comes too late is kept under `attempt_token`."""
        session = self._bound()
        if not self._window.acquire(timeout=self.settings.timeout_s):
            raise CarrierUnreachable("The carrier answers too slowly; its window is full.")
        try:
            self._pace.wait()
            return self._submit(session, attempt_token, parameters)
        finally:
            self._window.release()

    def next_delivery(self, wait_s: float) -> Delivery | None:
        """The next text or receipt the carrier holds for us, bound as needed."""
        self._bound()
        try:
            session, pdu = self._deliveries.get(timeout=wait_s) if wait_s else self._deliveries.get_nowait()
        except queue.Empty:
            return None
        return Delivery(pdu, session)

    def next_late_answer(self) -> LateAnswer | None:
        """The next answer to a submit that had given up."""
        try:
            return self._late.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """Unbind and leave."""
        session, self._session = self._session, None
        if session and not session.closed:
            _quietly(lambda: session.write(session.make("unbind")))
            session.closed = True  # its reader closes it

    # --- binding ------------------------------------------------------------------------------------------------------

    def _bound(self) -> _Session:
        with self._opening:
            if self._session and not self._session.closed:
                return self._session
            if time.monotonic() < self._not_before:
                raise CarrierUnreachable
            try:
                self._session = self._bind()
            except ChannelError:
                self._failures += 1
                self._not_before = time.monotonic() + min(LONGEST_PAUSE_S, 0.5 * 2**self._failures)
                raise
            self._failures = 0
            return self._session

    def _bind(self) -> _Session:
        settings = self.settings
        client = smpp_client.Client(
            settings.host, settings.port, timeout=settings.timeout_s, allow_unknown_opt_params=True
        )
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
        session = _Session(client)
        threading.Thread(target=self._read, args=(session,), name="smpp-reader", daemon=True).start()
        return session

    # --- sending ------------------------------------------------------------------------------------------------------

    def _submit(self, session: _Session, attempt_token: str | None, parameters: dict[str, Any]) -> str:
        pdu = session.make("submit_sm", **parameters)
        answer: Future[Any] = Future()
        session.answers[pdu.sequence] = answer
        try:
            answered = self._ask(session, pdu, answer)
        except OutcomeUnknown:
            if attempt_token:
                session.given_up[pdu.sequence] = attempt_token
            raise
        finally:
            session.answers.pop(pdu.sequence, None)
        if answered.status != consts.SMPP_ESME_ROK:
            raise submit_error(answered.status)
        return _id(answered)

    def _ask(self, session: _Session, pdu: Any, answer: Future[Any]) -> Any:
        try:
            session.write(pdu)
        except (exceptions.PDUError, exceptions.ConnectionError, OSError, AttributeError) as error:
            session.closed = True
            raise CarrierUnreachable from error
        try:
            return answer.result(timeout=self.settings.timeout_s)
        except (exceptions.ConnectionError, TimeoutError) as error:
            raise OutcomeUnknown from error

    # --- reading ------------------------------------------------------------------------------------------------------

    def _read(self, session: _Session) -> None:
        try:
            while not session.closed:
                if _is_readable(session.client._socket):  # noqa: SLF001  the library offers no other way to wait
                    self._take(session, session.client.read_pdu())
                else:
                    self._keep_alive(session)
        except (exceptions.PDUError, exceptions.ConnectionError, exceptions.UnknownCommandError, OSError, ValueError):
            pass  # a broken link is closed below and bound again by its next use
        finally:
            _close(session)

    def _take(self, session: _Session, pdu: Any) -> None:
        session.heard_at = time.monotonic()
        if pdu.command in ("submit_sm_resp", "generic_nack"):
            waiting = session.answers.get(pdu.sequence)
            if waiting and not waiting.done():
                waiting.set_result(pdu)
            elif token := session.given_up.pop(pdu.sequence, None):
                self._late.put(LateAnswer(token, pdu))
        elif pdu.command == "deliver_sm":
            self._keep(session, pdu)
        elif pdu.command in ("enquire_link", "unbind"):
            _answer(session, pdu)
            if pdu.command == "unbind":
                session.closed = True

    def _keep(self, session: _Session, pdu: Any) -> None:
        try:
            self._deliveries.put_nowait((session, pdu))
        except queue.Full:
            _answer(session, pdu, status=TEMPORARY_ERROR)

    def _keep_alive(self, session: _Session) -> None:
        silent_s = time.monotonic() - session.heard_at
        if silent_s > 2 * self.settings.enquire_s:
            raise exceptions.ConnectionError
        if silent_s > self.settings.enquire_s:
            session.write(session.make("enquire_link"))


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """An answer to a submit that had given up."""

    attempt_token: str
    pdu: Any

    @property
    def carrier_id(self) -> str:
        return _id(self.pdu)

    @property
    def refusal(self) -> ChannelError | None:
        return None if self.pdu.status == consts.SMPP_ESME_ROK else submit_error(self.pdu.status)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One text or receipt, held by the carrier until it is answered."""

    pdu: Any
    session: _Session

    def taken(self) -> bool:
        """It is committed; whether the carrier could be told so."""
        return _quietly(_answer, self.session, self.pdu)

    def keep(self) -> None:
        """It could not be committed: the carrier keeps it and brings it again."""
        _quietly(_answer, self.session, self.pdu, status=TEMPORARY_ERROR)


class _Pace:
    """At most so many a second, evenly."""

    def __init__(self, per_second: float) -> None:
        self._gap_s = 1 / per_second
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap_s
        time.sleep(max(0.0, turn - now))


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


def _is_readable(connection: Any, wait_s: float = 1.0) -> bool:
    """TLS may hold octets that were already read from the network."""
    held = getattr(connection, "pending", int)()
    return bool(held or select.select([connection], [], [], wait_s)[0])


def _id(pdu: Any) -> str:
    return bytes(getattr(pdu, "message_id", None) or b"").decode("ascii", "replace")


def _answer(session: _Session, pdu: Any, *, status: int = consts.SMPP_ESME_ROK) -> None:
    answer = session.make(f"{pdu.command}_resp", status=status, sequence=pdu.sequence)
    answer.sequence = pdu.sequence
    session.write(answer)


def _quietly(act: Any, *arguments: Any, **named: Any) -> bool:
    try:
        act(*arguments, **named)
    except (exceptions.PDUError, exceptions.ConnectionError, OSError, AttributeError):
        return False  # the link is gone; what waited on it comes again
    return True


def _close(session: _Session) -> None:
    """Close, and tell everyone who waits that nobody knows."""
    session.closed = True
    for waiting in list(session.answers.values()):
        if not waiting.done():
            waiting.set_exception(exceptions.ConnectionError())
    connection = session.client._socket  # noqa: SLF001  its own disconnect complains about the bound state
    session.client._socket = None  # noqa: SLF001
    if connection:
        _quietly(connection.shutdown, socket.SHUT_RDWR)
        connection.close()


def _bind_refusal(error: exceptions.PDUError) -> ChannelError:
    status = error.args[1] if len(error.args) > 1 else 0
    code = f"0x{status:08x}"
    if status in BIND_REFUSED:
        return AccountRefused("The carrier did not accept our name or password for its link.", carrier_code=code)
    return CarrierUnreachable(carrier_code=code)
