"""Signed webhooks from the stand-in carrier to us: receipts and inbound texts, in order, twice, shuffled or early.

The signature is written out here from its published description, on purpose apart from `channels.twilio.signature`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import random
import threading
import time
from dataclasses import dataclass, replace
from queue import PriorityQueue
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.gateway.faults import Faults

WORKERS = 8


def sign(url: str, fields: dict[str, str], token: str) -> str:
    """HMAC-SHA1 of the url followed by every field's name and value, fields in the order of their names."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def post(url: str, fields: dict[str, str], token: str, *, timeout_s: float = 15) -> tuple[int, str]:
    """One signed, form-encoded POST; status 0 when nobody answered."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout_s)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": sign(url, fields, token),
        "User-Agent": "stand-in/1",
    }
    try:
        connection.request(
            "POST", f"{parts.path}?{parts.query}" if parts.query else parts.path, urlencode(fields), headers
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):  # cut off in the middle counts as nobody answered
        return 0, ""
    finally:
        connection.close()


@dataclass(frozen=True)
class Round:
    """Webhooks to post one after the other; one that was not taken is tried again as often as `faults` say."""

    url: str
    steps: tuple[dict[str, str], ...]
    faults: Faults
    tries: int = 1

    def after(self, *, taken: bool) -> Round | None:
        if not taken and self.tries < self.faults.receipt_tries:
            return replace(self, tries=self.tries + 1)
        return replace(self, steps=self.steps[1:], tries=1) if self.steps[1:] else None


class Postman:
    """Posts webhooks from background threads and keeps what was answered."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.log: list[dict[str, Any]] = []
        self._count = 0
        self._lock = threading.Lock()
        self._queue: PriorityQueue[tuple[float, int, Round]] = PriorityQueue()
        for _ in range(WORKERS):
            threading.Thread(target=self._work, daemon=True).start()

    def receipts(self, message: dict[str, Any], faults: Faults) -> None:
        """Queue the receipts of one message as `faults` wants them."""
        if not message["callback"] or faults.receipts == "none":
            return
        steps = _steps(message, faults.undeliver.get(message["to"]))
        if faults.receipts == "last":
            steps = steps[-1:]
        if faults.receipts == "duplicated":
            steps = [step for step in steps for _ in range(2)]
        if faults.receipts == "reordered":
            random.Random(message["sid"]).shuffle(steps)
            for step in steps:
                self._put(Round(message["callback"], (step,), faults))
        else:
            self._put(Round(message["callback"], tuple(steps), faults))

    def _put(self, round_: Round) -> None:
        with self._lock:
            self._count += 1
            self._queue.put((time.monotonic() + round_.faults.receipt_delay_ms / 1000, self._count, round_))

    def now(self, url: str, fields: dict[str, str]) -> tuple[int, str]:
        status, body = post(url, fields, self.token)
        self.log.append({"url": url, "fields": fields, "status": status})
        return status, body

    @property
    def waiting(self) -> int:
        return self._queue.unfinished_tasks

    def _work(self) -> None:
        while True:
            due, _, round_ = self._queue.get()
            time.sleep(max(0.0, due - time.monotonic()))
            status, _ = self.now(round_.url, round_.steps[0])
            if rest := round_.after(taken=200 <= status < 300):
                self._put(rest)
            self._queue.task_done()


def _steps(message: dict[str, Any], error: int | None) -> list[dict[str, str]]:
    last = {"MessageStatus": "undelivered", "ErrorCode": str(error)} if error else {"MessageStatus": "delivered"}
    common = {
        "AccountSid": message["account_sid"],
        "ApiVersion": "2010-04-01",
        "From": message["from"],
        "MessageSid": message["sid"],
        "SmsSid": message["sid"],
        "To": message["to"],
    }
    words = [{"MessageStatus": "queued"}, {"MessageStatus": "sent"}, last]
    return [{**common, "SmsStatus": step["MessageStatus"], **step} for step in words]
