"""A carrier's SMPP side for tests (smpp34, pip only): accepts, refuses, throttles, receipts, and writes to us."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import smpp34

from tests.beds.process import free_port

SUBMIT_SM = 0x04
RECEIPT = "id:{id} sub:001 dlvrd:001 submit date:2611230915 done date:2611230916 stat:{stat} err:{err} text:"


@dataclass(frozen=True)
class Submitted:
    """One part as it arrived."""

    id: str
    to: str
    sender: str
    content: bytes
    data_coding: int
    esm_class: int
    receipt_wanted: bool


@dataclass
class TestSmsc:
    """`refuse` maps a part (its number in order of arrival) to the status it is answered with."""

    __test__ = False

    port: int = field(default_factory=free_port)
    submitted: list[Submitted] = field(default_factory=list)
    refuse: Callable[[Submitted], int | None] = lambda _: None
    receipts: str | None = None  # DELIVRD, UNDELIV, ...: sent for every part that asks
    receipt_id: Callable[[str], str] = lambda carrier_id: carrier_id
    answer_after_s: float = 0.0
    sessions: list[Any] = field(default_factory=list)
    _server: Any = None
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def start(self) -> None:
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        assert ready.wait(30)

    def stop(self) -> None:
        """Leave what is under way."""
        if self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self._wind_up(), self._loop).result(30)
            self._loop.call_soon_threadsafe(self._loop.stop)

    def write(self, text: bytes, **parameters: Any) -> Future[int]:
        """Bring one text to us; will hold the status we answer with."""
        given = {"source_addr": "13065550155", "source_addr_ton": 1, "destination_addr": "80080", **parameters}
        session = given.pop("session", None)
        deadline = time.monotonic() + 30
        while not self.sessions:
            assert time.monotonic() < deadline, "nobody is bound"
            time.sleep(0.01)
        session = session or self.sessions[-1]
        return asyncio.run_coroutine_threadsafe(_deliver(session, text, given), self._loop)

    def unbind(self) -> None:
        """Say goodbye to whoever is bound, as a carrier does before it restarts."""
        gone = len(self.sessions)
        asyncio.run_coroutine_threadsafe(_unbind(self.sessions[-1]), self._loop).result(30)
        deadline = time.monotonic() + 30
        while len(self.sessions) == gone:
            assert time.monotonic() < deadline, "nobody left"
            time.sleep(0.01)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.create_task(self._serve(ready))
        self._loop.run_forever()

    async def _serve(self, ready: threading.Event) -> None:
        self._server = server = smpp34.Server("127.0.0.1", self.port, system_id="TEST")
        await server.start()
        ready.set()
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self.sessions.append(event)
            elif isinstance(event, smpp34.SubmitSmEvent):
                self._loop.create_task(self._take(event))
            elif isinstance(event, smpp34.Unbound):
                self.sessions = [s for s in self.sessions if s.session_id != event.session_id]

    async def _wind_up(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.stop()

    async def _take(self, event: Any) -> None:
        part = Submitted(
            id=f"{len(self.submitted) + 0x0A10:010X}",
            to=event.destination_addr,
            sender=event.source_addr,
            content=bytes(event.short_message),
            data_coding=event.data_coding,
            esm_class=event.esm_class,
            receipt_wanted=bool(event.registered_delivery & 1),
        )
        status = self.refuse(part)
        if status is None:
            self.submitted.append(part)
        await asyncio.sleep(self.answer_after_s)
        if status is not None:
            event.reject(status)
            return
        event.accept(part.id)
        if self.receipts and part.receipt_wanted:
            session = next(s for s in self.sessions if s.session_id == event.session_id)
            words = RECEIPT.format(id=self.receipt_id(part.id), stat=self.receipts, err="000").encode()
            given = {"source_addr": part.to, "destination_addr": part.sender, "esm_class": 4}
            await _deliver(session, words, given)


def validity_periods(said: bytes) -> list[str]:
    """What each submit in these octets says of its expiry, which the library does not tell (SMPP v3.4 4.4.1)."""
    found = []
    while said:
        length, command = int.from_bytes(said[:4], "big"), int.from_bytes(said[4:8], "big")
        if command == SUBMIT_SM:
            rest = said[16:length]
            for skipped in (2, 2, 3, 0):  # octets after service_type, source, destination, schedule
                rest = rest.partition(b"\0")[2][skipped:]
            found.append(rest.partition(b"\0")[0].decode())
        said = said[length:]
    return found


async def _unbind(session: Any) -> None:
    left = session.unbind()
    if asyncio.iscoroutine(left) or asyncio.isfuture(left):
        await left


async def _deliver(session: Any, text: bytes, given: dict[str, Any]) -> int:
    destination = given.pop("destination_addr")
    return int((await session.deliver_sm(destination, text, **given)).command_status)
