"""Plugs the real things in, in one place: settings, keys, database, clock, carriers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.core.clock import Clock, MovableClock, SystemClock
from app.core.database import Database
from app.core.ground import Ground
from app.core.log import start_logging
from app.core.sealed import load_keyring, use_keyring
from app.core.wake import Waker
from app.settings import Settings, make_home, read_settings
from channels.registry import BuiltCarrier, Surroundings, build_carriers

if TYPE_CHECKING:
    from app.demo.walk import Walk

DEMO_CARRIERS: Mapping[str, Mapping[str, Any]] = {"simulator": {"kind": "simulator"}}


@dataclass(frozen=True)
class House:
    """A server ready to work: what it was told, and what its use cases stand on."""

    settings: Settings
    ground: Ground
    waker: Waker
    walk: Walk | None = None


def build_house(settings: Settings) -> House:
    """Everything plugged in for `settings`. Raises SettingsError or KeysBroken with one sentence for the person."""
    make_home(settings)
    start_logging(settings.log_level)
    use_keyring(load_keyring(settings.keys_file))
    database = Database(settings.database, pool_size=settings.pool_size)
    clock = _clock(settings)
    waker = Waker()
    ground = Ground(
        database=database,
        clock=clock,
        carriers=_carriers(settings, database, clock),
        public_url=settings.base_url,
        is_demo=settings.demo,
        push_services=tuple(each for each in settings.push_services.split() if each != "-"),
        wake=waker,
    )
    return House(settings=settings, ground=ground, waker=waker, walk=_walk(settings, ground))


def open_house() -> House:
    """A house from this process's environment."""
    return build_house(read_settings())


def open_ground() -> Ground:
    """For commands: what use cases stand on, from this process's environment."""
    return open_house().ground


def _clock(settings: Settings) -> Clock:
    if settings.demo:
        return MovableClock(settings.home / "demo-clock", settings.demo_start)
    return SystemClock()


def _walk(settings: Settings, ground: Ground) -> Walk | None:
    if not settings.demo:
        return None
    from app.demo.walk import Walk  # noqa: PLC0415

    return Walk(ground, settings.home / "demo-target")


def _carriers(settings: Settings, database: Database, clock: Clock) -> Mapping[str, BuiltCarrier]:
    configured = settings.carriers or (DEMO_CARRIERS if settings.demo else {})
    network = None
    if settings.demo:
        from app.demo.network import DatabaseNetwork  # noqa: PLC0415 - the simulator exists in demo mode only

        network = DatabaseNetwork(database)
    return build_carriers(
        configured, Surroundings(public_url=settings.base_url, clock=clock.now, simulator_network=network)
    )
