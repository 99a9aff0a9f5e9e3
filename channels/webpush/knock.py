"""One knock, signed with the server's own key (VAPID)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from channels.errors import Gone, Refused, TryLater
from channels.http import HttpSender, retry_after_s

if TYPE_CHECKING:
    from py_vapid import Vapid02

TIMEOUT_S: Final = 10.0
SIGNED_FOR_S: Final = 12 * 3600  # RFC 8292: at most a day
TOPIC: Final = "waits"
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186-5)


@dataclass(frozen=True)
class Knocker:
    """Who knocks: the key is made from `seed` (48 secret bytes); services may complain to `subject` (https)."""

    seed: bytes = field(repr=False)
    subject: str
    sender: HttpSender = field(default_factory=lambda: HttpSender(TIMEOUT_S), repr=False)

    @cached_property
    def _vapid(self) -> Vapid02:
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - few servers ever knock
        from py_vapid import Vapid02  # noqa: PLC0415

        number = int.from_bytes(self.seed, "big") % (_ORDER - 1) + 1
        return Vapid02(private_key=ec.derive_private_key(number, ec.SECP256R1()))

    @property
    def public_key(self) -> str:
        """As browsers want it: the uncompressed point in base64url."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415
        from py_vapid import b64urlencode  # noqa: PLC0415

        point = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return str(b64urlencode(point))

    def signed(self, endpoint: str, unix_now: int) -> dict[str, Any]:
        """The header that proves to this endpoint's service who knocks."""
        parts = urlsplit(endpoint)
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": unix_now + SIGNED_FOR_S, "sub": self.subject}
        headers: dict[str, Any] = self._vapid.sign(claims)
        return headers


def knock(knocker: Knocker, endpoint: str, *, unix_now: int, ttl_s: int) -> None:
    """Raises Gone, Refused, TryLater, or OutcomeUnknown when no answer came; knocking again is then harmless."""
    headers = {**knocker.signed(endpoint, unix_now), "TTL": str(ttl_s), "Topic": TOPIC, "Content-Length": "0"}
    answer = knocker.sender.request("POST", endpoint, headers=headers)
    if answer.ok:
        return
    code = str(answer.status_code)
    if answer.status_code in (404, 410):
        raise Gone(carrier_code=code)
    if answer.status_code == 429 or answer.status_code >= 500:
        raise TryLater(carrier_code=code, retry_after_s=retry_after_s(answer))
    raise Refused(carrier_code=code)
