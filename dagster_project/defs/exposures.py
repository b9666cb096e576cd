"""Declares the readers of a release as external assets. Assets that a run builds belong in `ingest` and `warehouse`."""

import dagster as dg

from dagster_project.defs.events import RELEASE

EXPOSURES = [
    dg.AssetSpec(
        "superset",
        deps=[RELEASE],
        description=(
            "Charts and a dashboard in Apache Superset, which reads `current/papers.duckdb` through a connection "
            "that can write nothing. How to start it: `bi/superset/README.md`."
        ),
        group_name="bi",
        kinds={"superset"},
    ),
    dg.AssetSpec(
        "sql_clients",
        deps=[RELEASE],
        description=(
            "Whatever else opens `current/papers.duckdb`: DuckDB's shell, notebooks, desktop clients, assistants. "
            "Each finds the newest release when it opens the file. Recipes: `bi/README.md`."
        ),
        group_name="bi",
        kinds={"duckdb", "sql"},
    ),
]
