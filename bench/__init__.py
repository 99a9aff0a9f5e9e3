"""Measurements, each against a budget or a named yardstick run side by side. `make bench` writes RESULTS.md."""
