"""Pages about staff themselves: signing in and out, their own account, colleagues."""

from app.web.staff import account, passkeys, people, sign_in
from app.web.staff.blueprint import blueprint

__all__ = ["account", "blueprint", "passkeys", "people", "sign_in"]
