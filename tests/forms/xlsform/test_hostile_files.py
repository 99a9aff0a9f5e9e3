"""Files that are no forms, or want to be more than one: a sentence in bounded time, never an exception."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.xlsform import read_xlsform
from forms.xlsform.sheets import MOST_BYTES, MOST_ROWS
from forms.xlsform.xpath import XPathError, parse_xpath

WORKBOOK = (
    '<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="survey" r:id="r1"/></sheets></workbook>'
)
RELATIONS = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'


def package(sheet: str | bytes, **others: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", WORKBOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, text in others.items():
            archive.writestr(name, text)
    return stream.getvalue()


def inline(*cells: str) -> str:
    return "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells) + "</row>"


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
HOSTILE = {
    "nothing": b"",
    "one byte": b"\x00",
    "an old workbook": b"\xd0\xcf\x11\xe0" + b"\x00" * 600,
    "a cut zip": package("<worksheet/>")[:200],
    "a zip of something else": package("<worksheet/>", **{"word/document.xml": "<x/>"}),
    "no xml": package("row row row"),
    "entities": package(BOMB),
    "a bomb": package(b"<worksheet>" + b" " * (MOST_BYTES + 10) + b"</worksheet>"),
    "binary text": bytes(range(256)) * 40,
    "a csv of something else": b"name,phone\nA,1\n",
    "half a quote": b'type,name,label\ntext,"a',
    "a huge field": b"type,name,label\ntext,a," + b"x" * 300_000,
    "many columns": b"type,name,label" + b",x" * 50_000 + b"\ntext,a,b",
    "too many rows": b"type,name,label\n" + b"text,a,b\n" * (MOST_ROWS + 5),
    "only a header": b"type,name,label\n",
    "deep groups": b"type,name,label\n" + b"begin group,g,G\n" * 500 + b"text,t,T\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_that_is_no_form_is_answered_with_a_finding(content: bytes) -> None:
    started = time.process_time()
    questionnaire, report = read_xlsform(content)
    assert time.process_time() - started < 5
    assert questionnaire is not None or report
    assert any(problem.severity == "error" for problem in report) or questionnaire


def test_a_small_workbook_by_hand_is_read(tmp_path: Path) -> None:
    sheet = (
        f"<worksheet><sheetData>{inline('type', 'name', 'label')}{inline('text', 'a', 'Who?')}</sheetData></worksheet>"
    )
    path = tmp_path / "form.xlsx"
    path.write_bytes(package(sheet))
    questionnaire, report = read_xlsform(path)
    assert questionnaire is not None
    assert questionnaire["item"] == [{"linkId": "a", "text": "Who?", "type": "string"}]
    assert report == []


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_no_bytes_break_the_import(content: bytes) -> None:
    read_xlsform(content)
    read_xlsform(b"PK\x03\x04" + content)
    read_xlsform(b"type,name,label,relevant\n" + content)


CELLS = st.text(st.characters(exclude_characters=',\n\r"', exclude_categories=["Cs"]), max_size=30)
TYPES = st.sampled_from(
    [
        "text",
        "integer",
        "select_one l",
        "begin group",
        "end group",
        "begin repeat",
        "end repeat",
        "calculate",
        "range",
        "x",
    ]
)
ROWS = st.lists(st.tuples(TYPES, CELLS, CELLS, CELLS, CELLS, CELLS, CELLS), max_size=15)


@given(ROWS)
@settings(max_examples=200)
def test_no_rows_break_the_import(rows: list[tuple[str, ...]]) -> None:
    header = "type,name,label,relevant,constraint,calculation,default"
    content = "\n".join([header, *(",".join(row) for row in rows)])
    read_xlsform(content.encode())


@given(st.text(max_size=80))
def test_any_expression_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(XPathError):
        assert parse_xpath(text)[0] in {"num", "str", "ref", "self", "call", "bin", "neg"}


@pytest.mark.parametrize(
    "text", ["(" * 5000, "not(" * 3000, "1+" * 3000 + "1", "-" * 3000 + "1", "a" * 5000, "${a} and " * 900]
)
def test_a_hostile_expression_is_refused_in_bounded_time(text: str) -> None:
    started = time.process_time()
    with pytest.raises(XPathError):
        parse_xpath(text)
    assert time.process_time() - started < 1
