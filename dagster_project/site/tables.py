"""Writes the tables of a release for the data package, as DuckDB and as Parquet.

No file is larger than a limit, since static hosts refuse large files: tables are packed into several DuckDB files, and
long tables are cut into slices of rows. Texts of the files that describe belong in `descriptions`, and what may leave a
release in `contents`.
"""

import datetime as dt
import json
import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.config import SQL
from dagster_project.errors import ReleaseError, add_advice
from dagster_project.lake.files import storage_errors
from dagster_project.models.catalog import Macro, load_macros
from dagster_project.models.contract import Table, list_comments, quote
from dagster_project.models.engines.duckdb_engine import create_macros, create_tables
from dagster_project.publish.reader import attach, list_logs
from dagster_project.publish.release import find_room
from dagster_project.publish.shared import hash_file
from dagster_project.site.contents import Contents, check_fit, load_contents
from dagster_project.sources.registry import SOURCES

LIMIT = 95_000_000
"""The most bytes of a file: common hosts of static files take 100 MB, some of them 100 MiB."""
STORAGE_VERSION = "v1.0.0"
"""The format of the DuckDB files, which clients from DuckDB 1.1.3 on can read, DuckDB in the browser too."""
BLOCK = 262_144
"""Bytes of a block of a DuckDB file."""
DATABASE = "papers"
"""Name of the DuckDB file, and the name under which a reader attaches it."""
PARQUET = "parquet"
"""The folder of the Parquet files."""
RELEASE, MEMORY, PART = "release", "memory", "part"
"""Names of databases in the connection that writes."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of a table: those from `first` on, counted from 0, as many as `rows`."""

    table: str
    first: int
    rows: int

    @property
    def condition(self) -> str:
        """The SQL condition of the rows; row ids of a release count from 0, since nothing was ever deleted from it."""
        return f"rowid BETWEEN {self.first} AND {self.first + self.rows - 1}"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file with rows, by its path in the package."""

    path: str
    size: int
    sha256: str
    slices: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """The row of `meta_release`; times are UTC without a zone."""

    release_id: str
    built_at: dt.datetime
    fingerprint: str
    contents: str
    code_version: str
    duckdb_version: str


@dataclass(frozen=True, slots=True)
class Origin:
    """A source of lists, or an archive of its captures. `url` is None where there is no public address."""

    name: str
    description: str
    licence: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class DataPackage:
    """A package as it lies in `folder`. `parts` are the DuckDB files, `parquet` the Parquet files.

    `sources` and `archives` are those that brought rows; `table_sources` names the sources of each table, and
    `languages` those of the texts that are in the package.
    """

    folder: Path
    release: ReleaseFacts
    contents: Contents
    rows: dict[str, int]
    sources: tuple[Origin, ...]
    archives: tuple[Origin, ...]
    table_sources: dict[str, frozenset[str]]
    languages: tuple[str, ...]
    parts: tuple[DataFile, ...]
    parquet: tuple[DataFile, ...]

    def find_parquet(self, table: str) -> tuple[DataFile, ...]:
        """Return the Parquet files of a table, in the order of its rows."""
        return tuple(file for file in self.parquet if file.slices[0].table == table)


def write_tables(
    release: Path,
    folder: Path,
    *,
    with_texts: bool = False,
    limit: int = LIMIT,
    memory_limit: int | None = None,
    sql: Path = SQL,
) -> DataPackage:
    """Write the DuckDB and Parquet files of a published file into `folder`, which exists, and return what lies there.

    Raises:
        ReleaseError: the release cannot be read or does not fit, or a table cannot be cut into files below `limit`.
    """
    contents = load_contents(with_texts=with_texts, folder=sql)
    with tempfile.TemporaryDirectory(prefix="papers-") as spill, _write_errors(), duckdb.connect() as connection:
        # More threads mostly wait for each other to write in order: two cost half as much again, on two cores.
        connection.execute(f"SET threads = 1; SET temp_directory = {quote(spill)}")
        if memory_limit is not None:
            connection.execute(f"SET memory_limit = '{memory_limit}B'")
        attach(connection, release, RELEASE, Path(spill))
        check_fit(connection, RELEASE, contents.contract)
        facts = _read_facts(connection)
        rows = {table.name: _count(connection, table) for table in contents.contract}
        (folder / PARQUET).mkdir()
        parquet = [
            file
            for table in contents.contract
            for file in _write_parquet(connection, contents, table, rows[table.name], folder, limit)
        ]
        parts = _write_parts(connection, contents, load_macros(sql), rows, folder, limit)
        sources = _read_sources(connection)
        return DataPackage(
            folder=folder,
            release=facts,
            contents=contents,
            rows=rows,
            sources=sources,
            archives=_read_archives(connection),
            table_sources=_read_table_sources(connection, contents.contract, sources),
            languages=_read_languages(connection, contents),
            parts=parts,
            parquet=tuple(parquet),
        )


@contextmanager
def _write_errors() -> Generator[None]:
    """Convert an error of DuckDB in the body to a `ReleaseError`.

    Raises:
        ReleaseError: the release cannot be read, or the package not be written.
    """
    try:
        yield
    except duckdb.Error as error:
        said = add_advice(str(error).splitlines()[0])
        raise ReleaseError(f"the data package could not be written: {said}") from error


def _read_facts(connection: duckdb.DuckDBPyConnection) -> ReleaseFacts:
    listing = ", ".join(ReleaseFacts.__slots__)
    [row] = connection.execute(f"SELECT {listing} FROM {RELEASE}.meta_release").fetchall()
    return ReleaseFacts(*row)


def _read_sources(connection: duckdb.DuckDBPyConnection) -> tuple[Origin, ...]:
    """Return the sources that brought rows, the best precedence first.

    One that only describes papers stands in no fact: its answers say that it did.
    """
    rows = connection.execute(
        f"SELECT source, description, licence FROM {RELEASE}.dim_source WHERE source_key IN ("
        f"SELECT source_key FROM {RELEASE}.fact_listing UNION SELECT source_key FROM {RELEASE}.fact_observation) "
        f"OR (NOT lists_papers AND source IN (SELECT source FROM {RELEASE}.meta_fetch WHERE items > 0)) "
        "ORDER BY precedence"
    ).fetchall()
    return tuple(Origin(name, description, licence, _find_address(name)) for name, description, licence in rows)


def _find_address(source: str) -> str | None:
    """Return the public address of a source; None if it has none, or one for each day."""
    address = next((address.default for address in SOURCES[source].addresses), None) if source in SOURCES else None
    return None if address is None or "{" in address else address


def _read_archives(connection: duckdb.DuckDBPyConnection) -> tuple[Origin, ...]:
    """Return the archives that others made, by name."""
    rows = connection.execute(
        f"SELECT archive, format, licence, url FROM {RELEASE}.dim_archive WHERE url IS NOT NULL ORDER BY archive"
    ).fetchall()
    return tuple(
        Origin(name, format_, licence, url if url.startswith("https:") else None)
        for name, format_, licence, url in rows
    )


def _read_table_sources(
    connection: duckdb.DuckDBPyConnection, contract: Sequence[Table], sources: Sequence[Origin]
) -> dict[str, frozenset[str]]:
    """Return the sources of each table: those that its rows name, or all where rows name none."""
    every = frozenset(source.name for source in sources)
    found: dict[str, frozenset[str]] = {}
    for table in contract:
        columns = {column.name for column in table.columns}
        query = None
        if "source_key" in columns:
            keys = f"SELECT source_key FROM {RELEASE}.{table.name}"
            query = f"SELECT source FROM {RELEASE}.dim_source WHERE source_key IN ({keys})"
        elif "source" in columns:
            query = f"SELECT DISTINCT source FROM {RELEASE}.{table.name} WHERE source IS NOT NULL"
        found[table.name] = frozenset(name for (name,) in connection.execute(query).fetchall()) if query else every
    return found


def _read_languages(connection: duckdb.DuckDBPyConnection, contents: Contents) -> tuple[str, ...]:
    """Return the languages of the texts in the package; titles and abstracts are in English."""
    [table] = [table for table in contents.contract if table.name == "fact_section"]
    rows = connection.execute(
        f"SELECT DISTINCT language FROM ({contents.write_select(table, RELEASE)}) "
        "WHERE text IS NOT NULL AND language IS NOT NULL"
    ).fetchall()
    return tuple(sorted({"en", *(language for (language,) in rows)}))


def _count(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    [(rows, after)] = connection.execute(
        f"SELECT count(*), coalesce(max(rowid) + 1, 0) FROM {RELEASE}.{table.name}"
    ).fetchall()
    if rows != after:
        raise ReleaseError(f"{table.name} of the release was changed after it was built; make a new one: papers build")
    return rows


def _cut(table: str, rows: int, count: int) -> list[Slice]:
    """Return a table as this number of slices of nearly equal length, fewer if it has fewer rows."""
    length = max(1, -(-rows // count))
    return [Slice(table, first, min(length, rows - first)) for first in range(0, max(rows, 1), length)]


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, contents: Contents, table: Table, rows: int, folder: Path, limit: int
) -> list[DataFile]:
    """Write a table as Parquet, in as many files as the limit needs, and return them."""
    count = 1
    while True:
        slices = _cut(table.name, rows, count)
        names = [f"{PARQUET}/{name}.parquet" for name in _name_files(table.name, len(slices))]
        for each, name in zip(slices, names, strict=True):
            select = contents.write_select(table, RELEASE, each.condition if len(slices) > 1 else "TRUE")
            target = quote(str(folder / name))
            options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{pandas: {quote(write_hints(table))}}}"
            connection.execute(f"COPY ({select}) TO {target} ({options})")
        sizes = [(folder / name).stat().st_size for name in names]
        if max(sizes) <= limit:
            return [_describe(folder, name, (each,)) for each, name in zip(slices, names, strict=True)]
        for name in names:
            (folder / name).unlink()
        if len(slices) == rows:
            raise ReleaseError(f"a row of {table.name} takes more than {limit:,} bytes of Parquet")
        count = _choose_count(max(sizes), limit, len(slices))


PANDAS = {
    "BIGINT": ("int64", "Int64"),
    "BOOLEAN": ("bool", "boolean"),
    "DATE": ("date", "object"),
    "DOUBLE": ("float64", "float64"),
    "INT": ("int32", "Int32"),
    "SMALLINT": ("int16", "Int16"),
    "TEXT": ("unicode", "object"),
    "TIMESTAMP": ("datetime", "datetime64[us]"),
}
"""How pandas names the types of columns, and which of its own types hold them with their NULLs."""
OBJECT = ("decimal", "object")
"""The same for all other types."""


def write_hints(table: Table) -> str:
    """Return the metadata by which pandas reads integers as such although some are NULL: a float would cut keys."""
    columns = [
        {
            "name": column.name,
            "field_name": column.name,
            "pandas_type": PANDAS.get(column.type, OBJECT)[0],
            "numpy_type": PANDAS.get(column.type, OBJECT)[1],
            "metadata": None,
        }
        for column in table.columns
    ]
    return json.dumps({"index_columns": [], "column_indexes": [], "columns": columns, "pandas_version": "2.2.0"})


def _choose_count(largest: int, limit: int, count: int) -> int:
    """Return the number of slices to try after `count` slices, the largest of which was above the limit.

    Rows differ in length, so that there is some room in each.
    """
    return max(count + 1, -(-largest * count * 11 // (limit * 10)))


def _name_files(stem: str, count: int) -> list[str]:
    """Return the names of this number of files; numbers are as wide as the last, so that names sort by place."""
    width = len(str(count))
    return [stem] if count == 1 else [f"{stem}-{place:0{width}}" for place in range(1, count + 1)]


def _describe(folder: Path, name: str, slices: Iterable[Slice]) -> DataFile:
    path = folder / name
    with storage_errors(path):
        return DataFile(name, path.stat().st_size, hash_file(path), tuple(slices))


def _write_parts(
    connection: duckdb.DuckDBPyConnection,
    contents: Contents,
    macros: Sequence[Macro],
    rows: dict[str, int],
    folder: Path,
    limit: int,
) -> tuple[DataFile, ...]:
    """Write all tables to DuckDB files below the limit, and return the files.

    How large a file becomes is known only once it is written; estimates count the blocks that a table has in the
    release. If a file becomes too large, all are packed again with less in each.
    """
    sizes = {table.name: _estimate(connection, table) for table in contents.contract}
    room = limit
    while True:
        packs = _pack(rows, sizes, room)
        names = [f"{name}.duckdb" for name in _name_files(DATABASE, len(packs))]
        for pack, name in zip(packs, names, strict=True):
            _write_database(connection, contents, macros if len(packs) == 1 else (), pack, folder / name)
        largest = max((folder / name).stat().st_size for name in names)
        if largest <= limit:
            return tuple(_describe(folder, name, pack) for pack, name in zip(packs, names, strict=True))
        for name in names:
            (folder / name).unlink()
        if room < BLOCK:
            raise ReleaseError(f"the tables cannot be cut into DuckDB files of {limit:,} bytes; allow more")
        room = min(room * limit // largest, room) * 95 // 100


def _estimate(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Return about how many bytes a table takes, without its keys. Small tables share blocks, and so take less."""
    segments = f"pragma_storage_info({quote(f'{RELEASE}.{table.name}')})"
    [(blocks,)] = connection.execute(
        "SELECT count(DISTINCT block) FROM ("
        f"SELECT block_id AS block FROM {segments} WHERE block_id >= 0 "
        f"UNION ALL SELECT unnest(additional_block_ids) FROM {segments})"
    ).fetchall()
    return max(1, blocks) * BLOCK


def _pack(rows: dict[str, int], sizes: dict[str, int], room: int) -> list[tuple[Slice, ...]]:
    """Return the slices of each file: all tables in one, or whole tables, the largest first, where there is room.

    A table larger than a file gets files of its own. Within a file, tables stand in the order of the contract.
    """
    if sum(sizes.values()) <= room:
        return [tuple(Slice(table, 0, count) for table, count in rows.items())]
    packs: list[list[Slice]] = []
    left: list[int] = []
    for table in sorted(rows, key=lambda name: (-sizes[name], name)):
        count = -(-sizes[table] // max(room, BLOCK))
        for each in _cut(table, rows[table], count):
            size = sizes[table] // count
            place = next((place for place, free in enumerate(left) if free >= size), None)
            if place is None:
                place = len(packs)
                packs.append([])
                left.append(room)
            packs[place].append(each)
            left[place] -= size
    order = {table: place for place, table in enumerate(rows)}
    packed = [tuple(sorted(pack, key=lambda each: (order[each.table], each.first))) for pack in packs]
    return sorted(packed, key=lambda pack: (order[pack[0].table], pack[0].first))


def _write_database(
    connection: duckdb.DuckDBPyConnection,
    contents: Contents,
    macros: Sequence[Macro],
    pack: Sequence[Slice],
    path: Path,
) -> None:
    """Write tables, or slices of them, to a new DuckDB file, with their comments and without key indexes."""
    tables = {table.name: table for table in contents.contract}
    with find_room(path) as file:
        connection.execute(f"ATTACH {quote(str(file))} AS {PART} (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute(f"USE {PART}")
        connection.begin()
        create_tables(connection, [tables[name] for name in dict.fromkeys(each.table for each in pack)], "none")
        create_macros(connection, macros)
        for each in pack:
            table = tables[each.table]
            for column in contents.withheld.get(each.table, ()):
                connection.execute(f"ALTER TABLE {each.table} ALTER COLUMN {column} DROP NOT NULL")
            connection.execute(f"INSERT INTO {each.table} {contents.write_select(table, RELEASE, each.condition)}")
            connection.execute(";\n".join(list_comments(table)))
        connection.commit()
        connection.execute("CHECKPOINT")
        connection.execute(f"USE {MEMORY}")
        connection.execute(f"DETACH {PART}")
        if logs := list_logs(file):
            raise ReleaseError(f"{logs[0].name} was left beside a file of the data package")
