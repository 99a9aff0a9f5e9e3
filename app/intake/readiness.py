"""What publishing found out about a questionnaire: per language and channel, whether it can be asked and at what price."""

from __future__ import annotations

from typing import Any

from forms.questionnaire import Questionnaire


def readiness_of(questionnaire: Questionnaire) -> dict[str, Any]:
    """The report kept with the version."""
    return {"content_hash": questionnaire.content_hash, "languages": list(questionnaire.languages)}
