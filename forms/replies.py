"""Replies in words, keys or silence to whatever prompt waits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forms import keypad
from forms.answers import Reading, read_text
from forms.commands import Command, Steer, plain_words, read_command
from forms.constraints import broken_constraint
from forms.effects import HandOffReason, Said, Skipped, TranscriptionNeeded, Why
from forms.items import CHOICES, WORDS, Kind
from forms.option_numbers import is_scale
from forms.pairs import read_pair
from forms.parsing import AnswerSpec, AnswerType, OutcomeKind, read
from forms.paths import loop_path, path_of, split_loop_path
from forms.several import keep_several
from forms.state import Status
from forms.steering import steer
from forms.talk import ANOTHER, ASK, READ_BACK, REVIEW
from forms.values import check_value

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.paths import Indices
    from forms.state import Value
    from forms.talk import Talk

_YES_NO = AnswerSpec(AnswerType.BOOLEAN)
_SEND = frozenset({"send", "send it", "envoyer", "envoie", "envoyez", "done", "termine"})
ASK_PERSON = {"command": "person"}  # a candidate that is no answer: "did you mean a person?"


def reply_in_words(talk: Talk, text: str) -> None:
    """Words: a command, an answer, or several answers at once."""
    talk.state = replace(talk.state, status=Status.ASKING)
    kind = talk.waiting[0]
    if not kind:
        talk.ask_next()
        return
    item, _indices = talk.waiting_item()
    if item is not None and kind == ASK and keep_several(talk, text):
        return
    command = None if _is_option(item, text) else read_command(text, talk.plan.languages)
    if command is not None and _steers(talk, command, text):
        return
    if text.strip() == keypad.PERSON and offers_nine(talk):
        talk.hand_off(HandOffReason.ASKED)
        return
    _WAITING[kind](talk, text)


def offers_nine(talk: Talk) -> bool:
    """Whether the prompt that waits printed 9 for a person: on the second and third try, where 9 is no answer."""
    item, _ = talk.waiting_item()
    if talk.waiting[0] == ASK:
        return item is not None and keypad.prints_nine(item, talk.state.misses)
    return talk.state.misses > 0


def _is_option(item: PlanItem | None, text: str) -> bool:
    """An option's own words win over a command ("Back" as a place that hurts)."""
    if item is None or item.kind not in CHOICES:
        return False
    plain = plain_words(text)
    words = (word for option in item.options for word in (option.label, option.number, *option.words))
    return bool(plain) and any(plain_words(word) == plain for word in words)


def _steers(talk: Talk, command: Steer, text: str) -> bool:
    """Act on a command; False when here it is an answer after all."""
    item, indices = talk.waiting_item()
    if command.command is Command.KEEP:
        return _keep_as_is(talk)
    if command.command is Command.SKIP and talk.waiting[0] == ANOTHER:
        _close_loop(talk)
        return True
    if command.command is Command.SKIP and item is not None and talk.waiting[0] != REVIEW:
        skip(talk, item, indices)
        return True
    if command.doubtful and item is not None and item.kind in WORDS and talk.waiting[0] == ASK:
        words = text.strip()
        talk.read_back(
            talk.waiting[1], item, Reading(candidates=((ASK_PERSON, ""), (words, words))), raw=text
        )  # fmt: skip
        return True
    return steer(talk, command)


def _keep_as_is(talk: Talk) -> bool:
    """ "ok" keeps the answer already there, or the form's own default."""
    item, indices = talk.waiting_item()
    path = talk.waiting[1]
    if talk.waiting[0] != ASK or item is None:
        return False
    if path not in talk.state.answers:
        default = talk.board().default(item, indices)
        if default is None:
            return False
        talk.keep(path, default, raw="")
    talk.ask_next()
    return True


def skip(talk: Talk, item: PlanItem, indices: Indices) -> None:
    """Leave a question out, if it may be left out. In a loop this ends the loop."""
    path = path_of(item, indices)
    if talk.must_answer(item, indices):
        talk.missed(path, Why.REQUIRED)
        return
    talk.clear(path)
    talk.state = replace(
        talk.state, skipped=(*talk.state.skipped, path) if path not in talk.state.skipped else talk.state.skipped
    )
    talk.effects.append(Skipped(path))
    if item.loop:
        closed = loop_path(item, indices[:-1])
        talk.state = replace(talk.state, closed=(*talk.state.closed, closed))
    talk.ask_next()


# --- an answer to a question ------------------------------------------------------------------------------------------


def _answer(talk: Talk, text: str) -> None:
    item, _ = talk.waiting_item()
    if item is None:
        talk.ask_next()
        return
    if item.pair and _keep_pair(talk, item, text):
        return
    reading = read_text(item, text, specs=talk.plan.specs, locale=talk.plan.locale, context=talk.context)
    take(talk, item, reading, raw=text)


def _keep_pair(talk: Talk, item: PlanItem, text: str) -> bool:
    """Both numbers of a blood pressure at once, if the reply gives both and both fit."""
    _, indices = talk.waiting_item()
    other = talk.plan.by_key[item.pair]
    found = read_pair(item, text, locale=talk.plan.locale, context=talk.context)
    if found is None or check_value(item, found[0]) is not None or check_value(other, found[1]) is not None:
        return False
    for one, value in zip((item, other), found, strict=True):
        talk.keep(path_of(one, indices), value, raw=text)
    talk.ask_next()
    return True


def take(talk: Talk, item: PlanItem, reading: Reading, *, raw: str) -> None:
    """Keep a reading, read it back, or ask again."""
    path = talk.waiting[1]
    if reading.candidates:
        talk.read_back(path, item, reading, raw=raw)
    elif reading.why is not None:
        talk.missed(path, reading.why, limit=reading.limit)
    else:
        _keep(talk, item, reading.value, raw=raw, read_back=reading.read_back)


def _keep(talk: Talk, item: PlanItem, value: Value, *, raw: str, read_back: str | None = None) -> None:
    path = talk.waiting[1]
    broken = broken_constraint(talk, path, value)
    if broken is not None:
        talk.missed(path, Why.CONSTRAINT, message=broken.message)
        return
    worth_saying = (
        read_back if item.kind in {Kind.DATE, Kind.DATETIME, Kind.TIME} and read_back != raw.strip() else None
    )
    talk.keep(path, value, raw=raw, read_back=worth_saying)
    talk.ask_next()


# --- a reply to "did you mean" ----------------------------------------------------------------------------------------


def _chosen(talk: Talk, text: str) -> None:
    """Which candidate was meant: its number, its words, yes or no; anything else is a new answer."""
    item, _ = talk.waiting_item()
    pending = talk.state.pending
    picked = _candidate(talk, text)
    if item is None:
        talk.ask_next()
    elif picked is not None and pending[picked][0] == ASK_PERSON:
        talk.hand_off(HandOffReason.ASKED)
    elif picked is not None:
        _keep(talk, item, pending[picked][0], raw=talk.state.pending_raw)
    elif _says_no(talk, text):
        _ask_afresh(talk)
    else:
        _answer_instead(talk, item, text)


def _candidate(talk: Talk, text: str) -> int | None:
    pending = talk.state.pending
    plain = plain_words(text)
    if plain.isdigit() and len(plain) == 1 and 1 <= int(plain) <= len(pending):
        return int(plain) - 1
    for place, (_, words) in enumerate(pending):
        if words and (words.strip() == text.strip() or plain_words(words) == plain):
            return place
    return 0 if len(pending) == 1 and _yes_no(talk, text) is True else None


def _says_no(talk: Talk, text: str) -> bool:
    none_of_them = str(len(talk.state.pending) + 1)
    return text.strip() == none_of_them or _yes_no(talk, text) is False


def _yes_no(talk: Talk, text: str) -> bool | None:
    outcome = read(_YES_NO, text, locale=talk.plan.locale, today=talk.context.today)
    return bool(outcome.value) if outcome.kind is OutcomeKind.VALUE else None


def _ask_afresh(talk: Talk) -> None:
    talk.state = replace(talk.state, waiting=(ASK, talk.waiting[1]), pending=(), pending_raw="")
    talk.ask_again()


def _answer_instead(talk: Talk, item: PlanItem, text: str) -> None:
    """The patient answered the question itself again, now more clearly, or not at all."""
    reading = read_text(item, text, specs=talk.plan.specs, locale=talk.plan.locale, context=talk.context)
    if reading.is_value:
        talk.state = replace(talk.state, waiting=(ASK, talk.waiting[1]), pending=(), pending_raw="")
        take(talk, item, reading, raw=text)
    elif reading.candidates and reading.candidates != talk.state.pending:
        talk.read_back(talk.waiting[1], item, reading, raw=text)
    else:
        talk.missed(talk.waiting[1], Why.UNREADABLE)


# --- a reply to "another?" --------------------------------------------------------------------------------------------


def _another(talk: Talk, text: str) -> None:
    number = {"1": True, "2": False}.get(text.strip())
    wanted = number if number is not None else _yes_no(talk, text)
    if wanted is None:
        talk.missed(talk.waiting[1], Why.UNREADABLE)
    elif wanted:
        _open_occurrence(talk)
    else:
        _close_loop(talk)


def _open_occurrence(talk: Talk) -> None:
    path = talk.waiting[1]
    loop, outer = split_loop_path(talk.plan, path)
    if loop is not None:
        count = talk.board().count(loop, outer) + 1
        talk.state = replace(talk.state, counts={**talk.state.counts, path: count})
    talk.ask_next()


def _close_loop(talk: Talk) -> None:
    path = talk.waiting[1]
    talk.state = replace(talk.state, closed=(*talk.state.closed, path), waiting=None)
    talk.ask_next()


# --- a reply to the review --------------------------------------------------------------------------------------------


def _reviewed(talk: Talk, text: str) -> None:
    if text.strip() == "1" or plain_words(text) in _SEND or _yes_no(talk, text) is True:
        talk.complete()
    else:
        talk.missed("", Why.UNREADABLE)


_WAITING = {ASK: _answer, READ_BACK: _chosen, ANOTHER: _another, REVIEW: _reviewed}


# --- keys, silence, recordings ----------------------------------------------------------------------------------------


def reply_in_keys(talk: Talk, keys: str) -> None:
    """Phone keys: * repeats, # skips, a page key turns the page, the rest answers."""
    talk.state = replace(talk.state, status=Status.ASKING)
    kind = talk.waiting[0]
    item, indices = talk.waiting_item()
    if not kind or keys == keypad.REPEAT:
        talk.ask_again()
    elif not keys:
        reply_with_silence(talk)
    elif kind == ASK and item is not None:
        _keys_to_question(talk, item, indices, keys)
    elif keys == keypad.PERSON and offers_nine(talk):
        talk.hand_off(HandOffReason.ASKED)
    elif keys == keypad.SKIP and kind == ANOTHER:
        _close_loop(talk)
    else:
        _WAITING[kind](talk, keys)


def _keys_to_question(talk: Talk, item: PlanItem, indices: Indices, keys: str) -> None:
    if keys == keypad.SKIP:
        skip(talk, item, indices)
    elif _turns_page(talk, item, keys):
        talk.ask_again()
    elif keys == keypad.PERSON and offers_nine(talk):
        talk.hand_off(HandOffReason.ASKED)
    elif item.is_spoken:
        talk.missed(talk.waiting[1], Why.UNREADABLE)
    else:
        take(
            talk,
            item,
            keypad.read_keys(item, keys, page=talk.state.page, locale=talk.plan.locale, context=talk.context),
            raw=keys,
        )


def _turns_page(talk: Talk, item: PlanItem, keys: str) -> bool:
    if item.kind not in CHOICES or item.many or is_scale(item):
        return False
    shown = keypad.layout(item, talk.state.page)
    step = 1 if keys == keypad.MORE and shown.more else -1 if keys == keypad.BEFORE and shown.before else 0
    talk.state = replace(talk.state, page=talk.state.page + step)
    return step != 0


def reply_with_silence(talk: Talk) -> None:
    """Nothing said, nothing pressed: ask again, the third time a person."""
    talk.state = replace(talk.state, status=Status.ASKING)
    if not talk.waiting[0]:
        talk.ask_next()
    else:
        talk.missed(talk.waiting[1], Why.SILENCE)


def reply_recorded(talk: Talk, recording: str) -> None:
    """Spoken words, kept as a recording until a person has written them down."""
    talk.state = replace(talk.state, status=Status.ASKING)
    item, _ = talk.waiting_item()
    path = talk.waiting[1]
    if talk.waiting[0] != ASK or item is None or not item.is_spoken:
        talk.effects.append(Said("recording_unused", (recording,)))
        talk.ask_again()
        return
    talk.keep(path, {"recording": recording}, raw="")
    talk.effects.append(TranscriptionNeeded(path, recording))
    talk.ask_next()
