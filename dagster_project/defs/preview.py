"""Makes previews of tables: the number of rows, a few rows, and a small picture of the days.

It returns values and pictures that a page can show unchanged. Dagster's metadata belongs in `metadata`.
"""

import base64
import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import dataframely as dy
import polars as pl

from dagster_project.lake.fetch_log import open_log
from dagster_project.lake.files import list_parquet, scan
from dagster_project.lake.home import Home
from dagster_project.models.engines.duckdb_engine import DuckDB
from dagster_project.validate.schemas import Entry, Fetch, list_sql_columns

Cell = str | int | float | bool | None
Row = dict[str, Cell]
Days = Mapping[dt.date, int]

FEW = 5
"""The number of rows in a preview."""
LONGEST = 80
"""The most characters of a text in a preview."""
EXACT = 2**53
"""The first integer that JavaScript cannot tell from the next."""

WIDE, HIGH, STEPS = 360, 40, 60
"""Size of a picture in pixels, and its most steps. The UI shows a picture below 1000 characters without a click."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview of a table: its columns with their SQL types, the number of rows, a few rows, and an amount by day."""

    columns: Mapping[str, str]
    count: int
    rows: list[Row]
    days: Days = field(default_factory=dict)


def make_cell(value: object) -> Cell:
    """Return a value as JSON and JavaScript can hold it; a long text is cut."""
    match value:
        case bool() | None:
            return value
        case int() if abs(value) < EXACT:
            return value
        case float() if math.isfinite(value):
            return value
        case _:
            text = str(value)
            return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def make_row(values: Mapping[str, object]) -> Row:
    """Return a row with values that a page can show."""
    return {name: make_cell(value) for name, value in values.items()}


def read_log(home: Home, source: str) -> Preview:
    """Return a preview of a source's fetch attempts, with the bytes of the newest response of each day."""
    attempts = open_log(home, source).read()
    answers = attempts.filter(pl.col("bytes") > 0).group_by("date", maintain_order=True).agg(pl.col("bytes").last())
    return _make_preview(Fetch, attempts.lazy(), attempts.height, dict(answers.iter_rows()))


def read_entries(home: Home, source: str) -> Preview:
    """Return a preview of a source's entries in the lake, with the number of papers of each day."""
    files = list_parquet(home.lake / "entry", source)
    if not files:
        return Preview(list_sql_columns(Entry), 0, [])
    table = scan(files)
    by_day = table.group_by("listed_on").agg(pl.col("arxiv_id").n_unique(), pl.len()).collect()
    days = dict(by_day.select("listed_on", "arxiv_id").iter_rows())
    return _make_preview(Entry, scan(files[-FEW:]), int(by_day["len"].sum()), days)


def _make_preview(schema: type[dy.Schema], table: pl.LazyFrame, count: int, days: Days) -> Preview:
    return Preview(
        list_sql_columns(schema), count, [make_row(last) for last in table.tail(FEW).collect().to_dicts()], days
    )


def read_first_rows(connection: DuckDB, table: str) -> list[Row]:
    """Return the first rows of a table."""
    return _read_rows(connection, f'FROM "{table}"')


def read_newest_papers(connection: DuckDB) -> list[Row]:
    """Return the last listed papers, those with the most votes first."""
    return _read_rows(
        connection,
        "SELECT arxiv_id, title, first_listed_on, latest_votes FROM dim_paper "
        "ORDER BY first_listed_on DESC, latest_votes DESC NULLS LAST, arxiv_id",
    )


def _read_rows(connection: DuckDB, query: str) -> list[Row]:
    answer = connection.sql(query).limit(FEW)
    return [make_row(dict(zip(answer.columns, values, strict=True))) for values in answer.fetchall()]


def count_papers(connection: DuckDB) -> Mapping[str, Days]:
    """Return the number of papers of each day of `mart_coverage`, by source."""
    counted = connection.execute("SELECT source, date, papers FROM mart_coverage ORDER BY ALL")
    days: dict[str, dict[dt.date, int]] = {}
    for source, date, papers in counted.fetchall():
        days.setdefault(source, {})[date] = papers
    return days


def draw_days(days: Days, unit: str = "papers") -> str:
    """Return a bar chart of the days as SVG, with one step for each day, or for several days if there are many.

    The height of a step is the average of its days; a missing day counts as zero.
    """
    first, last = min(days), max(days)
    span = (last - first).days + 1
    each = math.ceil(span / STEPS)
    steps = [0] * math.ceil(span / each)
    for day, amount in days.items():
        steps[(day - first).days // each] += amount
    step, most = min(WIDE // len(steps), 24), max(*steps, 1)
    path = "".join(f"V{HIGH + 14 - round(HIGH * amount / most)}h{step}" for amount in steps)
    most_a_day = f"at most {most / each:,.0f} {unit} a day"
    wide, base = max(step * len(steps), 160), HIGH + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{base + 12}" style="font:10px sans-serif">'
        f'<g fill="#888"><text y="9">{most_a_day if each == 1 else f"{most_a_day}, averaged over {each} days"}</text>'
        f'<text y="{base + 11}">{first}</text><text x="{wide}" y="{base + 11}" text-anchor="end">{last}</text></g>'
        f'<path fill="#4f43dd" d="M0 {base}{path}V{base}z"/></svg>'
    )


def embed_picture(svg: str) -> str:
    """Return a picture as a `data:` address."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
