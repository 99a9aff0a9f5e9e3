"""What can go wrong between us and a carrier, and what the caller must decide.

    ChannelError
    ├── Refused                the carrier said no and kept nothing; sending the same again fails the same -> give_up
    │   ├── AddressRefused       this address is of no use            -> stop_address
    │   │   └── Gone               a browser that withdrew               -> stop_address
    │   ├── CallRefused          no calls here; texts may still pass   -> stop_calls
    │   ├── OptedOut             the carrier holds an opt-out          -> opted_out
    │   ├── LandlineReached      no texts here, but it rings           -> landline_call
    │   ├── ContentRefused       too long, filtered, empty             -> fix_content
    │   └── AccountRefused       our sender or its permissions         -> fix_account
    │       └── AccountClosed      our name, token, account or balance: nobody's message leaves -> fix_account
    ├── TryLater               nothing was kept; the same may pass later -> try_later
    │   └── CarrierUnreachable   the request never left us               -> try_later, another carrier may serve
    ├── OutcomeUnknown         the request left, no answer came: settle with `find`, never resend blindly -> settle
    ├── PartlySent             some parts of a long text were accepted: send only the rest -> send_rest
    ├── UnknownRecipient       inbound, to a number that is no clinic's: 503, it stays with the carrier -> fix_account
    └── BadRequest             inbound
        ├── ForgedRequest        signature missing or wrong: 403
        └── UnreadableRequest    genuine, but its shape is wrong: 400

    CarrierSettingsError       a carrier's settings stop the start with one sentence

`sentence` is English, for a clerk, without the patient's words or number; translate it where it is shown.
"""

from __future__ import annotations

from enum import StrEnum


class Decision(StrEnum):
    """What the one who sends must do next."""

    STOP_ADDRESS = "stop_address"
    STOP_CALLS = "stop_calls"
    OPTED_OUT = "opted_out"
    LANDLINE_CALL = "landline_call"
    FIX_CONTENT = "fix_content"
    GIVE_UP = "give_up"
    FIX_ACCOUNT = "fix_account"
    TRY_LATER = "try_later"
    SETTLE = "settle"
    SEND_REST = "send_rest"
    REFUSE_REQUEST = "refuse_request"


class ChannelError(Exception):
    """Base of the family. `carrier_code` is the carrier's own code, kept as a string; `code` is ours and stable."""

    code = "channel_error"
    retryable = False
    decision = Decision.FIX_ACCOUNT
    default_sentence = "The carrier could not be used."

    def __init__(
        self,
        sentence: str | None = None,
        *,
        carrier_code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        self.sentence = sentence or self.default_sentence
        self.carrier_code = carrier_code
        self.retry_after_s = retry_after_s
        super().__init__(f"{self.code}: {self.sentence}" + (f" (carrier code {carrier_code})" if carrier_code else ""))


class Refused(ChannelError):
    code = "refused"
    decision = Decision.GIVE_UP
    default_sentence = "The carrier refused the message."


class AddressRefused(Refused):
    code = "address_refused"
    decision = Decision.STOP_ADDRESS
    default_sentence = "The carrier says this number cannot be reached by text."


class Gone(AddressRefused):
    code = "gone"
    default_sentence = "This browser has withdrawn, or is no more."


class CallRefused(Refused):
    code = "call_refused"
    decision = Decision.STOP_CALLS
    default_sentence = "The carrier says this number cannot be called."


class OptedOut(Refused):
    code = "opted_out"
    decision = Decision.OPTED_OUT
    default_sentence = "This number has opted out at the carrier. Only the patient can undo that, by texting START."


class LandlineReached(Refused):
    code = "landline"
    decision = Decision.LANDLINE_CALL
    default_sentence = "This number is a landline: it cannot receive texts, but it can be called."


class ContentRefused(Refused):
    code = "content_refused"
    decision = Decision.FIX_CONTENT
    default_sentence = "The carrier did not accept the wording of this message."


class AccountRefused(Refused):
    code = "account_refused"
    decision = Decision.FIX_ACCOUNT
    default_sentence = "The carrier refused our account or sender. Its settings need a look."


class AccountClosed(AccountRefused):
    code = "account_closed"


class TryLater(ChannelError):
    code = "try_later"
    retryable = True
    decision = Decision.TRY_LATER
    default_sentence = "The carrier is busy. The message will be tried again."


class CarrierUnreachable(TryLater):
    code = "carrier_unreachable"
    default_sentence = "The carrier could not be reached. The message will be tried again."


class OutcomeUnknown(ChannelError):
    """`part_ids` are the carrier's ids of the parts of a long text that it took before the last one, whose fate nobody
    knows."""

    part_ids: tuple[str, ...] = ()
    code = "outcome_unknown"
    decision = Decision.SETTLE
    default_sentence = "The carrier did not answer in time. Farline is finding out whether the message went."


class PartlySent(ChannelError):
    """`part_ids` are the carrier's ids of the parts it took; `cause` says why the next one did not pass."""

    code = "partly_sent"
    retryable = True
    decision = Decision.SEND_REST
    default_sentence = "Only the first part of this message was accepted. Farline will send the rest."

    def __init__(self, part_ids: tuple[str, ...], cause: ChannelError) -> None:
        super().__init__(carrier_code=cause.carrier_code, retry_after_s=cause.retry_after_s)
        self.part_ids = part_ids
        self.cause = cause


class UnknownRecipient(ChannelError):
    code = "unknown_recipient"
    retryable = True
    default_sentence = "A text came to a number that is no clinic's. The clinics' numbers need a look."


class BadRequest(ChannelError):
    code = "bad_request"
    decision = Decision.REFUSE_REQUEST
    default_sentence = "The request could not be read."


class ForgedRequest(BadRequest):
    code = "forged_request"
    default_sentence = "The request is not signed by the carrier."


class UnreadableRequest(BadRequest):
    code = "unreadable_request"


class CarrierSettingsError(Exception):
    """A carrier's settings are missing something or hold something unknown; its text is the one sentence shown."""
