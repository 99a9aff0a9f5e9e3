"""States of responses and answers."""

from __future__ import annotations

from enum import StrEnum


class ResponseStatus(StrEnum):
    """FHIR R4 QuestionnaireResponse statuses, with `stopped` for one that was ended unfinished."""

    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    AMENDED = "amended"
    STOPPED = "stopped"


class AnswerState(StrEnum):
    """`current` counts; `superseded` lost to a newer one; `set_aside` is no longer asked; all are kept."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    SET_ASIDE = "set_aside"
