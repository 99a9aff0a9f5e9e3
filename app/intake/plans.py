"""Compiled plans, kept in memory: a published version never changes, so its plan in one language never does."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TypeVar

from sqlalchemy.orm import Session

from app.intake.models import PublishedQuestionnaire
from forms.plan import Plan, compile_plan
from forms.questionnaire import Questionnaire, read_questionnaire

K = TypeVar("K")
V = TypeVar("V")

_MOST = 256
_questionnaires: OrderedDict[int, Questionnaire] = OrderedDict()
_plans: OrderedDict[tuple[str, str], Plan] = OrderedDict()  # by content hash and language
_lock = Lock()


def plan_for(session: Session, questionnaire_id: int, locale: str) -> Plan:
    """The plan of a published version in `locale`, compiled once per process."""
    questionnaire = questionnaire_for(session, questionnaire_id)
    key = (questionnaire.content_hash, locale)
    with _lock:
        found = _plans.get(key)
    return found or _keep(_plans, key, compile_plan(questionnaire, locale))


def questionnaire_for(session: Session, questionnaire_id: int) -> Questionnaire:
    """The checked model of a published version, for responses and observations."""
    with _lock:
        found = _questionnaires.get(questionnaire_id)
    if found is not None:
        return found
    read = read_questionnaire(session.get_one(PublishedQuestionnaire, questionnaire_id).source)
    assert read.questionnaire is not None, "a published questionnaire was readable when it was published"
    return _keep(_questionnaires, questionnaire_id, read.questionnaire)


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> V:
    with _lock:
        kept[key] = value
        while len(kept) > _MOST:
            kept.popitem(last=False)
    return value
