"""`python -m bench.long scale|torture [...]`: the long runs. Each writes its own section of bench/RESULTS.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path

from bench import scale, torture
from bench.figures import Figure, table
from bench.sections import write_section

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
RUNS = {"scale": scale, "torture": torture}


def main(words: list[str]) -> int:
    """Run one; exit status 1 when a figure is outside its budget."""
    parser = argparse.ArgumentParser(prog="python -m bench.long", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    for name, run in RUNS.items():
        run.add_arguments(names.add_parser(name, help=(run.__doc__ or "").partition("\n")[0]))
    asked = parser.parse_args(words)
    started, busy = time.monotonic(), os.getloadavg()[0]
    figures = []
    for figure in RUNS[asked.name].measure(asked):
        figures.append(figure)
        print(table([figure]).splitlines()[-1], flush=True)
    write_section(RESULTS, asked.name, _section(asked, figures, time.monotonic() - started, busy))
    return int(not all(figure.is_within for figure in figures))


def _section(asked: argparse.Namespace, figures: list[Figure], took_s: float, busy: float) -> str:
    told = vars(asked)
    with_what = ", ".join(f"{name} {value:,}" for name, value in told.items() if isinstance(value, int | float))
    where = f"{os.cpu_count()} cores, Python {platform.python_version()}, load before the run {busy:.1f}"
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return (
        f"## {asked.name}\n\n{(RUNS[asked.name].__doc__ or '').strip()}\n\n"
        f"Written by `make {asked.name}` on {day}: {where}; {with_what}.\n\n{table(figures)}\n\nTook {took_s:,.0f} s."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
