"""Publishing a pathway: an immutable version, from which everything planned afterwards follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.models import Clinic
from app.pathways.built_in import BUILT_IN
from app.pathways.definition import read_definition
from app.pathways.models import Pathway
from app.pathways.store import current_pathway


def publish_pathway(
    session: Session, clinic: Clinic, definition: Mapping[str, Any], *, name: str, now: datetime
) -> Pathway:
    """Publish as the current version of `name`; the same definition again gives the version there is.

    Raises DefinitionWrong with one sentence. Enrolments begun before stay on their version.
    """
    checked = read_definition(definition)
    before = current_pathway(session, clinic.id, name)
    if before is not None and before.definition == dict(definition):
        return before
    if before is not None:
        before.is_current = False
    version = Pathway(
        clinic_id=clinic.id,
        name=name,
        version=before.version + 1 if before is not None else 1,
        anchor=checked.anchor,
        definition=dict(definition),
        published_at=now,
    )
    session.add(version)
    session.flush()
    return version


def publish_built_in(session: Session, clinic: Clinic, *, now: datetime) -> list[Pathway]:
    """The pathways that ship, for this clinic; those it has published under the same names stay as they are."""
    return [
        current_pathway(session, clinic.id, name) or publish_pathway(session, clinic, definition, name=name, now=now)
        for name, definition in BUILT_IN.items()
    ]
