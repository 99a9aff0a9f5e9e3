"""What patients open: the page behind a link, complete without script, better with it."""

from app.web.patient.blueprint import blueprint

__all__ = ["blueprint"]

from app.web.patient import (  # noqa: F401 - the views hang themselves on the blueprint
    code,
    files,
    packets,
    proxied,
    script,
    views,
    worker,
)
