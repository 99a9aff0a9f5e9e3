"""The real Kannel (bearerbox and smsbox) with its fake SMSC, on ports of its own, for one test run."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.beds.parts import find_daemon
from tests.beds.process import free_port, start, stop

FAKE_SMSC = Path("/usr/lib/kannel/test/fakesmsc")
SECRET = "kannel-test-secret"
PASSWORD = "trial-send"
CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = trial-admin
status-password = trial-status
admin-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
smsbox-port = {box}
smsbox-interface = 127.0.0.1
log-level = 1
store-type = spool
store-location = "{folder}/spool"
dlr-storage = internal
sms-resend-freq = 1
sms-resend-retry = 3

group = smsc
smsc = fake
smsc-id = fake
host = 127.0.0.1
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {send}
sendsms-interface = 127.0.0.1
log-level = 1
http-request-retry = 100000
http-queue-delay = 1
mo-recode = true

group = sendsms-user
username = clinic
password = {password}
max-messages = 10
concatenation = true

group = sms-service
keyword = default
catch-all = yes
max-messages = 0
concatenation = true
omit-empty = true
send-sender = true
post-url = "http://kannel:{secret}@{receiver}/carriers/kannel/text?id=%I"
"""


def find_kannel() -> bool:
    return all(find_daemon(name) for name in ("bearerbox", "smsbox")) and FAKE_SMSC.exists()


@dataclass
class KannelBed:
    """A running gateway. `settings` make a carrier of it."""

    folder: Path
    ports: dict[str, int]
    processes: list[subprocess.Popen] = field(default_factory=list)
    phones: subprocess.Popen | None = None

    @property
    def settings(self) -> dict[str, str]:
        return {
            "kind": "kannel",
            "send_url": f"http://127.0.0.1:{self.ports['send']}/cgi-bin/sendsms",
            "username": "clinic",
            "password": PASSWORD,
            "secret": SECRET,
            "sender": "80080",
        }

    def connect_phones(self, *, sender: str = "", recipient: str = "80080", text: str = "") -> None:
        """Connect the fake SMSC; with a text, one phone writes it at once."""
        self.disconnect_phones()
        log = self.folder / "fakesmsc.log"
        log.write_text("")
        written = f"{sender or '+13065550155'} {recipient} ucs2 {quote((text or 'x').encode('utf-16-be'), safe='')}"
        count = "1" if text else "0"
        where = ["-H", "127.0.0.1", "-r", str(self.ports["smsc"])]
        self.phones = start(
            [str(FAKE_SMSC), *where, "-i", "0.01", "-m", count, written],
            log=log,
            ready=lambda: "Connecting" in log.read_text(errors="replace"),
        )

    def disconnect_phones(self) -> None:
        if self.phones:
            stop(self.phones, with_signal=signal.SIGKILL)
            self.phones = None

    def received(self, count: int, *, timeout_s: float = 10) -> list[str]:
        """What the phones' side has got, once there are `count` messages: "from to coding text"."""
        log, deadline = self.folder / "fakesmsc.log", time.monotonic() + timeout_s
        while len(got := re.findall(r"Got message \d+: <(.*)>", log.read_text(errors="replace"))) < count:
            assert time.monotonic() < deadline, log.read_text(errors="replace")[-2000:]
            time.sleep(0.02)
        return got

    def stop(self) -> None:
        """At once: nothing of a test's gateway is worth a slow goodbye."""
        self.disconnect_phones()
        for process in reversed(self.processes):
            stop(process, with_signal=signal.SIGKILL)


def start_kannel(folder: Path, receiver_url: str) -> KannelBed:
    """bearerbox, then smsbox; inbound texts and receipts go to `receiver_url`."""
    ports = {name: free_port() for name in ("admin", "box", "smsc", "send")}
    (folder / "spool").mkdir(parents=True)
    file = folder / "kannel.conf"
    place = receiver_url.removeprefix("http://")
    file.write_text(CONFIGURATION.format(**ports, folder=folder, receiver=place, secret=SECRET, password=PASSWORD))
    bed = KannelBed(folder, ports)
    for program, port in (("bearerbox", ports["smsc"]), ("smsbox", ports["send"])):
        command = [find_daemon(program) or program, str(file)]
        bed.processes.append(start(command, log=folder / f"{program}.log", ready=lambda port=port: _listens(port)))
    return bed


def _listens(port: int) -> bool:
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in table)
