"""Tables as CSV that a spreadsheet opens without running anything that stands in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # source: OWASP, CSV injection


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with its mark, which is how spreadsheets recognise it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_tame(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _tame(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_DANGEROUS) else text
