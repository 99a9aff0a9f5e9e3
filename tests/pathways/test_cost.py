"""Finding due steps costs what is due, not what is stored: the index over pending steps serves the claim."""

from __future__ import annotations

import pytest

from app.pathways.store import claim_due, next_due
from tests.beds.plans import how_it_is_found


@pytest.mark.parametrize(
    "look",
    [lambda session, now: claim_due(session, now, 20), lambda session, _now: next_due(session)],
    ids=["claim", "next"],
)
def test_pending_steps_are_found_by_their_index(database, clock, look):
    plan = how_it_is_found(database, lambda session: look(session, clock.now()))[-1]
    assert "ix_due_step_due" in plan, plan
