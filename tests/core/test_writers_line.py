"""Who waits to write gets a turn, whoever else keeps coming."""

from __future__ import annotations

import threading
import time

from app.core.writers_line import WritersLine


def test_a_waiting_writer_is_not_passed_by_for_ever():
    """One thread lets go and takes again without a pause, holding the turn nearly all the time."""
    line, is_in, gives_up = WritersLine(), threading.Event(), threading.Event()

    def hog():
        while not (is_in.is_set() or gives_up.is_set()):
            assert line.enter(60)
            time.sleep(0.01)
            line.leave()

    def wait():
        if line.enter(60):
            is_in.set()
            line.leave()

    threads = [threading.Thread(target=hog) for _ in range(3)] + [threading.Thread(target=wait)]
    for thread in threads:
        thread.start()
    came = is_in.wait(30)
    gives_up.set()
    for thread in threads:
        thread.join(60)
    assert came


def test_whoever_waited_long_goes_before_newcomers():
    """Held by a first, waited for by a second until its patience ends: a third that comes then enters after it."""
    line, entered = WritersLine(), []
    line.enter(1)

    def come(name: str):
        assert line.enter(60)
        entered.append(name)
        line.leave()

    second = threading.Thread(target=come, args=("second",))
    second.start()
    while not line._gate.locked():  # the second's patience is over
        time.sleep(0.01)
    third = threading.Thread(target=come, args=("third",))
    third.start()
    line.leave()
    second.join(60)
    third.join(60)
    assert entered == ["second", "third"]


def test_who_is_in_may_enter_again():
    line = WritersLine()
    assert line.enter(1)
    assert line.enter(1)
    line.leave()
    line.leave()


def test_a_turn_that_does_not_come_is_said():
    line, said = WritersLine(), []
    line.enter(1)
    waiting = threading.Thread(target=lambda: said.append(line.enter(0.3)))
    waiting.start()
    waiting.join(60)
    line.leave()
    assert said == [False]
    assert line.enter(1)
    line.leave()
