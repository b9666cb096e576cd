"""The parsers as Arrow sees them: answers go in, rows come out, a batch at a time and with nothing else about them.

That is what a process pool runs on one machine, and `mapInArrow` on many. What a day's bytes say belongs in `day`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_type_hints

import pyarrow as pa
from pyarrow import compute

from dagster_project.parse.day import Version, parse_day
from dagster_project.parse.rows import Author, Entry, Keyword, Parsed, Reject, Section

TIME = pa.timestamp("us")
ANSWERS = pa.schema(
    [
        ("source", pa.string()),
        ("listed_on", pa.date32()),
        ("versions", pa.list_(pa.struct([("captured_at", TIME), ("pages", pa.list_(pa.binary()))]))),
    ]
)
"""One row a source and day: its versions, oldest first, each with the bytes of its pages. Times are UTC."""
KINDS: Mapping[object, pa.DataType] = {
    str: pa.string(),
    int: pa.int32(),
    bool: pa.bool_(),
    dt.date: pa.date32(),
    dt.datetime: TIME,
}
TABLES: dict[str, type[tuple[Any, ...]]] = {
    "entry": Entry,
    "author": Author,
    "section": Section,
    "keyword": Keyword,
    "reject": Reject,
}


def _columns(table: type[tuple[Any, ...]]) -> dict[str, pa.DataType]:
    """Return a table's columns; what may be None has the type of what it is otherwise."""
    hints = get_type_hints(table)
    return {name: KINDS[getattr(hint, "__args__", (hint,))[0]] for name, hint in hints.items()}


COLUMNS = {name: _columns(table) for name, table in TABLES.items()}
ROWS = pa.schema({"table": pa.string()} | {name: kind for table in COLUMNS.values() for name, kind in table.items()})
"""One row a row of any table of the lake, which `table` names; the columns of the other tables are NULL."""


def parse_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read batches of `ANSWERS` into batches of `ROWS`, of which each holds one table.

    Every line of an answer is in a row, be it a reject; nothing is remembered from one batch to the next.
    """
    for batch in batches:
        rows = Parsed()
        for day in batch.to_pylist():
            versions = [Version(version["captured_at"], version["pages"]) for version in day["versions"]]
            rows.extend(parse_day(day["source"], day["listed_on"], versions))
        yield from to_batches(rows)


def to_batches(rows: Parsed) -> Iterator[pa.RecordBatch]:
    """Yield rows as batches of `ROWS`, a table each; of a table without rows there is none."""
    for table, columns in COLUMNS.items():
        found = getattr(rows, table)
        if found:
            values = dict(zip(columns, zip(*found, strict=True), strict=True))
            told = {name: pa.array(values[name], kind) for name, kind in columns.items()}
            told["table"] = pa.repeat(table, len(found))
            arrays = [told[field.name] if field.name in told else pa.nulls(len(found), field.type) for field in ROWS]
            yield pa.record_batch(arrays, schema=ROWS)


def to_tables(batches: Iterable[pa.RecordBatch]) -> dict[str, pa.Table]:
    """Sort batches of `ROWS` by table, with the columns of each; a table without rows is empty."""
    sorted_out: dict[str, list[pa.RecordBatch]] = {table: [] for table in COLUMNS}
    for batch in batches:
        for table in batch["table"].unique().to_pylist():
            of_table = batch.filter(compute.call_function("equal", [batch["table"], pa.scalar(table)]))
            sorted_out[table].append(of_table.select(list(COLUMNS[table])))
    return {
        table: pa.Table.from_batches(found, schema=pa.schema(COLUMNS[table])) for table, found in sorted_out.items()
    }


def answers_of(source: str, days: Mapping[dt.date, Iterable[Version]]) -> pa.RecordBatch:
    """Return the answers for some days of a source as one batch of `ANSWERS`."""
    rows = [
        {"source": source, "listed_on": day, "versions": [version._asdict() for version in versions]}
        for day, versions in days.items()
    ]
    return pa.RecordBatch.from_pylist(rows, schema=ANSWERS)
