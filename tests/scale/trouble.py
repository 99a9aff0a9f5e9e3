"""What befalls the parts of a town while it works: each is killed and started again, in turn and then at random."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator

from tests.scale.town import Town, kill

AWAY_S = 1.0  # how long PostgreSQL or Redis stays away


class Trouble:
    """`strike()` kills one part and raises it again; `deaths` counts by part. Every part is struck before any twice."""

    def __init__(self, town: Town, seed: int) -> None:
        self.deaths: Counter[str] = Counter()
        self._town = town
        self._dice = random.Random(seed)
        self._acts = {
            "worker": lambda: self._replace(town.workers, town.start_worker),
            "web": lambda: self._replace(town.webs, lambda: town.start_web(ready=False)),
            "redis": lambda: self._crash(town.redis),
            "postgresql": lambda: self._crash(town.postgres),
        }
        self._next = self._order()

    def strike(self) -> str:
        """Returns which part it was."""
        part = next(self._next)
        self._acts[part]()
        self.deaths[part] += 1
        return part

    def _order(self) -> Iterator[str]:
        yield from self._acts
        while True:
            yield self._dice.choice(["worker", "worker", "worker", "web", "web", "redis", "postgresql"])

    def _replace(self, living: list, start: Callable) -> None:
        number = self._dice.randrange(len(living))
        kill(living[number])
        living[number] = start()

    @staticmethod
    def _crash(bed) -> None:
        bed.crash()
        time.sleep(AWAY_S)
        bed.start_again()
