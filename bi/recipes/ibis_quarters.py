# /// script
# requires-python = ">=3.11"
# dependencies = ["ibis-framework[duckdb]==12.0.0", "duckdb==1.5.6"]
# [tool.uv]
# exclude-newer = "2026-11-20T00:00:00Z"
# ///
"""Papers and the share of them with code, where answers could say, by quarter: an ibis expression for DuckDB."""

import sys

import ibis

path = sys.argv[1] if len(sys.argv) > 1 else "warehouse/current/papers.duckdb"
warehouse = ibis.duckdb.connect(path, read_only=True)
papers = warehouse.table("mart_paper")
quarters = (
    papers.group_by(quarter=papers.first_listed_on.truncate("Q"))
    .agg(
        papers=papers.count(),
        with_code=papers.has_github_repo.cast("float64").mean().round(2),
        median_votes=papers.latest_votes.median(),
    )
    .order_by("quarter")
)
print(quarters.to_pandas().to_string(index=False))
