"""Golden conversations in both languages: what the patient says, what comes back, what is stored."""

from __future__ import annotations

import pytest

from tests.forms.transcripts import FOLDER, played, read_script

TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
def test_the_conversation_goes_as_written_down(path):
    text = path.read_text(encoding="utf-8")
    assert played(read_script(text)) == text


def test_both_languages_and_both_spoken_channels_are_covered():
    heads = [read_script(path.read_text(encoding="utf-8")).head for path in TRANSCRIPTS]
    assert {(head["channel"], head["language"]) for head in heads} >= {
        ("sms", "en"), ("sms", "fr"), ("voice", "en"), ("voice", "fr"),
    }  # fmt: skip
