"""Commands whose JSON is an interface: whatever happens, one strict JSON object on standard output."""

from __future__ import annotations

import sys
from typing import Any

import click

_MEMORY_BYTES = 800_000_000  # on top of what the process holds when the command begins
_SECONDS = 8  # on the clock
_CPU_SECONDS = 6.5  # of the processor, which is what a hostile file uses up


class JsonCommand(click.Command):
    """A command that answers in JSON when --json is among its arguments, for usage mistakes and breakdowns too.

    It runs within fixed limits of time and memory, so that no file can hang the machine.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["json"] = "--json" in args
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as mistake:
            if not ctx.meta["json"]:
                raise
            say_json(_failure("usage", mistake.format_message()))
            sys.exit(2)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _Limits():
                return super().invoke(ctx)
        except (MemoryError, _OutOfTime, RecursionError) as reason:
            sentence = "This file needs more time or memory than a questionnaire should."
            if not ctx.meta["json"]:
                raise click.ClickException(sentence) from reason
            say_json(_failure("too-large", sentence))
            sys.exit(2)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as reason:  # the edge: a mistake of ours is one sentence, never a traceback
            sentence = f"Something went wrong on our side ({type(reason).__name__})."
            if not ctx.meta["json"]:
                raise click.ClickException(sentence) from reason
            say_json(_failure("internal", sentence))
            sys.exit(2)


def say_json(value: dict[str, Any]) -> None:
    """Print one strict JSON object."""
    from forms.jsonio import strict_json

    click.echo(strict_json(value, indent=1).encode())


def _failure(code: str, message: str) -> dict[str, Any]:
    """What every command can say when it could not do its work: not ok, and why."""
    problem = {"severity": "error", "where": "", "code": code, "message": message, "fix": "See --help."}
    whole = {"ok": False, "valid": False, "state": "unreadable", "transcript": [], "response": None}
    return {**whole, "problems": [problem]}


class _OutOfTime(Exception):
    """The time limit is reached."""


class _Limits:
    """Time by an alarm, memory by the operating system's limit; both only where the platform has them."""

    def __enter__(self) -> None:
        self._alarm(_SECONDS)
        self._old = self._memory()

    def __exit__(self, *_: object) -> None:
        self._alarm(0)
        if self._old is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_AS, self._old)

    @staticmethod
    def _alarm(seconds: int) -> None:
        import signal

        if not hasattr(signal, "SIGALRM"):
            return
        if seconds:
            signal.signal(signal.SIGALRM, _ring)
            signal.signal(signal.SIGPROF, _ring)
        signal.alarm(seconds)
        signal.setitimer(signal.ITIMER_PROF, _CPU_SECONDS if seconds else 0)

    @staticmethod
    def _memory() -> tuple[int, int] | None:
        try:
            import resource
        except ImportError:
            return None
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = _held_bytes() + _MEMORY_BYTES
        wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft == resource.RLIM_INFINITY or soft > wanted:
            resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
            return soft, hard
        return None


def _held_bytes() -> int:
    """The address space this process already holds, where the system tells (Linux); a test run holds a lot."""
    import resource
    from pathlib import Path

    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _ring(*_: object) -> None:
    raise _OutOfTime
