"""Databases for tests: each test gets its own, copied from one that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

from app.core.database import Database
from app.core.migrate import upgrade
from tests.beds.postgres import PostgresBed
from tests.beds.room import throwaway_folder

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")
TEMPLATE = "farline_template"


@dataclass
class Databases:
    """Hands out URLs. `postgres` is asked for only when a PostgreSQL database is."""

    postgres: Callable[[], PostgresBed]
    folder: Path = field(default_factory=lambda: throwaway_folder("farline-sqlite-"))
    _templates: dict[Kind, str] = field(default_factory=dict)
    _numbers: count = field(default_factory=count)

    def empty(self, kind: Kind) -> str:
        """A database without a table."""
        if kind == "postgresql":
            return self.postgres().create()
        return f"sqlite:///{self.folder / f'{next(self._numbers)}.db'}"

    def migrated(self, kind: Kind) -> str:
        """A database with every table and no row."""
        template = self._template(kind)
        if kind == "postgresql":
            return self.postgres().create(template=TEMPLATE)
        url = self.empty(kind)
        shutil.copyfile(_file(template), _file(url))
        return url

    def drop(self, url: str) -> None:
        if url.startswith("postgresql"):
            self.postgres().drop(url)
            return
        for suffix in ("", "-wal", "-shm"):
            Path(f"{_file(url)}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _template(self, kind: Kind) -> str:
        if kind not in self._templates:
            url = self.postgres().create(name=TEMPLATE) if kind == "postgresql" else self.empty(kind)
            database = Database(url)
            upgrade(database)
            database.engine.dispose()
            self._templates[kind] = url
        return self._templates[kind]


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
