"""Turns as a phone call: what to say or play, and which keys to listen for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forms import keypad
from forms.effects import (
    Ask,
    AskAnother,
    Completed,
    Deferred,
    Effect,
    HandOff,
    NotUnderstood,
    ReadBack,
    RedFlag,
    Restarted,
    Review,
    Said,
    Stopped,
)
from forms.items import CHOICES, NUMBERS, Kind
from forms.option_numbers import is_scale
from forms.render.phrases import Translate, hand_off_text, said_text, value_text, wrong
from forms.state import Status

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.plan_model import Plan
    from forms.state import Turn

_SECONDS = {Kind.STRING: 30, Kind.TEXT: 120, Kind.OPEN_CHOICE: 30}


@dataclass(frozen=True, slots=True)
class Say:
    """Speak these words with a synthetic voice of this language."""

    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class Play:
    """Play this recording (an address from the form's itemMedia); `text` is what it says."""

    recording: str
    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class KeySpec:
    """Which keys to listen for. `most` 1 means a single key ends the input; otherwise # ends it.

    The gathered keys go to the engine as Reply.keys(digits), without the ending #; nothing pressed is Reply.silence();
    # alone is Reply.keys("#").
    """

    most: int
    finish: str = "#"
    timeout_s: int = 8


@dataclass(frozen=True, slots=True)
class RecordSpec:
    """Record the caller's words; send them on as Reply.recording(id)."""

    most_s: int
    finish: str = "#"


@dataclass(frozen=True, slots=True)
class VoicePrompt:
    """One stretch of a call. Neither keys nor record: say it and hang up."""

    says: tuple[Say | Play, ...]
    keys: KeySpec | None = None
    record: RecordSpec | None = None


def render(plan: Plan, turn: Turn, translate: Translate) -> VoicePrompt:
    """What the caller hears now and what may be pressed."""
    speaker = _Speaker(plan, turn, translate)
    says = [say for effect in turn.effects for say in speaker.says(effect)]
    keys, record = speaker.listens()
    return VoicePrompt(tuple(say for say in says if say.text), keys, record)


class _Speaker:
    """The stretches of one turn, effect by effect."""

    def __init__(self, plan: Plan, turn: Turn, translate: Translate) -> None:
        self._plan = plan
        self._turn = turn
        self.translate = translate

    def says(self, effect: Effect) -> list[Say | Play]:
        handler = _HANDLERS.get(type(effect))
        return handler(self, effect) if handler else []

    def _speak(self, *texts: str) -> list[Say | Play]:
        return [Say(text, self._plan.locale) for text in texts if text]

    def _prompt(self, item: PlanItem, text: str) -> list[Say | Play]:
        """The item's recording where there is one, else its words."""
        if item.recording:
            return [Play(item.recording, text, self._plan.locale)]
        return self._speak(text)

    def not_understood(self, effect: NotUnderstood) -> list[Say | Play]:
        return (
            []
            if self._turn.state.status is Status.HANDED_OFF
            else self._speak(wrong(self._plan, effect, self.translate))
        )

    def hand_off(self, effect: HandOff) -> list[Say | Play]:
        return self._speak(hand_off_text(effect, self.translate), self.translate("Goodbye."))

    def red_flag(self, effect: RedFlag) -> list[Say | Play]:
        return self._speak(effect.tell)

    def said(self, effect: Said) -> list[Say | Play]:
        return self._speak(said_text(effect, self.translate))

    def restarted(self, effect: Restarted) -> list[Say | Play]:  # noqa: ARG002 -- every effect has the same handler
        return self._speak(self.translate("Starting again."))

    def stopped(self, effect: Stopped) -> list[Say | Play]:  # noqa: ARG002
        return self._speak(self.translate("All right, we stopped. Goodbye."))

    def deferred(self, effect: Deferred) -> list[Say | Play]:
        if self._turn.state.status is not Status.DEFERRED or not effect.page:
            return []
        return self._speak(self.translate("The remaining questions are on a web page. We will send you the link."))

    def completed(self, effect: Completed) -> list[Say | Play]:
        texts = [
            say for key in effect.outro for say in self._prompt(self._plan.by_key[key], self._plan.by_key[key].text)
        ]
        return [*texts, *self._speak(self.translate("Thank you. All your answers are in."), self.translate("Goodbye."))]

    def ask(self, effect: Ask) -> list[Say | Play]:
        item = self._plan.item_at(effect.path)
        if item is None:
            return []
        intro = [self._plan.by_key[key] for key in effect.intro]
        notes = [self._plan.items[index] for index in item.notes if not self._plan.items[index].hidden]
        spoken = [say for text in intro for say in self._prompt(text, text.text)]
        spoken += self._prompt(item, item.text)
        spoken += [say for note in notes for say in self._prompt(note, note.text)]
        if effect.help and item.help:
            spoken += self._speak(item.help)
        spoken += self._keys_for(item)
        if keypad.prints_nine(item, effect.attempt):
            spoken += self._speak(self.translate("For a person, press 9."))
        if effect.help or effect.attempt:
            ways = [
                self.translate("To hear this again, press star."),
                "" if item.required else self.translate("To skip, press pound."),
            ]
            spoken += self._speak(*ways)
        return spoken

    def _keys_for(self, item: PlanItem) -> list[Say | Play]:
        if item.kind is Kind.BOOLEAN:
            return self._speak(self.translate("For yes, press 1. For no, press 2."))
        if item.kind in CHOICES and item.options:
            return self._choice_keys(item)
        return self._speak(self._entry_rule(item))

    def _choice_keys(self, item: PlanItem) -> list[Say | Play]:
        if item.many and len(item.options) > 9:
            labels = [(str(n), option) for n, option in enumerate(item.options, start=1)]
            ending = self.translate("Press the numbers that apply, with star between them, then pound.")
            return [*(say for key, option in labels for say in self._option(key, option)), *self._speak(ending)]
        if is_scale(item):
            return self._speak(self._scale_rule([int(option.number) for option in item.options]))
        shown = keypad.layout(item, self._turn.state.page)
        spoken = [say for key, option in shown.options for say in self._option(key, option)]
        if item.many:
            spoken += self._speak(self.translate("Press all the numbers that apply, then pound."))
        if shown.before:
            spoken += self._speak(self.translate("For the answers before, press 8."))
        if shown.more:
            spoken += self._speak(self.translate("For more answers, press 9."))
        return spoken

    def _scale_rule(self, numbers: Sequence[int]) -> str:
        least, most = min(numbers), max(numbers)
        if len(numbers) == most - least + 1:
            said = self.translate("Enter a number from {least} to {most}, then press pound.")
            return said.format(least=least, most=most)
        said = self.translate("Enter one of these numbers, then press pound: {numbers}.")
        return said.format(numbers=", ".join(map(str, numbers)))

    def _option(self, key: str, option: Any) -> list[Say | Play]:
        if option.recording:
            press = Say(self.translate("Press {key}.").format(key=key), self._plan.locale)
            return [Play(option.recording, option.label, self._plan.locale), press]
        return self._speak(self.translate("For {answer}, press {key}.").format(answer=option.label, key=key))

    def _entry_rule(self, item: PlanItem) -> str:
        if item.kind is Kind.INTEGER:
            return self.translate("Enter the number, then press pound.")
        if item.kind in NUMBERS:
            return self.translate("Enter the number, then press pound. Press star for the decimal point.")
        if item.kind in {Kind.DATE, Kind.DATETIME}:
            return self._date_rule()
        if item.kind is Kind.TIME:
            return self.translate("Enter the time with four digits. For half past two, press 0 2 3 0.")
        return self.translate("Say your answer after the tone, then press pound.")

    def _date_rule(self) -> str:
        order = keypad.date_digits(self._turn.context.date_order)
        return {
            "dmy": self.translate(
                "Enter the date with eight digits: day, month, year. For March 7 1980, press 0 7 0 3 1 9 8 0."
            ),
            "mdy": self.translate(
                "Enter the date with eight digits: month, day, year. For March 7 1980, press 0 3 0 7 1 9 8 0."
            ),
            "ymd": self.translate(
                "Enter the date with eight digits: year, month, day. For March 7 1980, press 1 9 8 0 0 3 0 7."
            ),
        }[order]

    def another(self, effect: AskAnother) -> list[Say | Play]:
        loop = self._plan.item_at(effect.path)
        name = loop.text.rstrip(" ?.:") if loop else ""
        question = self.translate("Add another: {name}?").format(name=name) if name else self.translate("Add another?")
        nine = self._speak(self.translate("For a person, press 9.")) if effect.attempt else []
        return [*self._speak(question, self.translate("For yes, press 1. For no, press 2.")), *nine]

    def read_back(self, effect: ReadBack) -> list[Say | Play]:
        texts = [text or self.translate("talk to a person") for _, text in effect.candidates]
        nine = self._speak(self.translate("For a person, press 9.")) if effect.attempt else []
        if len(texts) == 1:
            heard = self.translate("We heard {answer}. If that is right, press 1. To answer again, press 2.")
            return [*self._speak(heard.format(answer=texts[0])), *nine]
        lines = [
            self.translate("For {answer}, press {key}.").format(answer=t, key=n) for n, t in enumerate(texts, start=1)
        ]
        again = self.translate("To answer again, press {key}.").format(key=len(texts) + 1)
        return [*self._speak(*lines, again), *nine]

    def review(self, effect: Review) -> list[Say | Play]:
        spoken = self._speak(self.translate("Your answers:"))
        for _, path in effect.lines:
            item, answer = self._plan.item_at(path), self._turn.state.answers.get(path)
            if item is not None and answer is not None and not item.sensitive:
                shown = value_text(item, answer.value, self.translate, locale=self._plan.locale)
                spoken += self._speak(f"{item.short or item.text}: {shown}")
        return [*spoken, *self._speak(self.translate("To send your answers, press 1."))] if effect.final else spoken

    # --- what to listen for ---

    def listens(self) -> tuple[KeySpec | None, RecordSpec | None]:
        prompt = self._turn.prompt
        if prompt is None or self._turn.state.status is not Status.ASKING:
            return None, None
        if not isinstance(prompt, Ask):
            return KeySpec(most=1), None
        item = self._plan.item_at(prompt.path)
        if item is None:
            return None, None
        if item.is_spoken:
            return None, RecordSpec(item.record_s or _SECONDS.get(item.kind, 30))
        return KeySpec(most=1 if keypad.takes_one_key(item) else _most_keys(item)), None


def _most_keys(item: PlanItem) -> int:
    """How many keys an answer can take."""
    if item.kind in {Kind.DATE, Kind.DATETIME}:
        return 8
    if item.kind is Kind.TIME:
        return 4
    return 16 if item.kind in NUMBERS else 40


def speech_of(says: Iterable[Say | Play]) -> str:
    """All that is said, as one text, for transcripts."""
    return " ".join(say.text if say.text[-1:] in ".?!:" else f"{say.text}." for say in says)


_HANDLERS: dict[type[Effect], Callable[[Any, Any], list[Say | Play]]] = {
    NotUnderstood: _Speaker.not_understood,
    HandOff: _Speaker.hand_off,
    RedFlag: _Speaker.red_flag,
    Said: _Speaker.said,
    Restarted: _Speaker.restarted,
    Stopped: _Speaker.stopped,
    Deferred: _Speaker.deferred,
    Completed: _Speaker.completed,
    Ask: _Speaker.ask,
    AskAnother: _Speaker.another,
    ReadBack: _Speaker.read_back,
    Review: _Speaker.review,
}
