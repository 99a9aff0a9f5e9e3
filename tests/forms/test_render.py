"""Turns as texts, calls and pages: nothing cut short, the printed number is the one meant, every key has a meaning."""

from __future__ import annotations

import json

import pytest

from channels.sms.segments import fold, measure
from forms.plan import compile_plan
from forms.render import sms, voice, web
from forms.render.voice import KeySpec, Play, RecordSpec, Say, speech_of
from forms.render.web import Widget
from forms.state import Reply
from tests.forms.chat import Chat, choice, expression, extension, form, group, item, translated, when


def spoken(chat: Chat) -> voice.VoicePrompt:
    return voice.render(chat.plan, chat.turn, str)


def page(chat: Chat) -> web.WebForm:
    return web.render(chat.plan, chat.state, str, context=chat.context)


def fields(chat: Chat) -> dict[str, web.WebField]:
    return {field.name: field for section in page(chat).sections for field in section.fields}


# --- sms --------------------------------------------------------------------------------------------------------------


def test_a_question_comes_with_its_place_and_numbered_options():
    assert Chat(form(choice("c", "Red", "Green"), item("b"))).text() == "1/2 c?\n1 Red\n2 Green"


def test_titles_and_texts_come_before_the_first_question_they_belong_to():
    source = form(group("g", {"linkId": "d", "type": "display", "text": "Please read."}, item("a"), item("b")))
    chat = Chat(source)
    assert chat.text() == "About g\nPlease read.\n1/2 a?"
    assert chat.say("x").text() == "2/2 b?"


def test_a_short_text_is_used_where_the_form_has_one():
    short = extension("http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-shortText", valueString="Age?")
    assert Chat(form(item("a", extension=[short]))).text() == "1/1 Age?"


def test_help_is_given_only_on_request():
    help_item = {
        "linkId": "a.h",
        "type": "display",
        "text": "In years.",
        "extension": [extension("questionnaire-itemControl", valueCodeableConcept={"coding": [{"code": "help"}]})],
    }
    chat = Chat(form(item("a", "integer", item=[help_item])))
    assert "In years." not in chat.text()
    assert "In years." in chat.say("help").text()


def test_a_sensitive_answer_is_not_quoted_back():
    from tests.forms.chat import FARLINE

    secret = item("s", extension=[extension(FARLINE + "sensitivity", valueCode="sensitive")])
    chat = Chat(form(secret, item("b"))).say("my secret", "review")
    assert "my secret" not in chat.text()
    assert "(answered)" in chat.text()
    assert "my secret" not in chat.say("back").text()


def test_nothing_is_cut_short_when_a_prompt_is_long():
    text = "word " * 600
    chat = Chat(form(item("a", text=text.strip(), extension=[]), item("b")))
    bodies = sms.render(chat.plan, chat.turn, str, measure=lambda body: measure(body).segments, segments=3, fold=fold)
    assert all(measure(body).segments <= 3 for body in bodies)
    assert " ".join(" ".join(bodies).split()) == "1/2 " + text.strip()


def test_a_word_longer_than_any_body_still_arrives_whole():
    chat = Chat(form(item("a", text="ᐃᓄᒃᑎᑐᑦ" * 200)))
    bodies = sms.render(chat.plan, chat.turn, str, measure=lambda body: measure(body).segments, segments=2)
    assert "".join(bodies).replace("\n", "").replace("1/1", "").strip() == "ᐃᓄᒃᑎᑐᑦ" * 200


def test_every_prompt_of_the_library_costs_at_most_four_segments():
    from app.core.locale import translator
    from forms import library
    from tests.forms.chat import questionnaire

    for name in library.names():
        source = questionnaire(library.load(name))
        for tag in source.languages:
            plan = compile_plan(source, tag)
            prompts = [sms.prompt_text(plan, one, translator(tag)) for one in plan.items if one.is_asked]
            assert max(measure(fold(prompt)).segments for prompt in prompts) <= 4, (name, tag)


# --- voice ------------------------------------------------------------------------------------------------------------


def test_a_choice_names_its_keys_and_ends_with_one_press():
    prompt = spoken(Chat(form(choice("c", "Red", "Green")), "voice"))
    assert speech_of(prompt.says) == "c? For Red, press 1. For Green, press 2."
    assert prompt.keys == KeySpec(most=1)


def test_numbers_end_with_pound_and_words_are_recorded():
    assert spoken(Chat(form(item("n", "decimal")), "voice")).keys == KeySpec(most=16)
    assert spoken(Chat(form(item("s", "text")), "voice")).record == RecordSpec(120)
    assert spoken(Chat(form(item("s", "string")), "voice")).record == RecordSpec(30)


def test_a_recorded_prompt_is_played_in_its_language():
    media = [
        extension(
            "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemMedia", valueAttachment=attachment
        )
        for attachment in (
            {"contentType": "audio/mpeg", "url": "https://x.org/en.mp3"},
            {"contentType": "audio/mpeg", "language": "iu", "url": "https://x.org/iu.mp3"},
        )
    ]
    source = form(item("a", "boolean", extension=media, _text=translated(iu="ᐋ?")))
    assert spoken(Chat(source, "voice")).says[0] == Play("https://x.org/en.mp3", "a?", "en")
    assert spoken(Chat(source, "voice", "iu")).says[0] == Play("https://x.org/iu.mp3", "ᐋ?", "iu")


def test_the_last_prompt_listens_for_nothing():
    prompt = spoken(Chat(form(item("b", "boolean")), "voice").press("1"))
    assert (prompt.keys, prompt.record) == (None, None)
    assert prompt.says[-1] == Say("Goodbye.", "en")


def test_nine_is_said_before_it_is_heard():
    chat = Chat(form(item("b", "boolean")), "voice")
    assert "press 9" not in speech_of(spoken(chat).says)
    assert "press 9" in speech_of(spoken(chat.press("5")).says)


# --- web --------------------------------------------------------------------------------------------------------------

EVERY = form(
    item("b", "boolean"),
    item("n", "integer", extension=[extension("minValue", valueInteger=1)]),
    item("m", "decimal"),
    item(
        "q",
        "quantity",
        extension=[
            extension("questionnaire-unitOption", valueCoding={"code": "kg", "display": "kg"}),
            extension("questionnaire-unitOption", valueCoding={"code": "[lb_av]", "display": "lb"}),
        ],
    ),
    item("d", "date"),
    item("t", "time"),
    item("dt", "dateTime"),
    item("s"),
    item("x", "text"),
    item("u", "url"),
    choice("c", "Red", "Green"),
    choice("many", "Red", "Green", repeats=True),
    choice("open", "Red") | {"type": "open-choice"},
    choice("long", *[f"L{n}" for n in range(20)]),
    item("file", "attachment"),
    item("ref", "reference"),
    item(
        "sum",
        "decimal",
        extension=[expression("calculatedExpression", "%resource.item.where(linkId='n').answer.value * 2")],
    ),
    group("g", item("g.x"), repeats=True),
)


def test_every_type_has_its_widget():
    found = {name: field.widget for name, field in fields(Chat(EVERY, "web")).items()}
    assert found == {
        "b": Widget.RADIO,
        "n": Widget.NUMBER,
        "m": Widget.NUMBER,
        "q": Widget.QUANTITY,
        "d": Widget.DATE,
        "t": Widget.TIME,
        "dt": Widget.DATETIME,
        "s": Widget.INPUT,
        "x": Widget.TEXTAREA,
        "u": Widget.INPUT,
        "c": Widget.RADIO,
        "many": Widget.CHECKBOX,
        "open": Widget.RADIO,
        "long": Widget.SELECT,
        "file": Widget.FILE,
        "ref": Widget.UNASKABLE,
        "sum": Widget.SHOWN,
        "g.x@0": Widget.INPUT,
        "g": Widget.ANOTHER,
    }


def test_a_page_shows_the_answers_and_what_applies():
    source = form(item("a", "boolean"), item("x", enableWhen=[when("a", answerBoolean=True)]))
    chat = Chat(source, "web")
    assert not fields(chat)["x"].visible
    chat.reply(Reply.page({"a": True, "x": "hello"}))
    assert fields(chat)["x"].visible
    assert fields(chat)["x"].value == "hello"
    assert [option.chosen for option in fields(chat)["a"].options] == [True, False]


def test_sections_follow_the_groups_at_the_top():
    source = form(item("a"), group("g", item("x")), item("b"), item("c"), group("h", item("y")))
    assert [(s.title, [f.name for f in s.fields]) for s in page(Chat(source, "web")).sections] == [
        ("", ["a"]),
        ("About g", ["x"]),
        ("", ["b", "c"]),
        ("About h", ["y"]),
    ]


def test_the_page_as_json_leaves_out_what_is_usual():
    data = web.form_to_json(page(Chat(form(item("a"), item("b", "boolean")), "web")))
    assert json.loads(json.dumps(data)) == data
    assert data["sections"][0]["fields"][0] == {
        "name": "a",
        "link_id": "a",
        "widget": "input",
        "label": "a?",
        "inputmode": "text",
    }


@pytest.mark.parametrize(
    ("posted", "values", "wrong"),
    [
        ({"b": ["true"]}, {"b": True}, []),
        ({"b": [""]}, {"b": None}, []),
        ({"b": ["maybe"]}, {}, ["b"]),
        ({"n": ["3"]}, {"n": 3}, []),
        ({"n": ["0"]}, {}, ["n"]),
        ({"n": ["x"]}, {}, ["n"]),
        ({"m": ["37,8"]}, {"m": 37.8}, []),
        ({"m": ["37.8"]}, {"m": 37.8}, []),
        ({"q": ["70"], "q.unit": ["[lb_av]"]}, {"q": {"value": 70, "unit": "[lb_av]"}}, []),
        ({"d.y": ["1980"], "d.m": ["3"], "d.d": ["7"]}, {"d": "1980-03-07"}, []),
        ({"d.y": ["1980"], "d.m": [""], "d.d": [""]}, {"d": "1980"}, []),
        ({"d.y": ["1980"], "d.m": ["2"], "d.d": ["30"]}, {}, ["d"]),
        ({"d.y": [""], "d.m": [""], "d.d": [""]}, {"d": None}, []),
        ({"t.h": ["15"], "t.min": ["30"]}, {"t": "15:30:00"}, []),
        ({"t.h": ["24"], "t.min": ["30"]}, {}, ["t"]),
        (
            {"dt.y": ["2026"], "dt.m": ["1"], "dt.d": ["2"], "dt.h": ["8"], "dt.min": ["5"]},
            {"dt": "2026-01-02T08:05:00-05:00"},
            [],
        ),
        ({"s": ["  Ann  "]}, {"s": "Ann"}, []),
        ({"c": ["red"]}, {"c": "red"}, []),
        ({"c": ["blue"]}, {}, ["c"]),
        ({"many": ["", "red", "green"]}, {"many": ["red", "green"]}, []),
        ({"many": [""]}, {"many": None}, []),
        ({"open": ["other"], "open.other": ["ear"]}, {"open": {"text": "ear"}}, []),
        ({"g.x@1": ["x"]}, {"g.x@1": "x"}, []),
        ({"zzz": ["x"], "sum": ["5"], "file": ["x"]}, {}, []),
    ],
)
def test_posted_fields_become_typed_values_or_errors(posted, values, wrong):
    chat = Chat(EVERY, "web")
    found, errors = web.read_fields(chat.plan, posted, context=chat.context, translate=str)
    assert found == values
    assert list(errors) == wrong
    assert all(errors.values())


def test_a_unit_is_said_in_the_language_of_the_prompt():
    unit = {"system": "http://unitsofmeasure.org", "code": "wk", "display": "weeks"}
    french = {"_display": translated(fr="semaines")}
    source = form(
        item("n", "integer", extension=[extension("questionnaire-unit", valueCoding={**unit, **french})],
             _text=translated(fr="Combien?"))
    )  # fmt: skip
    assert "(weeks)" in Chat(source).text()
    assert "Combien? (semaines)" in Chat(source, locale="fr").text()


def test_silence_is_not_called_unreadable():
    chat = Chat(form(item("b", "boolean")), "voice").reply(Reply.silence())
    assert chat.heard().startswith("We did not get an answer.")
