"""The desk: where people work tickets. A quiet list and one thread."""

from app.web.desk import acts, more_acts, patients, replies, ticket, tickets
from app.web.desk.blueprint import blueprint

__all__ = ["acts", "blueprint", "more_acts", "patients", "replies", "ticket", "tickets"]
