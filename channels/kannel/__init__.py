"""Kannel: texts through a gateway that runs beside Farline and owns the link or the modem."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from channels.errors import CarrierSettingsError
from channels.http import HttpSender
from channels.kannel.carrier import KannelCarrier, decision_on, explain
from channels.registry import BuiltCarrier, Surroundings
from channels.webhook import CarrierUrls

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_URL: Final = "http://127.0.0.1:13013/cgi-bin/sendsms"
DEFAULT_TIMEOUT_S: Final = 10.0
DEFAULT_MAX_PARTS: Final = 10
NEEDED: Final = ("username", "password", "secret", "sender")
KNOWN: Final = frozenset({*NEEDED, "send_url", "smsc", "callback_url", "timeout_s", "max_parts"})
URL_SAFE: Final = re.compile(r"[A-Za-z0-9_-]{16,}")


def build(name: str, settings: Mapping[str, Any], surroundings: Surroundings) -> BuiltCarrier:
    """One gateway. `callback_url` replaces the public address when the gateway reaches us by another way."""
    _check(name, settings)
    return BuiltCarrier(
        name,
        "kannel",
        KannelCarrier(
            name=name,
            send_url=str(settings.get("send_url", DEFAULT_URL)),
            username=str(settings["username"]),
            password=str(settings["password"]),
            secret=str(settings["secret"]),
            sender=str(settings["sender"]),
            smsc=settings.get("smsc"),
            max_parts=int(settings.get("max_parts", DEFAULT_MAX_PARTS)),
            urls=CarrierUrls.of(str(settings.get("callback_url") or surroundings.public_url), name),
            http=HttpSender(float(settings.get("timeout_s", DEFAULT_TIMEOUT_S))),
            clock=surroundings.clock,
        ),
        explain=explain,
        decision_on=decision_on,
    )


def _check(name: str, settings: Mapping[str, Any]) -> None:
    if unknown := settings.keys() - KNOWN:
        raise CarrierSettingsError(f"Carrier {name!r} has unknown settings: {', '.join(sorted(unknown))}.")
    if missing := [needed for needed in NEEDED if not settings.get(needed)]:
        raise CarrierSettingsError(f"Carrier {name!r} needs {', '.join(missing)}.")
    max_parts = settings.get("max_parts", DEFAULT_MAX_PARTS)
    if isinstance(max_parts, bool) or not isinstance(max_parts, int) or not 1 <= max_parts <= 255:
        raise CarrierSettingsError(
            f"Carrier {name!r} needs max_parts from 1 to 255: its user's max-messages in Kannel."
        )
    if not URL_SAFE.fullmatch(str(settings["secret"])):
        raise CarrierSettingsError(f"Carrier {name!r} needs a secret of 16 or more letters, digits, - and _.")
