"""Reads an answer the way a person gives it: a value, a question back, or not understood. Never a guess."""

from __future__ import annotations

from datetime import date

from forms.parsing import say
from forms.parsing.booleans import read_boolean
from forms.parsing.choices import read_choice
from forms.parsing.dates import read_date, read_moment
from forms.parsing.days import Calendar
from forms.parsing.fold import fold
from forms.parsing.numbers import read_number
from forms.parsing.outcomes import none
from forms.parsing.pressures import read_pressure
from forms.parsing.quantities import read_measured, read_quantity
from forms.parsing.signatures import without_signature
from forms.parsing.spec import (
    AnswerSpec,
    AnswerType,
    Choice,
    Order,
    Outcome,
    OutcomeKind,
    Reason,
    Tense,
    Unit,
    Value,
)
from forms.parsing.times import read_time

__all__ = [
    "AnswerSpec",
    "AnswerType",
    "Choice",
    "Order",
    "Outcome",
    "OutcomeKind",
    "Reason",
    "Tense",
    "Unit",
    "Value",
    "read",
]

_SIGNED_LENGTH = 1_500  # characters; more is a letter, whatever stands under it
# Days far from any life are no reference for "tomorrow"; staying inside keeps calendar arithmetic from running over.
_FIRST, _LAST = date(1900, 1, 1), date(2140, 12, 31)


def read(
    spec: AnswerSpec,
    text: str,
    *,
    locale: str,
    today: date,
    order: Order | None = None,
    tense: Tense = "any",
) -> Outcome:
    """What `text` says in answer to `spec`. Never raises; `forms.parsing.spec` says what the values are."""
    folded = fold(without_signature(text) if len(text) <= _SIGNED_LENGTH else text)
    if not folded:
        return none()
    match spec.type:
        case AnswerType.BOOLEAN:
            return read_boolean(folded, locale=locale)
        case AnswerType.INTEGER | AnswerType.DECIMAL:
            return (read_measured if spec.units else read_number)(spec, folded, locale=locale)
        case AnswerType.QUANTITY:
            return read_quantity(spec, folded, locale=locale)
        case AnswerType.TIME:
            return read_time(spec, folded, locale=locale)
        case AnswerType.CHOICE:
            return read_choice(spec, folded, locale=locale)
        case AnswerType.BLOOD_PRESSURE:
            return read_pressure(folded, locale=locale)
    calendar = Calendar(say.language(locale), min(max(today, _FIRST), _LAST), order, tense)
    reader = read_date if spec.type is AnswerType.DATE else read_moment
    return reader(spec, folded, calendar=calendar)
