# /// script
# requires-python = ">=3.11"
# dependencies = ["polars==2.1.0", "duckdb==1.5.6"]
# [tool.uv]
# exclude-newer = "2026-11-20T00:00:00Z"
# ///
"""Votes in the first week, by days since a paper was listed, where they were counted: DuckDB asks, polars goes on."""

import sys

import duckdb
import polars as pl

path = sys.argv[1] if len(sys.argv) > 1 else "warehouse/current/papers.duckdb"
with duckdb.connect(path, read_only=True) as warehouse:
    votes = pl.DataFrame(warehouse.sql("FROM fact_vote_day WHERE is_observed AND days_since_listed <= 7"))
by_age = (
    votes.group_by("days_since_listed")
    .agg(pl.len().alias("papers"), pl.col("votes").median().alias("median"), pl.col("votes").max().alias("most"))
    .sort("days_since_listed")
)
print(by_age)
