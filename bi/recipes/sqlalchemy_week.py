# /// script
# requires-python = ">=3.11"
# dependencies = ["duckdb-sqlalchemy==1.5.6.5", "duckdb==1.5.6"]
# [tool.uv]
# exclude-newer = "2026-11-20T00:00:00Z"
# ///
"""The papers of a week with the most votes, from an engine that opens the newest release for every connection."""

import datetime as dt
import sys

import sqlalchemy as sa

path = sys.argv[1] if len(sys.argv) > 1 else "warehouse/current/papers.duckdb"
# Without NullPool a connection is kept, and with it the release that was in use when it was opened.
engine = sa.create_engine(f"duckdb:///{path}", connect_args={"read_only": True}, poolclass=sa.NullPool)

paper = sa.Table("mart_paper", sa.MetaData(), autoload_with=engine)
monday = dt.date(2026, 8, 17)
week = (
    sa.select(paper.c.latest_votes, paper.c.arxiv_id, paper.c.title)
    .where(paper.c.first_listed_on.between(monday, monday + dt.timedelta(days=6)))
    .order_by(paper.c.latest_votes.desc().nulls_last(), paper.c.arxiv_id)
    .limit(5)
)
print(f"{paper.c.latest_votes.comment}:")
with engine.connect() as connection:
    for votes, arxiv_id, title in connection.execute(week):
        print(f"{votes:>5}  {arxiv_id}  {title}")
