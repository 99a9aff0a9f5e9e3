"""Builds small forms and talks them through, for the tests of the engine."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from forms.effects import Effect
from forms.engine import advance, begin, resume
from forms.plan import Plan, compile_plan
from forms.questionnaire import Questionnaire, read_questionnaire
from forms.render import sms, voice
from forms.render.voice import speech_of
from forms.state import Context, Reply, State, Turn

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
CORE = "http://hl7.org/fhir/StructureDefinition/"
FARLINE = "https://farline.example/fhir/StructureDefinition/"


def form(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    head = {"resourceType": "Questionnaire", "status": "active", "language": "en", "title": "Test", "url": "urn:test"}
    return {**head, "item": list(items), **more}


def item(link_id: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"linkId": link_id, "type": kind, "text": f"{link_id}?", **more}


def group(link_id: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"linkId": link_id, "type": "group", "text": f"About {link_id}", "item": list(items), **more}


def choice(link_id: str, *labels: str, **more: Any) -> dict[str, Any]:
    """A choice whose codes are the labels in lower case."""
    options = [{"valueCoding": {"system": "urn:o", "code": label.lower(), "display": label}} for label in labels]
    return item(link_id, "choice", answerOption=options, **more)


def when(question: str, operator: str = "=", **answer: Any) -> dict[str, Any]:
    return {"question": question, "operator": operator, **answer}


def extension(name: str, **value: Any) -> dict[str, Any]:
    return {"url": name if ":" in name else CORE + name, **value}


def expression(name: str, text: str, **more: Any) -> dict[str, Any]:
    url = name if ":" in name else (CORE if name == "variable" else SDC) + name
    return {"url": url, "valueExpression": {"language": "text/fhirpath", "expression": text, **more}}


def translated(**texts: str) -> dict[str, Any]:
    """The `_text` with these translations."""
    rows = [
        {
            "url": CORE + "translation",
            "extension": [
                {"url": "lang", "valueCode": tag.replace("_", "-")},
                {"url": "content", "valueString": text},
            ],
        }
        for tag, text in texts.items()
    ]
    return {"extension": rows}


def questionnaire(source: dict[str, Any]) -> Questionnaire:
    result = read_questionnaire(source)
    assert result.questionnaire is not None, result.problems
    return result.questionnaire


class Chat:
    """One conversation; the state goes through JSON at every turn, as it does in the database."""

    def __init__(self, source: dict[str, Any], channel: str = "sms", locale: str = "en", **how: Any) -> None:
        self.form = questionnaire(source)
        self.plan: Plan = compile_plan(self.form, locale)
        order, serve = how.pop("order", None), how.pop("serve", None)
        self.context = Context(channel, locale, NOW, "America/Toronto", order, serve)
        self.turn: Turn = begin(self.plan, self.context, **how)

    @property
    def state(self) -> State:
        return self.turn.state

    def say(self, *lines: str) -> Chat:
        for line in lines:
            self.reply(Reply.text(line))
        return self

    def press(self, *keys: str) -> Chat:
        for one in keys:
            self.reply(Reply.keys(one))
        return self

    def reply(self, reply: Reply) -> Chat:
        stored = State.from_json(json.loads(json.dumps(self.state.to_json())))
        self.turn = advance(self.plan, stored, reply, self.context)
        if self.state.locale != self.plan.locale:
            self.plan = compile_plan(self.form, self.state.locale)
        return self

    def resume(self, channel: str) -> Chat:
        self.context = replace(self.context, channel=channel)
        self.turn = resume(self.plan, self.state, self.context)
        return self

    @property
    def asked(self) -> str | None:
        """The path of the prompt that waits."""
        prompt: Any = self.turn.prompt
        return getattr(prompt, "path", "review") if prompt is not None else None

    def effects(self, kind: type[Effect]) -> list[Any]:
        return [effect for effect in self.turn.effects if isinstance(effect, kind)]

    def values(self) -> dict[str, Any]:
        return {path: answer.value for path, answer in self.state.answers.items()}

    def text(self) -> str:
        return "\n".join(sms.render(self.plan, self.turn, str))

    def heard(self) -> str:
        """All that is said on the phone."""
        return speech_of(voice.render(self.plan, self.turn, str).says)
