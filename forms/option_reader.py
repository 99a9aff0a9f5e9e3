"""The options of a choice: the number printed beside each, its words, weight and key."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from forms import names
from forms.extensions import all_of, first_of, typed_value
from forms.items import Kind, PlanOption
from forms.languages import NOTHING, Words, plain_text, words_of
from forms.media import media_words
from forms.option_numbers import own_numbers

if TYPE_CHECKING:
    from forms.problems import Findings
    from forms.shapes import RawItem
    from forms.valuesets import OptionList, ValueSets

_WEIGHTS: Final = ("ordinalValue", "itemWeight", "iso21090-CO-value")
_PREFIX: Final = re.compile(r"[0-9]{1,3}|[A-Za-z]{1,2}")


@dataclass(frozen=True, slots=True)
class OptionWords:
    label: Words = NOTHING
    accepted: Words = NOTHING
    recording: Words = NOTHING


@dataclass(frozen=True, slots=True)
class ReadOptions:
    options: tuple[PlanOption, ...]
    words: tuple[OptionWords, ...]
    raws: tuple[Mapping[str, Any], ...]
    unexpanded: str | None
    listed: OptionList | None = None  # kept, so that its id stays its own


def read_options(item: RawItem, value_sets: ValueSets, findings: Findings) -> ReadOptions:
    """Options in order. Their values are their codes when these differ, else made to differ."""
    listed = value_sets.options_of(item.raw)
    shared = value_sets.read.get(id(listed))
    if not value_sets.is_room_for(listed):
        _report_too_many(item, 0, findings)
        return ReadOptions((), (), (), None)
    read: ReadOptions = _read(listed) if shared is None else shared
    value_sets.read[id(listed)] = read
    _report(item, read, findings)
    if listed.cut:
        _report_too_many(item, len(read.options), findings)
    return read


def _read(listed: OptionList) -> ReadOptions:
    raws = tuple(raw for raw in listed.options if _label(raw).base or _code(raw))
    words = tuple(OptionWords(_label(raw), _accepted(raw), _recording(raw)) for raw in raws)
    numbers, values = _numbers(raws, words), _values(raws)
    rows = zip(raws, words, values, numbers, strict=True)
    options = tuple(_option(raw, spoken, value=value, number=number) for raw, spoken, value, number in rows)
    return ReadOptions(options, words, raws, listed.unexpanded, listed)


def _report_too_many(item: RawItem, kept: int, findings: Findings) -> None:
    findings.warn(
        "too-many-options",
        item.link_id,
        message=f"There are too many options; the first {kept} are read." if kept else "There are too many options.",
        fix="Use a shorter list, or a search on the page.",
    )


def _report(item: RawItem, read: ReadOptions, findings: Findings) -> None:
    unexpanded = read.unexpanded
    if unexpanded:
        findings.warn(
            "value-set-elsewhere",
            item.link_id,
            message=f"The options are in the value set {unexpanded!r:.200}, which is not in the file.",
            fix="Put the value set into the form (contained, expanded) or list the options.",
        )
    elif not read.options and item.kind is Kind.CHOICE:
        findings.warn(
            "no-options",
            item.link_id,
            message="The choice has no options.",
            fix="List the options, or make it a text question.",
        )
    labels = Counter(option.label.casefold() for option in read.options)
    twice = [label for label, count in labels.items() if count > 1]
    if twice:
        findings.warn(
            "same-label",
            item.link_id,
            message=f"Two options read the same: {twice[0]!r:.60}.",
            fix="Give each option its own words; a reply in words cannot tell them apart.",
        )


def _option(raw: Mapping[str, Any], words: OptionWords, *, value: str, number: str) -> PlanOption:
    code = _code(raw)
    return PlanOption(
        value=value,
        label=words.label.base,
        number=number,
        code="" if code == value else code,
        weight=_weight(raw),
        exclusive=first_of(raw, "optionExclusive") is True,
        words=split_words(words.accepted.base),
        digit=_digit(raw),
        recording=words.recording.base or None,
        selected=raw.get("initialSelected") is True,
    )


def split_words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split("|") if (word := part.strip()))


def _label(raw: Mapping[str, Any]) -> Words:
    member, value = typed_value(raw)
    if isinstance(value, Mapping):
        found = words_of(value, "display")
        if found.base or found.translations:
            return found
        return Words(plain_text(str(value.get("display") or value.get("code") or value.get("reference") or "")))
    if isinstance(value, str):
        return words_of(raw, member)
    return Words("" if value is None else str(value))


def _code(raw: Mapping[str, Any]) -> str:
    _, value = typed_value(raw)
    if isinstance(value, Mapping):
        return str(value.get("code") or value.get("reference") or value.get("display") or "")
    return "" if value is None else str(value).strip() if not isinstance(value, bool) else str(value).lower()


def _values(raws: Sequence[Mapping[str, Any]]) -> list[str]:
    """One value per option: its code; where a form uses a code twice (two systems, an error), code and place."""
    codes = [_code(raw) for raw in raws]
    counts = Counter(codes)
    return [code if counts[code] == 1 else f"{code}#{place}" for place, code in enumerate(codes, start=1)]


def _numbers(raws: Sequence[Mapping[str, Any]], words: Sequence[OptionWords]) -> list[str]:
    """What is printed beside each option: the form's own prefixes or the numbers its labels begin with, when all are
    there and differ, else 1, 2, 3."""
    prefixes = [_prefix(raw) for raw in raws]
    if prefixes and all(prefixes) and len({prefix.lower() for prefix in prefixes}) == len(prefixes):
        return prefixes
    own = own_numbers([word.label for word in words])
    return own or [str(place) for place in range(1, len(raws) + 1)]


def _prefix(raw: Mapping[str, Any]) -> str:
    _, value = typed_value(raw)
    written = first_of(raw, "optionPrefix") or (first_of(value, "optionPrefix") if isinstance(value, Mapping) else None)
    plain = (
        str(written).strip().strip("().:-[] ")
        if isinstance(written, str | int) and not isinstance(written, bool)
        else ""
    )
    return plain if _PREFIX.fullmatch(plain) else ""


def _weight(raw: Mapping[str, Any]) -> int | float | None:
    _, value = typed_value(raw)
    for element in (raw, value):
        for name in _WEIGHTS:
            weight = first_of(element, name)
            if isinstance(weight, int | float) and not isinstance(weight, bool):
                return weight
    return None


def _digit(raw: Mapping[str, Any]) -> str | None:
    digit = first_of(raw, names.KEYPAD)
    text = str(digit) if isinstance(digit, str | int) and not isinstance(digit, bool) else ""
    return text if len(text) == 1 and text in "0123456789" else None


def _accepted(raw: Mapping[str, Any]) -> Words:
    for extension in all_of(raw, names.ACCEPTED_WORDS):
        return words_of(extension, typed_value(extension)[0])
    return NOTHING


def _recording(raw: Mapping[str, Any]) -> Words:
    _, value = typed_value(raw)
    found = media_words(raw, "itemAnswerMedia")
    return found if found is not NOTHING or not isinstance(value, Mapping) else media_words(value, "itemAnswerMedia")
