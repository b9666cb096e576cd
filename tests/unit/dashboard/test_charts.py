"""The charts as specifications: each is valid, has a description and reads a query."""

import json

import pytest
import vl_convert

from dagster_project.dashboard.charts import CHARTS
from dagster_project.dashboard.data import CHARTED


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_compiles_for_vega(name):
    vega = vl_convert.vegalite_to_vega(CHARTS[name]())
    assert {data["name"] for data in vega["data"]} & CHARTED.keys()
    assert {"from", "to"} <= {signal["name"] for signal in vega["signals"]}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_a_description(name):
    assert len(CHARTS[name]()["description"]) > 20


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_holds_no_rows_of_its_own(name):
    chart = CHARTS[name]()
    assert "datasets" not in chart
    assert '"values": [{' not in json.dumps(chart)
