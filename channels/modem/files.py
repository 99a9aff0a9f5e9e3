"""Message files as smstools writes and reads them: header lines, an empty line, the text.

Source: smstools 3.1.21 doc/fileformat.html. Samples as smsd wrote them (values invented):

    From: 13065550177                            To: 13065550155
    From_TOA: 91 international, ISDN/telephone   Alphabet: UTF-8
    Sent: 26-11-23 15:09:00                      Report: yes
    Received: 26-11-23 15:09:04                  Sent: 26-11-23 15:10:19
    Subject: GSM1                                Message_id: 3
    Alphabet: UCS2                               (text)
    Length: 3
    (text, here in big-endian UTF-16)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from channels.sms.segments import Encoding, measure

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class MessageFile:
    headers: Mapping[str, str]
    body: bytes
    has_body: bool = True  # False: its headers are not all written yet

    @property
    def text(self) -> str:
        """The words, by the file's own `Alphabet`; only its first three letters count."""
        alphabet = self.headers.get("Alphabet", "ISO")[:3].upper()
        if alphabet in ("UCS", "CHI", "UNI"):
            return self.body.decode("utf-16-be", "replace")
        return self.body.decode("utf-8" if alphabet == "UTF" else "iso-8859-15", "replace")

    @property
    def is_whole(self) -> bool:
        """Whether all of a text is there: smsd writes into the folder that we read. It counts units of UTF-16."""
        stated = self.headers.get("Length", "")
        length = len(self.text.encode("utf-16-be", "surrogatepass")) // 2
        return self.has_body and (not stated.isdecimal() or length >= int(stated))


def read_file(content: bytes) -> MessageFile:
    head, end, body = content.partition(b"\n\n")
    lines = [line.partition(": ") for line in head.decode("utf-8", "replace").splitlines()]
    return MessageFile({name: value.strip() for name, _, value in lines}, body, bool(end))


def write_file(headers: Mapping[str, str], text: str) -> bytes:
    """A file for smsd, in the alphabet we choose: left to itself it turns ê into e."""
    in_gsm = measure(text).encoding is Encoding.GSM_7
    chosen = {**headers, "Alphabet": "UTF-8" if in_gsm else "UCS2"}
    head = "".join(f"{name}: {value}\n" for name, value in chosen.items())
    return head.encode() + b"\n" + text.encode("utf-8" if in_gsm else "utf-16-be", "replace")
