"""SMPP: texts over a carrier account's own link, without a gateway in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from channels.address import Address, normalise
from channels.errors import CarrierSettingsError
from channels.registry import BuiltCarrier, Surroundings
from channels.smpp.carrier import SmppCarrier
from channels.smpp.collector import SmppCollector
from channels.smpp.errors import decision_on, explain
from channels.smpp.link import Link
from channels.smpp.session import LinkSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED: Final = ("host", "system_id", "password", "sender")
NUMBERS: Final = ("port", "window", "per_second", "timeout_s", "enquire_s")
KNOWN: Final = frozenset({*NEEDED, *NUMBERS, "system_type", "tls", "bind", "receipt_ids"})
BINDS: Final = ("transceiver", "pair")
RECEIPT_IDS: Final = ("same", "decimal")


def build(name: str, settings: Mapping[str, Any], surroundings: Surroundings) -> BuiltCarrier:
    """One account. `bind = "pair"` uses a transmitter and a receiver for carriers that want them apart."""
    _check(name, settings)
    sending, receiving = _links(settings)
    in_decimal = settings.get("receipt_ids") == "decimal"
    text = SmppCarrier(name, sending, str(settings["sender"]), surroundings.clock, in_decimal)
    return BuiltCarrier(
        name, "smpp", text, collector=SmppCollector(text, receiving), explain=explain, decision_on=decision_on
    )


def _links(settings: Mapping[str, Any]) -> tuple[Link, Link]:
    given = {key: settings[key] for key in (*NUMBERS, "system_type", "tls") if key in settings}
    given |= {"host": settings["host"], "system_id": settings["system_id"], "password": settings["password"]}
    given.setdefault("port", 2775)
    if settings.get("bind") == "pair":
        return Link(LinkSettings(**given, mode="transmitter")), Link(LinkSettings(**given, mode="receiver"))
    link = Link(LinkSettings(**given))
    return link, link


def _check(name: str, settings: Mapping[str, Any]) -> None:
    if unknown := settings.keys() - KNOWN:
        raise CarrierSettingsError(f"Carrier {name!r} has unknown settings: {', '.join(sorted(unknown))}.")
    if missing := [needed for needed in NEEDED if not settings.get(needed)]:
        raise CarrierSettingsError(f"Carrier {name!r} needs {', '.join(missing)}.")
    if not isinstance(normalise(str(settings["sender"])), Address):
        raise CarrierSettingsError(
            f"Carrier {name!r} needs a sender that is a phone number such as +13435550100, a short code of five or six "
            "digits, or a name of up to eleven letters and digits."
        )
    for number in NUMBERS:
        value = settings.get(number, 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise CarrierSettingsError(f"Carrier {name!r} needs {number} above 0.")
    for choice, known in (("bind", BINDS), ("receipt_ids", RECEIPT_IDS)):
        if settings.get(choice, known[0]) not in known:
            raise CarrierSettingsError(f"Carrier {name!r} needs {choice} to be one of {', '.join(known)}.")
