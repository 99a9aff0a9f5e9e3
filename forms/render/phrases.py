"""The sentences every channel shares: what would be an answer, what was wrong with one, what a value is in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from forms.effects import HandOff, HandOffReason, NotUnderstood, Said, Why
from forms.items import CHOICES, NUMBERS, Kind
from forms.parsing import say

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.plan_model import Plan

Translate = Callable[[str], str]


def value_text(item: PlanItem, value: Any, translate: Translate, *, locale: str) -> str:
    """An answer in words: labels for choices, unit after the number."""
    if isinstance(value, list | tuple):
        return ", ".join(value_text(item, one, translate, locale=locale) for one in value)
    if isinstance(value, bool):
        return translate("Yes") if value else translate("No")
    if isinstance(value, dict):
        return _compound_text(item, value, translate)
    if item.kind in CHOICES:
        return next((option.label for option in item.options if option.value == value), str(value))
    if item.kind in _SAYERS and isinstance(value, str):
        return _SAYERS[item.kind](value, locale)
    text = _number_text(value, translate) if isinstance(value, int | float) else str(value)
    return f"{text} {item.units[0].label}" if item.units and item.kind in NUMBERS else text


_SAYERS: Final = {Kind.DATE: say.day, Kind.TIME: say.time_of_day, Kind.DATETIME: say.moment}


def _compound_text(item: PlanItem, value: dict[str, Any], translate: Translate) -> str:
    if "recording" in value:
        return translate("recorded words")
    if "value" in value:
        unit = next((u.label for u in item.units if u.code == value.get("unit")), value.get("unit") or "")
        return f"{_number_text(value['value'], translate)} {unit}".strip()
    return str(value.get("text") or value.get("display") or value.get("title") or value.get("code") or "")


def _number_text(number: float, translate: Translate) -> str:
    """A number with the language's decimal mark."""
    mark = translate("37.5")[2]
    return str(number).replace(".", mark, 1)


def example_for(item: PlanItem, translate: Translate) -> str:
    """An answer someone might give: the form's own example, else one that fits the limits."""
    if item.example:
        return item.example
    if item.kind in NUMBERS:
        return _example_number(item, translate)
    return {
        Kind.DATE: translate("March 7 1980"),
        Kind.TIME: "15:30",
        Kind.DATETIME: translate("March 7, 15:30"),
    }.get(item.kind, "")


def _example_number(item: PlanItem, translate: Translate) -> str:
    low, high = item.minimum, item.maximum
    if isinstance(low, int | float) and isinstance(high, int | float):
        middle = (low + high) / 2
        return _number_text(int(middle) if int(middle) >= low else middle, translate)
    if isinstance(low, int | float):
        return _number_text(low, translate)
    if isinstance(high, int | float):
        return _number_text(high, translate)
    return "12" if item.kind is Kind.INTEGER else translate("37.5")


def rule_for(item: PlanItem, translate: Translate) -> str:
    """What to reply, in one sentence."""
    if item.example and item.kind is not Kind.BOOLEAN and not item.options:
        return translate("Reply like this: {example}.").format(example=item.example)
    if item.kind is Kind.BOOLEAN:
        return translate("Reply 1 for yes or 2 for no.")
    if item.kind in CHOICES and item.options:
        if item.many:
            numbers = " ".join(option.number for option in item.options[:2])
            return translate("Reply with all the numbers that apply, like {example}.").format(example=numbers)
        return translate("Reply with one number, like {example}.").format(example=item.options[0].number)
    if item.kind in NUMBERS:
        unit = "".join(f" {unit.label}" for unit in item.units[:1])
        return translate("Reply with a number, like {example}.").format(example=example_for(item, translate) + unit)
    if item.kind in {Kind.DATE, Kind.DATETIME}:
        return translate("Reply with a date, like {example}.").format(example=example_for(item, translate))
    if item.kind is Kind.TIME:
        return translate("Reply with a time, like {example}.").format(example=example_for(item, translate))
    return translate("Reply in your own words.")


def wrong(plan: Plan, effect: NotUnderstood, translate: Translate) -> str:
    """What was wrong with a reply, without blame, and what would be right."""
    item = plan.item_at(effect.path)
    if effect.message:
        return effect.message
    if effect.why is Why.SILENCE:
        return translate("We did not get an answer.")
    if item is None:
        return translate("We could not read that.")
    if effect.why in {Why.TOO_SMALL, Why.TOO_LARGE} and not effect.limit and item.tense != "any":
        return _wrong_side(item, translate)
    said = _WRONG_SENTENCES.get(effect.why)
    if said is not None and (effect.limit or "{limit}" not in said):
        return translate(said).format(limit=effect.limit)
    if effect.why is Why.REQUIRED:
        return translate("We need an answer to this question.")
    return translate("We could not read that.")


def _wrong_side(item: PlanItem, translate: Translate) -> str:
    if item.tense == "future":
        return translate("That date is already past. We need a date that is still to come.")
    return translate("That date is still to come. We need a date in the past.")


_WRONG_SENTENCES: Final = {
    Why.TOO_SMALL: "The smallest answer possible is {limit}.",
    Why.TOO_LARGE: "The largest answer possible is {limit}.",
    Why.TOO_LONG: "Please use at most {limit} characters.",
    Why.TOO_SHORT: "Please use at least {limit} characters.",
    Why.TOO_MANY: "Those answers do not go together.",
    Why.NOT_AN_OPTION: "That is not one of the answers.",
    Why.WRONG_PATTERN: "That is not written the way we expected.",
}  # fmt: skip


def hand_off_text(effect: HandOff, translate: Translate) -> str:
    if effect.reason is HandOffReason.ASKED:
        return translate("A person from the clinic will contact you. Your answers so far are kept.")
    return translate("We could not read your replies. A person from the clinic will help you.")


def said_text(effect: Said, translate: Translate) -> str:
    """The fixed remarks; empty for those that need no words."""
    value = effect.values[0] if effect.values else ""
    if effect.key == "nothing_before":
        return translate("This is the first question.")
    if effect.key == "no_such_question":
        return translate("There is no question {number}.").format(number=value)
    if effect.key == "not_here":
        return translate("That question cannot be answered here.")
    if effect.key == "answers_kept":
        return translate("{count} answers kept.").format(count=value) if value != "1" else translate("1 answer kept.")
    return ""
