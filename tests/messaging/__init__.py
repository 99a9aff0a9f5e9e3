"""Messaging: every message out and in, on both databases."""
