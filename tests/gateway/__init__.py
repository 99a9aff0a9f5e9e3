"""Gateways for tests: a counting stand-in for a carrier's HTTP API, and the real Kannel with its fake SMSC."""
