"""Says what changed between two releases: tables, columns and rows, the rows with their keys.

Rows are matched by the first key that `sql/schema.sql` declares for their table. A column that only one release has is
named once, and makes no row a changed one, so that releases of different versions of the project compare, too. Tables
without a key, the search layer, whose numbers may differ between releases of the same papers, and the tables about the
build itself are only counted.
"""

import datetime as dt
import json
import re
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import duckdb
from sqlglot import exp

from dagster_project.config import SQL
from dagster_project.errors import ReleaseError, add_advice
from dagster_project.lake.home import Home
from dagster_project.models.contract import Table, load_contract, quote
from dagster_project.publish.reader import attach
from dagster_project.publish.shared import FILE
from dagster_project.site.contents import NAMED_FILES, TEXTS, drop_folders

LISTED = 100
"""The most rows of a table that are listed as added, removed or changed; all are counted."""
LONGEST = 200
"""The most characters of a text that are shown."""
OLD, NEW = "old", "new"
"""The two releases, as they are attached."""
ABOUT_THE_BUILD = ("meta_check", "meta_release")
SEARCH = "search_"
NOISE = 1e-9
"""The share of a DOUBLE below which a difference is none: sums of rows in another order differ as much."""

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column that both releases have, with another type or comment."""

    column: str
    old_type: str
    new_type: str
    old_comment: str | None
    new_comment: str | None


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value of a row in both releases; None is NULL. Of a text that is a source's own, neither is shown."""

    old: Value = None
    new: Value = None
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row in both releases: its key, and the columns that differ."""

    key: dict[str, Value]
    values: dict[str, ValueChange]


@dataclass(frozen=True, slots=True)
class TableChanges:
    """What changed in a table. Rows are counted in full, and listed up to a limit.

    `old_rows` or `new_rows` is None where that release lacks the table. `not_compared` says why rows were only counted.
    """

    table: str
    old_rows: int | None
    new_rows: int | None
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_changed: tuple[ColumnChange, ...] = ()
    not_compared: str | None = None
    rows_added: int = 0
    rows_removed: int = 0
    rows_changed: int = 0
    changed_by_column: dict[str, int] = field(default_factory=dict[str, int])
    added: tuple[dict[str, Value], ...] = ()
    removed: tuple[dict[str, Value], ...] = ()
    changed: tuple[ChangedRow, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether anything differs, as far as the table was compared."""
        counted = self.old_rows != self.new_rows if self.not_compared else self.rows_added + self.rows_removed
        columns = self.columns_added or self.columns_removed or self.columns_changed
        return bool(counted or self.rows_changed or columns)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed from one release to another; `old` and `new` are their rows of `meta_release`, as text."""

    old: dict[str, str]
    new: dict[str, str]
    tables: tuple[TableChanges, ...]
    listed: int

    def to_json(self) -> str:
        """Return the changes as JSON; the tables that did not change are named, too."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class _Column:
    type: str
    comment: str | None


_Tables = Mapping[str, Mapping[str, _Column]]
"""The columns of each table of a release."""


def choose_releases(home: Home, old: str | None = None, new: str | None = None) -> tuple[Path, Path] | None:
    """Return the published files of two releases that a home keeps, given their names.

    By default the newer is the one in use, and the older is the one before it; None if none is kept before it.

    Raises:
        ReleaseError: there is no release, or none with such a name.
    """
    names = [folder.name for folder in home.list_releases()]
    new = new or home.read_current()
    if new is None:
        raise ReleaseError(f"no release in {home.root}; make one with: papers build")
    for name in (old, new):
        if name is not None and name not in names:
            raise ReleaseError(f"there is no release {name!r}; kept are {', '.join(names) or 'none'}")
    before = names[: names.index(new)]
    older = old or (before[-1] if before else None)
    return None if older is None else (home.releases / older / FILE, home.releases / new / FILE)


def compare_releases(old: Path, new: Path, *, listed: int = LISTED, sql: Path = SQL) -> Changes:
    """Return what changed from one published file to another; at most `listed` rows of a kind are listed a table.

    Raises:
        ReleaseError: one of the files cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="papers-") as room, _open(old, new, Path(room)) as connection:
        before, after = _read_tables(connection, OLD), _read_tables(connection, NEW)
        contract = {table.name: table for table in load_contract(sql)}
        names = [*contract, *sorted((before.keys() | after.keys()) - contract.keys())]
        comparison = _Comparison(connection, contract, before, after, listed)
        tables = tuple(comparison.compare(name) for name in names if name in before or name in after)
        return Changes(_read_release(connection, OLD), _read_release(connection, NEW), tables, listed)


@contextmanager
def _open(old: Path, new: Path, room: Path) -> Generator[duckdb.DuckDBPyConnection]:
    """Yield a connection to both files."""
    try:
        with duckdb.connect() as connection:
            connection.execute(f"SET temp_directory = {quote(str(room / 'spill'))}")
            for name, path in ((OLD, old), (NEW, new)):
                attach(connection, path, name, room)
            yield connection
    except duckdb.Error as error:
        said = add_advice(str(error).splitlines()[0])
        raise ReleaseError(f"the releases cannot be compared: {said}") from error


def _read_tables(connection: duckdb.DuckDBPyConnection, release: str) -> _Tables:
    rows = connection.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
        "WHERE database_name = ? ORDER BY table_name, column_index",
        [release],
    ).fetchall()
    tables: dict[str, dict[str, _Column]] = {}
    for table, column, type_, comment in rows:
        tables.setdefault(table, {})[column] = _Column(type_, comment)
    return tables


def _read_release(connection: duckdb.DuckDBPyConnection, release: str) -> dict[str, str]:
    """Return the row of `meta_release`, whatever columns it has."""
    result = connection.execute(f"SELECT COLUMNS(*)::VARCHAR FROM {release}.meta_release")
    names = [column[0] for column in result.description or []]
    return dict(zip(names, result.fetchall()[0], strict=True))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two attached releases, and the contract that says how their rows are matched."""

    connection: duckdb.DuckDBPyConnection
    contract: Mapping[str, Table]
    before: _Tables
    after: _Tables
    listed: int

    def compare(self, name: str) -> TableChanges:
        """Return what changed in a table that at least one release has."""
        old, new = self.before.get(name), self.after.get(name)
        old_rows, new_rows = (self._count(release, name) for release in (OLD, NEW))
        if old is None or new is None:
            return TableChanges(name, old_rows, new_rows, tuple(new or ()), tuple(old or ()))
        found = TableChanges(
            name,
            old_rows,
            new_rows,
            columns_added=tuple(column for column in new if column not in old),
            columns_removed=tuple(column for column in old if column not in new),
            columns_changed=tuple(
                ColumnChange(column, old[column].type, new[column].type, old[column].comment, new[column].comment)
                for column in new
                if column in old and old[column] != new[column]
            ),
        )
        table = self.contract.get(name)
        key = find_key(table) if table else ()
        if name in ABOUT_THE_BUILD:
            return replace(found, not_compared="it is about the build itself")
        if name.startswith(SEARCH):
            return replace(found, not_compared="the numbers of the search layer may differ between equal releases")
        if table is None or not key:
            return replace(found, not_compared="it has no key")
        if not {*key} <= old.keys() & new.keys():
            return replace(found, not_compared="its key has a column that only one release has")
        return self._compare_rows(table, key, found)

    def _count(self, release: str, name: str) -> int | None:
        if name not in (self.before if release == OLD else self.after):
            return None
        return self.connection.execute(f"SELECT count(*) FROM {release}.{_quote(name)}").fetchall()[0][0]

    def _compare_rows(self, table: Table, key: Sequence[str], found: TableChanges) -> TableChanges:
        """Return the changes with those of the rows: the row ids of both sides are kept, with what differs."""
        old, new = self.before[table.name], self.after[table.name]
        values = [column for column in new if column in old and column not in key]
        matches = " AND ".join(f"o.{_quote(column)} IS NOT DISTINCT FROM n.{_quote(column)}" for column in key)
        differs = {column: _write_difference(column, old[column].type, new[column].type) for column in values}
        flags = "".join(f", {differs[column]} AS d{place}" for place, column in enumerate(values))
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE difference AS SELECT o.rowid AS old_row, n.rowid AS new_row{flags} "
            f"FROM {OLD}.{table.name} AS o FULL JOIN {NEW}.{table.name} AS n ON {matches} "
            f"WHERE o.rowid IS NULL OR n.rowid IS NULL OR {' OR '.join(differs.values()) or 'FALSE'}"
        )
        in_both = "old_row IS NOT NULL AND new_row IS NOT NULL"
        counts = "".join(f", count(*) FILTER ({in_both} AND d{place})" for place in range(len(values)))
        [(added, removed, changed, *by_column)] = self.connection.execute(
            "SELECT count(*) FILTER (old_row IS NULL), count(*) FILTER (new_row IS NULL), "
            f"count(*) FILTER ({in_both}){counts} FROM difference"
        ).fetchall()
        return replace(
            found,
            rows_added=added,
            rows_removed=removed,
            rows_changed=changed,
            changed_by_column={column: rows for column, rows in zip(values, by_column, strict=True) if rows},
            added=self._list_keys(table, key, NEW) if added else (),
            removed=self._list_keys(table, key, OLD) if removed else (),
            changed=self._list_changed(table, key, values) if changed else (),
        )

    def _list_keys(self, table: Table, key: Sequence[str], release: str) -> tuple[dict[str, Value], ...]:
        """Return the keys of the rows that only one release has."""
        other = OLD if release == NEW else NEW
        names = self._write_key(table, key, "r")
        rows = self.connection.execute(
            f"SELECT {', '.join(names.values())} FROM difference "
            f"JOIN {release}.{table.name} AS r ON r.rowid = difference.{release}_row "
            f"WHERE difference.{other}_row IS NULL ORDER BY ALL LIMIT {self.listed}"
        ).fetchall()
        return tuple(dict(zip(names, map(_make_value, row), strict=True)) for row in rows)

    def _list_changed(self, table: Table, key: Sequence[str], values: Sequence[str]) -> tuple[ChangedRow, ...]:
        """Return the rows that both releases have, with the values that differ."""
        names = self._write_key(table, key, "n")
        shown = "".join(
            f", d{place}, {_write_shown(table.name, 'o', column)}, {_write_shown(table.name, 'n', column)}"
            for place, column in enumerate(values)
        )
        order = ", ".join(map(str, range(1, len(names) + 1)))
        rows = self.connection.execute(
            f"SELECT {', '.join(names.values())}{shown} FROM difference "
            f"JOIN {OLD}.{table.name} AS o ON o.rowid = difference.old_row "
            f"JOIN {NEW}.{table.name} AS n ON n.rowid = difference.new_row "
            f"ORDER BY {order} LIMIT {self.listed}"
        ).fetchall()
        changed = list[ChangedRow]()
        for row in rows:
            told, rest = row[: len(names)], row[len(names) :]
            changed.append(
                ChangedRow(
                    dict(zip(names, map(_make_value, told), strict=True)),
                    {
                        column: ValueChange(is_shown=False)
                        if column in TEXTS.get(table.name, ())
                        else ValueChange(_make_value(rest[3 * place + 1]), _make_value(rest[3 * place + 2]))
                        for place, column in enumerate(values)
                        if rest[3 * place]
                    },
                )
            )
        return tuple(changed)

    def _write_key(self, table: Table, key: Sequence[str], row: str) -> dict[str, str]:
        """Return the expressions of a row's key by name: what people call each surrogate key, then the key itself."""
        named = {column.removesuffix("_key"): self._write_name(table, column, row) for column in key}
        named = {column.replace("_key_", "_"): name for column, name in named.items() if name}
        return named | {column: f"{row}.{_quote(column)}" for column in key}

    def _write_name(self, table: Table, column: str, row: str) -> str | None:
        """Return the expression of the natural key for which a surrogate key stands; None if it is none."""
        for parent in (table, *self.contract.values()):
            surrogate = find_key(parent)
            natural = _find_natural_key(parent)
            if len(surrogate) != 1 or natural is None or not re.fullmatch(rf"{surrogate[0]}(_[a-z])?", column):
                continue
            held = [
                f"(SELECT p.{natural} FROM {release}.{parent.name} AS p WHERE p.{surrogate[0]} = {row}.{column})"
                for release, tables in ((NEW, self.after), (OLD, self.before))
                if {natural, surrogate[0]} <= tables.get(parent.name, {}).keys()
            ]
            return f"coalesce({', '.join(held)})" if held else None
        return None


def find_key(table: Table) -> tuple[str, ...]:
    """Return the columns by which the rows of a table are matched: its PRIMARY KEY, or another key; () without one."""
    return table.primary_key or next(iter(table.keys), ())


def _find_natural_key(table: Table) -> str | None:
    """Return the column for which the surrogate key of a dimension stands; None if the table has no such key."""
    types = {column.name: column.type for column in table.columns}
    if not (key := find_key(table)) or types[key[0]] != "BIGINT":
        return None
    return next((column for column, *more in table.keys if not more and types[column] == "TEXT"), None)


def _write_difference(column: str, old_type: str, new_type: str) -> str:
    """Return the condition under which two values of a column differ. A type that changed makes no difference."""
    old, new = f"o.{_quote(column)}", f"n.{_quote(column)}"
    if old_type != new_type:
        old = f"TRY_CAST({old} AS {new_type})"
    differs = f"{old} IS DISTINCT FROM {new}"
    if new_type in ("DOUBLE", "FLOAT"):
        is_noise = f"abs({old} - {new}) <= {NOISE} * greatest(abs({old}), abs({new}))"
        return f"({differs} AND NOT coalesce({is_noise}, FALSE))"
    return f"({differs})"


def _write_shown(table: str, row: str, column: str) -> str:
    """Return the expression of a value as it is shown: NULL for a text of a source's own, texts cut."""
    value = f"{row}.{_quote(column)}"
    if column in TEXTS.get(table, ()):
        return "NULL"
    if column in NAMED_FILES.get(table, ()):
        value = drop_folders(value)
    return value


def _make_value(value: object) -> Value:
    """Return a value as JSON can hold it: times and decimals are text, and long texts are cut."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    if value is None or isinstance(value, int | float | bool):
        return value
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _quote(name: str) -> str:
    """Return a name as SQL writes it."""
    return exp.to_identifier(name, quoted=True).sql("duckdb")
