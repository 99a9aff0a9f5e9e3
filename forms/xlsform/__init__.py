"""XLSForm (.xlsx, .csv) to a FHIR Questionnaire, with a report of everything that could not be carried over.

Source: xlsform.org and the ODK XForms specification. Nothing is dropped in silence: a column, type, expression or sheet
without a counterpart becomes a finding that names its row and what to do.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forms import names
from forms.problems import Findings, Problem
from forms.xlsform.items import Items
from forms.xlsform.options import Lists
from forms.xlsform.outline import outline, targets
from forms.xlsform.rules import Names
from forms.xlsform.sheets import Row, UnreadableForm, read_sheets
from forms.xlsform.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_xlsform"]

_SURVEY = frozenset(
    """
    type name label hint relevant constraint constraint_message required required_message read_only calculation default
    appearance parameters choice_filter repeat_count media::audio media::image media::video sms_field disabled trigger
    """.split()
)
_CHOICES = frozenset(["list_name", "name", "label", "media::audio", "media::image", "media::video", "sms_option"])
_SETTINGS = frozenset(["form_title", "form_id", "version", "default_language", "sms_keyword", "id_string", "title"])
_OWN_SHEETS = frozenset(["survey", "choices", "settings"])


def read_xlsform(source: str | Path | bytes) -> tuple[dict[str, Any] | None, list[Problem]]:
    """The questionnaire in `source` and the report; no questionnaire when the file cannot be read at all."""
    findings = Findings()
    try:
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        sheets = read_sheets(content)
    except UnreadableForm as error:
        findings.error("unreadable", "", message=str(error), fix=error.fix)
        return None, list(findings.all())
    if not sheets.get("survey"):
        findings.error("no-survey", "", message="The workbook has no survey sheet.", fix="Add a sheet named survey.")
        return None, list(findings.all())
    return _questionnaire(sheets, findings), list(findings.all())


def _questionnaire(sheets: Mapping[str, list[Row]], findings: Findings) -> dict[str, Any]:
    survey, choices = sheets["survey"], sheets.get("choices", [])
    settings = sheets["settings"][0].cells if sheets.get("settings") else {}
    columns = list(dict.fromkeys(column for row in (*survey, *choices) for column in row.cells))
    wording = Wording(columns, settings.get("default_language", ""))
    nodes = outline(survey, findings)
    lists = Lists(choices, wording, findings)
    items = Items(wording, lists, Names(targets(nodes)), findings).all(nodes)
    _report_rest(sheets, settings, wording, findings)
    head = _head(settings, wording)
    if not items:
        findings.error(
            "no-question", "", message="The form asks nothing that can be carried over.", fix="Add a question."
        )
    return {**head, "item": items}


def _head(settings: Mapping[str, str], wording: Wording) -> dict[str, Any]:
    title = settings.get("form_title") or settings.get("title") or settings.get("form_id") or "Imported form"
    form_id = settings.get("form_id") or settings.get("id_string") or title
    slug = re.sub(r"[^A-Za-z0-9.-]+", "-", form_id).strip("-").lower()[:64] or "imported-form"
    head: dict[str, Any] = {"resourceType": "Questionnaire", "language": wording.base}
    if settings.get("sms_keyword"):
        head["extension"] = [{"url": names.SMS_KEYWORD, "valueString": settings["sms_keyword"]}]
    head["url"] = f"{names.FARLINE.removesuffix('StructureDefinition/')}Questionnaire/{slug}"
    if settings.get("version"):
        head["version"] = settings["version"]
    name = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", form_id))
    return {**head, "name": name[:255] or "ImportedForm", "title": title, "status": "draft", "subjectType": ["Patient"]}


def _report_rest(
    sheets: Mapping[str, list[Row]], settings: Mapping[str, str], wording: Wording, findings: Findings
) -> None:
    """Sheets, columns, settings, appearances and languages that have no counterpart."""
    for name in sorted(set(sheets) - _OWN_SHEETS):
        findings.warn(
            "not-carried", name, message=f"The sheet {name} is left out.", fix="Nothing to do, or ask for it."
        )
    for sheet, known in (("survey", _SURVEY), ("choices", _CHOICES)):
        for column in sorted({column for row in sheets.get(sheet, []) for column in row.cells}):
            if not _is_known(column, known):
                message = f"The column {column!r:.60} of {sheet} is left out."
                findings.note("not-carried", f"{sheet} column {column[:60]}", message=message, fix="Nothing to do.")
    for setting in sorted(set(settings) - _SETTINGS):
        message = f"The setting {setting!r:.60} is left out."
        findings.note("not-carried", f"settings {setting[:60]}", message=message, fix="Nothing to do.")
    _report_looks(sheets["survey"], findings)
    for language in wording.unknown:
        message = f"The language {language!r:.60} has no code, so its words are left out."
        findings.warn(
            "language-unknown", "", message=message, fix=f"Write it as {language[:40]} (code), like French (fr)."
        )


def _is_known(column: str, known: frozenset[str]) -> bool:
    first, _, rest = column.partition("::")
    if first == "media":
        return f"media::{rest.partition('::')[0]}" in known
    return first in known and (not rest or first in ("label", "hint", "constraint_message", "required_message"))


def _report_looks(survey: list[Row], findings: Findings) -> None:
    """Appearances change how a screen looks; only "multiline" changes what is asked."""
    looks = {word for row in survey for word in row.get("appearance").split() if word != "multiline"}
    for word in sorted(looks)[:50]:
        message = f"The appearance {word!r:.60} changes nothing here."
        findings.note("appearance", "survey column appearance", message=message, fix="Nothing to do.")
    if any(column.startswith("required_message") for row in survey for column in row.cells):
        message = "A question without an answer is asked again in Farline's own words."
        findings.note("not-carried", "survey column required_message", message=message, fix="Nothing to do.")
