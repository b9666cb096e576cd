"""Says what of a release leaves it with the data package: which texts are withheld, and how local addresses read.

The tables, columns and comments are those of `sql/schema.sql`. Writing the files belongs in `data_package`, what
differs between two releases in `changes`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from dagster_project.config import SQL
from dagster_project.errors import ReleaseError
from dagster_project.models.contract import Table, load_contract

FORBIDS_DERIVATIVES = r"\bND\b"
"""Matches a licence under which texts may be passed on only whole and unchanged, as Creative Commons names them."""
TEXTS: Mapping[str, tuple[str, ...]] = {"fact_section": ("heading_as_printed", "text"), "meta_reject": ("raw",)}
"""The columns that hold texts as a source wrote them, by table. All other columns hold facts."""
OWNERS: Mapping[str, str] = {
    "fact_section": "source_key IN (SELECT source_key FROM {catalog}.dim_source WHERE {forbids})",
    "meta_reject": (
        "(source IN (SELECT source FROM {catalog}.dim_source WHERE {forbids})"
        " OR archive IN (SELECT archive FROM {catalog}.dim_archive WHERE {forbids}))"
    ),
}
"""The condition of the rows whose texts are withheld, for each table of `TEXTS`."""
WITHHELD = "Withheld, and so NULL, where the licence of the source forbids derivatives"
"""What the comment of a column says whose texts are withheld."""
NAMED_FILES: Mapping[str, tuple[str, ...]] = {
    "dim_archive": ("url",),
    "mart_coverage": ("last_reason",),
    "meta_check": ("sample",),
    "meta_fetch": ("url", "reason"),
}
"""The columns that may name a file of the machine that built the release, by table."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a package holds. `withheld` names the columns whose texts are withheld, by table."""

    contract: tuple[Table, ...]
    withheld: Mapping[str, tuple[str, ...]]

    def write_select(self, table: Table, catalog: str, condition: str = "TRUE") -> str:
        """Return the SELECT of a table of an attached release as it is published."""
        listing = ", ".join(self._write_column(table.name, column.name, catalog) for column in table.columns)
        return f"SELECT {listing} FROM {catalog}.{table.name} WHERE {condition}"

    def _write_column(self, table: str, column: str, catalog: str) -> str:
        if column in self.withheld.get(table, ()):
            forbids = OWNERS[table].format(catalog=catalog, forbids=f"regexp_matches(licence, '{FORBIDS_DERIVATIVES}')")
            return f"CASE WHEN {forbids} THEN NULL ELSE {column} END AS {column}"
        if column in NAMED_FILES.get(table, ()):
            return f"{drop_folders(column)} AS {column}"
        return f'"{column}"'


def load_contents(*, with_texts: bool, folder: Path = SQL) -> Contents:
    """Return what a package holds; `with_texts`, nothing is withheld."""
    withheld = {} if with_texts else TEXTS
    return Contents(
        tuple(_add_remarks(table, withheld.get(table.name, ())) for table in load_contract(folder)), withheld
    )


def _add_remarks(table: Table, withheld: Sequence[str]) -> Table:
    """Return a table whose comments say which columns are withheld."""
    if not withheld:
        return table
    return replace(
        table,
        columns=tuple(
            replace(column, comment=f"{column.comment}. {WITHHELD}") if column.name in withheld else column
            for column in table.columns
        ),
    )


def drop_folders(expression: str) -> str:
    """Return the SQL expression of a text in which local files have no folders.

    The text may be a `file:` address, or hold one, or a path in the quotes of an error of the operating system.
    """
    address = f"regexp_replace({expression}, '^file:.*/', 'file:')"
    addresses = f"""regexp_replace({address}, 'file:/+(?:[^\\s"''/]*/)*', 'file:', 'g')"""
    return f"""regexp_replace({addresses}, '''/(?:[^''/]*/)*', '''', 'g')"""


def check_fit(connection: duckdb.DuckDBPyConnection, catalog: str, contract: Sequence[Table]) -> None:
    """Check that an attached release has all tables and columns of the contract.

    Raises:
        ReleaseError: another version of the project made it.
    """
    listed = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ?", [catalog]
    ).fetchall()
    wanted = [(table.name, column.name) for table in contract for column in table.columns]
    missing = [f"{table}.{column}" for table, column in wanted if (table, column) not in listed]
    if missing:
        raise ReleaseError(
            f"the data package does not fit the release in use, which lacks {missing[0]}; "
            "make a new release with: papers build"
        )
