"""Finds times of day in a text: what they may be, and what is left when they are taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = 3600
DAY = 24 * HOUR


class Half(Enum):
    """Which half of the day the words around a time speak of."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"
    AM = "am"
    PM = "pm"


@dataclass(frozen=True, slots=True)
class Clock:
    """One time: seconds after midnight that it may be (none when it cannot be), and whether a sign made it a time.

    A bare "15" may be fifteen of anything; "15h", "at 15" and "3 pm" are times.
    """

    seconds: tuple[int, ...]
    signed: bool
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """The times, what is left of the text, and whether a half of the day was named."""

    clocks: tuple[Clock, ...]
    rest: str
    half: bool = False


_TAIL = r"(?: et (?P<plus{0}>demie?|quart)\b| moins (?:le |un )?(?P<minus{0}>quart|\d{{1,2}})\b)?"
_NAMED = (
    rf"(?:12 )?(?:(?P<noon>noon|midday|midi)|(?P<midnight>midnight|minuit))\b(?: (?P<nm>[0-5]\d)\b)?{_TAIL.format(1)}"
)
_PAST = (
    r"(?P<part>half|quarter|5|10|15|20|25|\d{1,2}(?= ?min(?:utes?)?\b))(?: ?min(?:utes?)?)? "
    r"(?P<way>past|after|to|before|till) "
    r"(?P<ph>\d{1,2}|noon|midnight)\b"
)
_HOURS = (
    r"(?P<h>\d{1,2}) ?(?::|h(?![a-z])\.?|hrs?\b|heures?\b)(?: ?(?P<m>\d{1,2}))?(?:(?<=\d):(?P<s>\d{2}))?"
    r"(?: ?(?:min|mn|minutes?)\b)?"
    rf"(?!\d){_TAIL.format(2)}"
)
_OCLOCK = r"(?P<oh>\d{1,2}) ?o ?clock\b"
_COMPACT = r"(?P<c>\d{3,4})(?: ?h(?:rs|ours)?\b)?"
_SPACED = r"(?P<sh>\d{1,2})[ .](?P<sm>[0-5]\d)"
_BARE = r"(?P<b>\d{1,2})"
_FREE = r"(?<![\d/.,:$%-])(?:{0})(?![\d/:%]|[.,-]\d)"
_CLOCK = re.compile("|".join((_NAMED, _PAST, _HOURS, _OCLOCK, *(_FREE.format(p) for p in (_SPACED, _COMPACT, _BARE)))))
_HALVES = (
    (Half.AFTERNOON, r"in the afternoon|this afternoon|afternoon|de l ?apres midi|cet apres midi|l?apres midi"),
    (Half.EVENING, r"in the evening|this evening|evening|du soir|ce soir|le soir|en soiree|soir|tonight"),
    (Half.NIGHT, r"at night|in the night|(?<=tomorrow )night|(?<=day )night|la nuit|de la nuit|cette nuit"),
    (Half.MORNING, r"in the morning|this morning|morning|du matin|ce matin|le matin|du mat|matin"),
    (Half.AM, r"am"),
    (Half.PM, r"pm"),
)
_ALSO_A_DAY = ("this ", "tonight", "ce ", "cet ", "cette ")  # these stay in the text: they say which day as well
_HALF = re.compile("|".join(rf"(?<![a-z])(?P<{half.value}>{words})(?![a-z])" for half, words in _HALVES))
_MERIDIEM = re.compile(r"(?<![a-z])([ap])\.? ?m(?![a-z])\.?|(?<=\d)([ap])\b")  # "3 p.m.", "8p"
_AT = re.compile(r"(?:\bat|(?<!\by )\ba|@|\bvers|\baround|\babout|\bpour) ?$")


def find_clocks(text: str, *, french: bool, strict: bool = False) -> Found:
    """Every time in a text whose number words are figures already.

    `strict` leaves bare figures alone, for a text in which they may belong to a date.
    """
    plain = _MERIDIEM.sub(r"\1\2m", text)
    halves = [(found.start(), found.end(), Half(str(found.lastgroup))) for found in _HALF.finditer(plain)]
    clocks: list[Clock] = []
    spans = [(start, end) for start, end, _ in halves if not plain.startswith(_ALSO_A_DAY, start)]
    for found in _CLOCK.finditer(_HALF.sub(lambda half: "~" * len(half.group()), plain)):
        half = _half_for(found, halves)
        at = _AT.search(plain[: found.start()]) is not None
        if strict and not at and _is_bare(found) and not _followed(found, halves):
            continue
        clocks.append(_clock(found, half, at=at, french=french))
        spans.append(found.span())
    return Found(tuple(clocks), _without(plain, spans), half=bool(halves))


def _is_bare(found: re.Match[str]) -> bool:
    return any(found.group(name) for name in ("c", "sh", "b"))


def _followed(found: re.Match[str], halves: list[tuple[int, int, Half]]) -> bool:
    return any(0 <= start - found.end() <= 1 for start, _, _ in halves)


def _half_for(found: re.Match[str], halves: list[tuple[int, int, Half]]) -> Half | None:
    """The half of the day right behind a time, or the only one the text names."""
    for start, _, half in halves:
        if 0 <= start - found.end() <= 1:
            return half
    return halves[0][2] if len(halves) == 1 else None


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return " ".join(text.split())


def _clock(found: re.Match[str], half: Half | None, *, at: bool, french: bool) -> Clock:
    part = found.groupdict()
    if part["noon"] or part["midnight"]:
        base = 12 * HOUR if part["noon"] else 0
        return Clock(tuple(_shifted([base + 60 * int(part["nm"] or 0)], part["plus1"], part["minus1"])), signed=True)
    if part["way"]:  # "5 to 7" may be five minutes to seven, or from five to seven
        is_range = part["way"] in ("to", "till") and str(part["part"]).isdigit() and "min" not in found.group()
        return Clock(tuple(_past(part, half, french=french)), signed=True, sure=not is_range)
    if part["c"]:
        hour, minute = divmod(int(part["c"]), 100)
        zero = part["c"].startswith("0")
        return _timed(hour, minute, half, zero=zero, signed=at or zero or hour > 12 or half is not None, french=french)
    if part["sh"]:
        zero, dotted = part["sh"].startswith("0"), "." in found.group() and int(part["sh"]) > 12
        signed = at or dotted or half is not None
        return _timed(int(part["sh"]), int(part["sm"]), half, zero=zero, signed=signed, french=french)
    hour_text = part["h"] or part["oh"] or part["b"]
    signed = bool(part["h"] or part["oh"]) or at or half is not None
    zero = len(hour_text) == 2 and hour_text[0] == "0"
    minute, second = int(part["m"] or 0), int(part["s"] or 0)
    plain = _timed(int(hour_text), minute, half, zero=zero, signed=signed, french=french)
    seconds = _shifted([moment + second for moment in plain.seconds], part["plus2"], part["minus2"])
    cut = part["m"] is not None and len(part["m"]) == 1 and f" {part['m']}" not in found.group()  # "15h3"
    return Clock(tuple(seconds) if second < 60 else (), signed, plain.sure and not cut)


def _shifted(moments: list[int], plus: str | None, minus: str | None) -> Iterator[int]:
    """ "et demie", "et quart", "moins dix"."""
    shift = {"quart": 15}.get(plus, 30) if plus else 0
    if minus:
        shift = -15 if minus == "quart" else -int(minus)
    return ((moment + 60 * shift) % DAY for moment in moments)


def _past(part: dict[str, str | None], half: Half | None, *, french: bool) -> list[int]:
    """ "Half past three", "ten to four"."""
    minutes = {"half": 30, "quarter": 15}.get(str(part["part"])) or int(str(part["part"]))
    shift = minutes if part["way"] in ("past", "after") else -minutes
    hour = {"noon": 12, "midnight": 0}.get(str(part["ph"]))
    if hour is not None:
        return [(hour * HOUR + 60 * shift) % DAY]
    whole = _timed(int(str(part["ph"])), 0, half, zero=False, signed=True, french=french)
    return [(moment + 60 * shift) % DAY for moment in whole.seconds] if minutes < 60 else []


def _timed(hour: int, minute: int, half: Half | None, *, zero: bool, signed: bool, french: bool) -> Clock:
    """The readings of an hour and a minute: both halves of the day unless something tells which."""
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return Clock((), signed)
    if hour == 24:
        return Clock((0,), signed, sure=False)
    hours = _hours_in(hour, half) if half else _hours_alone(hour, zero=zero, french=french)
    return Clock(tuple(each * HOUR + minute * 60 for each in hours), signed, sure=hour not in _ODD.get(half, ()))


# Hours that those words hardly go with: "3 in the evening", "11 in the afternoon", "12 at night".
_ODD: dict[Half | None, tuple[int, ...]] = {
    Half.MORNING: (12,),
    Half.NIGHT: (12,),
    Half.EVENING: (12, 1, 2, 3),
    Half.AFTERNOON: (8, 9, 10, 11),
}


def _hours_alone(hour: int, *, zero: bool, french: bool) -> tuple[int, ...]:
    if zero or hour == 0 or hour > 12 or (hour == 12 and french):
        return (hour,)
    return (12, 0) if hour == 12 else (hour, hour + 12)


def _hours_in(hour: int, half: Half) -> tuple[int, ...]:
    """The hour in that half of the day; none when the two contradict each other ("15:30 am")."""
    if hour > 12 or hour == 0:
        early = half in (Half.AM, Half.MORNING)
        return (hour,) if (hour < 12) == early or half is Half.NIGHT else ()
    if half in (Half.AM, Half.MORNING):
        return (hour % 12,)
    if half is Half.NIGHT:
        return _at_night(hour)
    return (0 if half is Half.EVENING else 12,) if hour == 12 else (hour + 12,)


def _at_night(hour: int) -> tuple[int, ...]:
    if hour == 12:
        return (0,)
    return (hour,) if hour < 5 else (hour + 12,) if hour > 7 else (hour, hour + 12)
