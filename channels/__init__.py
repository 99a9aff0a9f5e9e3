"""Carriers' words in, our words out. Imports no Flask, no SQLAlchemy and nothing of `app`."""
