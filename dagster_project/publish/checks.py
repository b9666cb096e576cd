"""Runs checks on a warehouse that is being built, and returns their results.

The checks belong in `sql/checks/`; whether a release with failed checks is published belongs in `release`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from dagster_project.errors import ModelError, ReleaseError
from dagster_project.models.catalog import Check
from dagster_project.models.engines.duckdb_engine import walk_slices

SAMPLE = 5
"""The most rows that a result keeps of those that break a rule."""
BATCH = 10_000
"""Rows that are in memory at once."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check; `sample` holds the first rows that break its rule."""

    check: Check
    broken_rows: int
    sample: list[dict[str, object]]

    @property
    def passed(self) -> bool:
        return self.broken_rows == 0

    @property
    def blocks(self) -> bool:
        """Whether the result stops the release."""
        return not self.passed and self.check.severity == "error"

    def describe(self) -> str:
        """Return the result as one line for a person."""
        if self.passed:
            return f"{self.check.name}: passed"
        return f"{self.check.name}: {self.broken_rows} rows break the rule, for example {json.dumps(self.sample[0])}"


class BrokenReleaseError(ReleaseError):
    """Blocking checks failed, so nothing was published. `results` holds the results of all checks."""

    def __init__(self, results: list[CheckResult]) -> None:
        broken = [result.describe() for result in results if result.blocks]
        super().__init__(f"nothing was published, {len(broken)} of {len(results)} checks failed: {'; '.join(broken)}")
        self.results = results


def run_checks(connection: duckdb.DuckDBPyConnection, checks: Iterable[Check]) -> list[CheckResult]:
    """Run every check and return all results, passed and failed.

    Raises:
        ModelError: a check cannot run.
    """
    return [run_check(connection, check) for check in checks]


def run_check(connection: duckdb.DuckDBPyConnection, check: Check) -> CheckResult:
    """Run a check, once for each slice if it reads the slice; return the number of rows and the first ones."""
    broken, sample = 0, list[dict[str, object]]()
    try:
        for _ in walk_slices(connection) if check.by_slice else (None,):
            # Sort, so that the same lake gives the same sample on any engine.
            cursor = connection.execute(f"FROM (\n{check.sql}\n) ORDER BY ALL")
            columns = [column[0] for column in cursor.description or []]
            # A check may return every row of a table: count them, but keep only the first.
            while rows := cursor.fetchmany(BATCH):
                broken += len(rows)
                for row in rows[: SAMPLE - len(sample)]:
                    sample.append(dict(zip(columns, (_to_json_value(value) for value in row), strict=True)))
    except duckdb.Error as error:
        raise ModelError(f"checks/{check.name}.sql: {str(error).splitlines()[0]}") from error
    return CheckResult(check, broken, sample)


def _to_json_value(value: object) -> object:
    """Return a value that JSON can hold."""
    return value if isinstance(value, int | float | bool | str | None) else str(value)
