"""Answers as staff read them: a choice by its label in the reader's language, never by its code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.intake.models import Answer
from app.web.desk.answer_words import choice_labels, value_words
from app.web.shell.here import use_locale

FORM = json.loads((Path(__file__).parents[3] / "forms/library/symptom-check-in.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "value", ["better", {"code": "better"}, {"code": "better", "display": "Better"}, [{"code": "better"}]]
)
@pytest.mark.parametrize(("reader", "label"), [("fr", "Mieux"), ("en", "Better")])
def test_a_choice_is_read_by_its_label_in_the_readers_language(app, value, reader, label):
    with app.test_request_context():
        use_locale(reader)
        answer = Answer(value=value, raw="1", channel="sms", path="overall")
        assert value_words(answer, choice_labels(FORM)["overall"]) == f"{label} (“1”)"


def test_what_the_form_does_not_know_is_shown_as_it_is(app):
    with app.test_request_context():
        answer = Answer(value={"code": "odd"}, raw=None, channel="sms", path="overall")
        assert value_words(answer, choice_labels(FORM)["overall"]) == "odd"
