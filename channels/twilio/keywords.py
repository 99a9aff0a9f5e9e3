"""The words by which Twilio itself closes, opens and explains a line, where the account has not chosen its own.

Source: twilio.com/docs/messaging/tutorials/advanced-opt-out: English words only. French ones are ours to act upon and
to answer; what other carriers act upon is in `channels.sms.keywords`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from channels.sms.keywords import carrier_word

if TYPE_CHECKING:
    from channels.sms.keywords import ConsentWord

DEFAULT_WORDS: Final = frozenset(
    "stop stopall unsubscribe cancel end quit revoke optout start yes unstop help info".split()
)


def answered_word(text: str) -> ConsentWord | None:
    """What Twilio has done and said by itself on this text: only for one of its words and nothing else."""
    return carrier_word(text) if text.strip().casefold() in DEFAULT_WORDS else None
