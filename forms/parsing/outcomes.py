"""The three ends of a reading, built in one place so that their parts always agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from forms.parsing.spec import Outcome, OutcomeKind, Reason, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

V = TypeVar("V", bound=Value)
_MOST = 4  # candidates a question back may hold; more are no question but a form of their own


def kept(value: Value, read_back: str) -> Outcome:
    return Outcome(OutcomeKind.VALUE, value=value, read_back=read_back)


def ask(candidates: Iterable[V], say: Callable[[V], str], reason: Reason = Reason.AMBIGUOUS) -> Outcome:
    """A question back with the plausible values; without any, or with too many, there is nothing to ask about."""
    distinct: list[V] = []
    distinct.extend(value for value in candidates if value not in distinct)
    if not distinct or len(distinct) > _MOST:
        return none(reason)
    texts = tuple(say(value) for value in distinct)
    return Outcome(OutcomeKind.ASK, candidates=tuple(distinct), candidate_texts=texts, reason=reason)


def none(reason: Reason = Reason.NOT_UNDERSTOOD, read_back: str | None = None) -> Outcome:
    return Outcome(OutcomeKind.NONE, read_back=read_back, reason=reason)


def settle(candidates: Iterable[V], say: Callable[[V], str], *, sure: bool) -> Outcome:
    """The one candidate when there is only one and nothing speaks against it; otherwise the question back."""
    distinct = list(candidates)
    if sure and len(distinct) == 1:
        return kept(distinct[0], say(distinct[0]))
    return ask(distinct, say)
