"""Late answers merge question by question, newest wins, and the path is walked again afterwards."""

from __future__ import annotations

from forms.effects import AnswerSetAside, Completed, Missing, SetAsideReason, Why
from forms.merge import merge
from forms.state import Answer, Status
from tests.forms.chat import Chat, choice, form, item, when

PAIN = form(
    choice("how", "Good", "Bad"),
    item("score", "integer", enableWhen=[when("how", answerCoding={"system": "urn:o", "code": "bad"})]),
    item("note"),
)
EARLY, NOW, LATE = "2026-11-23T14:00:00Z", "2026-11-23T15:00:00Z", "2026-11-23T16:00:00Z"


def late(at: str, **values) -> dict[str, Answer]:
    return {path: Answer(value, "", at, "web") for path, value in values.items()}


def test_newer_wins_and_the_loser_is_kept_for_people_to_see():
    chat = Chat(PAIN).say("good")
    merged = merge(chat.plan, chat.state, late(LATE, how="bad"), chat.context)
    assert merged.state.answers["how"].value == "bad"
    assert [(lost.answer.value, lost.winner.value, lost.reason) for lost in merged.lost] == [
        ("good", "bad", SetAsideReason.OLDER)
    ]


def test_older_loses_to_what_is_held():
    chat = Chat(PAIN).say("good")
    merged = merge(chat.plan, chat.state, late(EARLY, how="bad"), chat.context)
    assert merged.state.answers["how"].value == "good"
    assert [(lost.answer.value, lost.winner.value) for lost in merged.lost] == [("bad", "good")]


def test_a_late_answer_off_the_path_is_set_aside_not_filed():
    """The trap of naive merging: the newer "good" wins, and the late pain score must not be kept as if it applied."""
    chat = Chat(PAIN).say("good")
    merged = merge(chat.plan, chat.state, late(EARLY, how="bad", score=7, note="hello"), chat.context)
    assert merged.kept == ("note",)
    assert ("score", SetAsideReason.NOT_ASKED) in {(lost.path, lost.reason) for lost in merged.lost}


def test_a_held_answer_is_set_aside_when_a_late_one_takes_it_off_the_path():
    chat = Chat(PAIN).say("bad", "7")
    merged = merge(chat.plan, chat.state, late(LATE, how="good"), chat.context)
    assert [effect.path for effect in merged.effects if isinstance(effect, AnswerSetAside)] == ["score"]


def test_the_same_packet_again_changes_nothing():
    chat = Chat(PAIN).say("good")
    packet = late(LATE, how="bad", score=3)
    once = merge(chat.plan, chat.state, packet, chat.context)
    twice = merge(chat.plan, once.state, packet, chat.context)
    assert twice.state.answers == once.state.answers
    assert (twice.lost, twice.kept) == ((), ())


def test_a_late_clearing_takes_the_answer_back():
    chat = Chat(PAIN).say("good")
    merged = merge(chat.plan, chat.state, late(LATE, how=None), chat.context)
    assert merged.state.answers == {}
    assert merged.lost[0].reason is SetAsideReason.CLEARED


def test_what_the_form_cannot_take_is_refused_and_the_rest_kept():
    chat = Chat(PAIN)
    merged = merge(chat.plan, chat.state, late(NOW, how="zzz", note="x", nothing=1), chat.context)
    assert {(bad.path, bad.why) for bad in merged.refused} == {("how", Why.NOT_AN_OPTION), ("nothing", Why.UNKNOWN)}
    assert merged.kept == ("note",)


def test_a_packet_that_was_sent_completes_the_form():
    chat = Chat(form(item("a", required=True), item("b")))
    assert merge(chat.plan, chat.state, late(NOW, a="x"), chat.context, final=True).state.status is Status.COMPLETED
    missing = merge(chat.plan, chat.state, late(NOW, b="x"), chat.context, final=True)
    assert [effect for effect in missing.effects if isinstance(effect, Missing)] == [Missing(("a",))]
    assert not any(isinstance(effect, Completed) for effect in missing.effects)
