"""A phone's lock as the server meets it: a key for each passkey, a counter, real signatures (WebAuthn level 3)."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One phone. `verifies`: whoever holds it has unlocked it."""

    origin: str
    verifies: bool = True
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    counter: int = 0

    def create(self, options: dict[str, Any]) -> str:
        """The browser's answer to `options`, as JSON."""
        key, credential_id = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self.keys[text_of(credential_id)] = key
        numbers = key.public_key().public_numbers()
        public = encode_cbor(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )  # fmt: skip
        attested = bytes(16) + len(credential_id).to_bytes(2, "big") + credential_id + public
        data = self._data(options["rp"]["id"], ATTESTED) + attested
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        said = {"clientDataJSON": text_of(self._client("create", options)), "attestationObject": text_of(made)}
        return self._answer(text_of(credential_id), {**said, "transports": ["internal"]})

    def get(self, options: dict[str, Any]) -> str | None:
        """Signed by a passkey of this phone that `options` allow; None when it has none of them."""
        allowed = [each["id"] for each in options["allowCredentials"]]
        credential_id = next((each for each in allowed if each in self.keys), None)
        return None if credential_id is None else self.sign(credential_id, options)

    def sign(self, credential_id: str, options: dict[str, Any]) -> str:
        """Signed by this very passkey, allowed or not."""
        data, client = self._data(options["rpId"]), self._client("get", options)
        signature = self.keys[credential_id].sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        said = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer(credential_id, {name: text_of(raw) for name, raw in said.items()})

    def _data(self, rp_id: str, also: int = 0) -> bytes:
        self.counter += 1
        flags = PRESENT | also | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, what: str, options: dict[str, Any]) -> bytes:
        said = {"type": f"webauthn.{what}", "challenge": options["challenge"], "origin": self.origin}
        return json.dumps({**said, "crossOrigin": False}).encode()

    def _answer(self, credential_id: str, response: dict[str, Any]) -> str:
        said = {"id": credential_id, "rawId": credential_id, "type": "public-key", "clientExtensionResults": {}}
        return json.dumps({**said, "response": response})
