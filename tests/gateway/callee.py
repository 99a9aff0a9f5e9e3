"""Someone who takes the stand-in's calls: fetches the call's document, listens, presses keys, follows it to its end."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import urljoin

from tests.gateway.posting import Postman

LONGEST = 60  # documents in one call; a call that goes on for ever is a fault of ours


def take_call(postman: Postman, call: dict[str, Any], keys: list[str]) -> None:
    """Walk one call. `keys` holds one entry per gather; when they run out the callee hangs up."""
    presses, url, fields = list(keys), call["url"], {}
    _progress(postman, call, "ringing")
    _progress(postman, call, "in-progress")
    for _ in range(LONGEST):
        status, body = postman.now(url, {**_common(call, "in-progress"), **fields})
        call["heard"].append(body)
        step = _follow(body, presses, url) if status == 200 else None
        if step is None:
            break
        url, fields = step
    _progress(postman, call, "completed", CallDuration="12")


def _follow(document: str, presses: list[str], url: str) -> tuple[str, dict[str, str]] | None:
    """Where the call goes next, as the carrier reads the document's verbs; nothing when it ends here."""
    for verb in ET.fromstring(document):
        if verb.tag == "Gather":
            if not presses:
                return None
            pressed = presses.pop(0)
            if pressed:
                return urljoin(url, verb.get("action", url)), {
                    "Digits": pressed.removesuffix("#"),
                    "FinishedOnKey": "#",
                }
        elif verb.tag == "Record":
            fields = {"RecordingSid": "RE" + "0" * 32, "RecordingDuration": "4", "Digits": "#"}
            return urljoin(url, verb.get("action", url)), fields
        elif verb.tag == "Redirect":
            return urljoin(url, verb.text or ""), {}
        elif verb.tag == "Hangup":
            return None
    return None


def _progress(postman: Postman, call: dict[str, Any], status: str, **more: str) -> None:
    if call["callback"]:
        postman.now(call["callback"], {**_common(call, status), **more})


def _common(call: dict[str, Any], status: str) -> dict[str, str]:
    return {
        "AccountSid": call["account_sid"],
        "ApiVersion": "2010-04-01",
        "CallSid": call["sid"],
        "CallStatus": status,
        "Direction": "outbound-api",
        "From": call["from"],
        "To": call["to"],
    }
