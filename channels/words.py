"""What a kept code says to a clerk: our own codes of channels.errors, or the carrier's by its own table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.errors import ChannelError, Decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from channels.registry import BuiltCarrier


def explain(code: str, carrier: BuiltCarrier | None) -> str | None:
    """An English sentence (a msgid) for a code kept with an attempt, a receipt or a message; None when nobody knows."""
    return OUR_WORDS.get(code) or (carrier.explain(code) if carrier is not None else None)


def is_about_us(code: str, carrier: BuiltCarrier | None) -> bool:
    """Whether a code says that our own account, sender or balance is at fault, so that somebody must mend it."""
    decision = OUR_DECISIONS.get(code) or (carrier.decision_on(code) if carrier is not None else None)
    return decision is Decision.FIX_ACCOUNT


def _family(error: type[ChannelError]) -> Iterator[type[ChannelError]]:
    yield error
    for kind in error.__subclasses__():
        yield from _family(kind)


OUR_DECISIONS: Mapping[str, Decision] = {error.code: error.decision for error in _family(ChannelError)}
OUR_WORDS: Mapping[str, str] = {error.code: error.default_sentence for error in _family(ChannelError)}
