"""Runs the queries under `sql/dashboard/`, and packs the rows for Vega. Charts belong in `tools/charts.py`."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from dagster_project.models.catalog import load_questions
from dagster_project.publish.reader import query

Record = dict[str, Any]
Kind = Literal["day", "number", "text", "word"]
"""The kind of a column. A `word` is a text that many rows share; the page holds it once."""

CHARTED: Mapping[str, Mapping[str, Kind]] = {
    "days": {
        "date": "day",
        "subject": "word",
        "papers": "number",
        "voted_papers": "number",
        "votes": "number",
        "new_authors": "number",
    },
    "subjects": {"subject": "word", "name": "word"},
    "top_papers": {
        "arxiv_id": "text",
        "title": "text",
        "organization": "word",
        "subject": "word",
        "listed_on": "day",
        "first_votes": "number",
        "latest_votes": "number",
        "votes_gained": "number",
        "seen_on": "day",
    },
    "vote_curves": {"arxiv_id": "word", "hours": "number", "votes": "number"},
    "vote_ages": {"week": "day", "subject": "word", "age_hours": "number", "votes": "number", "papers": "number"},
    "rising": {
        "kind": "word",
        "month": "day",
        "place": "number",
        "name": "word",
        "papers": "number",
        "papers_before": "number",
        "votes": "number",
    },
    "keywords": {"month": "day", "keyword": "word", "papers": "number", "month_papers": "number"},
    "captures": {"archive": "word", "source": "word", "week": "day", "captures": "number", "papers": "number"},
    "coverage": {"source": "word", "date": "day", "status": "word", "papers": "number", "rejects": "number"},
}
"""The queries whose rows Vega reads, with the kind of each column, in order."""


@dataclass(frozen=True, slots=True)
class DashboardData:
    """All data of the page, by query: tuples for the queries in `CHARTED`, records for the others."""

    charted: dict[str, list[tuple[Any, ...]]]
    tables: dict[str, list[Record]]


def describe_format(name: str) -> dict[str, Any]:
    """Return the format by which Vega reads the rows of a query; it sets the type of each column."""
    types = {"day": "date", "number": "number", "text": "string", "word": "string"}
    return {"type": "json", "parse": {column: types[kind] for column, kind in CHARTED[name].items()}}


def read_data(connection: duckdb.DuckDBPyConnection) -> DashboardData:
    """Run every query of the dashboard on a published warehouse, and return the rows.

    Raises:
        QueryError: the warehouse lacks a table or a column that a query reads.
    """
    data = DashboardData({}, {})
    for question in load_questions(kind="dashboard"):
        answer = query(connection, question.sql)
        if question.name in CHARTED:
            data.charted[question.name] = answer.fetchall()
        else:
            data.tables[question.name] = [dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()]
    return data


def pack_rows(name: str, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Return the rows of a query in the packed form that the page's script unpacks.

    A day becomes the number of days since 1970-01-01, a word its index in the `words` of its column.
    """
    columns = CHARTED[name]
    words: dict[str, dict[str, int]] = {column: {} for column, kind in columns.items() if kind == "word"}

    def pack(column: str, value: object) -> object:
        if isinstance(value, dt.date):
            return value.toordinal() - dt.date(1970, 1, 1).toordinal()
        if column in words and isinstance(value, str):
            return words[column].setdefault(value, len(words[column]))
        return value

    return {
        "kinds": columns,
        "rows": [[pack(column, value) for column, value in zip(columns, row, strict=True)] for row in rows],
        "words": {column: list(indexes) for column, indexes in words.items()},
    }
