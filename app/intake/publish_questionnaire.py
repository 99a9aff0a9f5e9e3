"""Publishing: a FHIR Questionnaire becomes an immutable version that patients can be asked, or says why it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.models import Clinic
from app.intake.models import PublishedQuestionnaire
from app.intake.readiness import readiness_of
from app.intake.store import current_version, version_of
from forms import library
from forms.problems import Problem, error
from forms.questionnaire import Questionnaire, read_questionnaire


class CannotPublish(Exception):
    """The questionnaire stays as it was; `problems` name each item and its fix."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.where}: {problem.message}" for problem in problems))


def publish_questionnaire(
    session: Session, clinic: Clinic, resource: bytes | str | Mapping[str, Any], *, name: str, now: datetime
) -> PublishedQuestionnaire:
    """Publish `resource` as the current version of `name`. Publishing the same again gives the version there is.

    Raises CannotPublish when it cannot be asked, or when its version number already stands for other questions.
    """
    read = read_questionnaire(resource)
    if read.questionnaire is None:
        raise CannotPublish(read.problems)
    same = version_of(session, clinic.id, name, _version(read.questionnaire))
    if same is None:
        return _add(session, clinic, read.questionnaire, name=name, now=now)
    if same.readiness.get("content_hash") != read.questionnaire.content_hash:
        raise CannotPublish((_taken(same),))
    return same


def publish_library(session: Session, clinic: Clinic, *, now: datetime) -> list[PublishedQuestionnaire]:
    """Every questionnaire that ships with Farline, published for this clinic."""
    return [publish_questionnaire(session, clinic, library.load(name), name=name, now=now) for name in library.names()]


def _add(
    session: Session, clinic: Clinic, questionnaire: Questionnaire, *, name: str, now: datetime
) -> PublishedQuestionnaire:
    report = readiness_of(questionnaire)
    if not report["is_askable"]:
        raise CannotPublish((_NOT_ASKABLE,))
    before = current_version(session, clinic.id, name)
    if before is not None:
        before.is_current = False
    version = PublishedQuestionnaire(
        clinic_id=clinic.id,
        name=name,
        url=questionnaire.url or f"urn:farline:{clinic.slug}:{name}",
        version=_version(questionnaire),
        title=questionnaire.title,
        source=questionnaire.to_json(),
        readiness=report,
        published_at=now,
    )
    session.add(version)
    session.flush()
    return version


_NOT_ASKABLE = error(
    "not-askable",
    "questionnaire",
    message="It cannot be asked on any channel in any language.",
    fix="Look at the readiness report: it names each item that blocks, and why.",
)


def _version(questionnaire: Questionnaire) -> str:
    return questionnaire.version or questionnaire.content_hash[:12]


def _taken(there: PublishedQuestionnaire) -> Problem:
    return error(
        "version-taken",
        "version",
        message=f"Version {there.version} of {there.name} is already published with other content.",
        fix="Give the changed questionnaire a new version.",
    )
