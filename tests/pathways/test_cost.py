"""Finding due steps costs what is due, not what is stored: the index over pending steps serves the claim."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text

from app.pathways.store import claim_due, next_due


@pytest.mark.parametrize(
    "look",
    [lambda session, now: claim_due(session, now, 20), lambda session, _now: next_due(session)],
    ids=["claim", "next"],
)
def test_pending_steps_are_found_by_their_index(database, clock, look):
    plan = how_it_is_found(database, lambda session: look(session, clock.now()))
    assert "ix_due_step_due" in plan, plan


def how_it_is_found(database, look) -> str:
    """The database's own plan for the last statement of `look`, as it is really sent."""
    sent = []
    event.listen(database.engine, "before_cursor_execute", lambda *said: sent.append((said[2], said[3])))
    with database.write() as session:
        look(session)
        statement, parameters = sent[-1]
        if not database.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))  # an empty table is read whole otherwise
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        rows = session.connection().exec_driver_sql(f"{explain} {statement}", parameters).all()
    return "\n".join(str(row) for row in rows)
