"""What smsd has left for us in the folder: texts, sent and failed files, status reports; and what it did not send."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from channels.address import as_brought
from channels.base import DeliveryStatus, Event, Ignored, InboundMessage, StatusReceipt
from channels.errors import CarrierUnreachable, Decision
from channels.modem.carrier import NOT_AFTER
from channels.modem.files import MessageFile, read_file
from channels.modem.reasons import Reason, failure_reason, report_reason, report_status
from channels.modem.spool import WAITING, age_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from channels.modem.carrier import ModemCarrier

LONGEST_WAIT_S: Final = 3 * 86_400.0  # for a report
STRAY_S: Final = 60.0  # parts of a long text report too, and only the last one's number is known; files left empty
UNFINISHED_S: Final = 5.0  # a file shorter than it says may still be written
TOO_LATE: Final = Reason(None, Decision.FIX_ACCOUNT, sentence="The modem could not send this text in time.")


@dataclass(frozen=True, slots=True)
class ModemCollector:
    """Reads the folder. A file is removed once its event is committed, so no patient's words stay on the disk."""

    carrier: ModemCarrier

    @property
    def name(self) -> str:
        return self.carrier.name

    def collect(self, handle: Callable[[Event], None], *, wait_s: float = 0.0) -> int:  # noqa: ARG002  files do not ring
        count = 0
        for event, take in self._readable():
            handle(event)
            take()
            count += 1
        return count

    def _readable(self) -> Iterator[tuple[Event, Callable[[], None]]]:
        try:
            yield from self._waiting()
        except OSError as error:
            raise CarrierUnreachable("The modem's folder cannot be read.") from error

    def _waiting(self) -> Iterator[tuple[Event, Callable[[], None]]]:
        """Events with what to do once each is committed. Sent files come before reports, which name them; texts come
        last, so that one which cannot be kept holds up no word on what we sent."""
        yield from self._expired()
        yield from self._sent()
        yield from self._failed()
        yield from self._reports()
        yield from self._texts()
        self._forget_old()

    def _texts(self) -> Iterator[tuple[Event, Callable[[], None]]]:
        for path in self.carrier.spool.received("incoming"):
            content = path.read_bytes()
            file = read_file(content)
            if file.is_whole or (age_s(path) > UNFINISHED_S and file.has_body) or age_s(path) > STRAY_S:
                yield self._text(path.name, content, file), path.unlink

    def _text(self, name: str, content: bytes, file: MessageFile) -> Event:
        if not file.has_body or "Error" in file.headers or file.headers.get("Alphabet", "").startswith("bin"):
            return Ignored(self.name, "the modem received something that is no text")
        return InboundMessage(
            carrier=self.name,
            carrier_id=hashlib.sha256(name.encode() + b"\n" + content).hexdigest()[:40],
            sender=_sender(file.headers),
            recipient=as_brought(self.carrier.number),
            text=file.text,
            received_at=self.carrier.clock(),
        )

    def _expired(self) -> Iterator[tuple[Event, Callable[[], None]]]:
        """Texts smsd has not begun with and that are now too late: taken back before it can."""
        spool = self.carrier.spool
        for _, path in spool.ours("outgoing"):
            with contextlib.suppress(FileNotFoundError):  # smsd has just taken it
                stated = read_file(path.read_bytes()).headers.get(NOT_AFTER)
                if stated and datetime.fromisoformat(stated) < self.carrier.clock():
                    spool.take_back(path)
        for token, path in spool.taken_back():
            yield self._receipt(token, DeliveryStatus.UNDELIVERED, "expired", TOO_LATE), path.unlink

    def _sent(self) -> Iterator[tuple[Event, Callable[[], None]]]:
        for token, path in self.carrier.spool.ours("sent"):
            head = path.read_bytes().partition(b"\n\n")[0]
            receipt = self._receipt(token, DeliveryStatus.SENT, "sent")
            yield receipt, partial(self.carrier.spool.wait_for_report, path, head)

    def _failed(self) -> Iterator[tuple[Event, Callable[[], None]]]:
        for token, path in self.carrier.spool.ours("failed"):
            reason = failure_reason(read_file(path.read_bytes()).headers.get("Fail_reason", ""))
            yield self._receipt(token, DeliveryStatus.UNDELIVERED, "failed", reason), path.unlink

    def _reports(self) -> Iterator[tuple[Event, Callable[[], None]]]:
        for path in self.carrier.spool.received("report"):
            file = read_file(path.read_bytes())
            words = dict(line.partition(": ")[::2] for line in file.text.splitlines())
            found = self._reported_on(file.headers.get("From", ""), words.get("Message_id", ""))
            code, is_written, _ = words.get("Status", "").partition(",")
            if found and is_written and code.isdecimal():
                yield self._report(found[0], int(code)), partial(_finish, path, found[1], int(code))
            elif age_s(path) > STRAY_S:
                yield Ignored(self.name, "a report on part of a long text, or on nothing of ours"), path.unlink

    def _reported_on(self, number: str, message_id: str) -> tuple[str, Path] | None:
        """The newest text to that number that the network gave this id; ids begin again after 255."""
        for token, path in reversed(list(self.carrier.spool.ours(WAITING))):
            headers = read_file(path.read_bytes()).headers
            if (headers.get("To"), headers.get("Message_id")) == (number, message_id):
                return token, path
        return None

    def _report(self, token: str, code: int) -> StatusReceipt:
        status = report_status(code)
        reason = report_reason(code) if status is DeliveryStatus.UNDELIVERED else None
        return self._receipt(token, status, str(code), reason)

    def _receipt(self, token: str, status: DeliveryStatus, word: str, reason: Reason | None = None) -> StatusReceipt:
        receipt = StatusReceipt(self.name, token, token, status, word, self.carrier.clock())
        if reason is None:
            return receipt
        return replace(receipt, carrier_code=reason.code, decision=reason.decision, sentence=reason.sentence)

    def _forget_old(self) -> None:
        for _, path in self.carrier.spool.ours(WAITING):
            if age_s(path) > LONGEST_WAIT_S:
                path.unlink()


def _finish(report: Path, kept: Path, code: int) -> None:
    report.unlink()
    if report_status(code).is_final:
        kept.unlink(missing_ok=True)


def _sender(headers: Mapping[str, str]) -> str:
    return as_brought(headers.get("From", ""), is_international="international" in headers.get("From_TOA", ""))
