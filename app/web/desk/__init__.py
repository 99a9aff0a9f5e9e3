"""The desk: where people work tickets. A quiet list and one thread."""

from app.web.desk import acts, ticket, tickets
from app.web.desk.blueprint import blueprint

__all__ = ["acts", "blueprint", "ticket", "tickets"]
