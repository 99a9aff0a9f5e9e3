"""Pages about staff themselves: signing in and out, their own account."""

from app.web.staff import account, sign_in
from app.web.staff.blueprint import blueprint

__all__ = ["account", "blueprint", "sign_in"]
