"""Plays a questionnaire: one prompt, one reply, until it is done or the replies run out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.core.clock import SystemClock
from app.core.locale import translator
from app.intake.fhirpath import server_for
from channels.sms.segments import fold, measure
from forms.commands import read_command
from forms.effects import Ask, AskAnother, Effect, ReadBack
from forms.engine import advance, begin, resume
from forms.items import NUMBERS, Kind, PlanItem
from forms.languages import match_language
from forms.plan import Plan, compile_plan
from forms.problems import Problem, warning
from forms.render import sms, voice
from forms.render.voice import speech_of
from forms.response import build_response
from forms.state import Context, Reply, Status, Turn

if TYPE_CHECKING:
    from forms.questionnaire import Questionnaire

_KEYS = frozenset("0123456789*#")
_ZONE = "America/Toronto"


class Play:
    """One conversation with a questionnaire, in memory; speaks the patient's language as it changes."""

    def __init__(
        self, questionnaire: Questionnaire, *, channel: str, locale: str, now: datetime, order: str | None = None
    ) -> None:
        self._questionnaire = questionnaire
        self._context = Context(channel, locale, now, _ZONE, order, server_for(questionnaire))
        self.plan: Plan = compile_plan(questionnaire, locale)
        self.turn: Turn = begin(self.plan, self._context)

    @property
    def waits(self) -> bool:
        return self.turn.state.status is Status.ASKING and self.turn.prompt is not None

    @property
    def link_id(self) -> str | None:
        """The question that waits."""
        prompt: Effect | None = self.turn.prompt
        return prompt.link_id if isinstance(prompt, Ask | AskAnother | ReadBack) else None

    def say(self) -> str:
        """All that this turn says, as text."""
        speak = translator(self.plan.locale)
        if self._context.channel == "voice":
            return speech_of(voice.render(self.plan, self.turn, speak).says)
        bodies = sms.render(self.plan, self.turn, speak, measure=lambda text: measure(text).segments, fold=fold)
        return "\n".join(bodies)

    def hear(self, line: str) -> None:
        """Take one reply: words, on the phone keys or speech, on the page also the name of a file."""
        item = self._waiting_item()
        if item is not None and item.kind is Kind.ATTACHMENT and line.strip() and read_command(line) is None:
            self._attach(line.strip())
            return
        self.turn = advance(self.plan, self.turn.state, self._reply(line), self._context)
        if self.turn.state.locale != self.plan.locale:
            self.plan = compile_plan(self._questionnaire, self.turn.state.locale)

    def _attach(self, name: str) -> None:
        """As the page does with a file: the answer is kept, and the next question asked."""
        prompt = self.turn.prompt
        assert isinstance(prompt, Ask)
        kept = advance(self.plan, self.turn.state, Reply.page({prompt.path: {"title": name}}), self._context)
        self.turn = resume(self.plan, kept.state, self._context)

    def _reply(self, line: str) -> Reply:
        if self._context.channel != "voice":
            return Reply.text(line)
        pressed = line.strip()
        if not pressed:
            return Reply.silence()
        if pressed in {"#", "*"} or (_KEYS.issuperset(pressed) and not self._is_words()):
            return Reply.keys(pressed if pressed in {"#", "*"} else pressed.removesuffix("#"))
        return self._spoken(line)

    def _is_words(self) -> bool:
        """Whether the question that waits is answered in words, so that even digits are spoken."""
        item = self._waiting_item()
        return item is not None and item.is_spoken

    def _waiting_item(self) -> PlanItem | None:
        prompt = self.turn.prompt
        return self.plan.item_at(prompt.path) if isinstance(prompt, Ask) else None

    def _spoken(self, line: str) -> Reply:
        """Words on the phone are a recording where words are asked for, and else a slip of the finger."""
        if self._is_words():
            return Reply.recording(line)
        item = self._waiting_item()
        if item is not None and item.kind in NUMBERS:
            return Reply.keys(line.strip().replace(".", "*").replace(",", "*"))
        return Reply.text(line)

    def response(self) -> dict[str, Any]:
        return build_response(self._questionnaire, self.plan, self.turn.state, context=self._context)


def walk_form(
    questionnaire: Questionnaire,
    lines: list[str],
    *,
    channel: str,
    locale: str,
    today: datetime | None,
    order: str | None,
) -> dict[str, Any]:
    """What `farline questionnaires walk` reports."""
    now = today.replace(hour=17, tzinfo=UTC) if today else SystemClock().now()
    play = Play(questionnaire, channel=channel, locale=locale, now=now, order=order)
    transcript = []
    for line in lines:
        if not play.waits:
            break
        transcript.append({"link_id": play.link_id, "say": play.say(), "heard": line})
        play.hear(line)
    closing = ""
    if play.waits:
        transcript.append({"link_id": play.link_id, "say": play.say(), "heard": None})
    else:
        closing = play.say()
    state = str(play.turn.state.status)
    said = {"state": state, "transcript": transcript, "response": play.response(), "closing": closing}
    return {**said, "problems": [problem.to_json() for problem in _language_problems(questionnaire, locale)]}


def _language_problems(questionnaire: Questionnaire, locale: str) -> list[Problem]:
    if match_language(locale, questionnaire.languages) is not None:
        return []
    base = questionnaire.languages[0]
    return [
        warning(
            "not-in-this-language",
            "",
            message=f"The form has no words in {locale}; they are said as written ({base}).",
            fix=f"Ask it in {' or '.join(questionnaire.languages)}, or translate it.",
        )
    ]
