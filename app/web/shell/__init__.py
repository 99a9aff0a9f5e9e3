"""The shell around every page: who asks, in which language, what they may do, what happens when something goes wrong.

Pages import from here: `ground`, `now`, `viewer`, `say`, `clinic_read`, `clinic_write`.
"""

from app.web.shell.database import clinic_read, clinic_write
from app.web.shell.here import ground, machine_now, now, say, viewer
from app.web.shell.pages import blueprint

__all__ = ["blueprint", "clinic_read", "clinic_write", "ground", "machine_now", "now", "say", "viewer"]
