"""Find a Chromium for the browser tests: the distribution's, driven by Playwright."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Containers give no user namespaces and a tiny /dev/shm; the first-run pages would steal the focus.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", "--disable-gpu")


def find_chromium() -> Path | None:
    """The browser's program, or nothing when it or Playwright is missing."""
    if importlib.util.find_spec("playwright") is None:
        return None
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def chromium_version(program: Path) -> str:
    out = subprocess.run([program, "--version", "--no-sandbox"], capture_output=True, text=True, check=False).stdout
    return next((word for word in out.split() if word[:1].isdigit()), "unknown version")
