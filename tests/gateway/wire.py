"""A TCP wire between us and a carrier that can be cut, or lose what the carrier says, when a test says so."""

from __future__ import annotations

import contextlib
import socket
import threading


class Wire:
    """Forwards to `port`; `said` is what we said. `mute` drops the carrier's words; `cut` breaks every connection;
    `down` lets nobody in."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.mute = self.down = False
        self.said = bytearray()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                if self.down:
                    ours.close()
                    continue
                theirs = socket.create_connection(("127.0.0.1", self._target))
                self._pairs.append((ours, theirs))
                threading.Thread(target=self._pump, args=(ours, theirs, False), daemon=True).start()
                threading.Thread(target=self._pump, args=(theirs, ours, True), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_carrier: bool) -> None:
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                if not is_carrier:
                    self.said += octets
                if not (self.mute and is_carrier):
                    target.sendall(octets)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
