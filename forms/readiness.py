"""Can this be asked? Per language and channel: what a prompt costs, what is deferred, what blocks, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from forms import keypad
from forms.compile import compile_plan
from forms.items import CHOICES, Channel, Kind
from forms.languages import primary
from forms.manner import Manner, manner
from forms.render.sms import prompt_text
from forms.trial import asks_anything

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.plan_model import Plan
    from forms.questionnaire import Questionnaire

MOST_SEGMENTS: Final = 10  # a prompt that costs more is not a text message any more
SPOKEN: Final = frozenset({"en", "fr"})  # languages speech synthesis may stand in for a missing recording
_MOST_WORK: Final = 60_000  # items times languages looked at in one report
_MOST_LISTED: Final = 50


class Cost(Protocol):
    """What channels.sms.segments.measure says of a text."""

    @property
    def segments(self) -> int: ...

    @property
    def offenders(self) -> tuple[str, ...]: ...


Translators = Callable[[str], Callable[[str], str]]  # language tag -> translate
Measure = Callable[[str], Cost]


@dataclass(frozen=True, slots=True)
class Readiness:
    """One channel in one language. `deferred` and `blocked` are linkIds; `reasons` says why for each of them."""

    ready: bool
    segments_max: int = 0
    segments_total: int = 0
    deferred: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    reasons: dict[str, str] = field(default_factory=dict)
    costly: tuple[
        dict[str, Any], ...
    ] = ()  # prompts of more than two segments or outside GSM-7: link_id, segments, offenders
    untranslated: tuple[str, ...] = ()
    key_pages: int = 0  # most pages of options a caller may have to hear

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def readiness(
    questionnaire: Questionnaire, *, translators: Translators, measure: Measure
) -> dict[str, dict[str, Readiness]]:
    """Readiness by language tag and channel. Bounded: of very many languages, the first ones."""
    most = max(1, _MOST_WORK // max(1, len(questionnaire.items)))
    base = compile_plan(questionnaire, questionnaire.languages[0])
    asking = {channel: asks_anything(base, channel) for channel in Channel}
    found = {}
    for tag in questionnaire.languages[:most]:
        plan = compile_plan(questionnaire, tag)
        report = _Report(questionnaire, plan, tag, translate=translators(tag), measure=measure, asking=asking)
        found[tag] = {Channel.SMS: report.sms(), Channel.VOICE: report.voice(), Channel.WEB: report.web()}
    return {tag: {str(channel): ready for channel, ready in rows.items()} for tag, rows in found.items()}


def can_publish(report: dict[str, dict[str, Readiness]]) -> bool:
    """Publishable on at least one channel in at least one language."""
    return any(ready.ready for channels in report.values() for ready in channels.values())


_REASONS: Final = {Manner.PAGE: "asked on the page", Manner.PERSON: "asked by a person"}


class _Report:
    """The three channels of one language."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        plan: Plan,
        tag: str,
        *,
        translate: Callable[[str], str],
        measure: Measure,
        asking: Mapping[Channel, bool],
    ) -> None:
        self._plan = plan
        self._tag = tag
        self._translate = translate
        self._measure = measure
        self._asking = asking
        self._untranslated = tuple(_untranslated(questionnaire, tag))[:_MOST_LISTED]

    def sms(self) -> Readiness:
        deferred, reasons = self._deferred(Channel.SMS)
        costs = [(link_id, self._measure(text)) for link_id, text in self._prompts()]
        blocked = [link_id for link_id, cost in costs if cost.segments > MOST_SEGMENTS]
        reasons |= dict.fromkeys(blocked, f"the prompt needs more than {MOST_SEGMENTS} segments")
        costly = [
            {"link_id": link_id, "segments": cost.segments, "offenders": list(cost.offenders)[:20]}
            for link_id, cost in costs
            if cost.segments > 2 or cost.offenders
        ]
        return Readiness(
            ready=not blocked and self._asking[Channel.SMS],
            segments_max=max((cost.segments for _, cost in costs), default=0),
            segments_total=sum(cost.segments for _, cost in costs),
            deferred=deferred,
            blocked=tuple(dict.fromkeys(blocked)),
            reasons=reasons,
            costly=tuple(costly[:_MOST_LISTED]),
            untranslated=self._untranslated,
        )

    def _prompts(self) -> Iterator[tuple[str, str]]:
        """What each text message would say: questions, and the titles and texts between them."""
        for item in self._plan.items:
            if item.is_asked and manner(item, Channel.SMS) is Manner.ASK:
                yield item.link_id, prompt_text(self._plan, item, self._translate)
            elif not item.is_question and item.text and not item.hidden:
                yield item.link_id, item.text

    def voice(self) -> Readiness:
        deferred, reasons = self._deferred(Channel.VOICE)
        asked = [item for item in self._plan.items if manner(item, Channel.VOICE) is Manner.ASK and _is_heard(item)]
        silent = [] if primary(self._tag) in SPOKEN else [item.link_id for item in asked if _lacks_recording(item)]
        reasons |= dict.fromkeys(silent, f"no recording in {self._tag}, and no synthetic voice speaks it")
        pages = max((keypad.pages(item) for item in asked if item.kind in CHOICES), default=0)
        return Readiness(
            ready=not silent and self._asking[Channel.VOICE],
            deferred=deferred,
            blocked=tuple(dict.fromkeys(silent)),
            reasons=reasons,
            untranslated=self._untranslated,
            key_pages=pages,
        )

    def web(self) -> Readiness:
        deferred, reasons = self._deferred(Channel.WEB)
        return Readiness(
            ready=self._asking[Channel.WEB],
            deferred=deferred,
            reasons=reasons,
            untranslated=self._untranslated,
        )

    def _deferred(self, channel: Channel) -> tuple[tuple[str, ...], dict[str, str]]:
        found = {item.link_id: manner(item, channel) for item in self._plan.items if item.is_asked}
        reasons = {link_id: _REASONS[how] for link_id, how in found.items() if how is not Manner.ASK}
        unknown = (item for item in self._plan.items if item.is_question and item.when is False)
        reasons |= {item.link_id: "its condition needs the server" for item in unknown}
        return tuple(reasons), reasons


def _is_heard(item: PlanItem) -> bool:
    return item.is_asked or (not item.is_question and bool(item.text) and not item.hidden)


def _lacks_recording(item: PlanItem) -> bool:
    return not item.recording or any(not option.recording for option in item.options if item.kind is not Kind.GROUP)


def _untranslated(questionnaire: Questionnaire, tag: str) -> Iterator[str]:
    """Items a patient meets whose words do not exist in this language."""
    if primary(tag) == primary(questionnaire.languages[0]):
        return
    for item in questionnaire.items:
        words = item.words
        if item.plan.text and _is_heard(item.plan):
            labels = [option.label for option in words.options if any(c.isalpha() for c in option.label.base)]
            if not words.text.has(tag) or any(not label.has(tag) for label in labels):
                yield item.plan.link_id
