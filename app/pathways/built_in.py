"""The pathways that ship: appointment reminder, form before a visit, symptom check-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REMINDER = "appointment-reminder"
INTAKE = "pre-visit-intake"
CHECK_IN = "symptom-check-in"

BUILT_IN: Mapping[str, Mapping[str, Any]] = {
    REMINDER: {
        "title": "Appointment reminder",
        "anchor": "appointment_start",
        "steps": [
            {
                "key": "three_days",
                "action": "remind",
                "offset": {"days": -3},
                "not_after": {"days": -1},
                "ladder_until": {"minutes": -240},
                "ladder": [
                    {"kind": "sms", "answer_within_minutes": 24 * 60},
                    {"kind": "other_sender", "answer_within_minutes": 4 * 60},
                    {"kind": "voice", "answer_within_minutes": 4 * 60},
                    {"kind": "ticket"},
                ],
            },
            {
                "key": "two_hours",
                "action": "recall",
                "offset": {"minutes": -120},
                "not_after": {"minutes": -30},
                "ladder": [{"kind": "sms"}, {"kind": "other_sender"}, {"kind": "voice"}],
            },
        ],
    },
    INTAKE: {
        "title": "Form before the visit",
        "anchor": "enrolled",
        "steps": [
            {
                "key": "form",
                "action": "ask",
                "questionnaire": "intake",
                "offset": {"minutes": 0},
                "not_after": {"days": 1},
                "ladder_until": {"days": 4},
                "ladder": [
                    {"kind": "sms", "answer_within_minutes": 48 * 60},
                    {"kind": "other_sender", "answer_within_minutes": 24 * 60},
                    {"kind": "voice", "answer_within_minutes": 24 * 60},
                    {"kind": "ticket"},
                ],
            }
        ],
    },
    CHECK_IN: {
        "title": "Symptom check-in",
        "anchor": "enrolled",
        "steps": [
            {
                "key": key,
                "action": "ask",
                "questionnaire": "symptom-check-in",
                "offset": {"days": day, "at": "10:00"},
                "not_after": {"days": day, "at": "18:00"},
                "ladder_until": {"days": day, "at": "19:00"},
                "ladder": [
                    {"kind": "sms", "answer_within_minutes": 3 * 60},
                    {"kind": "other_sender", "answer_within_minutes": 60},
                    {"kind": "voice", "answer_within_minutes": 2 * 60},
                    {"kind": "ticket"},
                ],
            }
            for key, day in (("first_day", 1), ("third_day", 3), ("seventh_day", 7))
        ],
    },
}
