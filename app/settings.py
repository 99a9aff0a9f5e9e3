"""From the environment (FARLINE_*) over one TOML file over defaults. A wrong one stops the start with one sentence."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "FARLINE_"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(ValueError):
    """A setting that cannot be used; the sentence names it and the fix."""


def setting(default: Any, about: str, *, unit: str = "") -> Any:
    """A field with its documentation; docs/operations.md is checked against it."""
    return field(default=default, metadata={"about": about, "unit": unit})


@dataclass(frozen=True)
class Settings:
    """Everything the server can be told from outside, with its default."""

    home: Path = setting(Path("data"), "Folder for the keys, the default database and farline.toml.")
    database_url: str = setting("", "SQLAlchemy URL; empty: SQLite in the home folder.")
    redis_url: str = setting("", "Redis that wakes the workers; empty: the embedded runner polls.")
    public_url: str = setting("", "Address patients and carriers reach this server at; empty: http://HOST:PORT.")
    host: str = setting("127.0.0.1", "Address to listen on.")
    port: int = setting(8000, "Port to listen on.")
    trusted_proxies: int = setting(
        0, "Web servers in front of this one; the visitor's address is read behind so many in X-Forwarded-For."
    )
    threads: int = setting(8, "Threads that answer requests in one process.")
    pool_size: int = setting(10, "Database connections kept open per process (PostgreSQL).")
    poll_s: float = setting(2.0, "How often the embedded runner looks for work.", unit="seconds")
    log_level: str = setting("INFO", "DEBUG, INFO, WARNING or ERROR.")
    page_worker: bool = setting(
        True, "Patients' pages open without a network; false takes the worker off every phone, drafts stay."
    )
    push_services: str = setting(
        "fcm.googleapis.com push.services.mozilla.com push.apple.com notify.windows.com",
        "Hosts of the push services through which a patient's phone may be told that something waits.",
    )
    demo: bool = setting(False, "Demo mode: the simulator carrier, the demo clinic and a clock that can be pushed.")
    demo_start: datetime = setting(
        datetime.fromisoformat("2026-12-01T14:00:00+00:00"), "Where the demo clock starts (with its zone)."
    )
    carriers: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict, metadata={"about": "[carriers.NAME] tables of the TOML file; see docs/carriers.md."}
    )

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'farline.db'}"

    @property
    def keys_file(self) -> Path:
        return self.home / "keys.json"

    @property
    def base_url(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings for this process. Raises SettingsError with one sentence that names the setting and the fix."""
    home = Path(environ.get(f"{PREFIX}HOME") or "data").expanduser().absolute()
    written = _read_toml(
        Path(environ.get(f"{PREFIX}CONFIG", home / "farline.toml")), is_asked=f"{PREFIX}CONFIG" in environ
    )
    known = {each.name: each for each in fields(Settings)}
    unknown = sorted(set(written) - set(known))
    if unknown:
        raise SettingsError(
            f"farline.toml has a setting nobody knows: {unknown[0]}. Known ones are in docs/operations.md."
        )
    if f"{PREFIX}CARRIERS" in environ or not _is_tables(written.get("carriers", {})):
        raise SettingsError(
            "Carriers stand in farline.toml only, one [carriers.NAME] table each; see docs/carriers.md."
        )
    values: dict[str, Any] = {"home": home}
    for name, each in known.items():
        raw = environ.get(f"{PREFIX}{name.upper()}", written.get(name))
        if name != "home" and raw not in (None, ""):
            values[name] = _read_value(name, raw, each.default)
    return _checked(Settings(**values))


def make_home(settings: Settings) -> None:
    """The home folder, made where it is missing. Raises SettingsError when it cannot be made or written."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"FARLINE_HOME is {settings.home}, which cannot be made: {error.strerror}.") from error
    if not os.access(settings.home, os.W_OK | os.X_OK):
        raise SettingsError(f"FARLINE_HOME is {settings.home}, where this account may not write.")


def with_overrides(settings: Settings, **values: Any) -> Settings:
    """The same settings with what the command line said; None means it said nothing. Checked like the rest."""
    return _checked(replace(settings, **{name: value for name, value in values.items() if value is not None}))


def _read_toml(path: Path, *, is_asked: bool) -> dict[str, Any]:
    if not path.exists():
        if is_asked:
            raise SettingsError(f"FARLINE_CONFIG names {path}, which does not exist.")
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def _is_tables(found: Any) -> bool:
    return isinstance(found, Mapping) and all(isinstance(each, Mapping) for each in found.values())


def _read_value(name: str, raw: Any, default: Any) -> Any:
    try:
        return _READERS.get(type(default), lambda value: value)(raw)
    except (ValueError, TypeError, AttributeError) as error:
        wanted = _WANTED.get(type(default), type(default).__name__)
        raise SettingsError(f"{PREFIX}{name.upper()} is {raw!r}: it must be {wanted}.") from error


_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no", "")


def _read_bool(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).lower()
    if word not in (*_TRUE, *_FALSE):
        raise ValueError(word)
    return word in _TRUE


def _read_moment(raw: Any) -> datetime:
    moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(raw)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment


_READERS: Mapping[type, Any] = {bool: _read_bool, int: int, float: float, str: str, datetime: _read_moment}
_WANTED: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    datetime: "a date and time with a zone, like 2026-12-01T09:00:00-05:00",
}


_DATABASES = re.compile(r"sqlite:///|postgresql(\+psycopg)?://")


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and is_plain
    except ValueError:  # brackets or a port that are none
        return False


def _checked(settings: Settings) -> Settings:
    if settings.log_level not in LOG_LEVELS:
        raise SettingsError(f"FARLINE_LOG_LEVEL is {settings.log_level!r}: it must be one of {', '.join(LOG_LEVELS)}.")
    for name, low, high in (
        ("port", 1, 65535),
        ("threads", 1, 256),
        ("trusted_proxies", 0, 9),
        ("pool_size", 1, 500),
        ("poll_s", 0.05, 60),
    ):
        if not low <= getattr(settings, name) <= high:
            raise SettingsError(f"FARLINE_{name.upper()} must be between {low} and {high}.")
    if not _is_web_address(settings.base_url):
        raise SettingsError("FARLINE_PUBLIC_URL must be an address like https://clinic.example.")
    if settings.redis_url and not settings.redis_url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("FARLINE_REDIS_URL must start with redis://, rediss:// or unix://.")
    if not _DATABASES.match(settings.database):
        raise SettingsError("FARLINE_DATABASE_URL must start with sqlite:/// or postgresql+psycopg://.")
    return settings
