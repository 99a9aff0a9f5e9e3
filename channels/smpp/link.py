"""The link to a carrier: binds when needed, keeps a window and a pace, keeps alive, binds again when it breaks.

A reader thread owns the receiving half. A submit that was written and then lost its link has an unknown outcome; one
that could not be written has not left. Answers that come after their submit gave up are kept for the collector.
"""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import Future
from typing import Any, Final

from smpplib import consts, exceptions

from channels.errors import CarrierUnreachable, ChannelError, OutcomeUnknown
from channels.smpp.errors import submit_error
from channels.smpp.session import (
    BROKEN,
    TEMPORARY_ERROR,
    Delivery,
    LateAnswer,
    LinkSettings,
    Session,
    message_id,
    open_session,
    quietly,
)

MOST_WAITING: Final = 500  # deliveries nobody has collected; more are refused and the carrier keeps them
LONGEST_PAUSE_S: Final = 30.0


class Link:
    """Safe to use from several threads; binds at its first use."""

    def __init__(self, settings: LinkSettings) -> None:
        self.settings = settings
        self._session: Session | None = None
        self._opening = threading.Lock()
        self._window = threading.BoundedSemaphore(settings.window)
        self._pace = _Pace(settings.per_second)
        self._deliveries: queue.Queue[Delivery] = queue.Queue(MOST_WAITING)
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
            return self._deliveries.get(timeout=wait_s) if wait_s else self._deliveries.get_nowait()
        except queue.Empty:
            return None

    def next_late_answer(self) -> LateAnswer | None:
        """The next answer to a submit that had given up."""
        try:
            return self._late.get_nowait()
        except queue.Empty:
            return None

    def keep_late_answer(self, late: LateAnswer) -> None:
        """It could not be committed: give it again."""
        self._late.put(late)

    def close(self) -> None:
        """Unbind and leave."""
        session, self._session = self._session, None
        if session and not session.closed:
            quietly(lambda: session.write(session.make("unbind")))
            session.closed = True  # its reader closes it

    def _bound(self) -> Session:
        """The session, opened again when it is gone; after failures not before a growing pause is over."""
        with self._opening:
            if self._session and not self._session.closed:
                return self._session
            if time.monotonic() < self._not_before:
                raise CarrierUnreachable
            try:
                self._session = open_session(self.settings)
            except ChannelError:
                self._failures += 1
                self._not_before = time.monotonic() + min(LONGEST_PAUSE_S, 0.5 * 2**self._failures)
                raise
            self._failures = 0
            threading.Thread(target=self._read, args=(self._session,), name="smpp-reader", daemon=True).start()
            return self._session

    # --- sending ------------------------------------------------------------------------------------------------------

    def _submit(self, session: Session, attempt_token: str | None, parameters: dict[str, Any]) -> str:
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
        return message_id(answered)

    def _ask(self, session: Session, pdu: Any, answer: Future[Any]) -> Any:
        if not quietly(lambda: session.write(pdu)):
            session.closed = True
            raise CarrierUnreachable
        try:
            return answer.result(timeout=self.settings.timeout_s)
        except (exceptions.ConnectionError, TimeoutError) as error:
            raise OutcomeUnknown from error

    # --- reading ------------------------------------------------------------------------------------------------------

    def _read(self, session: Session) -> None:
        try:
            while not session.closed:
                pdu = session.read()
                if pdu is None:
                    self._keep_alive(session)
                else:
                    self._take(session, pdu)
        except BROKEN:
            pass  # closed below, and bound again by its next use
        finally:
            session.close()

    def _take(self, session: Session, pdu: Any) -> None:
        if pdu.command in ("submit_sm_resp", "generic_nack"):
            self._take_answer(session, pdu)
        elif pdu.command == "deliver_sm":
            self._take_delivery(session, pdu)
        elif pdu.command in ("enquire_link", "unbind"):
            session.answer(pdu)
            session.closed = pdu.command == "unbind"

    def _take_answer(self, session: Session, pdu: Any) -> None:
        waiting = session.answers.get(pdu.sequence)
        if waiting and not waiting.done():
            waiting.set_result(pdu)
        elif token := session.given_up.pop(pdu.sequence, None):
            self._late.put(LateAnswer(token, pdu))

    def _take_delivery(self, session: Session, pdu: Any) -> None:
        try:
            self._deliveries.put_nowait(Delivery(pdu, session))
        except queue.Full:
            session.answer(pdu, status=TEMPORARY_ERROR)

    def _keep_alive(self, session: Session) -> None:
        silent_s = time.monotonic() - session.heard_at
        if silent_s > 2 * self.settings.enquire_s:
            raise exceptions.ConnectionError
        if silent_s > self.settings.enquire_s:
            session.write(session.make("enquire_link"))


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
