"""What a cost cap does to the clinic's ladders, in sentences: how each is climbed, what it costs, what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal
from sqlalchemy.orm import Session

from app.core.locale import catalogue_for, formatting_locale
from app.core.models import Clinic
from app.messaging.senders import other_senders
from app.pathways.definition import Step, read_definition
from app.pathways.rules import RungKind
from app.pathways.rung_rules import Foreseen, foresee
from app.pathways.store import current_pathways
from app.web.desk.words import STEP_SENTENCES, WAY_SENTENCES
from app.web.desk.work import title_of_pathway
from app.web.shell.here import locale, say

LENGTH_SENTENCES: Mapping[int, str] = {1: "Texts of one part", 2: "Texts of two parts"}


@dataclass(frozen=True)
class LadderLine:
    """A ladder, the steps that climb it, and a sentence for each length a text may have."""

    title: str
    effects: tuple[tuple[str, str], ...]


def ladder_lines(session: Session, clinic: Clinic, settings: Mapping[str, Any]) -> list[LadderLine]:
    has_others = bool(other_senders(clinic.settings))
    alike: dict[tuple[str, tuple[RungKind, ...]], list[str]] = {}
    for pathway in current_pathways(session, clinic.id):
        for step in read_definition(pathway.definition).steps:
            ladder = title_of_pathway(pathway), _ways(step, has_others=has_others)
            alike.setdefault(ladder, []).append(say(STEP_SENTENCES.get(step.key, step.key)))
    return [
        LadderLine(f"{title} · {', '.join(steps)}", _effects(ways, settings)) for (title, ways), steps in alike.items()
    ]


def _ways(step: Step, *, has_others: bool) -> tuple[RungKind, ...]:
    """The rungs of the step; another number only where the clinic has one."""
    return tuple(rung.kind for rung in step.ladder if has_others or rung.kind is not RungKind.OTHER_SENDER)


def _effects(ways: Sequence[RungKind], settings: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (say(length), _effect(foresee(ways, segments, settings))) for segments, length in LENGTH_SENTENCES.items()
    )


def _effect(rungs: Sequence[Foreseen]) -> str:
    climbed, left_out = [each for each in rungs if each.is_paid], [each for each in rungs if not each.is_paid]
    total = _amount(sum(each.cost for each in climbed))
    said = [say("{ways}. It costs {total} at most.", ways=" → ".join(map(_way, climbed)), total=total)]
    if left_out:
        said.append(say("Left out: {ways}.", ways=", ".join(map(_way, left_out))))
    return " ".join(said)


def _way(rung: Foreseen) -> str:
    words = say(WAY_SENTENCES[rung.kind.value])
    return words if rung.kind is RungKind.TICKET else f"{words} ({_amount(rung.cost)})"


def _amount(amount: float) -> str:
    return str(format_decimal(amount, locale=formatting_locale(catalogue_for(locale()))))
