"""The number beside an option: the form's own where its labels begin with one."""

from __future__ import annotations

import pytest

from forms.effects import TranscriptionNeeded
from forms.languages import Words
from forms.option_numbers import own_numbers
from forms.state import Reply
from tests.forms.chat import Chat, form, item, translated


def choices(*labels: str, **more: object) -> dict:
    options = [{"valueCoding": {"code": f"c{place}", "display": label}} for place, label in enumerate(labels)]
    return {"linkId": "q", "type": "choice", "text": "Which?", "answerOption": options, **more}


@pytest.mark.parametrize(("labels", "expected"), [
    (["0", "1", "2"], ["0", "1", "2"]),
    (["0 - Never", "1 - Often"], ["0", "1"]),
    (["1. Never", "3. Often"], ["1", "3"]),
    (["2) No", "1) Yes"], ["2", "1"]),
    (["0 = No", "1 = Yes"], ["0", "1"]),
    (["0 \u2013 No", "1 \u2013 Yes"], ["0", "1"]),
    (["1 day", "2 days"], []),
    (["5-10 days", "11-20 days"], []),
    (["1.5", "2.5"], []),
    (["0 - Never", "Often"], []),
    (["1. Yes", "1. No"], []),
    (["1000", "2000"], []),
    ([], []),
])  # fmt: skip
def test_own_numbers_are_those_all_labels_begin_with(labels, expected):
    assert own_numbers([Words(label) for label in labels]) == expected


def test_a_number_must_be_the_same_in_every_language():
    assert own_numbers([Words("0 - No", {"fr": "0 - Non"}), Words("1 - Yes", {"fr": "1 - Oui"})]) == ["0", "1"]
    assert own_numbers([Words("0 - No", {"fr": "Non"}), Words("1 - Yes", {"fr": "Oui"})]) == []


def test_a_label_that_begins_with_its_number_shows_no_second_one_and_the_number_means_it():
    chat = Chat(form(choices("0 - Never", "1 - Sometimes", "2 - Often")))
    assert chat.text() == "1/1 Which?\n0 - Never\n1 - Sometimes\n2 - Often"
    assert chat.say("0").values() == {"q": "c0"}
    assert Chat(form(choices("0 - Never", "1 - Sometimes"))).say("1").values() == {"q": "c1"}


def test_a_scale_stands_on_one_line_and_is_entered_on_the_phone():
    scale = form(choices(*map(str, range(11))))
    chat = Chat(scale)
    assert chat.text() == "1/1 Which?\n0 1 2 3 4 5 6 7 8 9 10"
    assert chat.say("10").values() == {"q": "c10"}
    phone = Chat(scale, "voice")
    assert phone.heard().endswith("Enter a number from 0 to 10, then press pound.")
    assert phone.press("10").values() == {"q": "c10"}
    assert Chat(scale, "voice").press("11").asked == "q"
    assert Chat(scale, "voice").press("9").values() == {"q": "c9"}
    tens = Chat(form(choices("10", "20", "30")), "voice")
    assert tens.heard().endswith("Enter one of these numbers, then press pound: 10, 20, 30.")
    assert tens.press("20").values() == {"q": "c1"}


def test_numbers_of_several_at_once_are_the_printed_ones():
    chat = Chat(form(choices("0. None", "1. Cough", "2. Fever", repeats=True)))
    assert "Like 0 1." in chat.text()
    assert chat.say("1 2").values() == {"q": ["c1", "c2"]}
    assert Chat(form(choices("0. None", "1. Cough", repeats=True))).say("0").values() == {"q": ["c0"]}


def test_a_choice_without_options_is_answered_in_recorded_words_on_the_phone():
    chat = Chat(form(item("q", "open-choice"), item("b", "boolean")), "voice")
    chat.reply(Reply.recording("rec-1"))
    assert chat.values() == {"q": {"recording": "rec-1"}}
    assert chat.effects(TranscriptionNeeded)
    assert chat.asked == "b"


def test_a_question_without_words_is_asked_by_its_code_its_number_or_its_name():
    source = form(
        {"linkId": "q1", "type": "date", "code": [{"code": "x", "display": "Date of birth"}]},
        {"linkId": "q2", "type": "string", "prefix": "2.1"},
        {"linkId": "q3", "type": "boolean"},
    )
    chat = Chat(source)
    assert chat.text() == "1/3 Date of birth"
    assert chat.say("1980-05-17").text().endswith("2/3 2.1")
    assert chat.say("x").text() == "3/3 q3\n1 Yes\n2 No"


def test_markdown_is_read_as_words():
    chat = Chat(form(item("q", "string", text="**Which** [drug](http://example.org/d) do you take? 2 ** 3")))
    assert chat.text() == "1/1 Which drug (http://example.org/d) do you take? 2 ** 3"


def test_translations_keep_their_numbers():
    option = {"valueCoding": {"code": "c0", "display": "0 - No", "_display": translated(fr="0 - Non")}}
    other = {"valueCoding": {"code": "c1", "display": "1 - Yes", "_display": translated(fr="1 - Oui")}}
    source = form({"linkId": "q", "type": "choice", "text": "Which?", "answerOption": [option, other]})
    assert Chat(source, "sms", "fr").text() == "1/1 Which?\n0 - Non\n1 - Oui"
