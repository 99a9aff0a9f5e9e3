"""What a person can be refused, and the only map from errors to HTTP.

Refusal
├── ShapeWrong      what was sent cannot be read
├── SignInNeeded    nobody is signed in, or the session ended
├── FreshSignInNeeded  signed in, but too long ago for this
├── NotAllowed      the role does not allow it, or the request did not come from our own page
├── NotFound        no such thing, or not this clinic's
├── Conflict        somebody else changed it first
├── Ended           a link or form that is over
├── TooLarge        more than we take
├── TooMany         too many tries
└── Busy            try again in a moment
"""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """`sentence` is an English msgid, translated where it is shown; `values` fill it after translation."""

    code = "refused"
    retryable = False
    sentence = "We could not do that."

    def __init__(self, sentence: str | None = None, **values: object) -> None:
        super().__init__(self.code)
        self.sentence = sentence or self.sentence
        self.values = values


class ShapeWrong(Refusal):
    code = "shape_wrong"
    sentence = "We could not read what was sent. Please go back and try again."


class SignInNeeded(Refusal):
    code = "sign_in_needed"
    sentence = "Please sign in."


class FreshSignInNeeded(Refusal):
    code = "fresh_sign_in_needed"
    sentence = "Please confirm that it is you."


class NotAllowed(Refusal):
    code = "not_allowed"
    sentence = "Your role does not allow this. Ask an administrator of your clinic if you need it."


class NotFound(Refusal):
    code = "not_found"
    sentence = "There is no such page."


class Conflict(Refusal):
    code = "conflict"
    sentence = "Somebody else changed this first. Look again before you go on."


class Ended(Refusal):
    code = "ended"
    sentence = "This link is no longer valid."


class TooLarge(Refusal):
    code = "too_large"
    sentence = "This is more than we can take at once."


class TooMany(Refusal):
    code = "too_many"
    retryable = True
    sentence = "Too many tries. Please wait a few minutes."


class Busy(Refusal):
    code = "busy"
    retryable = True
    sentence = "We are busy just now. Please try again in a moment."


HTTP_STATUS: Mapping[type[Refusal], int] = {
    ShapeWrong: 400,
    SignInNeeded: 401,
    FreshSignInNeeded: 403,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    Ended: 410,
    TooLarge: 413,
    TooMany: 429,
    Busy: 503,
}
_BY_STATUS: Mapping[int, type[Refusal]] = {
    400: ShapeWrong,
    403: NotAllowed,
    404: NotFound,
    405: NotFound,
    409: Conflict,
    410: Ended,
    413: TooLarge,
    415: ShapeWrong,
    429: TooMany,
    503: Busy,
}


def status_of(refusal: Refusal) -> int:
    return next((HTTP_STATUS[kind] for kind in type(refusal).__mro__ if kind in HTTP_STATUS), 400)


def refusal_for(status: int) -> Refusal:
    """Our words for an error the web framework found by itself."""
    return _BY_STATUS.get(status, ShapeWrong if status < 500 else Busy)()
