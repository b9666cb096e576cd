"""Writes the rows of a query: as a table for people, as CSV, JSON or Parquet for programs."""

import csv
import datetime as dt
import json
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table
from rich.text import Text

MOST_ROWS = 200
"""Rows that a table for people shows; the other formats write all."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""What a text begins with that a spreadsheet may run, after OWASP's list."""


def printable(value: object) -> str:
    """Return a value as text in which nothing acts on a terminal.

    Signs that control a terminal or turn the direction of text are replaced; line ends stay.
    """
    return "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in str(value))


def as_table(
    rows: duckdb.DuckDBPyRelation, answer: Iterable[tuple[object, ...]], *, title: str = "", null: str = ""
) -> Table:
    """Return rows as a table for people, numbers to the right; `null` stands for NULL."""
    table = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold")
    for column, kind in zip(rows.columns, rows.types, strict=True):
        number = any(name in str(kind) for name in ("INT", "DOUBLE", "FLOAT", "DECIMAL"))
        table.add_column(Text(printable(column)), justify="right" if number else "left", overflow="fold")
    for row in answer:
        table.add_row(*(Text(null, style="dim") if value is None else Text(printable(value)) for value in row))
    return table


def write_table(rows: duckdb.DuckDBPyRelation, output: Path | None) -> None:
    """Write a table with at most `MOST_ROWS` rows, and say how many there are in all."""
    shown = rows.fetchmany(MOST_ROWS + 1)
    with _opened(output) as file:
        console = Console(file=file, width=None if file.isatty() else 200)
        console.print(as_table(rows, shown[:MOST_ROWS], null="NULL"))
        if len(shown) > MOST_ROWS:
            console.print(f"the first {MOST_ROWS} rows; --format csv writes all")
        else:
            console.print(f"{len(shown)} row{'s' * (len(shown) != 1)}")


def write_csv(rows: duckdb.DuckDBPyRelation, output: Path | None) -> None:
    """Write CSV (RFC 4180) with a header; NULL is an empty field, a boolean `true` or `false`.

    A text that a spreadsheet would run stands behind an apostrophe; on a screen, nothing acts on the terminal either.
    """
    with _opened(output) as file:
        writer = csv.writer(file)
        to_text = printable if file.isatty() else str

        def field(value: object) -> object:
            if isinstance(value, bool):
                return str(value).lower()
            if isinstance(value, str):
                return to_text(f"'{value}" if value.startswith(FORMULA) else value)
            return value

        # A PIVOT makes names of columns out of texts.
        writer.writerow(map(field, rows.columns))
        while batch := rows.fetchmany(10_000):
            writer.writerows(map(field, row) for row in batch)


def write_json(rows: duckdb.DuckDBPyRelation, output: Path | None) -> None:
    """Write a JSON list with an object a row; dates and times as ISO 8601, what cannot be printed as an escape."""
    objects = [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
    text = json.dumps(objects, ensure_ascii=False, indent=2, default=_iso)
    with _opened(output) as file:
        for line in text.split("\n"):
            file.write(f"{line if line.isprintable() else ''.join(map(_escaped, line))}\n")


def _escaped(sign: str) -> str:
    return sign if sign.isprintable() else json.dumps(sign)[1:-1]


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def write_parquet(rows: duckdb.DuckDBPyRelation, output: Path | None) -> None:
    """Write Parquet with DuckDB's types."""
    if output is None:
        raise ValueError("Parquet needs a file")
    pq.write_table(pa.table(rows), output)


@contextmanager
def _opened(output: Path | None) -> Generator[TextIO]:
    """Open the output file, or lend standard output."""
    if output is None:
        yield sys.stdout
    else:
        with output.open("w", encoding="utf-8", newline="") as file:
            yield file


WRITERS: dict[str, Callable[[duckdb.DuckDBPyRelation, Path | None], None]] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
    "parquet": write_parquet,
}
