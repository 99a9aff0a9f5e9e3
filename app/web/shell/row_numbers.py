"""Row numbers in addresses: no larger than a row's can be, so that no address reaches the database with one."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**63 - 1


class RowNumber(IntegerConverter):
    """`<int:ticket_id>`: anything larger is an address that does not exist."""

    def __init__(self, url_map: Map, *args: Any, **options: Any) -> None:
        super().__init__(url_map, *args, **{"max": LARGEST, **options})


def row_number(text: str) -> int | None:
    """The number of a row that a field names; None when it names none."""
    found = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST)) else None
    return found if found is None or found <= LARGEST else None
