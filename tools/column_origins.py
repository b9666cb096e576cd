"""The origins of the published columns, `dagster_project/site/origins.json`: where each column's values come from.

The columns of the lake are read from the models' SQL, column by column. What only decides which values count is no
origin: neither WHERE and ORDER BY, nor FILTER and the second argument of `max_by` and `min_by`. The sources that fill a
column of the lake are those that do so in the bundled sample, which holds every format.

`python -m tools.column_origins` writes the file; a test fails when the file is another.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import sqlglot
from sqlglot import exp
from sqlglot.lineage import Node, lineage

from dagster_project.build import BuildRequest, build
from dagster_project.config import load_settings
from dagster_project.lake.files import list_parquet
from dagster_project.lake.home import Home
from dagster_project.models.catalog import LAKE, SLICE, SLICED, load_models
from dagster_project.models.contract import Table, load_contract
from dagster_project.site.origins import FILE
from dagster_project.sources.registry import SOURCES
from dagster_project.validate.schemas import LAKE_TABLES, TABLES, list_sql_columns

Origins = dict[str, dict[str, dict[str, list[str]]]]
"""The lake's columns and the sources behind each column, by table and column."""
Read = tuple[str, bool]
"""A column of the lake, as `table.column`, and whether it was read through `LISTS`."""
LISTS = "stg_entry"
"""The staging model that leaves out the sources that name no day."""


def find_origins(lake: Path) -> Origins:
    """Return the origins of all published columns; `lake` is the lake of the sample."""
    filled = find_filled(lake)
    return {
        table: {
            column: {
                "lake": sorted({name for name, _ in read}),
                "sources": sorted({source for each in read for source in _list_sources(each, filled)}),
            }
            for column, read in columns.items()
        }
        for table, columns in trace_columns().items()
    }


def _list_sources(read: Read, filled: Mapping[str, frozenset[str]]) -> list[str]:
    name, is_of_lists = read
    return [source for source in filled.get(name, ()) if SOURCES[source].names_days or not is_of_lists]


def find_filled(lake: Path) -> Mapping[str, frozenset[str]]:
    """Return the sources that fill each column of the lake's tables of days; any source may have rejects."""
    filled: dict[str, frozenset[str]] = {
        f"reject.{column}": frozenset(SOURCES) for column in TABLES["reject"].columns()
    }
    for table in TABLES.keys() - {"reject"}:
        rows = pl.scan_parquet(list_parquet(lake / table), hive_partitioning=False)
        values = pl.all().exclude("source").is_not_null().any()
        for source, *is_filled in rows.group_by("source").agg(values).collect().iter_rows():
            names = [name for name in TABLES[table].columns() if name != "source"]
            for name, is_it in [("source", True), *zip(names, is_filled, strict=True)]:
                if is_it:
                    filled[f"{table}.{name}"] = filled.get(f"{table}.{name}", frozenset()) | {source}
    return filled


def trace_columns() -> dict[str, dict[str, frozenset[Read]]]:
    """Return the lake's columns behind every published column, by table."""
    models, contract = load_models(), {table.name: table for table in load_contract()}
    schema: dict[str, object] = {f"{LAKE}{name}": list_sql_columns(kind) for name, kind in LAKE_TABLES.items()}
    schema |= {table.name: _list_types(table) for table in contract.values()}
    schema[SLICE] = _list_types(contract[SLICED])
    staging = {model.name: _drop_choices(model.sql) for model in models if not model.is_published}
    traced: dict[str, dict[str, frozenset[Read]]] = {}
    for model in models:
        if model.is_published:
            nodes = lineage(None, _drop_choices(model.sql), schema=schema, sources=staging, dialect="duckdb")
            columns = contract[model.name].columns
            found = {column.name: _list_leaves(nodes[column.name], traced, is_of_lists=False) for column in columns}
            # A count of rows reads no column: it counts whatever the table's other columns tell.
            everything = frozenset[Read]().union(*found.values())
            traced[model.name] = {column: read or everything for column, read in found.items()}
    return {name: traced.get(name, {}) for name in contract}


def _drop_choices(sql: str) -> str:
    """Return a query whose aggregates hold their values alone, without what chooses among them."""

    def drop(node: exp.Expr) -> exp.Expr:
        value = node.this if isinstance(node, exp.Filter) else node
        return exp.Max(this=value.this) if isinstance(value, exp.ArgMax | exp.ArgMin) else value

    return sqlglot.parse_one(sql, read="duckdb").transform(drop).sql("duckdb")


def _list_types(table: Table) -> dict[str, str]:
    return {column.name: column.type for column in table.columns}


def _list_leaves(
    node: Node, traced: Mapping[str, Mapping[str, frozenset[Read]]], *, is_of_lists: bool
) -> frozenset[Read]:
    """Return the lake's columns at the ends of a lineage."""
    is_of_lists = is_of_lists or node.source_name == LISTS
    if node.downstream:
        return frozenset[Read]().union(
            *(_list_leaves(each, traced, is_of_lists=is_of_lists) for each in node.downstream)
        )
    if not isinstance(node.source, exp.Table):
        return frozenset()
    table, column = node.source.name, exp.to_column(node.name).name
    table = SLICED if table == SLICE else table
    if table.startswith(LAKE):
        return frozenset({(f"{table.removeprefix(LAKE)}.{column}", is_of_lists)})
    return traced.get(table, {}).get(column, frozenset())


def compute_mark() -> str:
    """Return a hash of the SQL that the origins are read from."""
    mark = hashlib.sha256()
    for model in sorted(load_models(), key=lambda model: model.name):
        mark.update(f"{model.name}\0{model.sql}\0".encode())
    for table in load_contract():
        mark.update(repr((table.name, [column.name for column in table.columns])).encode())
    return mark.hexdigest()


def main() -> None:
    """Build the sample and write the file."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder, "home"))
        build(home, load_settings(home=home.root), BuildRequest(sample=True))
        FILE.write_text(format_origins(find_origins(home.lake)), encoding="utf-8")


def format_origins(origins: Origins) -> str:
    """Return the text of the file: a line a column."""
    tables = (
        f"    {json.dumps(table)}: {{\n"
        + ",\n".join(f"      {json.dumps(column)}: {json.dumps(each)}" for column, each in columns.items())
        + "\n    }"
        for table, columns in origins.items()
    )
    return f'{{\n  "sql": "{compute_mark()}",\n  "tables": {{\n' + ",\n".join(tables) + "\n  }\n}\n"


if __name__ == "__main__":
    main()
