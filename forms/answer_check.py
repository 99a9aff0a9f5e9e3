"""What can be wrong with one answer of a response beyond what the engine keeps out: files, references, addresses,
units, and limits no answer can meet (while asking these are ignored; a response that breaks them is still told).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from forms.bounds import stated_limits
from forms.extensions import all_of, first_of, value_of
from forms.items import Kind
from forms.measures import converted
from forms.values import check_one

if TYPE_CHECKING:
    from forms.effects import Why
    from forms.item_reader import ReadItem

Flaw = tuple[str, str]  # code, sentence

_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OID: Final = re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+")
_REFERENCE: Final = re.compile(
    r"#[^\s]*|urn:[a-z]+:\S+|(?:[a-z][a-z0-9+.-]*://\S+/)?([A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64}(?:/_history/\S+)?"
)
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+")


def answer_flaw(item: ReadItem, written: Any) -> Flaw | None:
    """What is wrong with a value[x] of the right type; None when nothing is."""
    check = _CHECKS.get(item.plan.kind)
    return check(item, written) if check is not None else None


def broken_limit(item: ReadItem, value: Any) -> tuple[Why, str] | None:
    """The limit a value misses, of those that contradict each other."""
    stated = stated_limits(item.raw, item.plan.kind)
    return check_one(replace(item.plan, **stated), value) if stated else None


def _attachment(item: ReadItem, written: Any) -> Flaw | None:
    if not isinstance(written, Mapping):
        return None
    data, stated, kind = written.get("data"), written.get("size"), written.get("contentType")
    size = len(data) * 3 // 4 - data[-2:].count("=") if isinstance(data, str) else stated
    if isinstance(data, str) and isinstance(stated, int) and stated != size:
        return "wrong-size", f"The file is said to have {stated} bytes and has {size}."
    most = first_of(item.raw, "maxSize")
    if isinstance(most, int | float) and isinstance(size, int) and size > most:
        return "too-large-file", f"The file has {size} bytes, more than {most:g}."
    kinds = [value for extension in all_of(item.raw, "mimeType") if isinstance(value := value_of(extension), str)]
    if kinds and isinstance(kind, str) and kind not in kinds:
        return "wrong-file-type", f"The file is {kind:.60}, not {', '.join(kinds):.200}."
    return None


def _reference(item: ReadItem, written: Any) -> Flaw | None:
    reference = written.get("reference") if isinstance(written, Mapping) else None
    if not isinstance(reference, str):
        return None
    match = _REFERENCE.fullmatch(reference)
    if match is None and not _ADDRESS.fullmatch(reference):
        return "wrong-reference", "The reference is no address of a resource."
    allowed = {value_of(extension) for extension in all_of(item.raw, "referenceResource")}
    kind = match.group(1) if match else None
    if kind and allowed and kind not in allowed:
        return "wrong-reference", f"The reference is to a {kind}, not to a {' or '.join(sorted(map(str, allowed)))}."
    return None


def _address(_item: ReadItem, written: Any) -> Flaw | None:
    text = written if isinstance(written, str) else ""
    is_bad = re.search(r"[\s\\<>\"]", text) is not None
    for start, shape in (("urn:uuid:", _UUID), ("urn:oid:", _OID)):
        is_bad = is_bad or (text.startswith(start) and not shape.fullmatch(text))
    return ("wrong-address", "The answer is no address (URI).") if is_bad else None


# --- quantities -------------------------------------------------------------------------------------------------------


def _quantity(item: ReadItem, written: Any) -> Flaw | None:
    if not isinstance(written, Mapping):
        return None
    offered = [
        coding for extension in all_of(item.raw, "unitOption") if isinstance(coding := value_of(extension), Mapping)
    ]
    is_open = first_of(item.raw, "unitOpen") is not None
    if offered and not is_open and _names(written) and not any(_names(written) & _names(one) for one in offered):
        return "wrong-unit", "The answer is in a unit the question does not offer."
    for side, sign, code, word in (("min", 1, "too-small", "below"), ("max", -1, "too-large-value", "above")):
        limit = _limit(item, side)
        flaw = _against(written, limit, sign, code=code, word=word) if limit is not None else None
        if flaw is not None:
            return flaw
    return None


def _limit(item: ReadItem, side: str) -> Mapping[str, Any] | None:
    found = (first_of(item.raw, f"{side}{name}") for name in ("Quantity", "Value"))
    return next((limit for limit in found if isinstance(limit, Mapping)), None)


def _against(given: Mapping[str, Any], limit: Mapping[str, Any], sign: int, *, code: str, word: str) -> Flaw | None:
    """A quantity held against a limit in its own unit, or converted to it."""
    number, bound = given.get("value"), limit.get("value")
    if not isinstance(number, int | float) or not isinstance(bound, int | float):
        return None
    if _names(given) and _names(limit) and not _names(given) & _names(limit):
        there = converted(number, _code(given), _code(limit))
        if there is None:
            return "wrong-unit", f"The answer's unit cannot be compared with the limit's, {_code(limit):.40}."
        number = there
    if (bound - number) * sign > 0:
        return code, f"The answer is {word} {bound} {limit.get('unit') or _code(limit)}."
    return None


def _names(coded: Mapping[str, Any]) -> set[str]:
    return {str(coded[name]).casefold() for name in ("code", "unit", "display") if coded.get(name)}


def _code(coded: Mapping[str, Any]) -> str:
    return str(coded.get("code") or coded.get("unit") or "")


_CHECKS: Final = {
    Kind.ATTACHMENT: _attachment,
    Kind.REFERENCE: _reference,
    Kind.URL: _address,
    Kind.QUANTITY: _quantity,
}
