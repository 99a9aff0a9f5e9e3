"""What the figures mean: episodes, answers by people, percentiles, ages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.reports.rules import Fact, ages, episodes, spread

START = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def facts(*told: tuple) -> list[Fact]:
    return [Fact(kind, at(minutes), *rest) for kind, minutes, *rest in told]


@pytest.mark.parametrize(
    ("told", "answered"),
    [
        pytest.param([("opened", 0), ("claimed", 1), ("replied", 5, 1)], 5, id="a reply"),
        pytest.param([("opened", 0), ("replied", 5, 1), ("reply_undone", 5, 1)], None, id="a reply taken back is none"),
        pytest.param(
            [("opened", 0), ("replied", 5, 1), ("reply_undone", 5, 1), ("replied", 9, 2)], 9, id="the next one counts"
        ),
        pytest.param([("opened", 0), ("called", 3, None, "no_answer")], None, id="a call nobody answered is none"),
        pytest.param([("opened", 0), ("called", 3, None, "reached")], 3, id="a call that reached them"),
        pytest.param([("opened", 0), ("noted", 2)], None, id="a note is none"),
        pytest.param([("opened", 0), ("replied", 5, 1), ("replied", 7, 2)], 5, id="the first one counts"),
    ],
)
def test_only_what_a_person_did_and_the_patient_saw_is_an_answer(told, answered):
    (episode,) = episodes(facts(*told))
    assert episode.answered_at == (None if answered is None else at(answered))


def test_opening_again_is_a_new_episode_counted_from_then():
    first, second = episodes(
        facts(
            ("opened", 0), ("replied", 5, 1), ("closed", 9), ("patient_wrote", 60), ("reopened", 60), ("replied", 70, 2)
        )
    )
    assert (first.closed_at, first.is_again) == (at(9), False)
    assert (second.opened_at, second.answered_at, second.is_again, second.closed_at) == (at(60), at(70), True, None)


def test_a_missed_deadline_marks_its_episode_only():
    first, second = episodes(facts(("opened", 0), ("breached", 5), ("closed", 9), ("reopened", 60)))
    assert (first.was_late, second.was_late) == (True, False)


@pytest.mark.parametrize(
    ("minutes", "median", "p90"),
    [
        ([], None, None),
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([3, 1, 2], 2, 3),
        (list(range(1, 11)), 5, 9),
        ([1] * 9 + [99], 1, 1),
    ],
)
def test_percentiles_are_lengths_that_happened(minutes, median, p90):
    found = spread(timedelta(minutes=each) for each in minutes)
    assert found.count == len(minutes)
    assert found.median == (None if median is None else timedelta(minutes=median))
    assert found.p90 == (None if p90 is None else timedelta(minutes=p90))


def test_ages_fall_in_one_bucket_each():
    waiting = [at(0) - timedelta(minutes=each) for each in (0, 59, 60, 239, 240, 1439, 1440, 99999)]
    assert [count for _, count in ages(waiting, at(0))] == [2, 2, 2, 2]
