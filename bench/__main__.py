"""`python -m bench [NAME ...]`: run all measurements, or the named ones, and write bench/RESULTS.md."""

from __future__ import annotations

import importlib
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from bench.figures import Figure, table
from bench.sections import kept_sections

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
NAMES = (
    "engine_turn",
    "form_sizes",
    "inbound_webhook",
    "drain",
    "due_steps",
    "take_next",
    "first_load",
    "server_start",
)


def main(wanted: list[str]) -> int:
    """Run the measurements in turn; exit status 1 when one is outside its budget."""
    unknown = set(wanted) - set(NAMES)
    if unknown:
        print(f"No measurement is called {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}.")
        return 2
    parts, failed, busy = [], False, os.getloadavg()[0]
    for name in wanted or NAMES:
        print(f"measuring {name} ...", flush=True)
        module = importlib.import_module(f"bench.{name}")
        started = time.monotonic()
        figures: list[Figure] = list(module.measure())
        failed |= not all(figure.is_within for figure in figures)
        print(table(figures), flush=True)
        parts.append(_part(name, module.__doc__ or "", figures, time.monotonic() - started))
    if not wanted:
        parts += kept_sections(RESULTS, but=NAMES)  # the long runs write theirs themselves
        RESULTS.write_text("\n\n".join([_head(busy), *parts]) + "\n", encoding="utf-8")
    return int(failed)


def _part(name: str, doc: str, figures: list[Figure], took_s: float) -> str:
    return f"## {name}\n\n{doc.strip()}\n\n{table(figures)}\n\nTook {took_s:.0f} s. Again: `python -m bench {name}`."


HEAD = """# Results

Written by `make bench`; do not edit. A figure outside its budget is marked. Ratios are taken side by side in one run,
so they can be compared between machines; the other figures belong to the machine below.

{cores} cores, {system}, Python {python}, commit {commit}, {day}. Load before the run began: {busy:.1f}
(near 0: the machine was ours; above that, rates are too low and times too high)."""


def _head(busy: float) -> str:
    return HEAD.format(
        busy=busy,
        cores=os.cpu_count(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        commit=_commit(),
        day=time.strftime("%Y-%m-%d", time.gmtime()),
    )


def _commit() -> str:
    ask = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(ask, cwd=HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
