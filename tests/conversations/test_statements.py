"""What a text costs, in statements. One more is a choice, not an accident."""

from __future__ import annotations

from tests.beds.small_clinic import open_small_clinic
from tests.beds.statements import counted
from tests.conversations.test_form_by_text import ENGLISH, ask

A_TEXT = 6  # whom it is for; what is open there; the answer; its response; its conversation; the text and its reply


def test_an_answer_by_text_takes_six_statements(database, clock):
    clinic = open_small_clinic(database, clock, has_library=True)
    ask(clinic, ENGLISH, "en-CA")
    assert clinic.text(ENGLISH, "37.2")  # the plan is compiled, the first question answered
    with counted(database) as sent:
        clinic.hear(ENGLISH, "1")
    assert len(sent) == A_TEXT, "\n".join(sent)
