"""The choices sheet as answer options, and the media files that rows and choices name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forms import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forms.problems import Findings
    from forms.xlsform.sheets import Row
    from forms.xlsform.wording import Wording

_CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "amr": "audio/amr",
    "3gp": "audio/3gpp",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "mp4": "video/mp4",
}
_KINDS = {"audio": "audio/mpeg", "image": "image/png", "video": "video/mp4"}


class Lists:
    """The choices by the name of their list."""

    def __init__(self, rows: list[Row], wording: Wording, findings: Findings) -> None:
        self._options: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            name = row.get("list_name")
            if not name:
                place = f"choices row {row.number}, column list_name"
                findings.warn(
                    "choice-without-list", place, message="The choice belongs to no list.", fix="Name its list."
                )
                continue
            options = self._options.setdefault(name, [])
            option = _option(row, wording)
            code = option["valueCoding"]["code"]
            if not code or any(other["valueCoding"]["code"] == code for other in options):
                message = f"{code!r:.60} is given twice, or has no name, and is left out."
                findings.warn(
                    "choice-twice",
                    f"choices row {row.number}, column name",
                    message=message,
                    fix="Name it differently.",
                )
                continue
            options.append(option)

    def options(self, name: str) -> list[dict[str, Any]]:
        return self._options.get(name, [])


def _option(row: Row, wording: Wording) -> dict[str, Any]:
    label, others = wording.text(row.cells, "label")
    coding: dict[str, Any] = {"code": row.get("name"), "display": label or row.get("name")}
    if others:
        coding["_display"] = others
    extensions = media_extensions(names.ITEM_ANSWER_MEDIA, wording, row.cells)
    if row.get("sms_option"):
        extensions.insert(0, {"url": names.OPTION_PREFIX, "valueString": row.get("sms_option")})
    return {"extension": extensions, "valueCoding": coding} if extensions else {"valueCoding": coding}


def media_extensions(url: str, wording: Wording, cells: Mapping[str, str]) -> list[dict[str, Any]]:
    """SDC media for every file a row names, in each language."""
    found = []
    for kind, standard in _KINDS.items():
        for language, file in wording.media(cells, kind):
            content_type = _CONTENT_TYPES.get(file.rsplit(".", 1)[-1].lower(), standard)
            attachment = {"contentType": content_type, "url": file, "title": file}
            if language:
                attachment["language"] = language
            found.append({"url": url, "valueAttachment": attachment})
    return found
