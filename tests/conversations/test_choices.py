"""Replies to an appointment reminder, as people write them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.conversations.choices import Choice, is_courtesy, is_empty, read_choice

CASES = [
    ("1", Choice.CONFIRM), ("2", Choice.MOVE), ("3", Choice.CANCEL), ("9", Choice.PERSON),
    (" 1. ", Choice.CONFIRM), ("1!", Choice.CONFIRM), ("(2)", Choice.MOVE), ("#3", Choice.CANCEL),
    ("1 thanks", Choice.CONFIRM), ("1 merci beaucoup", Choice.CONFIRM), ("Bonjour, 3 svp", Choice.CANCEL),
    ("١", Choice.CONFIRM), ("２", Choice.MOVE), ("1️⃣", Choice.CONFIRM), ("1 oui", Choice.CONFIRM),
    ("3 cancel", Choice.CANCEL),
    ("yes", Choice.CONFIRM), ("YES", Choice.CONFIRM), ("oui", Choice.CONFIRM), ("OUI!", Choice.CONFIRM),
    ("ok", Choice.CONFIRM), ("OK merci", Choice.CONFIRM), ("d'accord", Choice.CONFIRM), ("d’accord", Choice.CONFIRM),
    ("Je confirme", Choice.CONFIRM), ("confirmé", Choice.CONFIRM), ("I'll be there", Choice.CONFIRM),
    ("je serai là", Choice.CONFIRM), ("J’y serai", Choice.CONFIRM), ("👍", Choice.CONFIRM), ("👍🏽", Choice.CONFIRM),
    ("move", Choice.MOVE), ("Reschedule please", Choice.MOVE), ("déplacer", Choice.MOVE), ("deplacer", Choice.MOVE),
    ("DÉPLACER S.V.P.", Choice.MOVE), ("une autre date", Choice.MOVE), ("deux", Choice.MOVE), ("reporter", Choice.MOVE),
    ("cancel", Choice.CANCEL), ("CANCEL", Choice.CANCEL), ("Cancel my appointment", Choice.CANCEL),
    ("annuler", Choice.CANCEL), ("Annulé", Choice.CANCEL), ("annuler mon rendez-vous", Choice.CANCEL),
    ("person", Choice.PERSON), ("une personne", Choice.PERSON), ("quelqu'un", Choice.PERSON),
    ("Call me", Choice.PERSON),
    ("appelez-moi", Choice.PERSON), ("infirmière", Choice.PERSON), ("neuf", Choice.PERSON),
    ("no", Choice.CANNOT), ("Non", Choice.CANNOT), ("I can't make it", Choice.CANNOT),
    ("je ne peux pas venir", Choice.CANNOT),
    ("\u200f1\u200e", Choice.CONFIRM), ("1\x00", Choice.CONFIRM),
    ("", None), ("   ", None), ("\x00", None), ("merci", None), ("?", None), ("4", None), ("0", None), ("11", None),
    ("12", None), ("1 or 2", None), ("1 ou 3", None), ("1 3", None), ("3 yes", None),
    ("yes but I want to cancel", None),
    ("is it at 3?", None), ("I have 2 children", None), ("mardi", None), ("37,8", None), ("😀", None),
    ("1" * 500, None),
    ("yes " * 100, None),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), CASES, ids=[repr(raw)[:30] for raw, _ in CASES])
def test_a_reply_is_read_as_people_write_it_and_never_guessed(raw, expected):
    assert read_choice(raw) is expected


REPLIES = json.loads((Path(__file__).parents[1] / "cases" / "appointment_replies.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", REPLIES, ids=lambda row: repr(row["text"]))
def test_a_sentence_is_read_only_when_every_word_belongs_to_the_wish(row):
    assert read_choice(row["text"]) == row["choice"]


WISHES = st.lists(
    st.sampled_from("can i please cancel move not yes no je peux pas venir call me another day 1 la".split())
)


@given(WISHES.map(" ".join) | st.text(max_size=200))
def test_no_reply_breaks_the_reading(raw):
    assert read_choice(raw) in (None, *Choice)


@pytest.mark.parametrize("word", ["my ", "can i ", "je ", "cannot ", "a ", "not able to ", "un "])
def test_a_reply_made_to_be_slow_is_read_at_once(word):
    began = time.process_time()
    read_choice((word * 60)[:159])
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("merci", True), ("Thanks!", True), ("ok merci", True), ("🙏", True), ("merci mais non", False), ("", False)],
)
def test_thanks_need_no_answer(raw, expected):
    assert is_courtesy(raw) is expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("", True), (" \n", True), ("\x00", True), ("\u200f\u202e", True), (".", False), ("😀", False), ("1", False)],
)
def test_nothing_visible_is_empty(raw, expected):
    assert is_empty(raw) is expected
