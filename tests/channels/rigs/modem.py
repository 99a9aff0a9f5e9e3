"""A spool folder with someone who does what smsd does; the real smsd has its own tests."""

from __future__ import annotations

import itertools
from pathlib import Path

from channels.base import Carrier, Event
from channels.modem.files import read_file
from channels.registry import build_carriers
from channels.webhook import WebhookRequest
from tests.channels.rigs.rig import PHONE, Arrived, surroundings
from tests.gateway.smstools import FOLDERS


class ModemRig:
    numbers = (("+13435550100", "+13435550100"),)

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "spool"
        for name in FOLDERS:
            (self.folder / name).mkdir(parents=True)
        self.built = self._build(self.folder)
        self._taken: list[Arrived] = []
        self._ids = itertools.count(1)

    def arrived(self) -> list[Arrived]:
        """Send everything in `outgoing`, and report on it."""
        for path in sorted((self.folder / "outgoing").iterdir(), key=lambda path: path.stat().st_mtime_ns):
            content, number = path.read_bytes(), next(self._ids)
            file = read_file(content)
            self._taken.append(Arrived(f"+{file.headers['To']}", file.text))
            head, _, body = content.partition(b"\n\n")
            (self.folder / "sent" / path.name).write_bytes(head + f"\nMessage_id: {number}\n\n".encode() + body)
            path.unlink()
            words = f"SMS STATUS REPORT\nMessage_id: {number}\nStatus: 0,Ok"
            report = f"From: {file.headers['To']}\nAlphabet: UTF-8\n\n{words}"
            (self.folder / "report" / f"GSM1.{number:06}").write_text(report)
        return self._taken

    def events(self) -> list[Event]:
        heard: list[Event] = []
        self.built.collector.collect(heard.append)
        return heard

    def write(self, text: str, *, to: str) -> None:
        head = f"From: {PHONE[1:]}\nFrom_TOA: 91 international, ISDN/telephone\nAlphabet: UCS2\n\n"
        (self.folder / "incoming" / f"GSM1.{next(self._ids):06}").write_bytes(head.encode() + text.encode("utf-16-be"))

    def lose_the_next_answer(self) -> bool:
        return False

    def absent(self) -> Carrier:
        gone = self.folder.parent / "gone"
        for name in FOLDERS:
            (gone / name).mkdir(parents=True)
        carrier = self._build(gone).text
        (gone / "outgoing").rmdir()
        return carrier

    def forged(self) -> WebhookRequest:
        return WebhookRequest("POST", "https://clinic.example/carriers/modem/text", {}, b"x")

    def close(self) -> None:
        """Nothing to close."""

    def _build(self, folder: Path):
        return build_carriers({"modem": {"spool": str(folder), "number": "+13435550100"}}, surroundings())["modem"]
