"""What publishing found out about a questionnaire: can it be asked, per language and channel, and at what cost."""

from __future__ import annotations

from typing import Any

from forms.questionnaire import Questionnaire


def readiness_of(questionnaire: Questionnaire) -> dict[str, Any]:
    """The report kept with the version."""
    return {"content_hash": questionnaire.content_hash, "languages": list(questionnaire.languages)}
