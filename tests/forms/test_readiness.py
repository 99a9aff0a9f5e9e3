"""Readiness says, per language and channel, what a form costs, what is left to others, and what stands in the way."""

from __future__ import annotations

import pytest

from channels.sms.segments import measure
from forms.readiness import can_publish, readiness
from tests.forms.chat import Chat, choice, extension, form, item, questionnaire, translated


def report(source: dict) -> dict:
    return readiness(questionnaire(source), translators=lambda _: str, measure=measure)


def test_a_plain_form_is_ready_everywhere():
    found = report(form(item("a"), choice("c", "Yes", "No")))
    assert {channel: ready.ready for channel, ready in found["en"].items()} == {"sms": True, "voice": True, "web": True}
    assert found["en"]["sms"].segments_max == 1
    assert can_publish(found)


def test_a_letter_outside_gsm_is_named_with_what_it_costs():
    costly = report(form(item("a", text="ê" + "a" * 70)))["en"]["sms"].costly
    assert costly == ({"link_id": "a", "segments": 2, "offenders": ["ê"]},)


def test_what_a_channel_cannot_ask_is_deferred_to_the_page_or_a_person():
    found = report(form(item("a"), item("photo", "attachment"), item("ref", "reference")))["en"]
    assert found["sms"].deferred == ("photo", "ref")
    assert found["web"].deferred == ("ref",)
    assert found["sms"].reasons == {"photo": "asked on the page", "ref": "asked by a person"}
    assert found["sms"].ready


def test_a_language_without_synthetic_voice_needs_every_recording():
    source = form(item("a", "boolean", _text=translated(iu="ᐋ?")), item("b", _text=translated(iu="ᐊ?")))
    found = report(source)
    assert found["en"]["voice"].ready
    assert (found["iu"]["voice"].ready, found["iu"]["voice"].blocked) == (False, ("a", "b"))
    assert found["iu"]["sms"].ready


def test_recordings_for_all_prompts_and_options_make_a_language_ready_by_phone():
    def media(name: str) -> dict:
        url = f"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-{name}"
        return extension(url, valueAttachment={"contentType": "audio/mpeg", "language": "iu", "url": "x.mp3"})

    recorded = choice("c", "Yes", "No", _text=translated(iu="ᐋ?"), extension=[media("itemMedia")])
    for option in recorded["answerOption"]:
        option["extension"] = [media("itemAnswerMedia")]
    assert report(form(recorded))["iu"]["voice"].ready


def test_a_prompt_no_text_message_can_carry_blocks_sms_only():
    found = report(form(item("a", text="long words " * 200)))["en"]
    assert found["sms"].blocked == ("a",)
    assert not found["sms"].ready
    assert found["web"].ready


def test_untranslated_questions_are_listed():
    found = report(form(item("a", _text=translated(fr="A?")), item("b")))
    assert found["fr"]["sms"].untranslated == ("b",)


def test_very_many_languages_are_cut_not_followed_for_ever():
    tags = {f"{first}{second}{third}": "x" for first in "abcdefgh" for second in "abcdefgh" for third in "abcdefgh"}
    many = form(*[item(f"q{n}", _text=translated(**tags)) for n in range(300)])
    assert len(report(many)) <= 200


@pytest.mark.parametrize("count", [9, 10, 40, 41])
def test_options_beyond_what_a_text_can_list_go_to_the_page(count):
    source = form(choice("c", *[f"O{n}" for n in range(count)]), item("b"))
    assert Chat(source).asked == ("c" if count <= 40 else "b")
