"""What a reminder may cost, as an administrator writes it. Pure: what was read, or what to put right."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.messaging.rules import USUAL_COSTS
from app.support.written_hours import Wrong

MOST = 100_000
_AMOUNT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?|\.[0-9]{1,6}")
_NUMBER_SENTENCE = "“{word}” is no amount. Write a number from 0 to {most}, like 2.5."
_WHOLE_SENTENCE = "“{word}” is no whole number. Write one from 1 to {most}, or nothing for no limit."
_NO_TEXT_SENTENCE = (
    "{cap} does not pay for one text: every patient would go to a person. Write {least} or more, or nothing for no cap."
)


@dataclass(frozen=True)
class WrittenCosts:
    """The settings as they are kept (`ladder_cap`, `daily_segments` None: no cap), and what was wrong, by field."""

    settings: Mapping[str, object]
    wrong: Mapping[str, Wrong]


def read_costs(texts: Mapping[str, str]) -> WrittenCosts:
    """From fields `sms`, `voice` (empty: the usual), `cap` and `day` (empty: none). A comma is a decimal point, too."""
    read = {name: _amount(texts.get(name, ""), usual) for name, usual in (*USUAL_COSTS.items(), ("cap", None))}
    wrong = {name: each for name, each in read.items() if isinstance(each, Wrong)}
    cap, text = read["cap"], read["sms"]
    if isinstance(cap, float) and isinstance(text, float) and cap < text:
        wrong["cap"] = Wrong(_NO_TEXT_SENTENCE, {"cap": written(cap), "least": written(text)})
    day = _whole(texts.get("day", ""))
    if isinstance(day, Wrong):
        wrong["day"] = day
    costs = {name: read[name] for name, usual in USUAL_COSTS.items() if read[name] != usual}
    return WrittenCosts({"ladder_cap": cap, "costs": costs, "daily_segments": day}, wrong)


def written(amount: float | None) -> str:
    """As it would be typed: `5`, `2.5`, nothing for none."""
    return "" if amount is None else f"{amount:.10g}"


def _whole(text: str) -> int | Wrong | None:
    word = text.strip()
    if not word:
        return None
    is_number = word.isascii() and word.isdigit() and len(word) <= len(str(MOST))
    number = int(word) if is_number else 0
    return number if 1 <= number <= MOST else Wrong(_WHOLE_SENTENCE, {"word": word[:30], "most": MOST})


def _amount(text: str, usual: float | None) -> float | Wrong | None:
    word = text.strip().replace(",", ".")
    if not word:
        return usual
    amount = float(word) if _AMOUNT.fullmatch(word) else math.inf
    return amount if amount <= MOST else Wrong(_NUMBER_SENTENCE, {"word": text.strip()[:30], "most": MOST})
