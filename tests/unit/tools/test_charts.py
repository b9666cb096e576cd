"""The charts as specifications: each is valid, has a description, reads a query, and is the one that the page holds."""

import json

import pytest
import vl_convert

from dagster_project.dashboard.data import CHARTED
from tools.charts import CHARTS, FILE, write_charts


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_compiles_for_vega(name):
    vega = vl_convert.vegalite_to_vega(CHARTS[name]())
    assert {data["name"] for data in vega["data"]} & CHARTED.keys()
    assert {"from", "to", "subject"} <= {signal["name"] for signal in vega["signals"]}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_a_description(name):
    assert len(CHARTS[name]()["description"]) > 20


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_holds_no_rows_of_its_own(name):
    chart = CHARTS[name]()
    assert "datasets" not in chart
    assert '"values": [{' not in json.dumps(chart)


def test_the_page_holds_the_charts_as_they_are_drawn():
    assert FILE.read_text(encoding="utf-8") == write_charts()
