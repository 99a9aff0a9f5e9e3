"""Compiles a questionnaire for one language: every text in that language where there is one, else as written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forms.languages import match_language, primary
from forms.option_reader import split_words
from forms.plan_model import Plan, arranged

if TYPE_CHECKING:
    from forms.item_reader import ItemWords, ReadItem
    from forms.items import PlanItem, PlanOption, PlanUnit
    from forms.questionnaire import Questionnaire


def compile_plan(questionnaire: Questionnaire, locale: str) -> Plan:
    """The plan in `locale` (tags match loosely: `fr` finds `fr-CA`); untranslated texts stay in the base language."""
    base = questionnaire.languages[0]
    tag = match_language(locale, questionnaire.languages) or base
    items = [_spoken(item, tag) for item in questionnaire.items]
    return Plan(
        content_hash=questionnaire.content_hash,
        title=questionnaire.titles.speak(tag) or questionnaire.title,
        locale=locale if primary(locale) == primary(tag) else tag,
        items=arranged(items),
        url=questionnaire.url,
        version=questionnaire.version,
        languages=questionnaire.languages,
        variables=questionnaire.variables,
        review=questionnaire.review,
        keyword=questionnaire.keyword,
        constraints=questionnaire.constraints,
        served=questionnaire.served,
    )


def _spoken(item: ReadItem, tag: str) -> PlanItem:
    words = item.words
    if not _translated(words):
        return item.plan
    plan = item.plan
    return replace(
        plan,
        text=words.text.speak(tag) or plan.text,
        short=words.short.speak(tag),
        help=words.help.speak(tag),
        example=words.example.speak(tag),
        recording=words.recording.speak(tag) or None,
        options=tuple(_option(option, words, place, tag) for place, option in enumerate(plan.options)),
        units=_units(plan, words, tag),
        rules=tuple(replace(r, tell=w.speak(tag)) for r, w in zip(plan.rules, words.tells, strict=True)),
        constraints=tuple(
            replace(c, message=w.speak(tag)) for c, w in zip(plan.constraints, words.messages, strict=True)
        ),
    )


def _units(plan: PlanItem, words: ItemWords, tag: str) -> tuple[PlanUnit, ...]:
    if not words.units:
        return plan.units
    spoken = zip(plan.units, words.units, strict=True)
    return tuple(replace(unit, label=label.speak(tag) or unit.label) for unit, label in spoken)


def _translated(words: ItemWords) -> bool:
    single = (words.text, words.short, words.help, words.example, words.recording, *words.units)
    single = (*single, *words.tells, *words.messages)
    return any(text.translations for text in single) or any(
        option.label.translations or option.accepted.translations or option.recording.translations
        for option in words.options
    )


def _option(option: PlanOption, words: ItemWords, place: int, tag: str) -> PlanOption:
    spoken = words.options[place]
    return replace(
        option,
        label=spoken.label.speak(tag) or option.label,
        words=split_words(spoken.accepted.speak(tag)),
        recording=spoken.recording.speak(tag) or None,
    )
