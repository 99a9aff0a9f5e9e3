"""A GSM modem through smstools' spool folder: texts for a clinic without internet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from channels.errors import CarrierSettingsError
from channels.modem.carrier import ModemCarrier
from channels.modem.collector import ModemCollector
from channels.modem.reasons import explain
from channels.modem.spool import Spool
from channels.registry import BuiltCarrier, Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDERS: Final = ("outgoing", "checked", "failed", "incoming", "sent", "report")


def build(name: str, settings: Mapping[str, Any], surroundings: Surroundings) -> BuiltCarrier:
    """One modem. `spool`: the folder that holds smsd's folders; `number`: the SIM card's own number."""
    if unknown := settings.keys() - {"spool", "number"}:
        raise CarrierSettingsError(f"Carrier {name!r} has unknown settings: {', '.join(sorted(unknown))}.")
    if not settings.get("spool") or not settings.get("number"):
        raise CarrierSettingsError(f"Carrier {name!r} needs spool (a folder) and number (the SIM card's own).")
    folder = Path(str(settings["spool"]))
    if missing := [place for place in FOLDERS if not (folder / place).is_dir()]:
        raise CarrierSettingsError(f"Carrier {name!r} finds no folder {', '.join(missing)} in {folder}.")
    text = ModemCarrier(name, Spool(folder), str(settings["number"]), surroundings.clock)
    return BuiltCarrier(name, "modem", text, collector=ModemCollector(text), explain=explain)
