"""Questionnaires that ship with Farline, as FHIR R4 JSON beside this file; README.md says where each comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """Every questionnaire that ships, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def load(name: str) -> dict[str, Any]:
    """The questionnaire of that name, a fresh copy each time.

    Raises KeyError for a name that does not ship.
    """
    if name not in names():
        raise KeyError(name)
    questionnaire: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return questionnaire
