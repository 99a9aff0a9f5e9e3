"""What a plain HTML form posts, read back as typed values. Names as `forms.render.web` gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from forms import moments
from forms.answers import read_text
from forms.effects import NotUnderstood, Why
from forms.items import CHOICES, NUMBERS, Kind
from forms.local_time import zoned
from forms.paths import split_path
from forms.render.phrases import Translate, example_for, wrong
from forms.values import check_value

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.plan_model import Plan
    from forms.state import Context, Value

_SUFFIXES: Final = re.compile(r"\.(y|m|d|h|min|unit|other)$")
_UNREAD: Final = object()


def read_fields(
    plan: Plan, fields: Mapping[str, Sequence[str]], *, context: Context, translate: Translate
) -> tuple[dict[str, Value], dict[str, str]]:
    """Posted form fields to typed values for Reply.page(values), and errors by instance path.

    A field that was posted empty gives None (clears); a field that was not posted is not mentioned. Boxes and buttons
    post nothing when nothing is chosen: post their name once more, empty, from a hidden field.
    """
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for path in dict.fromkeys(_SUFFIXES.sub("", name) for name in fields):
        item, _ = split_path(plan, path)
        if item is None or not item.is_asked or item.kind in {Kind.ATTACHMENT, Kind.REFERENCE}:
            continue
        value, why, limit = _Posted(plan, item, path, fields, context).read()
        if why is not None:
            errors[path] = _sentence(plan, item, path, why, limit, translate)
        else:
            values[path] = value
    return values, errors


def _sentence(plan: Plan, item: PlanItem, path: str, why: Why, limit: str, translate: Translate) -> str:
    said = wrong(plan, NotUnderstood(path, 1, why, limit), translate)
    example = example_for(item, translate)
    if why is not Why.UNREADABLE or not example:
        return said
    like = translate("Write it like {example}.").format(example=example)
    return f"{said} {like}"


class _Posted:
    """The fields of one question."""

    def __init__(
        self, plan: Plan, item: PlanItem, path: str, fields: Mapping[str, Sequence[str]], context: Context
    ) -> None:
        self._plan = plan
        self._item = item
        self._path = path
        self._fields = fields
        self._context = context

    def read(self) -> tuple[Value, Why | None, str]:
        value = self._value()
        if value is None:
            return None, None, ""
        if value is _UNREAD:
            return None, Why.UNREADABLE, ""
        problem = check_value(self._item, value)
        return (value, None, "") if problem is None else (None, *problem)

    def _texts(self, suffix: str = "") -> list[str]:
        return [text.strip() for text in self._fields.get(self._path + suffix, ()) if text.strip()]

    def _text(self, suffix: str = "") -> str:
        found = self._texts(suffix)
        return found[-1] if found else ""

    def _value(self) -> Any:
        item = self._item
        if item.kind in CHOICES:
            return self._chosen()
        if item.kind is Kind.BOOLEAN:
            return {"true": True, "false": False, "": None}.get(self._text(), _UNREAD)
        if item.kind in NUMBERS:
            return self._number()
        if item.kind in {Kind.DATE, Kind.DATETIME, Kind.TIME}:
            return self._moment()
        return self._text() or None

    def _chosen(self) -> Any:
        other = self._text(".other")
        found: list[Any] = [text for text in self._texts() if text != "other" or not other]
        if not self._item.options:
            other = other or self._text()
            found = []
        if other:
            found.append({"text": other})
        if self._item.many:
            return list(found) or None
        return found[-1] if found else None

    def _number(self) -> Any:
        text = self._text()
        if not text:
            return None
        reading = read_text(
            self._item, text, specs=self._plan.specs, locale=self._plan.locale, context=self._context
        )  # fmt: skip
        value = reading.value if reading.is_value else _plain_number(text)
        if value is None:
            return _UNREAD
        if self._item.kind is not Kind.QUANTITY:
            return value
        number = value["value"] if isinstance(value, dict) else value
        unit = self._text(".unit") or (value.get("unit") if isinstance(value, dict) else "")
        unit = unit or (self._item.units[0].code if len(self._item.units) == 1 else "")
        return {"value": number, **({"unit": unit} if unit else {})}

    def _moment(self) -> Any:
        whole = self._text()
        if whole:
            return self._as_written(whole)
        if self._item.kind is Kind.TIME:
            return self._time()
        date = self._date()
        time = self._time() if self._item.kind is Kind.DATETIME else None
        if date is None or date is _UNREAD or time is None:
            return _UNREAD if date is None and time is not None else date
        return _UNREAD if time is _UNREAD else zoned(f"{date}T{time}", self._context.zone)

    def _as_written(self, text: str) -> Any:
        """One field for the whole moment, as a browser's date field posts it."""
        checks = {Kind.DATE: moments.is_date, Kind.TIME: moments.is_time, Kind.DATETIME: moments.is_datetime}
        if not checks[self._item.kind](text):
            return _UNREAD
        if self._item.kind is Kind.TIME:
            return text if len(text) > 5 else f"{text}:00"
        return zoned(text if len(text) != 16 else f"{text}:00", self._context.zone)

    def _date(self) -> Any:
        """Year, month and day, as far as given: a year alone is an answer."""
        year, month, day = (self._text(suffix) for suffix in (".y", ".m", ".d"))
        if not (year or month or day):
            return None
        if not all(part.isascii() and part.isdigit() for part in (year, month, day) if part) or (day and not month):
            return _UNREAD
        parts = [year.zfill(4), *(part.zfill(2) for part in (month, day) if part)]
        text = "-".join(parts)
        return text if len(year) == 4 and moments.is_date(text) else _UNREAD

    def _time(self) -> Any:
        hour, minute = self._text(".h"), self._text(".min")
        if not hour and not minute:
            return None
        text = f"{hour.zfill(2)}:{(minute or '0').zfill(2)}:00"
        return text if hour and moments.is_time(text) else _UNREAD


def _plain_number(text: str) -> int | float | None:
    """A number a page's own field posts: digits with a point or comma."""
    match = re.fullmatch(r"-?\d{1,12}(?:[.,]\d{1,9})?", text)
    if match is None:
        return None
    plain = text.replace(",", ".")
    return float(plain) if "." in plain else int(plain)
