"""Commands whose JSON is an interface: whatever happens, one strict JSON object on standard output."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY_BYTES = 800_000_000  # on top of what the process holds when the command begins
_CPU_SECONDS = 5.5  # of the processor, which is what a hostile file uses up
_LOOK_SECONDS = 3  # on the clock, between two looks at whether the command still works
_MOST_IDLE_LOOKS = 2
_LEAST_WORK_S = 0.002  # of the processor between two looks; a busy machine gives less than asked for, never nothing


class JsonCommand(click.Command):
    """A command that answers in JSON when --json is among its arguments, for usage mistakes and breakdowns too.

    It runs within fixed limits of time and memory, so that no file can hang the machine.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["json"] = "--json" in args
        with _mistakes(ctx):
            return super().parse_args(ctx, args)

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


class JsonGroup(click.Group):
    """A group of such commands: a command that does not exist is told in JSON too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["json"] = "--json" in args
        with _mistakes(ctx):
            return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        with _mistakes(ctx):
            return super().resolve_command(ctx, args)


@contextmanager
def _mistakes(ctx: click.Context) -> Iterator[None]:
    """A mistake in the command line is one JSON object where JSON was asked for."""
    try:
        yield
    except click.UsageError as mistake:
        if not ctx.meta["json"]:
            raise
        say_json(_failure("usage", mistake.format_message()))
        sys.exit(2)


def say_json(value: dict[str, Any]) -> None:
    """Print one strict JSON object."""
    from forms.jsonio import strict_json

    click.echo(strict_json(value, indent=1).encode())


_NOTHING: Final = {
    "ok": False, "title": "", "version": "", "items": 0, "questions": 0, "languages": [], "readiness": {},  # check
    "valid": False,  # validate
    "state": "unreadable", "transcript": [], "response": None, "closing": "",  # walk
    "output": None,  # import-xlsform
}  # fmt: skip


def _failure(code: str, message: str) -> dict[str, Any]:
    """What every command can say when it could not do its work: all its members, empty, and why."""
    problem = {"severity": "error", "where": "", "code": code, "message": message, "fix": "See --help."}
    return {**_NOTHING, "problems": [problem]}


class _OutOfTime(Exception):
    """The time limit is reached."""


class _Limits:
    """Processor time and standing still by alarms, memory by the operating system's limit; where the platform has them.

    The clock alone ends nothing: on a busy machine a good file takes long too.
    """

    def __enter__(self) -> None:
        self._worked_s = time.process_time()
        self._idle_looks = 0
        self._alarms(on=True)
        self._old = self._memory()

    def __exit__(self, *_: object) -> None:
        self._alarms(on=False)
        if self._old is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_AS, self._old)

    def _alarms(self, *, on: bool) -> None:
        import signal

        if not hasattr(signal, "SIGALRM"):
            return
        if on:
            signal.signal(signal.SIGALRM, self._look)
            signal.signal(signal.SIGPROF, _ring)
        signal.alarm(_LOOK_SECONDS if on else 0)
        signal.setitimer(signal.ITIMER_PROF, _CPU_SECONDS if on else 0)

    def _look(self, *_: object) -> None:
        """Ends a command that waits for nothing to come, such as a pipe nobody writes to."""
        import signal

        now_s = time.process_time()
        self._idle_looks = self._idle_looks + 1 if now_s - self._worked_s < _LEAST_WORK_S else 0
        self._worked_s = now_s
        if self._idle_looks >= _MOST_IDLE_LOOKS:
            raise _OutOfTime
        signal.alarm(_LOOK_SECONDS)

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
