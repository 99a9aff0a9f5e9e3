"""Charts that may be one person: the same health number, or the same date of birth with the same name or phone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from app.patients.models import ChartJudgement, ContactPoint, Patient, PatientIdentifier
from app.patients.rules import PatientStatus

MOST = 200
_charts, _identifiers, _points = (each.__table__ for each in (Patient, PatientIdentifier, ContactPoint))
_first, _second = _charts.alias(), _charts.alias()
_one_number, _other_number = _identifiers.alias(), _identifiers.alias()
_one_point, _other_point = _points.alias(), _points.alias()


class Likeness(StrEnum):
    """What two charts have in common, the strongest first."""

    NUMBER = "number"
    NAME_AND_BIRTH = "name_and_birth"
    PHONE_AND_BIRTH = "phone_and_birth"


@dataclass(frozen=True)
class Pair:
    """Two charts nobody has judged yet; the older one first."""

    first: Patient
    second: Patient
    likeness: Likeness


def find_duplicates(session: Session, clinic_id: int, *, limit: int = MOST) -> list[Pair]:
    """Found through blind indexes, so that no name is opened. Twins are found too: only a person can tell."""
    judged = _judged(session, clinic_id)
    found: dict[tuple[int, int], Pair] = {}
    for likeness in Likeness:
        for first, second in session.execute(_alike(likeness, clinic_id).limit(limit + len(judged))):
            if (first, second) not in judged and (first, second) not in found:
                both = session.get_one(Patient, first), session.get_one(Patient, second)
                found[first, second] = Pair(*both, likeness)
    return list(found.values())[:limit]


def likeness_of(session: Session, first: Patient, second: Patient) -> Likeness | None:
    """What these two have in common; None when nothing speaks for one person."""
    one, other = sorted((first.id, second.id))
    both = (_first.c.id == one, _second.c.id == other)
    return next((each for each in Likeness if session.execute(_alike(each, first.clinic_id, *both)).first()), None)


def _alike(likeness: Likeness, clinic_id: int, *more: ColumnElement[bool]) -> Select[int, int]:
    """Ids of standing charts in pairs, each pair once, the smaller id (the older chart) first."""
    standing = (each.c.status != PatientStatus.MERGED for each in (_first, _second))
    ours = (each.c.clinic_id == clinic_id for each in (_first, _second))
    wanted = select(_first.c.id, _second.c.id).join(_second, _second.c.id > _first.c.id).where(*ours, *standing, *more)
    if likeness is Likeness.NUMBER:
        return (
            wanted.join(_one_number, _one_number.c.patient_id == _first.c.id)
            .join(_other_number, _other_number.c.patient_id == _second.c.id)
            .where(
                _one_number.c["index"] == _other_number.c["index"],
                _one_number.c.kind == "JHN",
                _other_number.c.kind == "JHN",
            )
        )
    wanted = wanted.where(_first.c.birth_date_index == _second.c.birth_date_index)
    if likeness is Likeness.NAME_AND_BIRTH:
        return wanted.where(_first.c.family_index == _second.c.family_index)
    return (
        wanted.join(_one_point, _one_point.c.patient_id == _first.c.id)
        .join(_other_point, _other_point.c.patient_id == _second.c.id)
        .where(_one_point.c.address_index == _other_point.c.address_index)
    )


def _judged(session: Session, clinic_id: int) -> set[tuple[int, int]]:
    wanted = select(ChartJudgement.patient_id, ChartJudgement.into_id).where(
        ChartJudgement.clinic_id == clinic_id, ChartJudgement.undone_at.is_(None)
    )
    return {(min(row[0], row[1]), max(row[0], row[1])) for row in session.execute(wanted)}
