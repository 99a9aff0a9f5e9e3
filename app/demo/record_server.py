"""The demo's clinical record: a real FHIR R4 server (sekmet-fhir) run beside the demo, on this machine only."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import requests

PROBE_S = 2
FILL_TRIES = 60


@dataclass
class RecordServer:
    """`home` holds its settings and data. Starting it when it already answers reuses the one that runs."""

    home: Path
    _process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port()}/fhir"

    @staticmethod
    def is_installed() -> bool:
        return (Path(sys.executable).parent / "sekmet").exists()

    def start(self) -> None:
        """Start it without waiting for it: what is to be filed waits until it answers."""
        if self.answers():
            return
        with (self.home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own environment's program, fixed arguments
                [Path(sys.executable).parent / "sekmet", "serve", "--config", self._write_settings()],
                cwd=self.home,
                stdout=log,
                stderr=log,
            )

    def fill(self, bundle: bytes) -> None:
        """Load `bundle` once, as soon as the server answers, without keeping anyone waiting. Forms due before wait."""
        if not (self.home / "filled").exists():
            threading.Thread(target=self._fill, args=(bundle,), name="fill-record", daemon=True).start()

    def _fill(self, bundle: bytes) -> None:
        for _ in range(FILL_TRIES):
            if self.answers():
                self.load(bundle)
                (self.home / "filled").touch()
                return
            time.sleep(1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.base_url}/metadata", timeout=PROBE_S).ok
        except requests.RequestException:
            return False

    def load(self, bundle: bytes) -> None:
        """Give it the clinic's resources, as the clinic's own record would hold them. Raises when it refuses."""
        answer = requests.post(
            self.base_url, data=bundle, headers={"Content-Type": "application/fhir+json"}, timeout=120
        )
        answer.raise_for_status()

    def _port(self) -> int:
        file = self.home / "port"
        if not file.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            file.write_text(str(_free_port()))
        return int(file.read_text())

    def _write_settings(self) -> Path:
        """YAML accepts JSON. Simulated staff, the traffic log and subscriptions stay off: only Farline acts here."""
        settings = {
            "base_url": self.base_url,
            "host": "127.0.0.1",
            "port": self._port(),
            "data_dir": str(self.home),
            "facility_name": "Pine Narrows Regional Health Centre",
            "log_inbound": False,
            "simulator": {"enabled": False},
            "validation": {"inbound": "strict"},
        }
        file = self.home / "settings.yaml"
        file.write_text(json.dumps(settings, indent=1))
        return file


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
