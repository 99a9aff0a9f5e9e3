"""What roles are called on screen."""

from __future__ import annotations

from collections.abc import Mapping

from app.staff.rules import Role

ROLE_SENTENCES: Mapping[Role, str] = {
    Role.AGENT: "agent",
    Role.COORDINATOR: "coordinator",
    Role.CLINICIAN: "clinician",
    Role.ADMINISTRATOR: "administrator",
    Role.AUDITOR: "auditor",
}
LEVEL_SENTENCES: Mapping[str, str] = {"read": "reads it", "converse": "converses in it"}
SKILL_SENTENCES: Mapping[str, str] = {
    "clinical": "clinical (red flags and clinical queues; always needed there)",
    "scheduling": "scheduling",
    "technical": "technical help",
}
TOLD_SENTENCES: Mapping[str, str] = {
    "saved": "Saved.",
    "session_ended": "That session is over.",
    "passkey_added": "The passkey is added. Make recovery codes too, in case it is lost.",
    "passkey_removed": "The passkey is removed.",
}
