"""A stand-in for the radio link: a TCP proxy that counts every byte, makes them wait their turn, and can be cut.

One queue per direction for all connections, as on a phone; half the round trip each way; 40 bytes of headers on each
segment of 1,400; and for each new connection the round trips that DNS, TCP and TLS cost before its first byte.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

SEGMENT_BYTES, HEADER_BYTES = 1400, 40


@dataclass(frozen=True)
class Radio:
    """Bits per second down and up, and seconds there and back. 0: as fast as the machine."""

    down: int = 0
    up: int = 0
    round_trip_s: float = 0.0
    setup_round_trips: int = 0  # 3: DNS, TCP, TLS 1.3


FAST = Radio()
RADIOS = {"gprs": Radio(50_000, 20_000, 0.5), "edge": Radio(240_000, 200_000, 0.4)}


@dataclass
class SlowLink:
    """Runs on a thread of its own between `start` and `stop`; browsers go to `port`, it goes to `target`."""

    target: int
    radio: Radio = FAST
    down_bytes: int = 0
    up_bytes: int = 0
    port: int = 0
    _is_cut: bool = False
    _busy: dict[str, float] = field(default_factory=lambda: {"down": 0.0, "up": 0.0})
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def start(self) -> SlowLink:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        listening = asyncio.start_server(self._carry, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        self.port = server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        self.cut()
        asyncio.run_coroutine_threadsafe(_end_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def reset(self) -> None:
        self.down_bytes = self.up_bytes = 0

    def cut(self) -> None:
        """No signal: what is open breaks, what is new is refused."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(lambda: [each.transport.abort() for each in list(self._open)])

    def mend(self) -> None:
        self._is_cut = False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # the measurement is over
            await self._join(reader, writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        await asyncio.sleep(self.radio.setup_round_trips * self.radio.round_trip_s)
        try:
            there_reader, there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, there}
        await asyncio.gather(
            self._pass_on(reader, there, "up"), self._pass_on(there_reader, writer, "down"), return_exceptions=True
        )
        self._open -= {writer, there}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)
        delivering = asyncio.ensure_future(_deliver(waiting, writer))
        try:
            while data := await reader.read(SEGMENT_BYTES if self.radio.down else 65_536):
                await waiting.put((self._arrival(data, way), data))
        except ConnectionError:
            pass
        await waiting.put((max(self._busy[way], time.monotonic()) + self.radio.round_trip_s / 2, b""))
        await asyncio.gather(delivering, return_exceptions=True)

    def _arrival(self, data: bytes, way: str) -> float:
        """When this is through: after all that waits for the same air."""
        bits = self.radio.down if way == "down" else self.radio.up
        if way == "down":
            self.down_bytes += len(data)
        else:
            self.up_bytes += len(data)
        if bits:
            begins = max(self._busy[way], time.monotonic())
            self._busy[way] = begins + (len(data) + HEADER_BYTES) * 8 / bits
            return self._busy[way] + self.radio.round_trip_s / 2
        return time.monotonic()


async def _deliver(waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    while True:
        at, data = await waiting.get()
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        if not data:
            writer.close()
            return
        writer.write(data)
        await writer.drain()


async def _end_all() -> None:
    tasks = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
