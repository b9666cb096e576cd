"""Writes the answer to a query: as a table for people, as CSV, JSON or Parquet for programs, or as citations.

CSV, JSON and Parquet hold one batch of rows in memory, however long the answer is. Running a query belongs in
`dagster_project.publish.reader`, citing a paper in `dagster_project.citations`.
"""

import datetime as dt
import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial
from io import BytesIO, TextIOWrapper
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from rich.console import Console
from rich.text import Text

from dagster_project.citations import PAPER_COLUMNS, Paper, format_bibtex, format_csl, format_ris, read_papers
from dagster_project.errors import QueryError
from dagster_project.lake.files import write_atomically
from dagster_project.layout import ENDLESS, lay_out, replace_unprintable, to_text
from dagster_project.models.engines.duckdb_engine import DuckDB
from dagster_project.publish.reader import query, query_batches

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 200
"""The most rows that a table shows; the other formats write all."""
PLAN = ["explain_key", "explain_value"]
"""Columns of the answer to an EXPLAIN, whose values are drawings of many lines."""
QUOTED = re.compile(r"[\",\r\n]")
"""Matches what makes CSV quote a field. (Python's own writer tells NULL from an empty text from 3.12 on.)"""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""First characters that make a spreadsheet run a text as a formula, from OWASP's list."""


def write_table(connection: DuckDB, sql: str, output: Path | None) -> None:
    """Write a table of at most `MOST_ROWS` rows, and below it whether these are all rows.

    On a terminal it fits: texts are cut, or each column gets a line. A file or a pipe gets whole values.
    """
    answer = query(connection, sql)
    rows = list(islice(answer.rows, MOST_ROWS + 1))

    def write(file: TextIO) -> None:
        console = Console(file=file, width=None if file.isatty() else ENDLESS)
        if answer.columns == PLAN:
            console.print(*(Text(replace_unprintable(plan)) for _, plan in rows), sep="\n", soft_wrap=True)
            return
        width = console.width if file.isatty() else None
        layout = lay_out(answer.columns, answer.types, rows[:MOST_ROWS], width, null="NULL")
        console.print(layout.body, soft_wrap=True)
        if len(rows) > MOST_ROWS:
            console.print(f"the first {MOST_ROWS} rows; --format csv writes all")
        else:
            console.print(f"{len(rows)} row{'s' * (len(rows) != 1)}")
        if layout.is_cut:
            console.print("… stands where a text is cut to fit; --format csv writes it whole")

    _write_text(output, write)


def write_csv(connection: DuckDB, sql: str, output: Path | None) -> None:
    """Write CSV (RFC 4180) with a header. NULL is an empty field, an empty text is `""`, a boolean `true` or `false`.

    A text that a spreadsheet would run gets an apostrophe in front. On a terminal, texts are made safe to print. A file
    begins with a byte order mark, without which spreadsheets take it for text of the country's old encoding.
    """
    answer = query(connection, sql)

    def write(file: TextIO) -> None:
        make_safe = replace_unprintable if file.isatty() else str

        def to_field(value: object) -> str:
            if value is None:
                return ""
            if isinstance(value, bool):
                return str(value).lower()
            text = to_text(value)
            if isinstance(value, str):
                text = make_safe(f"'{value}" if value.startswith(FORMULA) else value)
            return '"' + text.replace('"', '""') + '"' if not text or QUOTED.search(text) else text

        # The column names of a PIVOT come from data, so they are escaped too.
        file.writelines(",".join(map(to_field, row)) + "\r\n" for row in chain([answer.columns], answer.rows))

    _write_text(output, write, mark=True)


def write_json(connection: DuckDB, sql: str, output: Path | None) -> None:
    """Write a JSON list of one object a row, with dates and times in ISO 8601 and unprintable characters escaped.

    NaN and the infinities, which JSON does not know, are null. Of columns of one name the later get a number.
    """
    answer = query(connection, sql)
    names = _number_names(answer.columns)

    def write(file: TextIO) -> None:
        end = "[]\n"
        for row in answer.rows:
            found = dict(zip(names, map(_to_json, row), strict=True))
            text = json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False)
            file.write("[" if end == "[]\n" else ",")
            file.writelines(f"\n  {_escape(line)}" for line in text.split("\n"))
            end = "\n]\n"
        file.write(end)

    _write_text(output, write)


def _escape(line: str) -> str:
    """Return a line of JSON with every unprintable character escaped."""
    return line if line.isprintable() else "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in line)


def _to_json(value: object) -> object:
    """Return a value as one that JSON can hold; a decimal is a number where that loses nothing, and text elsewhere."""
    match value:
        case None | bool() | str() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return float(value) if Decimal(repr(float(value))) == value else str(value)
        case dict():
            return {key if isinstance(key, str) else str(_to_json(key)): _to_json(each) for key, each in value.items()}
        case list() | tuple():
            return [_to_json(each) for each in value]
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return to_text(value)


def _number_names(names: Sequence[str]) -> list[str]:
    """Return names of which no two are equal: of those that are, the later get a number (`a`, `a_1`)."""
    found: dict[str, None] = {}
    for name in names:
        numbered = (f"{name}_{number}" for number in count(1))
        found[
            name if name not in found else next(each for each in numbered if each not in found and each not in names)
        ] = None
    return list(found)


def write_parquet(connection: DuckDB, sql: str, output: Path | None) -> None:
    """Write Parquet with DuckDB's types; what Parquet cannot hold, such as an interval, is text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if output is None:
        raise ValueError("Parquet needs a file")
    schema, batches = query_batches(connection, sql, is_held_by_parquet)
    schema = pa.schema([field.with_name(name) for field, name in zip(schema, _number_names(schema.names), strict=True)])

    def write(file: BinaryIO) -> None:
        with pq.ParquetWriter(file, schema) as writer:
            for batch in batches:
                writer.write_batch(batch.rename_columns(schema.names))

    _write_file(output, write)


def is_held_by_parquet(field: "pa.Field") -> bool:
    """Return whether Parquet has a type for a field."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if "extension<" in str(field.type):  # its bytes would mean nothing to a reader
        return False
    try:
        pq.ParquetWriter(BytesIO(), pa.schema([field])).close()
    except pa.ArrowNotImplementedError:
        return False
    return True


def write_citations(cite: Callable[[Iterable[Paper]], str], connection: DuckDB, sql: str, output: Path | None) -> None:
    """Write a citation of each paper that the answer names, in its order.

    A paper that it names twice is cited once, and a NULL names none.

    Raises:
        QueryError: the answer has no column that names papers, or names one that the release does not hold.
    """
    answer = query(connection, sql)
    names = [name.lower() for name in answer.columns]
    column = next((one for one in PAPER_COLUMNS if one in names), None)
    if column is None:
        raise QueryError("nothing to cite: the answer needs a column arxiv_id or paper_key; add one to the SELECT")
    place = names.index(column)
    text = cite(read_papers(connection, column, (row[place] for row in answer.rows if row[place] is not None)))
    _write_text(output, lambda file: file.writelines([replace_unprintable(text) if file.isatty() else text]))


def _write_text(output: Path | None, write: Callable[[TextIO], None], *, mark: bool = False) -> None:
    """Call `write` with the output file, or with standard output, opened for text.

    `mark` asks for a byte order mark at the start of a file; a pipe or a device gets none.
    """
    if output is None:
        write(sys.stdout)
        return

    def write_encoded(file: BinaryIO) -> None:
        text = TextIOWrapper(file, encoding="utf-8-sig" if mark and not _is_stream(output) else "utf-8", newline="")
        write(text)
        text.detach()  # this flushes it

    _write_file(output, write_encoded)


def _is_stream(output: Path) -> bool:
    """Return whether a path is a pipe or a device."""
    return output.exists() and not output.is_file()


def _write_file(output: Path, write: Callable[[BinaryIO], None]) -> None:
    """Call `write` with a file that appears whole or not at all; a pipe or a device is written directly."""
    if _is_stream(output):
        with output.open("wb") as file:
            write(file)
    else:
        write_atomically(output.resolve(), write)


WRITERS: dict[str, Callable[[DuckDB, str, Path | None], None]] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
    "parquet": write_parquet,
    "bibtex": partial(write_citations, format_bibtex),
    "ris": partial(write_citations, format_ris),
    "csl": partial(write_citations, format_csl),
}
"""The function for each format: it runs a query and writes the answer to a file, or to standard output."""
FORMATS = {
    ".csv": "csv",
    ".csl.json": "csl",
    ".json": "json",
    ".parquet": "parquet",
    ".bib": "bibtex",
    ".ris": "ris",
}
"""The format for each ending of a file's name; of two that fit, the first."""
