"""Closed sets and pure decisions about patients and the ways to reach them."""

from __future__ import annotations

from enum import StrEnum


class PatientStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"
    DECEASED = "deceased"
    MERGED = "merged"


class ContactState(StrEnum):
    """`usable` may be tried; `unusable` is no number; `suspended` awaits a person (wrong number, carrier's refusal)."""

    USABLE = "usable"
    UNUSABLE = "unusable"
    SUSPENDED = "suspended"


class ConsentStatus(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


def may_be_contacted(status: PatientStatus) -> bool:
    """Nothing goes to patients who died, were merged into another chart, or are no longer the clinic's."""
    return status is PatientStatus.ACTIVE
