"""A text as the parts an SMPP link carries: GSM-7 septets or UCS-2, with the header that joins them on the phone.

Source: 3GPP TS 23.038 6.2.1 (alphabet and extension table, in code order), 3GPP TS 23.040 9.2.3.24.1 (concatenation).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from channels.sms.segments import Encoding, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

ALPHABET: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|"}
EXTENSION_WITH_EURO: Final = EXTENSION | {0x65: "€"}
ESCAPE: Final = 0x1B
GSM_7: Final = 0x00  # data_coding
UCS_2: Final = 0x08
CHARSETS: Final = {0x01: "latin-1", 0x03: "latin-1", 0x06: "iso8859-5", 0x07: "iso8859-8", UCS_2: "utf-16-be"}
SMPPS_OWN: Final = 0x10  # data codings below are SMPP's, the others those of TS 23.038
UDH: Final = 0x40  # esm_class: the text begins with a header
MOST_PARTS: Final = 255

_SEPTETS: Final = {letter: bytes([code]) for code, letter in enumerate(ALPHABET) if code != ESCAPE} | {
    letter: bytes([ESCAPE, code]) for code, letter in EXTENSION_WITH_EURO.items()
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part as sent: `content` with its header if there is one."""

    content: bytes
    data_coding: int
    esm_class: int


@dataclass(frozen=True, slots=True)
class Heard:
    """One part as received. `total` is 1 for a text that came whole."""

    text: str
    reference: int = 0
    number: int = 1
    total: int = 1


def is_binary(data_coding: int) -> bool:
    """Octets for a machine, such as settings sent to a phone: no text. Source: SMPP v3.4 5.2.19, TS 23.038 clause 4."""
    return data_coding in (0x02, 0x04) or (data_coding >= SMPPS_OWN and _alphabet(data_coding) == 1)


def split(text: str, *, reference: int) -> list[Part]:
    """The parts of `text`, no letter cut in two. The same text and reference give the same parts again."""
    if measure(text).encoding is Encoding.GSM_7:
        data_coding, alone, joined = GSM_7, 160, 153
        letters = [_SEPTETS[letter] for letter in text]
    else:
        data_coding, alone, joined = UCS_2, 140, 134
        letters = [letter.encode("utf-16-be", "surrogatepass") for letter in text]
    if sum(map(len, letters)) <= alone:
        return [Part(b"".join(letters), data_coding, 0)]
    pieces = _packed(letters, joined)
    headers = [bytes([5, 0, 3, reference & 0xFF, len(pieces), number]) for number in range(1, len(pieces) + 1)]
    return [Part(header + piece, data_coding, UDH) for header, piece in zip(headers, pieces, strict=True)]


def reference_of(to: str, text: str) -> int:
    """The same reference whenever this text goes to this phone, so that a resumed send completes the first."""
    return zlib.crc32(f"{to}\n{text}".encode("utf-8", "surrogatepass")) & 0xFF


def read(content: bytes, *, data_coding: int, esm_class: int, place: tuple[int, int, int] = (0, 1, 1)) -> Heard:
    """What a received part says. Octets that make no sense become the replacement character.

    `place` is the reference, number and total that stand beside the text, for carriers that put no header into it.
    """
    reference, number, total = place if 1 <= place[1] <= place[2] else (0, 1, 1)
    if esm_class & UDH and content and content[0] < len(content):
        header, content = content[1 : 1 + content[0]], content[1 + content[0] :]
        if found := _concatenation(header):
            reference, total, number = found
    return Heard(_decode(content, data_coding), reference, number, total)


def _packed(letters: Sequence[bytes], joined: int) -> list[bytes]:
    pieces = [b""]
    for letter in letters:
        if len(pieces[-1]) + len(letter) > joined:
            pieces.append(b"")
        pieces[-1] += letter
    return pieces


def _concatenation(header: bytes) -> tuple[int, int, int] | None:
    """Reference, total and number in a user data header: element 00 (one octet of reference) or 08 (two)."""
    while len(header) >= 2:
        element, length = header[0], header[1]
        data, header = header[2 : 2 + length], header[2 + length :]
        if element == 0x00 and len(data) == 3:
            return _sensible(data[0], data[1], data[2])
        if element == 0x08 and len(data) == 4:
            return _sensible(data[0] << 8 | data[1], data[2], data[3])
    return None


def _sensible(reference: int, total: int, number: int) -> tuple[int, int, int] | None:
    return (reference, total, number) if 1 <= number <= total else None


def _decode(content: bytes, data_coding: int) -> str:
    is_ucs_2 = data_coding >= SMPPS_OWN and _alphabet(data_coding) == 2
    charset = CHARSETS.get(UCS_2 if is_ucs_2 else data_coding)
    return content.decode(charset, "replace") if charset else _from_septets(content)


def _alphabet(data_coding: int) -> int:
    """0: the default one, 1: octets, 2: UCS-2, by the coding group in the upper four bits (TS 23.038 clause 4)."""
    if data_coding < 0x80:
        return data_coding >> 2 & 3
    if data_coding >> 4 == 0xE:
        return 2
    return data_coding >> 2 & 1 if data_coding >> 4 == 0xF else 0


def _from_septets(content: bytes) -> str:
    text, escaped = [], False
    for code in content:
        if code == ESCAPE and not escaped:
            escaped = True
            continue
        table = EXTENSION_WITH_EURO if escaped else None
        text.append(table.get(code, " ") if table else ALPHABET[code] if code < 0x80 else "\ufffd")
        escaped = False
    return "".join(text)
