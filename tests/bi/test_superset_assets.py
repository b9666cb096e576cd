"""Superset's files against the warehouse that they are about, without Superset."""

import json
import re

import duckdb
import pytest
import yaml

from dagster_project.config import CHECKOUT
from tests.refused import HIDDEN, REACH_OUT

ASSETS = CHECKOUT / "bi" / "superset" / "assets"
DATASETS = {asset["uuid"]: asset for asset in map(yaml.safe_load, (f.read_text() for f in ASSETS.glob("datasets/*/*")))}
CHARTS = [yaml.safe_load(file.read_text()) for file in sorted(ASSETS.glob("charts/*"))]
[DASHBOARD] = [yaml.safe_load(file.read_text()) for file in ASSETS.glob("dashboards/*")]
CONNECTION = yaml.safe_load((ASSETS / "databases" / "Daily_Papers.yaml").read_text())


@pytest.fixture(scope="module")
def connection(built_sample):
    """The warehouse, opened as Superset is told to open it."""
    arguments = CONNECTION["extra"]["engine_params"]["connect_args"]
    with duckdb.connect(built_sample.warehouse, **arguments) as opened:
        yield opened


def columns(query):
    """Return the columns that a saved query names: those it shows, groups, filters and orders by."""
    for column in query.get("columns", []):
        yield column if isinstance(column, str) else column["sqlExpression"]
    yield from (narrowing["col"] for narrowing in query["filters"])
    yield from (by for by, _ in query.get("orderby", []) if isinstance(by, str))


def metrics(query):
    """Return the expressions that a saved query computes."""
    limits = [query["series_limit_metric"]] if query.get("series_limit_metric") else []
    yield from (metric["sqlExpression"] for metric in [*(query.get("metrics") or []), *limits])


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda dataset: dataset["table_name"])
def test_what_a_dataset_says_of_columns_holds_in_the_warehouse(connection, dataset):
    table = dataset["table_name"]
    there = {name for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()}
    assert {column["column_name"] for column in dataset["columns"] if not column.get("expression")} <= there
    for expression in (column["expression"] for column in dataset["columns"] if column.get("expression")):
        assert connection.execute(f"SELECT count({expression}) FROM {table}").fetchone()[0] > 0


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart["slice_name"])
def test_what_a_chart_asks_for_is_in_its_dataset(connection, chart):
    dataset = DATASETS[chart["dataset_uuid"]]
    table = dataset["table_name"]
    there = {name for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()}
    there |= {column["column_name"] for column in dataset["columns"]}
    for query in json.loads(chart["query_context"])["queries"]:
        assert set(columns(query)) <= there
        for expression in metrics(query):
            assert connection.execute(f"SELECT {expression} IS NOT NULL FROM {table}").fetchone()[0]


def test_the_dashboard_shows_every_chart_once_and_says_what_it_shows():
    shown = [part["meta"]["uuid"] for key, part in DASHBOARD["position"].items() if key.startswith("CHART-")]
    assert sorted(shown) == sorted(chart["uuid"] for chart in CHARTS)
    assert len(CHARTS) >= 7
    assert all(chart["description"] for chart in CHARTS)


def test_no_text_is_shown_as_html():
    tables = [chart for chart in CHARTS if "table" in chart["viz_type"]]
    assert len(tables) >= 2
    assert all(chart["params"]["allow_render_html"] is False for chart in tables)  # Superset's default is True
    texts = {str(file): file.read_text() for file in sorted(ASSETS.rglob("*.yaml"))}
    assert [name for name, text in texts.items() if re.search(r"<\w|render_html: true|MARKDOWN|handlebars", text)] == []


@pytest.mark.parametrize("statement", REACH_OUT)
def test_the_connection_reaches_nothing_else(connection, tmp_path, statement):
    (tmp_path / "secret.txt").write_text(HIDDEN)
    with pytest.raises(duckdb.Error, match="disabled by configuration"):
        connection.execute(statement.format(folder=tmp_path))


@pytest.mark.parametrize("statement", ["SET enable_external_access = true", "SET lock_configuration = false"])
def test_the_connection_keeps_its_settings(connection, statement):
    with pytest.raises(duckdb.Error, match="locked"):
        connection.execute(statement)
