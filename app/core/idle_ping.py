"""A pooled connection that lay idle is tried before it is given out: the server may have been restarted meanwhile.

SQLAlchemy's own `pool_pre_ping` asks before every transaction, one round trip more for each text that comes in. A
connection that worked a moment ago is not asked.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError

IDLE_S = 0.25  # no server stops and starts faster


def ping_when_idle(engine: Engine) -> None:
    """Have the pool replace connections that were cut while they lay idle for `IDLE_S` or longer."""
    dialect = engine.dialect

    def note(_connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    def ping(connection: Any, record: Any, _proxy: Any) -> None:
        used_at = record.info.get("used_at")
        if used_at is None or time.monotonic() - used_at < IDLE_S:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool makes a new one

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ping)
