"""Charts and files: nothing in them runs, nothing in them lies."""

from __future__ import annotations

from xml.dom.minidom import parseString

import pytest

from app.reports.charts import HEAD, HEIGHT, bar_chart
from app.reports.csv_file import csv_bytes


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell):
    assert csv_bytes(["a"], [[cell]]).decode("utf-8-sig").split("\r\n", 1)[1].lstrip('"').startswith("'")


def test_a_table_of_nothing_has_its_header():
    assert csv_bytes(["when", "who"], []).decode("utf-8-sig") == "when,who\r\n"


def test_a_chart_is_well_formed_whatever_its_words():
    drawn = parseString(bar_chart([("<&\"'>", 3), ("b", 1), ("c", 0)], title='<"&>'))
    bars = drawn.getElementsByTagName("rect")
    assert len(bars) == 3
    heights = [float(bar.getAttribute("height")) for bar in bars]
    assert heights[0] == pytest.approx(3 * heights[1], abs=0.2)
    assert heights[2] == 0
    assert float(bars[0].getAttribute("y")) >= HEAD
    assert heights[0] < HEIGHT


def test_nothing_to_show_is_no_chart():
    assert bar_chart([("a", 0)], title="t") == ""
    assert bar_chart([], title="t") == ""
