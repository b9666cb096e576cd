"""The queries under `sql/dashboard/` and their rows: packed small for Vega, as records for the page's own tables."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from dagster_project.models.catalog import load_questions
from dagster_project.publish.reader import query

Record = dict[str, Any]
Kind = Literal["day", "number", "text", "word"]
"""A `word` is a text that many rows share: the page holds it once."""

CHARTED: Mapping[str, Mapping[str, Kind]] = {
    "days": {"date": "day", "papers": "number", "voted_papers": "number", "votes": "number", "new_authors": "number"},
    "top_papers": {
        "arxiv_id": "text",
        "title": "text",
        "organization": "word",
        "listed_on": "day",
        "votes_then": "number",
        "votes_now": "number",
        "votes_gained": "number",
    },
    "vote_curves": {"arxiv_id": "word", "hours": "number", "votes": "number"},
    "rising": {
        "kind": "word",
        "month": "day",
        "place": "number",
        "name": "word",
        "papers_now": "number",
        "papers_before": "number",
        "votes_now": "number",
    },
    "keywords": {"month": "day", "keyword": "word", "papers": "number", "month_papers": "number"},
    "coverage": {"source": "word", "date": "day", "status": "word", "papers": "number", "rejects": "number"},
}
"""The queries whose rows Vega reads, each with its columns, in their order, and their kinds."""


@dataclass(frozen=True, slots=True)
class DashboardData:
    """All that the page shows, by query: the rows of those in `CHARTED`, bare, and the records of the others."""

    charted: dict[str, list[tuple[Any, ...]]]
    tables: dict[str, list[Record]]


def vega_format(name: str) -> dict[str, Any]:
    """Return how Vega reads a query's unpacked rows: days are midnights, and nothing is guessed from its looks."""
    types = {"day": "date", "number": "number", "text": "string", "word": "string"}
    return {"type": "json", "parse": {column: types[kind] for column, kind in CHARTED[name].items()}}


def read_data(connection: duckdb.DuckDBPyConnection) -> DashboardData:
    """Run every query of the dashboard on a published warehouse.

    Raises:
        QueryError: one cannot run on it.
    """
    data = DashboardData({}, {})
    for question in load_questions(kind="dashboard"):
        answer = query(connection, question.sql)
        if question.name in CHARTED:
            data.charted[question.name] = answer.fetchall()
        else:
            data.tables[question.name] = [dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()]
    return data


def packed(name: str, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Return rows as the page's script unpacks them.

    A day becomes its number since 1970-01-01, a word its place among the `words` of its column.
    """
    words: dict[str, dict[str, int]] = {column: {} for column, kind in CHARTED[name].items() if kind == "word"}

    def pack(column: str, value: object) -> object:
        if isinstance(value, dt.date):
            return value.toordinal() - dt.date(1970, 1, 1).toordinal()
        if column in words and isinstance(value, str):
            return words[column].setdefault(value, len(words[column]))
        return value

    columns = list(CHARTED[name])
    return {
        "kinds": CHARTED[name],
        "rows": [[pack(column, value) for column, value in zip(columns, row, strict=True)] for row in rows],
        "words": {column: list(of_column) for column, of_column in words.items()},
    }
