"""Runs the checks of `sql/checks/` on a warehouse that is being built, and keeps what they found.

Whether a release with failed checks is published is decided in `release.py`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from dagster_project.errors import ModelError, ReleaseError
from dagster_project.models.catalog import Check
from dagster_project.models.engines.duckdb_engine import slices

SAMPLE = 5
"""Rows that are kept of those that break a rule."""
BATCH = 10_000
"""Rows that are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found; `sample` holds the first rows that break its rule."""

    check: Check
    broken_rows: int
    sample: list[dict[str, object]]

    @property
    def passed(self) -> bool:
        return self.broken_rows == 0

    @property
    def blocks(self) -> bool:
        """Whether it stops the release."""
        return not self.passed and self.check.severity == "error"

    def line(self) -> str:
        """Return the result as one line for a person."""
        if self.passed:
            return f"{self.check.name}: passed"
        return f"{self.check.name}: {self.broken_rows} rows break the rule, for example {json.dumps(self.sample[0])}"


class BrokenReleaseError(ReleaseError):
    """Blocking checks found rows that break their rules, so nothing was published. `results` holds all results."""

    def __init__(self, results: list[CheckResult]) -> None:
        broken = [result.line() for result in results if result.blocks]
        super().__init__(f"nothing was published, {len(broken)} of {len(results)} checks failed: {'; '.join(broken)}")
        self.results = results


def run_checks(connection: duckdb.DuckDBPyConnection, checks: Iterable[Check]) -> list[CheckResult]:
    """Run every check and return all results, good and bad.

    Raises:
        ModelError: a check cannot be run.
    """
    return [_run_check(connection, check) for check in checks]


def _run_check(connection: duckdb.DuckDBPyConnection, check: Check) -> CheckResult:
    """Run a check, by slices of the papers if it asks for that; count the rows that it returns and keep the first."""
    broken, sample = 0, list[dict[str, object]]()
    try:
        for _ in slices(connection) if check.by_slice else (None,):
            # Sorted, so that the same lake gives the same sample, whichever engine made the tables.
            cursor = connection.execute(f"FROM (\n{check.sql}\n) ORDER BY ALL")
            columns = [column[0] for column in cursor.description or []]
            # A rule that every row breaks returns them all: they are counted, not kept.
            while rows := cursor.fetchmany(BATCH):
                broken += len(rows)
                for row in rows[: SAMPLE - len(sample)]:
                    sample.append(dict(zip(columns, (_to_json_value(value) for value in row), strict=True)))
    except duckdb.Error as error:
        raise ModelError(f"checks/{check.name}.sql: {str(error).splitlines()[0]}") from error
    return CheckResult(check, broken, sample)


def _to_json_value(value: object) -> object:
    """Return a value as JSON knows it."""
    return value if isinstance(value, int | float | bool | str | None) else str(value)
