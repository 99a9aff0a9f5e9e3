"""Two days of one month, "Dec 24 or 25", "du 24 au 26 décembre": written out as two dates, so that both are seen."""

from __future__ import annotations

import re
from typing import Final

from forms.parsing.calendar_words import MONTHS

_DAY: Final = r"(?:the |le )?(\d{1,2})(?:st|nd|rd|th|er|e)?"
_JOINED: Final = r" ?(?:,? ?\b(?:or|ou|and|et|to|a|au|until|till|through|jusquau)\b|[-/&]) ?"
_OPENED: Final = r"(?:\b(?:between|from|entre|du|either|soit) )?"
_YEAR: Final = r"(?:,? (?:de |of )?(\d{4}))?"
_MONTH: Final = {
    language: rf"({'|'.join(sorted(table, key=len, reverse=True))})\b\.?" for language, table in MONTHS.items()
}
_MONTH_LAST: Final = {
    language: re.compile(rf"{_OPENED}(?<![\d/.,:-]){_DAY}{_JOINED}{_DAY} ?(?:of |de |d)?{month}{_YEAR}(?![\d/:-])")
    for language, month in _MONTH.items()
}
_MONTH_FIRST: Final = {
    language: re.compile(rf"{_OPENED}\b{month} {_DAY}{_JOINED}{_DAY}{_YEAR}(?![\d/:-]| ?(?:am|pm|h|{month}))")
    for language, month in _MONTH.items()
}


def written_out(text: str, language: str) -> str:
    """ "24 or 25 dec" as "24 dec or 25 dec"; a text without two days of one month stays as it is."""
    language = language if language in MONTHS else "en"
    found = _MONTH_LAST[language].search(text)
    if found:
        first, second, month, year = found.group(1, 2, 3, 4)
    else:
        found = _MONTH_FIRST[language].search(text)
        if found is None:
            return text
        month, first, second, year = found.group(1, 2, 3, 4)
    if not 0 < int(first) < int(second) <= 31:
        return text
    ending = f" {year}" if year else ""
    return f"{text[: found.start()]}{first} {month}{ending} or {second} {month}{ending}{text[found.end() :]}"
