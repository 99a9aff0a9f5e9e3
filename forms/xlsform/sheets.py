"""The sheets of an XLSForm workbook (.xlsx) or of its .csv spelling, as rows of text. Bounded, whatever is in the file.

Formats: ECMA-376 (SpreadsheetML) for .xlsx; pyxform's csv, in which column one names the sheet, or a bare survey sheet.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_ROWS = 20_000  # of one sheet
MOST_COLUMNS = 400
MOST_BYTES = 40_000_000  # of one file inside the workbook, unpacked
LONGEST_CELL = 32_767  # Excel's own limit
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")


class UnreadableForm(ValueError):
    """The file is no workbook that can be read; the text says why, the fix what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its number as a spreadsheet shows it, and its cells by the name of their column."""

    number: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


def read_sheets(content: bytes) -> dict[str, list[Row]]:
    """Every sheet by its lower-case name. Raises UnreadableForm."""
    if content[:4] == b"PK\x03\x04":
        return {name.strip().lower(): _rows(cells) for name, cells in _workbook(content)}
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise UnreadableForm("This is an old .xls workbook.", "Save it as .xlsx and import that.")
    return _csv_sheets(content)


def _rows(cells: Iterable[tuple[int, list[str]]]) -> list[Row]:
    """The first row that is not empty names the columns."""
    header: list[str] = []
    rows: list[Row] = []
    for number, values in cells:
        if not any(values):
            continue
        if not header:
            header = [_column(value) for value in values]
            continue
        named = zip(header, values, strict=False)
        rows.append(Row(number, {name: value for name, value in named if name and value}))
        if len(rows) > MOST_ROWS:
            raise UnreadableForm(f"A sheet has more than {MOST_ROWS} rows.", "Split the form.")
    return rows


_SPACES = re.compile(r"\s+")
_COLONS = re.compile(r"\s*::?\s*")
_ALIASES = {
    "list name": "list_name",
    "listname": "list_name",
    "value": "name",
    "caption": "label",
    "command": "type",
    "tag": "name",
    "relevance": "relevant",
    "calculate": "calculation",
    "readonly": "read_only",
    "read only": "read_only",
    "count": "repeat_count",
    "image": "media::image",
    "audio": "media::audio",
    "video": "media::video",
    "constraint message": "constraint_message",
    "required message": "required_message",
    "sms field": "sms_field",
    "sms option": "sms_option",
    "sms keyword": "sms_keyword",
    "bind::relevant": "relevant",
    "bind::constraint": "constraint",
    "bind::calculate": "calculation",
    "bind::required": "required",
    "bind::readonly": "read_only",
    "bind::jr:constraintmsg": "constraint_message",
    "bind::jr:requiredmsg": "required_message",
}


def _column(title: str) -> str:
    """A column's name as XLSForm spells it; "Label : French (fr)" is "label::French (fr)"."""
    name = _COLONS.sub("::", _SPACES.sub(" ", title.strip()))
    first, separator, language = name.partition("::")
    first = first.lower()
    if first in ("media", "bind", "body", "instance", "control") and separator:
        kind, rest, language = language.partition("::")
        first, separator = f"{first}::{kind.lower()}", rest
    return _ALIASES.get(first, first.replace(" ", "_")) + (f"::{language}" if separator and language else "")


# --- .xlsx ------------------------------------------------------------------------------------------------------------


def _workbook(content: bytes) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        shared = _shared_strings(archive)
        sheets = list(_sheet_files(archive))
    except (zipfile.BadZipFile, KeyError, ET.ParseError, NotImplementedError, RuntimeError) as error:
        raise UnreadableForm(
            "The workbook is damaged or is no .xlsx.", "Open it and save it again as .xlsx."
        ) from error
    for name, path in sheets:
        known = name.strip().lower() in _SHEETS
        yield name, _cells(_part(archive, path), shared) if known else iter(())


def _part(archive: zipfile.ZipFile, path: str) -> ET.Element:
    """One XML file of the workbook; a document type is refused, because its entities could unfold without end."""
    try:
        with archive.open(path) as packed:
            data = packed.read(MOST_BYTES + 1)
    except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise UnreadableForm(f"The workbook has no readable {path}.", "Open it and save it again as .xlsx.") from error
    if len(data) > MOST_BYTES:
        raise UnreadableForm(f"{path} is larger than {MOST_BYTES // 1_000_000} MB.", "Split the form.")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise UnreadableForm("The workbook holds a document type.", "Open it and save it again as .xlsx.")
    try:
        return ET.fromstring(data)  # noqa: S314 -- sizes are bounded and document types refused above
    except (ET.ParseError, ValueError, LookupError) as error:
        raise UnreadableForm(f"{path} is no XML.", "Open it and save it again as .xlsx.") from error


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_text(string) for string in _part(archive, "xl/sharedStrings.xml")]


def _text(element: ET.Element) -> str:
    """The text of a rich string without its phonetic hints."""
    parts = []
    for child in element:
        tag = _local(child)
        if tag == "t":
            parts.append(child.text or "")
        elif tag == "r":
            parts.extend(run.text or "" for run in child if _local(run) == "t")
    return "".join(parts)


def _local(element: ET.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _sheet_files(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    relations = {
        relation.get("Id", ""): relation.get("Target", "") for relation in _part(archive, "xl/_rels/workbook.xml.rels")
    }
    for element in _part(archive, "xl/workbook.xml").iter():
        if _local(element) == "sheet":
            target = relations.get(element.get(_RELATION) or element.get(_STRICT_RELATION) or "", "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            yield element.get("name", ""), path


_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def _cells(sheet: ET.Element, shared: list[str]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate((element for element in sheet.iter() if _local(element) == "row"), start=1):
        values: list[str] = []
        for cell in row:
            found = _REFERENCE.fullmatch(cell.get("r", ""))
            column = _column_index(found.group(1)) if found else len(values)
            if column >= MOST_COLUMNS:
                continue
            values.extend([""] * (column + 1 - len(values)))
            values[column] = _value(cell, shared)[:LONGEST_CELL].strip()
        shown = row.get("r", "")
        yield (int(shown) if shown.isdigit() and len(shown) < 8 else number), values


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def _value(cell: ET.Element, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = next((child for child in cell if _local(child) == "is"), None)
        return "" if inline is None else _text(inline)
    raw = next((child.text or "" for child in cell if _local(child) == "v"), "")
    if kind == "s":
        return shared[int(raw)] if raw.isdigit() and int(raw) < len(shared) else ""
    if kind == "b":
        return "TRUE" if raw == "1" else "FALSE"
    return raw if kind in ("str", "e") else _number(raw)


def _number(raw: str) -> str:
    """ "1.0" is how spreadsheets keep a whole number."""
    whole, point, part = raw.partition(".")
    return whole if point and not part.strip("0") else raw


# --- .csv -------------------------------------------------------------------------------------------------------------


def _csv_sheets(content: bytes) -> dict[str, list[Row]]:
    if len(content) > MOST_BYTES:
        raise UnreadableForm("The file is larger than 40 MB.", "Split the form.")
    lines = _csv_lines(_decoded(content))
    named: dict[str, list[tuple[int, list[str]]]] = {}
    bare: list[tuple[int, list[str]]] = []
    sheet = ""
    for number, values in lines:
        first = values[0].lower() if values else ""
        sheet = first if first in _SHEETS else sheet
        if sheet and (first in _SHEETS or not first):
            named.setdefault(sheet, []).append((number, values[1:]))
        bare.append((number, values))
    if named:
        return {name: _rows(cells) for name, cells in named.items()}
    rows = _rows(bare)
    if not any("type" in row.cells for row in rows):
        raise UnreadableForm("No survey sheet was found.", "The first row must name the columns: type, name, label.")
    return {"survey": rows}


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text", as spreadsheets save it
        return content.decode("utf-16", errors="replace")
    if b"\x00" in content[:200]:
        raise UnreadableForm("The file is neither a workbook nor text.", "Give an .xlsx or a .csv in UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _csv_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    sample = text[:4096].splitlines()[:1]
    delimiter = max(",;\t", key=sample[0].count) if sample else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for number, values in enumerate(reader, start=1):
            yield number, [value.strip() for value in values[:MOST_COLUMNS]]
    except csv.Error as error:
        raise UnreadableForm(f"The csv cannot be read: {error}.", "Save it again as csv in UTF-8.") from error
