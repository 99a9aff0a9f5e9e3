"""The number printed beside an option: the form's own where its labels begin with one, so that no option shows two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from forms.items import PlanItem, PlanOption
    from forms.languages import Words

# "7", "0 - Never", "1. Sometimes", "2) Often", "3 = Always"; not "5-10" nor "2 days".
_OWN: Final = re.compile(r"([0-9]{1,3})(?:|\s*[-\u2010-\u2015.):=]\s*(?=[^\d\s]).*)", re.DOTALL)


def own_numbers(labels: Sequence[Words]) -> list[str]:
    """The numbers the labels begin with, in every language, when all do and all differ; else none."""
    numbers = [_own(label) for label in labels]
    return numbers if all(numbers) and len(set(numbers)) == len(numbers) else []


def _own(label: Words) -> str:
    found = {_leading(text) for text in (label.base, *label.translations.values())}
    return found.pop() if len(found) == 1 else ""


def _leading(text: str) -> str:
    match = _OWN.fullmatch(text.strip())
    return match.group(1) if match else ""


def printed(option: PlanOption) -> str:
    """An option as a text message shows it."""
    return option.label if _leading(option.label) == option.number else f"{option.number} {option.label}"


def is_scale(item: PlanItem) -> bool:
    """Whether the options are bare numbers, some of two digits: a caller enters such a number, nobody lists keys."""
    options = item.options
    return not item.many and bool(options) and all(o.label == o.number for o in options) and _is_long(options)


def _is_long(options: Sequence[PlanOption]) -> bool:
    return any(len(option.number) > 1 for option in options) and all(option.number.isdigit() for option in options)
