"""The town of the trips: one clinic, its application, the phones around it."""

from tests.trips.conftest import record_bed, town, wire

__all__ = ["record_bed", "town", "wire"]
