"""What a server says it can do (CapabilityStatement), kept small; decides the best way to file each thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.records.fhir.reading import objects, words

USED = ("Patient", "Appointment", "AppointmentResponse", "QuestionnaireResponse", "DocumentReference")


def read_capabilities(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Version, software, and for each resource we use its interactions and search parameters; JSON to be stored."""
    resources = [
        each for rest in objects(statement.get("rest")) for each in objects(rest.get("resource"))
        if each.get("type") in USED
    ]  # fmt: skip
    return {
        "fhir": words(statement.get("fhirVersion")),
        "software": words(next(iter(objects(statement.get("software"))), {}).get("name")),
        "resources": {
            each["type"]: {
                "interactions": sorted(_codes(each.get("interaction"), "code")),
                "search": sorted(_codes(each.get("searchParam"), "name")),
                "update_create": each.get("updateCreate") is True,
            }
            for each in resources
        },
    }


def speaks_r4(capabilities: Mapping[str, Any]) -> bool:
    """R4 and its technical corrections; R4B differs in nothing we send."""
    return str(capabilities.get("fhir", "")).startswith(("4.0", "4.3"))


def is_declared(capabilities: Mapping[str, Any], kind: str, interaction: str) -> bool:
    return interaction in capabilities.get("resources", {}).get(kind, {}).get("interactions", [])


def way_of_reply(capabilities: Mapping[str, Any]) -> str | None:
    """The most honest resource the server takes a patient's yes or no in, or None."""
    if is_declared(capabilities, "AppointmentResponse", "update"):
        return "AppointmentResponse"
    return "Appointment" if is_declared(capabilities, "Appointment", "update") else None


def _codes(listed: Any, key: str) -> Iterable[str]:
    return (each[key] for each in objects(listed) if isinstance(each.get(key), str))
