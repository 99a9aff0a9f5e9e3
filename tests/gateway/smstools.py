"""The real smsd from smstools on a modem of ours, with a spool folder of its own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.beds.parts import find_smsd
from tests.beds.process import start, stop
from tests.gateway.modem import Modem

FOLDERS = ("outgoing", "checked", "failed", "incoming", "sent", "report", "saved")
CONFIGURATION = """
devices = GSM1
logfile = {folder}/smsd.log
loglevel = 5
outgoing = {folder}/outgoing
checked = {folder}/checked
failed = {folder}/failed
incoming = {folder}/incoming
sent = {folder}/sent
report = {folder}/report
saved = {folder}/saved
pidfile = {folder}/smsd.pid
infofile = {folder}/smsd.working
autosplit = 3
delaytime = 1
delaytime_mainprocess = 1
errorsleeptime = 1
receive_before_send = no
incoming_utf8 = yes
store_sent_pdu = 0

[GSM1]
device = {folder}/modem
incoming = high
report = yes
baudrate = 115200
start = AT
"""


@dataclass
class SmstoolsBed:
    folder: Path
    modem: Modem
    process: subprocess.Popen

    def stop(self) -> None:
        stop(self.process)
        self.modem.stop()


def start_smstools(folder: Path) -> SmstoolsBed:
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    modem = Modem(folder / "modem")
    modem.start()
    file = folder / "smsd.conf"
    file.write_text(CONFIGURATION.format(folder=folder))
    log = folder / "smsd.log"
    process = start(
        [find_smsd() or "smsd", "-c", str(file), "-t"],
        log=folder / "out.log",
        ready=lambda: log.exists() and "Modem handler 0 has started" in log.read_text(errors="replace"),
    )
    return SmstoolsBed(folder, modem, process)
