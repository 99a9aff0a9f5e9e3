"""One item of the form as a plan item in its own words, with the translations beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from forms import names
from forms.bounds import read_bounds
from forms.extensions import all_of, codes_of, extensions_of, first_of, parts_of, typed_value
from forms.items import CHOICES, NUMBERS, Channel, Kind, PlanItem, PlanUnit
from forms.languages import NOTHING, Words, plain_text, words_of
from forms.media import media_words
from forms.option_reader import OptionWords, read_options
from forms.values import initial_value

if TYPE_CHECKING:
    from forms.patterns import PatternRoom
    from forms.problems import Findings
    from forms.shapes import RawItem
    from forms.valuesets import ValueSets

_CHANNELS: Final = frozenset(channel.value for channel in Channel)
_USES: Final = {"not-allowed": "defer", "staff-only": "staff"}
_MOST_UNITS: Final = 20
_HELP: Final = frozenset({"help", "flyover"})
_DEEPEST_LOOK: Final = 20


@dataclass(frozen=True, slots=True)
class ItemWords:
    """What of an item differs between languages."""

    text: Words = NOTHING
    short: Words = NOTHING
    help: Words = NOTHING
    example: Words = NOTHING
    options: tuple[OptionWords, ...] = ()
    units: tuple[Words, ...] = ()
    tells: tuple[Words, ...] = ()  # of each rule
    messages: tuple[Words, ...] = ()  # of each constraint
    recording: Words = NOTHING


@dataclass(frozen=True, slots=True)
class ReadItem:
    """A plan item in the form's base language, its words in all languages, and where it came from."""

    plan: PlanItem
    words: ItemWords
    raw: Mapping[str, Any]
    option_raws: tuple[Mapping[str, Any], ...] = ()
    unexpanded: str | None = None  # a value set that lives elsewhere


def read_item(item: RawItem, value_sets: ValueSets, findings: Findings, *, patterns: PatternRoom) -> ReadItem:
    """Everything about an item but its conditions and expressions."""
    raw = item.raw
    options = read_options(item, value_sets, findings) if item.kind in CHOICES else None
    named = _named_units(raw, item.kind, value_sets)
    units = tuple(unit for unit, _ in named)
    words = _words(item, options.words if options else (), findings)
    if any(label.translations for _, label in named):
        words = replace(words, units=tuple(label for _, label in named))
    plan = PlanItem(
        key=item.key,
        link_id=item.link_id,
        kind=item.kind,
        text=words.text.base,
        under=item.under,
        prefix=plain_text(raw["prefix"]) if isinstance(raw.get("prefix"), str) else "",
        short=words.short.base,
        help=words.help.base,
        hidden=first_of(raw, "hidden") is True,
        read_only=_flag(item, "readOnly", findings) or _is_score(item),
        options=options.options if options else (),
        units=units,
        example=words.example.base,
        channels=_channels(raw),
        sensitive=any(e.get("url") == names.SENSITIVITY for e in extensions_of(raw)),
        tense=_tense(raw),
        recording=words.recording.base or None,
        record_s=_record_seconds(raw),
        sms_name=str(first_of(raw, names.SMS_FIELD) or ""),
        **_repetition(item, findings),
        **read_bounds(item, units, patterns, findings),
    )
    initial = _initial(plan, raw, options.raws if options else (), findings)
    return ReadItem(
        replace(plan, initial=initial) if initial else plan,
        words,
        raw,
        options.raws if options else (),
        options.unexpanded if options else None,
    )


def _words(item: RawItem, options: tuple[OptionWords, ...], findings: Findings) -> ItemWords:
    raw = item.raw
    text = words_of(raw, "text")
    if not text.base and item.kind != Kind.GROUP:
        text = replace(text, base=_stand_in(item))
        findings.warn(
            "no-text",
            item.link_id,
            message="The item has no text" + (f"; {text.base!r:.60} is asked instead." if text.base else "."),
            fix="Give the item the words a patient should read.",
        )
    return ItemWords(
        text=text,
        short=_extension_words(raw, "shortText"),
        help=_help_words(raw),
        example=_extension_words(raw, "entryFormat"),
        options=options,
        recording=media_words(raw, "itemMedia"),
    )


def _stand_in(item: RawItem) -> str:
    """What is asked when the item has no text: the display of its first code, else its number or its linkId."""
    codes = item.raw.get("code")
    rows = codes if isinstance(codes, list) else [codes]
    found = (row["display"] for row in rows if isinstance(row, Mapping) and isinstance(row.get("display"), str))
    display = plain_text(next(found, ""))
    if display or item.kind is Kind.DISPLAY:
        return display
    prefix = item.raw.get("prefix")
    return plain_text(prefix if isinstance(prefix, str) else "") or plain_text(item.link_id)


def _extension_words(raw: Mapping[str, Any], name: str) -> Words:
    for extension in all_of(raw, name):
        member, _ = typed_value(extension)
        return words_of(extension, member)
    return NOTHING


def _help_words(raw: Mapping[str, Any]) -> Words:
    """The text of a child that is the item's help."""
    children = raw.get("item")
    for child in children if isinstance(children, list) else []:
        if isinstance(child, Mapping) and child.get("type") in ("display", "text", "string") and is_help(child):
            return words_of(child, "text")
    return NOTHING


def is_help(raw: Mapping[str, Any]) -> bool:
    return bool(codes_of(first_of(raw, "itemControl")) & _HELP)


def _flag(item: RawItem, name: str, findings: Findings) -> bool:
    value = item.raw.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    findings.warn(
        "not-a-boolean",
        item.link_id,
        message=f"{name} is {value!r:.30}, not true or false.",
        fix=f"Write {name} as true or false.",
    )
    return str(value).lower() == "true"


def _is_score(item: RawItem) -> bool:
    """A total the form computes elsewhere: its unit is UCUM's {score} and it takes a number."""
    unit = first_of(item.raw, "unit")
    named = {str(unit.get("code")), str(unit.get("display"))} if isinstance(unit, Mapping) else set()
    return item.kind in NUMBERS and "{score}" in named and "total" in str(item.raw.get("text", "")).lower()


def _repetition(item: RawItem, findings: Findings) -> dict[str, Any]:
    """Whether it must be answered, and how often it occurs: several options at once, or a loop."""
    least, most = _count(item.raw, "minOccurs"), _count(item.raw, "maxOccurs")
    if most is not None and most < max(least or 0, 1):
        findings.warn(
            "impossible-bounds",
            item.link_id,
            message=f"At least {least or 0} but at most {most} occurrences; both are ignored.",
            fix="Correct minOccurs or maxOccurs.",
        )
        least = most = None
    required = _flag(item, "required", findings) or bool(least)
    if not _repeats(item, findings):
        return {"required": required}
    if item.kind in CHOICES and not asks_of_each(item.raw):
        return {"required": required, "many": True, "min_occurs": least or 0, "max_occurs": most}
    return {"required": required, "loop": True, "min_occurs": least or int(required), "max_occurs": most}


def asks_of_each(raw: Mapping[str, Any]) -> bool:
    """Whether questions stand under the item that every one of its answers needs answered: "Since when?".

    Their answers nest inside the answer they belong to (FHIR R4, QuestionnaireResponse.item.answer.item), so options
    are then taken one at a time. A question for one option only ("Other: which?") is asked once.
    """
    stack = [(child, 1) for child in _children(raw)]
    while stack:
        child, depth = stack.pop()
        kind = child.get("type")
        passive = kind == "display" or first_of(child, "hidden") is True or child.get("readOnly") is True
        if passive or is_help(child) or all_of(child, "calculatedExpression") or _is_for_one(child, raw.get("linkId")):
            continue
        if kind != "group":
            return True
        stack += [(each, depth + 1) for each in _children(child)] if depth < _DEEPEST_LOOK else []
    return False


def _children(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    children = raw.get("item")
    return [child for child in children if isinstance(child, Mapping)] if isinstance(children, list) else []


def _is_for_one(child: Mapping[str, Any], link_id: object) -> bool:
    """Whether its condition names one of the answers above it; an expression is taken to do so."""
    rows = child.get("enableWhen")
    named = isinstance(rows, list) and any(
        isinstance(row, Mapping) and row.get("question") == link_id and row.get("operator", "=") == "=" for row in rows
    )
    return named or bool(all_of(child, "enableWhenExpression"))


def _repeats(item: RawItem, findings: Findings) -> bool:
    controls = codes_of(first_of(item.raw, "itemControl"))
    boxes = item.kind in CHOICES and "repeats" not in item.raw and bool(controls & {"check-box", "checkbox"})
    return item.kind is not Kind.DISPLAY and (boxes or _flag(item, "repeats", findings))


def _count(raw: Mapping[str, Any], name: str) -> int | None:
    value = first_of(raw, name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _named_units(raw: Mapping[str, Any], kind: Kind, value_sets: ValueSets) -> tuple[tuple[PlanUnit, Words], ...]:
    """The units of a number, each once, with their names in all languages."""
    if kind not in NUMBERS:
        return ()
    found = [extension.get("valueCoding") for extension in [*all_of(raw, "unitOption"), *all_of(raw, "unit")]]
    found += value_sets.units_of(raw)[:_MOST_UNITS]
    units = [(unit_of(coding), words_of(coding, "display")) for coding in found if isinstance(coding, Mapping)]
    unique = {unit.code: (unit, label) for unit, label in units if unit.code and unit.code != "{score}"}
    initial = _initial_unit(raw) if kind is Kind.QUANTITY else ()
    return tuple(unique.values()) or tuple((unit, NOTHING) for unit in initial)


def unit_of(coding: Mapping[str, Any]) -> PlanUnit:
    code, label = coding.get("code"), coding.get("display") or coding.get("unit")
    code = code if isinstance(code, str) else label
    return PlanUnit(str(code or ""), plain_text(str(label or code or "")))


def _initial_unit(raw: Mapping[str, Any]) -> tuple[PlanUnit, ...]:
    """The unit of a quantity's initial value, when the form names its unit nowhere else."""
    initial = raw.get("initial")
    for row in initial if isinstance(initial, list) else [raw]:
        quantity = row.get("valueQuantity") or row.get("initialQuantity") if isinstance(row, Mapping) else None
        if isinstance(quantity, Mapping) and (quantity.get("unit") or quantity.get("code")):
            return (unit_of({"code": quantity.get("code"), "display": quantity.get("unit")}),)
    return ()


def _channels(raw: Mapping[str, Any]) -> dict[str, str]:
    """Our channel extension: where the item is asked (the default), deferred to the page, or left to staff."""
    found = {}
    for extension in extensions_of(raw):
        if extension.get("url") == names.CHANNEL:
            uses = {
                channel: _USES.get(str(use)) for channel, use in parts_of(extension).items() if channel in _CHANNELS
            }
            found.update({channel: use for channel, use in uses.items() if use})
    return found


def _tense(raw: Mapping[str, Any]) -> str:
    value = first_of(raw, names.TENSE)
    return value if isinstance(value, str) and value in {"past", "future"} else "any"


def _record_seconds(raw: Mapping[str, Any]) -> int:
    for extension in extensions_of(raw):
        if extension.get("url") == names.RECORDING:
            seconds = parts_of(extension).get("seconds")
            return seconds if isinstance(seconds, int) and 0 < seconds <= 600 else 0
    return 0


def _initial(
    plan: PlanItem, raw: Mapping[str, Any], options: Sequence[Mapping[str, Any]], findings: Findings
) -> tuple[Any, ...]:
    """Initial values: R4's list, STU3's initial[x], or the options marked as selected."""
    rows = raw.get("initial")
    written = [typed_value(row)[1] for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    written += [value for name, value in raw.items() if name.startswith("initial") and len(name) > 7]
    values = [initial_value(plan, value, options) for value in written]
    if any(value is None for value in values):
        findings.warn(
            "initial",
            plan.link_id,
            message="An initial value does not fit the item and is left out.",
            fix="Give an initial value of the item's own type and among its options.",
        )
    found = [value for value in values if value is not None]
    selected = [option.value for option in plan.options if option.selected]
    return tuple(found or selected)
