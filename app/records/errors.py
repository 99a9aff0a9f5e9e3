"""What can go wrong with the record, for whoever must decide what follows.

RecordError
├── BundleProblem     a file that cannot be imported at all; nothing was changed
├── RecordUnreachable the record does not answer, or asks to wait: try again later
├── RecordRefused     the record will not take it: a person must look
├── RecordConflict    the record changed meanwhile (409, 412): look again, then a person
└── ChartUnsure       it is not certain whose chart this is: nothing is filed
"""

from __future__ import annotations

from typing import Any


class RecordError(Exception):
    """`code` for tables and tests, `sentence` an English msgid to translate and then fill with `values`."""

    retryable = False

    def __init__(self, code: str, sentence: str = "", **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.values = values


class BundleProblem(RecordError):
    """The whole file is refused; nothing was imported."""


class RecordUnreachable(RecordError):
    """`wait_s`: how long the server asked to be left alone, None when it did not say."""

    retryable = True

    def __init__(self, code: str, *, wait_s: float | None = None) -> None:
        super().__init__(code)
        self.wait_s = wait_s


class RecordRefused(RecordError):
    """A 4xx that trying again will not change."""


class RecordConflict(RecordError):
    """409 or 412: what we read is not what is there now."""


class ChartUnsure(RecordError):
    """Right chart or no chart."""
