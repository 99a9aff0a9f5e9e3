"""The door to plans: compile a questionnaire for one language, and the types a plan is made of.

    plan = compile_plan(questionnaire, "fr-CA")
    Plan.from_json(plan.to_json()) == plan

A plan is compact JSON, known by the content hash of its questionnaire, the same on every channel.
"""

from __future__ import annotations

from forms.compile import compile_plan
from forms.items import (
    CHOICES,
    NOT_QUESTIONS,
    NUMBERS,
    WORDS,
    Channel,
    Constraint,
    Kind,
    OnAnswer,
    PlanItem,
    PlanOption,
    PlanUnit,
    Tree,
)
from forms.paths import path_of, split_path
from forms.plan_model import Plan

__all__ = [
    "CHOICES",
    "NOT_QUESTIONS",
    "NUMBERS",
    "WORDS",
    "Channel",
    "Constraint",
    "Kind",
    "OnAnswer",
    "Plan",
    "PlanItem",
    "PlanOption",
    "PlanUnit",
    "Tree",
    "compile_plan",
    "path_of",
    "split_path",
]
