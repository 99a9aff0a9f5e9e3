"""What publishing found out about a questionnaire: can it be asked, per language and channel, and at what cost."""

from __future__ import annotations

from typing import Any

from app.core.locale import catalogue_for, translator
from channels.sms.segments import fold, measure
from forms.questionnaire import Questionnaire
from forms.readiness import can_publish, readiness


def readiness_of(questionnaire: Questionnaire) -> dict[str, Any]:
    """The report kept with the version. `voices` says which language speaks where prompts are not recorded."""
    report = readiness(questionnaire, translators=translator, measure=lambda text: measure(fold(text)))
    return {
        "content_hash": questionnaire.content_hash,
        "languages": list(questionnaire.languages),
        "is_askable": can_publish(report),
        "channels": {
            tag: {channel: ready.to_json() for channel, ready in channels.items()} for tag, channels in report.items()
        },
        "voices": {tag: catalogue_for(tag) for tag in questionnaire.languages},
    }
