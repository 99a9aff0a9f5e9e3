"""What the page weighs, in bytes of Brotli as the server sends them."""

from __future__ import annotations

import random
import re

import pytest

from tests.web.patient.conftest import SMALL, size_of

KIB_5, KB_14 = 5_000, 14_000
LETTERS = {
    "en": "etaoin shrdlu cmfwyp",
    "cr": "ᐊᐃᐅᐋᐯᐱᐳᐸᑌᑎᑐᑕᑫᑭᑯᑲ ᒉᒋᒍᒐᒣᒥᒧᒪ",
    "any": "".join(map(chr, range(0x4E00, 0x5200))),
}


def form_of(count: int, letters: str = "etaoin shrdlu") -> dict:
    """`count` required yes/no questions of about forty letters each, in words nobody has seen before."""
    chance = random.Random(7)
    return {
        "resourceType": "Questionnaire", "status": "active", "title": "Long", "language": "en-CA",
        "item": [
            {"linkId": f"q{n}", "type": "boolean", "required": True, "text": "".join(chance.choices(letters, k=40))}
            for n in range(count)
        ],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["symptom-check-in", "phq-9", "prenatal-check-in"])
def test_the_first_form_is_one_answer_of_at_most_5_kb(visit, name):
    assert size_of(visit(name).prove(headers=SMALL)) <= KIB_5


def test_twenty_questions_are_one_answer_of_at_most_5_kb(visit):
    page = visit("twenty", resource=form_of(20)).prove(headers=SMALL)
    assert size_of(page) <= KIB_5


def test_the_question_before_the_form_is_smaller_than_a_text_message_with_a_picture(visit):
    assert size_of(visit().get(headers=SMALL)) <= 2_000


@pytest.mark.parametrize("letters", LETTERS.values(), ids=LETTERS)
def test_three_hundred_questions_never_pass_14_kb_and_none_is_left_out(visit, letters):
    visitor = visit("long", resource=form_of(300, letters))
    first = visitor.prove(headers=SMALL)
    assert size_of(first) <= KB_14
    count = int(re.search(r"of (\d+)", visitor.get().text)[1])
    seen = []
    for number in range(1, count + 1):
        assert size_of(visitor.get(f"?part={number}", headers=SMALL)) <= KB_14
        seen += dict.fromkeys(re.findall(r'name="(q\d+)"', visitor.get(f"?part={number}").text))
    assert seen == [f"q{n}" for n in range(300)]


def test_a_long_form_is_walked_part_by_part_and_sent_at_its_end(visit):
    visitor = visit("long", resource=form_of(300))
    text, query, answered = visitor.prove().text, "", 0
    while 'name="finish"' not in text:
        names = dict.fromkeys(re.findall(r'name="(q\d+)"', text))
        answered += len(names)
        saved = visitor.post({**dict.fromkeys(names, "true"), "go": "next"}, query)
        query = "?" + saved.location.partition("?")[2].partition("#")[0]
        text = visitor.client.get(saved.location).text
    names = dict.fromkeys(re.findall(r'name="(q\d+)"', text))
    assert answered + len(names) == 300
    assert "receipt code" in visitor.post({**dict.fromkeys(names, "true"), "finish": "1"}, query).text
