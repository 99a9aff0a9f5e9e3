"""A carrier in the test's own process: it keeps what it accepts and misbehaves as it is told, message by message."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from channels.base import Event, Finding, FindingKind, OutboundMessage, SendReceipt
from channels.errors import ChannelError, OutcomeUnknown
from channels.registry import BuiltCarrier
from channels.webhook import WebhookAnswer, WebhookRequest

Mood = Callable[[OutboundMessage], None]


def fine(_message: OutboundMessage) -> None:
    """Accept it."""


def failing(error: ChannelError) -> Mood:
    """Refuse it with `error`, keeping nothing."""

    def refuse(_message: OutboundMessage) -> None:
        raise error

    return refuse


@dataclass
class ScriptedCarrier:
    """Accepts while `mood` returns. `lost_answers` are accepted and then the answer is lost on the way."""

    name: str = "scripted"
    mood: Mood = fine
    lost_answers: set[str] = field(default_factory=set)  # addresses
    answer_s: float = 0.0
    can_list: bool = True
    asked: list[OutboundMessage] = field(default_factory=list)
    when_asked: Mood = fine
    accepted: list[OutboundMessage] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    before_answer: Callable[[OutboundMessage, str], None] = lambda _message, _carrier_id: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: OutboundMessage) -> SendReceipt:
        self._count(1)
        try:
            self.mood(message)
            if self.answer_s:
                time.sleep(self.answer_s)
            with self._lock:
                self.accepted.append(message)
            carrier_id = self.id_of(message)
            self.before_answer(message, carrier_id)
            if message.to in self.lost_answers:
                raise OutcomeUnknown
            return SendReceipt(self.name, carrier_id, "queued", segments=1)
        finally:
            self._count(-1)

    def find(self, message: OutboundMessage, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:
        self.asked.append(message)
        self.when_asked(message)
        if not self.can_list:
            return Finding(FindingKind.CANNOT_TELL)
        for kept in self.accepted:
            if kept.attempt_token == message.attempt_token:
                return Finding(FindingKind.FOUND, SendReceipt(self.name, self.id_of(kept), "sent"))
        return Finding(FindingKind.ABSENT)

    def verify(self, request: WebhookRequest) -> None: ...

    def parse(self, request: WebhookRequest, now: datetime) -> Event:
        raise NotImplementedError

    def acknowledge(self, event: Event) -> WebhookAnswer:
        return WebhookAnswer()

    def render(self, message: OutboundMessage) -> Mapping[str, str]:
        return {"to": message.to, "text": message.text}

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.accepted]

    def id_of(self, message: OutboundMessage) -> str:
        return f"C-{message.attempt_token}"

    def built(self) -> BuiltCarrier:
        return BuiltCarrier(self.name, "scripted", text=self)

    def _count(self, change: int) -> None:
        with self._lock:
            self.at_once += change
            self.most_at_once = max(self.most_at_once, self.at_once)
