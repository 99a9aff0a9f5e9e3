"""Audit actions, objects and flags as people read them. English msgids."""

from __future__ import annotations

from app.reports.flags import FlagKind

ACTION_SENTENCES: dict[str, str] = {
    "viewed": "viewed",
    "found": "found in a search",
    "searched": "searched",
    "broke_glass": "opened without a ticket",
    "changed": "changed",
    "sent": "sent",
    "started": "started",
    "noted": "wrote a note",
    "called": "called",
    "closed": "closed",
    "merged": "merged",
    "transferred": "moved",
    "kept_apart": "kept apart",
    "took_apart": "took apart again",
    "asked_again": "asked about again",
    "broke_lease": "took from a colleague",
    "exported": "exported",
    "viewed_access_report": "read the access report",
    "signed_in": "signed in",
    "signed_out": "signed out",
    "confirmed": "confirmed with a passkey",
    "refused": "was refused",
    "invited": "invited",
    "disabled": "disabled",
    "changed_roles": "changed roles",
    "enrolled": "enrolled",
    "removed": "removed",
    "made": "made",
    "reviewed": "reviewed",
    "asked_recovery": "asked for recovery",
    "allowed_recovery": "allowed recovery",
}
OBJECT_SENTENCES: dict[str, str] = {
    "ticket": "ticket",
    "patient": "chart",
    "message": "message",
    "questionnaire": "form",
    "link": "link",
    "pathway": "pathway",
    "attachment": "file in an answer",
    "access_report": "access report",
    "staff_session": "session",
    "staff_account": "account",
    "passkey": "passkey",
    "recovery_codes": "recovery codes",
    "saved_reply": "saved reply",
    "route": "page",
    "report": "report",
}
FLAG_SENTENCES: dict[FlagKind, str] = {
    FlagKind.SAME_NAME: "same family name as the patient",
    FlagKind.MANY: "opened {count} charts within an hour",
    FlagKind.OFF_SHIFT: "outside desk hours",
    FlagKind.NO_TICKET: "opened without a ticket",
}
