"""Golden conversations: tests/transcripts/*.txt. A file gives a form, a channel, a language and what the patient says;
the rest of it is what came back and what was stored.

    python -m tests.forms.transcripts        writes what comes back now, for reading before it is committed
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.cli.walking import Play
from forms import library
from forms.questionnaire import read_questionnaire

FOLDER = Path(__file__).parents[1] / "transcripts"
TODAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Script:
    """What a transcript begins with, and the patient's lines."""

    head: dict[str, str]
    lines: list[str]


def read_script(text: str) -> Script:
    head, _, body = text.partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Script(fields, [line[2:] for line in body.splitlines() if line.startswith("> ")])


def played(script: Script) -> str:
    """The whole transcript as it comes out now."""
    head = script.head
    form = read_questionnaire(library.load(head["form"])).questionnaire
    assert form is not None
    play = Play(form, channel=head["channel"], locale=head["language"], now=TODAY, order=head.get("order"))
    parts = ["\n".join(f"{name}: {value}" for name, value in head.items()), "\n", _said(play)]
    for line in script.lines:
        play.hear(line)
        parts += [f"> {line}\n", _said(play)]
    stored = {path: answer.value for path, answer in play.turn.state.answers.items()}
    parts.append(f"= {play.turn.state.status}\n{json.dumps(stored, ensure_ascii=False, indent=1)}\n")
    return "\n".join(parts)


def _said(play: Play) -> str:
    return "".join(f"< {line}\n" for line in play.say().splitlines())


if __name__ == "__main__":
    for path in sorted(FOLDER.glob("*.txt")):
        path.write_text(played(read_script(path.read_text(encoding="utf-8"))), encoding="utf-8")
