"""Which rung makes sense, and what a ladder may cost."""

from __future__ import annotations

import pytest

from app.pathways.rules import RungKind
from app.pathways.rung_rules import Climbed, foresee, is_within_cap, other_number

FIRST, SECOND = "+13435550111", "+13435550112"


@pytest.mark.parametrize(
    ("climbed", "is_told", "expected"),
    [
        ([], True, None),
        ([Climbed("sms", arrived=False)], False, FIRST),
        ([Climbed("sms", arrived=True)], True, None),
        ([Climbed("sms", arrived=None)], True, FIRST),
        ([Climbed("sms", arrived=None)], False, None),
        ([Climbed("sms", arrived=False), Climbed("sms", sender=FIRST, arrived=False)], True, SECOND),
        ([Climbed("sms", arrived=False), Climbed("sms", sender=FIRST), Climbed("sms", sender=SECOND)], True, None),
        ([Climbed("voice", arrived=False)], True, None),
    ],
    ids=["nothing sent", "failed", "arrived", "silence where receipts come", "silence where none come",
         "the second number", "all tried", "only called"],
)  # fmt: skip
def test_another_number_is_used_when_the_newest_text_did_not_arrive(climbed, is_told, expected):
    assert other_number(climbed, [FIRST, SECOND], is_told_of_arrivals=is_told) == expected


@pytest.mark.parametrize(
    ("climbed", "kind", "settings", "expected"),
    [
        ([], RungKind.VOICE, {}, True),
        ([], RungKind.SMS, {"ladder_cap": 1}, True),
        ([], RungKind.VOICE, {"ladder_cap": 4}, False),
        ([Climbed("sms", 2)], RungKind.OTHER_SENDER, {"ladder_cap": 3}, False),
        ([Climbed("sms", 2)], RungKind.OTHER_SENDER, {"ladder_cap": 4}, True),
        ([Climbed("sms", 2)], RungKind.VOICE, {"ladder_cap": 4, "costs": {"voice": 2}}, True),
        ([Climbed("sms", 2), Climbed("voice")], RungKind.TICKET, {"ladder_cap": 0}, True),
    ],
    ids=["no cap", "one text", "a call is dear", "two more segments", "just enough", "cheap calls", "a person is free"],
)
def test_a_ladder_costs_no_more_than_its_cap(climbed, kind, settings, expected):
    assert is_within_cap(climbed, kind, settings) is expected


LADDER = (RungKind.SMS, RungKind.OTHER_SENDER, RungKind.VOICE, RungKind.TICKET)


@pytest.mark.parametrize(
    ("segments", "settings", "costs", "left_out"),
    [
        (1, {}, [1, 1, 5, 0], []),
        (2, {}, [2, 2, 5, 0], []),
        (1, {"ladder_cap": 6}, [1, 1, 5, 0], [RungKind.VOICE]),
        (1, {"ladder_cap": 7}, [1, 1, 5, 0], []),
        (2, {"ladder_cap": 3, "costs": {"voice": 1}}, [2, 2, 1, 0], [RungKind.OTHER_SENDER]),
    ],
    ids=["no cap", "long texts", "the call is dear", "just enough", "the call still fits"],
)
def test_what_a_cap_leaves_out_is_known_before_anybody_climbs(segments, settings, costs, left_out):
    foreseen = foresee(LADDER, segments, settings)
    assert [each.cost for each in foreseen] == costs
    assert [each.kind for each in foreseen if not each.is_paid] == left_out
