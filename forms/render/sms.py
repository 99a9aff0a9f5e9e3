"""Turns as text messages: one question at a time, numbered options, nothing cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forms import keypad
from forms.asking import board_for, position
from forms.effects import (
    AnswerKept,
    Ask,
    AskAnother,
    Completed,
    Deferred,
    Effect,
    HandOff,
    Missing,
    NotUnderstood,
    ReadBack,
    RedFlag,
    Restarted,
    Review,
    Said,
    Stopped,
)
from forms.items import CHOICES, NUMBERS, Kind
from forms.option_numbers import printed
from forms.paths import split_path
from forms.render.phrases import Translate, hand_off_text, rule_for, said_text, value_text, wrong
from forms.state import Status

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.plan_model import Plan
    from forms.state import Turn

_LONG_INTRO = 160  # an introduction longer than one text goes before the question in a text of its own
_LONGEST_BODY = 1_500  # carriers refuse longer bodies


def render(
    plan: Plan,
    turn: Turn,
    translate: Translate,
    *,
    measure: Callable[[str], int] | None = None,
    segments: int = 6,
    fold: Callable[[str], str] | None = None,
) -> list[str]:
    """The message bodies, in order. `measure` counts billed segments; with it, a long prompt is split at line ends so
    that no body needs more than `segments`. `fold` replaces typographic signs that cost extra and change no meaning."""
    writer = _Writer(plan, turn, translate)
    blocks = [block for effect in turn.effects for block in writer.blocks(effect)]
    fits = _fitting(measure, segments)
    bodies = [body for block in _joined(blocks) for body in split_lines(fold(block) if fold else block, fits)]
    return [body for body in bodies if body.strip()]


def prompt_text(plan: Plan, item: PlanItem, translate: Translate) -> str:
    """A question as it is asked the first time, without its number: for measuring before publishing."""
    return "\n".join(_question_lines(plan, item, "", translate))


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    alone: bool = False  # a message of its own


def _joined(blocks: Iterable[_Block]) -> list[str]:
    """Blocks that may share a message put together."""
    found: list[str] = []
    fresh = True
    for block in blocks:
        if not block.text:
            continue
        if fresh or block.alone:
            found.append(block.text)
        else:
            found[-1] += "\n" + block.text
        fresh = block.alone
    return found


def _fitting(measure: Callable[[str], int] | None, segments: int) -> Callable[[str], bool]:
    if measure is None:
        return lambda text: len(text) <= _LONGEST_BODY
    return lambda text: len(text) <= _LONGEST_BODY and measure(text) <= segments


def split_lines(text: str, fits: Callable[[str], bool]) -> list[str]:
    """`text` in as few bodies as fit, broken at line ends, else between words; nothing is lost."""
    if fits(text):
        return [text]
    bodies: list[str] = []
    for line in text.split("\n"):
        for part in [line] if fits(line) else _split_words(line, fits):
            joined = f"{bodies[-1]}\n{part}" if bodies else part
            if bodies and fits(joined):
                bodies[-1] = joined
            else:
                bodies.append(part)
    return bodies


def _split_words(line: str, fits: Callable[[str], bool]) -> list[str]:
    parts = [""]
    for word in line.split(" "):
        joined = f"{parts[-1]} {word}".strip()
        if fits(joined):
            parts[-1] = joined
        else:
            parts += _split_letters(word, fits) if not fits(word) else [word]
    return [part for part in parts if part]


def _split_letters(word: str, fits: Callable[[str], bool]) -> list[str]:
    size = 60
    return [word[at : at + size] for at in range(0, len(word), size)] if not fits(word) else [word]


class _Writer:
    """The blocks of one turn, effect by effect."""

    def __init__(self, plan: Plan, turn: Turn, translate: Translate) -> None:
        self._plan = plan
        self._turn = turn
        self.translate = translate

    def blocks(self, effect: Effect) -> list[_Block]:
        handler = _HANDLERS.get(type(effect))
        return handler(self, effect) if handler else []

    def kept(self, effect: AnswerKept) -> list[_Block]:
        return [_Block(self.translate("Noted: {answer}.").format(answer=effect.read_back))] if effect.read_back else []

    def not_understood(self, effect: NotUnderstood) -> list[_Block]:
        if self._turn.state.status is Status.HANDED_OFF:
            return []
        item = self._plan.item_at(effect.path)
        if self._turn.state.waiting and self._turn.state.waiting[0] != "ask":
            return [_Block(wrong(self._plan, effect, self.translate))]
        rule = rule_for(item, self.translate) if item else ""
        return [_Block(f"{wrong(self._plan, effect, self.translate)} {rule}".strip())]

    def hand_off(self, effect: HandOff) -> list[_Block]:
        return [_Block(hand_off_text(effect, self.translate))]

    def red_flag(self, effect: RedFlag) -> list[_Block]:
        return [_Block(effect.tell, alone=True)]

    def said(self, effect: Said) -> list[_Block]:
        return [_Block(said_text(effect, self.translate))]

    def restarted(self, effect: Restarted) -> list[_Block]:  # noqa: ARG002 -- every effect has the same handler
        return [_Block(self.translate("Starting again."))]

    def stopped(self, effect: Stopped) -> list[_Block]:  # noqa: ARG002
        return [_Block(self.translate("All right, we stopped. Reply START OVER to begin again."))]

    def deferred(self, effect: Deferred) -> list[_Block]:
        if self._turn.state.status is not Status.DEFERRED or not effect.page:
            return []
        return [_Block(self.translate("The remaining questions are on a web page. We will send you the link."))]

    def completed(self, effect: Completed) -> list[_Block]:
        texts = [_Block(self._plan.by_key[key].text) for key in effect.outro]
        return [*texts, _Block(self.translate("Thank you. All your answers are in."))]

    def missing(self, effect: Missing) -> list[_Block]:
        return [_Block(self.translate("Answers still needed: {count}.").format(count=len(effect.paths)))]

    def ask(self, effect: Ask) -> list[_Block]:
        item = self._plan.item_at(effect.path)
        if item is None:
            return []
        intro = "\n".join(self._plan.by_key[key].text for key in effect.intro)
        lines = _question_lines(self._plan, item, self._number(effect.path), self.translate)
        if keypad.prints_nine(item, effect.attempt):
            lines.append(self.translate("9 A person"))
        current = self._current(item, effect)
        help_lines = self._help(item, effect) if effect.help or effect.attempt > 1 else []
        prompt = "\n".join([*help_lines, *lines, *current])
        return [_Block(intro, alone=len(intro) > _LONG_INTRO), _Block(prompt)]

    def _number(self, path: str) -> str:
        place, total = position(board_for(self._plan, self._turn.state, self._turn.context), path)
        return f"{place}/{total} " if place else ""

    def _current(self, item: PlanItem, effect: Ask) -> list[str]:
        """The answer already there, or the form's own default, and how to keep it."""
        answer = self._turn.state.answers.get(effect.path)
        value = answer.value if answer else self._default(item, effect.path)
        if value is None or item.sensitive:
            return []
        return [
            self.translate("Now: {answer}. Reply OK to keep it.").format(
                answer=value_text(item, value, self.translate, locale=self._plan.locale)
            )
        ]

    def _default(self, item: PlanItem, path: str) -> Any:
        if not item.initial and item.initial_tree is None:
            return None
        _, indices = split_path(self._plan, path)
        return board_for(self._plan, self._turn.state, self._turn.context).default(item, indices)

    def _in_words(self, item: PlanItem, value: Any) -> str:
        return value_text(item, value, self.translate, locale=self._plan.locale)

    def _help(self, item: PlanItem, effect: Ask) -> list[str]:
        rule = [] if effect.attempt else [rule_for(item, self.translate)]
        skip = [] if item.required else [self.translate("SKIP leaves it out.")]
        words = " ".join([*rule, *skip, self.translate("BACK goes back. PERSON gets you a person.")])
        return [*([item.help] if item.help else []), words]

    def another(self, effect: AskAnother) -> list[_Block]:
        loop = self._plan.item_at(effect.path)
        name = (loop.short or loop.text).rstrip(" ?.:") if loop else ""
        question = self.translate("Add another: {name}?").format(name=name) if name else self.translate("Add another?")
        nine = [self.translate("9 A person")] if effect.attempt else []
        return [_Block("\n".join([question, self.translate("1 Yes"), self.translate("2 No"), *nine]))]

    def read_back(self, effect: ReadBack) -> list[_Block]:
        texts = [text or self.translate("talk to a person") for _, text in effect.candidates]
        if len(texts) == 1:
            lines = [
                self.translate("Did you mean {answer}?").format(answer=texts[0]),
                self.translate("1 Yes"),
                self.translate("2 No"),
            ]
        else:
            lines = [self.translate("Which did you mean?"), *(f"{n} {text}" for n, text in enumerate(texts, start=1))]
            other = self.translate("Something else")
            lines.append(f"{len(texts) + 1} {other}")
        return [_Block("\n".join([*lines, *([self.translate("9 A person")] if effect.attempt else [])]))]

    def review(self, effect: Review) -> list[_Block]:
        lines = [f"{number}. {self._reviewed(path)}" for number, path in effect.lines]
        ending = self.translate("Reply 1 to send, or CHANGE and a number, like CHANGE 3.") if effect.final else ""
        heading = self.translate("Your answers:")
        return [_Block("\n".join([heading, *lines]), alone=not effect.final), _Block(ending)]

    def _reviewed(self, path: str) -> str:
        item = self._plan.item_at(path)
        answer = self._turn.state.answers.get(path)
        if item is None or answer is None:
            return ""
        shown = self.translate("(answered)") if item.sensitive else self._in_words(item, answer.value)
        return f"{item.short or item.text}: {shown}"


def _question_lines(plan: Plan, item: PlanItem, number: str, translate: Translate) -> list[str]:
    """The question and its options, a line each."""
    text = item.short or item.text
    prefix = f"{item.prefix} " if item.prefix and not number else ""
    notes = [plan.items[index].text for index in item.notes if not plan.items[index].hidden]
    return [f"{number}{prefix}{text}{_unit(item)}", *filter(None, notes), *_option_lines(item, translate)]


def _unit(item: PlanItem) -> str:
    if item.kind not in NUMBERS or not item.units:
        return ""
    labels = "/".join(unit.label for unit in item.units[:4])
    return f" ({labels})"


def _option_lines(item: PlanItem, translate: Translate) -> list[str]:
    if item.kind is Kind.BOOLEAN:
        return [translate("1 Yes"), translate("2 No")]
    if item.kind not in CHOICES:
        return []
    lines = [printed(option) for option in item.options]
    if len(lines) > 3 and all(line.isdigit() for line in lines):
        lines = [" ".join(lines)]
    if item.many and item.options:
        lines.append(translate("Several? Like {example}.").format(example=" ".join(o.number for o in item.options[:2])))
    if item.kind is Kind.OPEN_CHOICE and item.options:
        lines.append(translate("Or reply in your own words."))
    return lines


_HANDLERS: dict[type[Effect], Callable[[Any, Any], list[_Block]]] = {
    AnswerKept: _Writer.kept,
    NotUnderstood: _Writer.not_understood,
    HandOff: _Writer.hand_off,
    RedFlag: _Writer.red_flag,
    Said: _Writer.said,
    Restarted: _Writer.restarted,
    Stopped: _Writer.stopped,
    Deferred: _Writer.deferred,
    Completed: _Writer.completed,
    Missing: _Writer.missing,
    Ask: _Writer.ask,
    AskAnother: _Writer.another,
    ReadBack: _Writer.read_back,
    Review: _Writer.review,
}
