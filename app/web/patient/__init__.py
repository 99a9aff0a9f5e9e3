"""What patients open: the page behind a link, complete without script, better with it."""

from app.web.patient.blueprint import blueprint

__all__ = ["blueprint"]

from app.web.patient import (  # noqa: F401 - the views hang themselves on the blueprint
    calendar,
    code,
    files,
    home,
    key,
    lost,
    notices,
    packets,
    phone,
    pin,
    proxied,
    script,
    views,
    worker,
)
