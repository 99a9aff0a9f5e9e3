"""Start the stand-in carrier for a test and ask it what it has seen."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.beds.process import start, stop
from tests.gateway.standin import ACCOUNT, TOKEN

ROOT = Path(__file__).parents[2]


@dataclass
class StandInBed:
    """A running stand-in. `base_url` is what `channels.twilio` is given in place of the carrier's own address."""

    base_url: str
    folder: Path
    process: subprocess.Popen

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of a Twilio carrier that talks to this stand-in."""
        return {
            "kind": "twilio",
            "account_sid": ACCOUNT,
            "auth_tokens": [TOKEN],
            "sender": "+13435550100",
            "base_url": self.base_url,
            "timeout_s": 5,
        }

    def faults(self, **changes: Any) -> None:
        """Change how it behaves from the next request on; the settings are `tests.gateway.faults.Faults`."""
        self._ask("/control/faults", changes)

    def ledger(self) -> dict[str, Any]:
        """Entries accepted, webhooks posted, webhooks waiting, requests seen."""
        return self._ask("/control/ledger")

    def waiting(self) -> int:
        """How many webhooks are still to be posted."""
        return self._ask("/control/waiting")["waiting"]

    def messages(self) -> list[dict[str, Any]]:
        """Every text it accepted, in order."""
        return [entry for entry in self.ledger()["entries"] if entry["kind"] == "message"]

    def calls(self) -> list[dict[str, Any]]:
        return [entry for entry in self.ledger()["entries"] if entry["kind"] == "call"]

    def inbound(self, url: str, **fields: str) -> tuple[int, str]:
        """Post one signed webhook to us; what we answered."""
        answer = self._ask("/control/inbound", {"url": url, "fields": {"AccountSid": ACCOUNT, **fields}})
        return answer["status"], answer["body"]

    def settle(self, timeout_s: float = 20) -> None:
        """Wait until every queued webhook has been posted."""
        deadline = time.monotonic() + timeout_s
        while self.waiting():
            assert time.monotonic() < deadline, "webhooks are still waiting"
            time.sleep(0.02)

    def stop(self) -> None:
        stop(self.process)

    def _ask(self, path: str, document: dict[str, Any] | None = None) -> Any:
        data = None if document is None else json.dumps(document).encode()
        with urllib.request.urlopen(self.base_url + path, data, timeout=20) as answer:
            return json.load(answer)


def start_standin(folder: Path) -> StandInBed:
    """A stand-in on a port of its own; its ledger lives in `folder` and survives a restart with the same folder."""
    folder.mkdir(parents=True, exist_ok=True)
    port_file, log = folder / "port", folder / "standin.log"
    port_file.unlink(missing_ok=True)
    command = ["/usr/bin/env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.gateway.standin", str(folder)]
    process = start(command, log=log, ready=lambda: port_file.exists() and port_file.read_text() != "")
    return StandInBed(f"http://127.0.0.1:{port_file.read_text()}", folder, process)
