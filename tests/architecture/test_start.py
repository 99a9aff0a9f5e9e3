"""A server that starts loads what its first answers need. What only some clinics or pages use waits until asked for.

Each name below costs a start megabytes and a noticeable part of a second, measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

LATER = (
    "alembic",  # only where there is something to migrate
    "requests",  # only with a connected record
    "holidays",  # only for a clinic that keeps them
    "webauthn",  # only when a member of staff signs in
    "app.demo",  # only in a demo
    "openpyxl", "twilio", "aiohttp", "smpplib", "psycopg", "redis", "rq", "fhirpathpy",
)  # fmt: skip
WHAT_IS_LOADED = """
import json, sys
import app.cli.serve
from app.core.schema_version import bring_up_to_date
from app.factory import create_app
from app.jobs.tick import tick
from app.wiring import open_house

house = open_house()
bring_up_to_date(house.ground.database)
client = create_app(house).test_client()
assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
assert not tick(house.ground).failed
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_server_loads_nothing_heavy_before_it_is_used(database_url, tmp_path):
    started = subprocess.run(
        [sys.executable, "-c", WHAT_IS_LOADED],
        env={**os.environ, "FARLINE_HOME": str(tmp_path), "FARLINE_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert started.returncode == 0, started.stderr
    loaded = json.loads(started.stdout)
    assert [name for name in LATER if name in loaded] == []
