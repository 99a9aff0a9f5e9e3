"""A GSM modem on a pseudo-terminal, just enough of it for smstools: sends, receives, and reports on what it sent.

Source: 3GPP TS 27.005 (AT commands) and TS 23.040 9.2 (PDUs). The real smsd talks to it as to any modem.
"""

from __future__ import annotations

import os
import pty
import re
import select
import threading
import time
import tty
from dataclasses import dataclass, field
from pathlib import Path

import gsm0338

STAMP = "62113251900000"  # 2026-11-23 15:09:00, semi-octets
ANSWERS = {
    "+CPIN?": "+CPIN: READY",
    "+CSQ": "+CSQ: 20,0",
    "+CREG?": "+CREG: 0,1",
    "+CIMI": "302720000000001",
    "+CGSN": "356938035643809",
    "+CMGF?": "+CMGF: 0",
    "+COPS?": '+COPS: 0,0,"Trial"',
}


@dataclass(frozen=True)
class Submitted:
    """One part the modem was asked to send."""

    to: str
    text: str
    header: bytes
    report_wanted: bool


@dataclass
class Modem:
    """`report_status` is the TP-Status of every status report (0 delivered); None reports nothing."""

    link: Path
    report_status: int | None = 0
    refuse: bool = False  # answer every submit with an error
    submitted: list[Submitted] = field(default_factory=list)
    _store: dict[int, str] = field(default_factory=dict)
    _reference: int = 0
    _waits_for_pdu: bool = False
    _echo: bool = True
    _stopped: bool = False

    def start(self) -> None:
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._ours)
        tty.setraw(self._theirs)
        self.link.symlink_to(os.ttyname(self._theirs))
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        self._stopped = True

    def receive(self, sender: str, text: str, *, header: bytes = b"") -> None:
        """A phone writes to the SIM."""
        octets = header + text.encode("utf-16-be")
        first = "44" if header else "04"
        self._keep(f"00{first}{_address(sender)}0008{STAMP}{len(octets):02X}{octets.hex().upper()}")

    def _run(self) -> None:
        waiting = b""
        while not self._stopped:
            if not select.select([self._ours], [], [], 0.2)[0]:
                continue
            octets = os.read(self._ours, 4096)
            if self._echo and not self._waits_for_pdu:
                os.write(self._ours, octets)
            waiting = self._take(waiting + octets)
        os.close(self._theirs)
        os.close(self._ours)

    def _take(self, waiting: bytes) -> bytes:
        while True:
            end = b"\x1a" if self._waits_for_pdu else b"\r"
            if end not in waiting:
                return waiting
            line, _, waiting = waiting.partition(end)
            if self._waits_for_pdu:
                self._waits_for_pdu = False
                if self.refuse:
                    self._say("\r\n+CMS ERROR: 38\r\n")
                    continue
                self._say(f"\r\n+CMGS: {self._submit(line.decode().strip())}\r\n\r\nOK\r\n")
            else:
                self._answer(line.decode("latin-1").strip().upper())

    def _answer(self, line: str) -> None:
        command = line.removeprefix("AT")
        if not line.startswith("AT"):
            return
        if command.startswith("+CMGS="):
            self._waits_for_pdu = True
            self._say("\r\n> ")
            return
        self._say(f"{self._result(command)}\r\nOK\r\n")

    def _result(self, command: str) -> str:
        if command == "E0":
            self._echo = False
        numbers = [int(number) for number in re.findall(r"\d+", command)]
        if command.startswith("+CPMS"):
            used = ",".join([f'"SM",{len(self._store)},99' if command.endswith("?") else f"{len(self._store)},99"] * 3)
            return f"\r\n+CPMS: {used}\r\n"
        if command.startswith("+CMGR="):
            pdu = self._store.get(numbers[0])
            return f"\r\n+CMGR: 0,,{len(pdu) // 2 - 1}\r\n{pdu}\r\n" if pdu else ""
        if command.startswith("+CMGD="):
            self._store.pop(numbers[0], None)
        return f"\r\n{ANSWERS[command]}\r\n" if command in ANSWERS else ""

    def _submit(self, pdu: str) -> int:
        """Read a SMS-SUBMIT; its reference."""
        octets = bytes.fromhex(pdu)
        octets = octets[1 + octets[0] :]
        first, digits = octets[0], octets[2]
        length = (digits + 1) // 2
        to = _swapped(octets[4 : 4 + length].hex())[:digits]
        coding = octets[5 + length]
        rest = octets[6 + length + {0: 0, 2: 1, 1: 7, 3: 7}[first >> 3 & 3] :]
        header, text = _words(rest[0], rest[1:], coding=coding, has_header=bool(first & 0x40))
        self.submitted.append(Submitted(to, text, header, bool(first & 0x20)))
        self._reference = (self._reference + 1) % 256
        if first & 0x20 and self.report_status is not None:
            report = f"0006{self._reference:02X}{_address(to)}{STAMP}{STAMP}{self.report_status:02X}"
            threading.Timer(0.3, self._keep, [report]).start()
        return self._reference

    def _keep(self, pdu: str) -> None:
        self._store[next(place for place in range(1, 99) if place not in self._store)] = pdu

    def _say(self, words: str) -> None:
        time.sleep(0.01)
        os.write(self._ours, words.encode("latin-1"))


def _address(number: str) -> str:
    digits = number.lstrip("+")
    return f"{len(digits):02X}91{_swapped(digits + 'F' * (len(digits) % 2))}"


def _swapped(digits: str) -> str:
    return "".join(digits[place + 1] + digits[place] for place in range(0, len(digits), 2))


def _words(units: int, octets: bytes, *, coding: int, has_header: bool) -> tuple[bytes, str]:
    header = octets[: octets[0] + 1] if has_header else b""
    if coding & 0x0C == 0x08:
        return header, octets[len(header) :].decode("utf-16-be")
    bits = int.from_bytes(octets, "little")
    septets = bytes(bits >> 7 * place & 0x7F for place in range(units))
    text = septets[-(-len(header) * 8 // 7) :]
    return header, gsm0338.Codec().decode(text)[0]
