"""Runs the checks of `sql/checks/` on a warehouse that is being built."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from dagster_project.errors import ModelError, ReleaseError
from dagster_project.models.catalog import Check

SAMPLE = 5


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
    """Blocking checks found rows that break their rules; nothing was published. `results` holds every check's."""

    def __init__(self, results: list[CheckResult]) -> None:
        broken = [result.line() for result in results if result.blocks]
        super().__init__(f"nothing was published, {len(broken)} of {len(results)} checks failed: {'; '.join(broken)}")
        self.results = results


def run_checks(connection: duckdb.DuckDBPyConnection, checks: Iterable[Check]) -> list[CheckResult]:
    """Run every check and return all results, good and bad.

    Raises:
        ModelError: a check cannot be run.
    """
    return [_run(connection, check) for check in checks]


def _run(connection: duckdb.DuckDBPyConnection, check: Check) -> CheckResult:
    try:
        cursor = connection.execute(check.sql)
        columns = [column[0] for column in cursor.description or []]
        rows = cursor.fetchall()
    except duckdb.Error as error:
        raise ModelError(f"checks/{check.name}.sql: {str(error).splitlines()[0]}") from error
    sample = [dict(zip(columns, (_plain(value) for value in row), strict=True)) for row in rows[:SAMPLE]]
    return CheckResult(check, len(rows), sample)


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | bool | str | None) else str(value)
