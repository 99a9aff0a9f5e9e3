"""What every view asks for: the ground it stands on, the time, who asks, and in which language to answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app, g

from app.core.errors import SignInNeeded
from app.core.ground import Ground
from app.core.locale import in_print, translator
from app.staff.sign_in import Viewer

if TYPE_CHECKING:
    from app.wiring import House


def house() -> House:
    found: House = current_app.extensions["farline"]
    return found


def ground() -> Ground:
    return house().ground


def now() -> datetime:
    """Business time; in a demo it can be pushed forward."""
    return ground().clock.now()


def machine_now() -> datetime:
    """The machine's time: leases and sign-ins."""
    return ground().clock.machine_now()


def viewer() -> Viewer:
    """The signed-in staff member. Guarded views always have one."""
    found: Viewer | None = g.get("viewer")
    if found is None:
        raise SignInNeeded
    return found


def locale() -> str:
    return str(g.get("locale", "en"))


def use_locale(tag: str) -> None:
    """From here on this request speaks `tag`: patient pages take it from their link."""
    g.locale = tag


def say(text: str, **values: object) -> str:
    """The text in the request's language, as it is printed, its fields filled after translation."""
    spoken = in_print(translator(locale())(text))
    return spoken.format(**values) if values else spoken
