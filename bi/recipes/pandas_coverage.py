# /// script
# requires-python = ">=3.11"
# dependencies = ["pandas==3.1.1", "duckdb==1.5.6"]
# [tool.uv]
# exclude-newer = "2026-11-20T00:00:00Z"
# ///
"""What became of the days that each source was asked for, year by year: a cross table in pandas."""

import sys

import duckdb
import pandas as pd

path = sys.argv[1] if len(sys.argv) > 1 else "warehouse/current/papers.duckdb"
with duckdb.connect(path, read_only=True) as warehouse:
    days = warehouse.sql("SELECT source, year(date) AS year, status FROM mart_coverage WHERE attempts > 0").df()
print(pd.crosstab([days.source, days.year], days.status).reset_index().to_string(index=False))
