"""Ways through forms: replies that fit each prompt, chosen by a random number or by Hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from forms import keypad
from forms.effects import Ask, AskAnother
from forms.items import Kind, PlanItem
from forms.state import Reply
from tests.forms.chat import Chat

Choose = Callable[[Sequence[Any]], Any]
COMMANDS = ("back", "skip", "help", "repeat", "change 1", "review", "ok", "restart", "nonsense zzz", "français", "9")
_WORDS = {
    Kind.INTEGER: ("3", "7", "zero", "1000"),
    Kind.DECIMAL: ("3", "36.6", "70"),
    Kind.DATE: ("2020-03-12", "12 March 2027", "1980-01-01"),
    Kind.DATETIME: ("2020-03-12", "2026-05-01 at 15:30"),
    Kind.TIME: ("15:30", "noon"),
    Kind.URL: ("https://example.org",),
}
_KEYS = {
    Kind.INTEGER: "3",
    Kind.DECIMAL: "36*6",
    Kind.QUANTITY: "5",
    Kind.DATE: "12032020",
    Kind.DATETIME: "12032020",
    Kind.TIME: "1530",
}


def fitting_reply(chat: Chat, choose: Choose) -> Reply:
    """A reply that answers what waits, in the way of the channel."""
    prompt: Any = chat.turn.prompt
    on_phone = chat.context.channel == "voice"
    if not isinstance(prompt, Ask):
        answer = choose(("1", "2", "2")) if isinstance(prompt, AskAnother) else "1"
        return Reply.keys(answer) if on_phone else Reply.text(answer)
    item = chat.plan.item_at(prompt.path)
    assert item is not None
    if on_phone:
        keys = _keys(item, choose)
        return Reply.keys(keys) if keys else Reply.recording("rec")
    return Reply.text(_words(item, choose))


def _words(item: PlanItem, choose: Choose) -> str:
    if item.kind is Kind.BOOLEAN:
        return choose(("yes", "no", "1", "2", "Y"))
    if item.options:
        option = choose(item.options)
        return choose((option.number, option.label))
    if item.kind is Kind.QUANTITY:
        return f"3 {item.units[0].label}" if item.units else "3"
    return choose(_WORDS.get(item.kind, ("some words", "My left knee", "Marie")))


def _keys(item: PlanItem, choose: Choose) -> str | None:
    if item.kind is Kind.BOOLEAN:
        return choose("12")
    if item.options:
        return choose(keypad.layout(item, 0).options)[0]
    return _KEYS.get(item.kind)
