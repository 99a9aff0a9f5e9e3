"""The desk: where people work tickets. A quiet list and one thread."""

from app.web.desk import (
    acts,
    answer_file,
    audit,
    duplicates,
    messages,
    more_acts,
    numbers,
    patients,
    replies,
    reports,
    sending,
    settings,
    settings_costs,
    settings_danger,
    settings_queue,
    ticket,
    tickets,
)
from app.web.desk.blueprint import blueprint

__all__ = [
    "acts",
    "answer_file",
    "audit",
    "blueprint",
    "duplicates",
    "messages",
    "more_acts",
    "numbers",
    "patients",
    "replies",
    "reports",
    "sending",
    "settings",
    "settings_costs",
    "settings_danger",
    "settings_queue",
    "ticket",
    "tickets",
]
