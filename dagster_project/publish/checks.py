"""Runs the checks of `sql/checks/` on a warehouse that is being built."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from dagster_project.errors import ModelError, ReleaseError
from dagster_project.models.catalog import Check
from dagster_project.models.engines.duckdb_engine import slices

SAMPLE = 5
ROWS_AT_ONCE = 10_000


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
    broken, sample = 0, list[dict[str, object]]()
    try:
        for _ in slices(connection) if check.by_slice else (None,):
            # In an order of their own, so that the same lake shows the same rows, whichever engine made the tables.
            cursor = connection.execute(f"FROM (\n{check.sql}\n) ORDER BY ALL")
            columns = [column[0] for column in cursor.description or []]
            # A rule that everything breaks brings as many rows: they are counted without being kept.
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                broken += len(rows)
                for row in rows[: SAMPLE - len(sample)]:
                    sample.append(dict(zip(columns, (_plain(value) for value in row), strict=True)))
    except duckdb.Error as error:
        raise ModelError(f"checks/{check.name}.sql: {str(error).splitlines()[0]}") from error
    return CheckResult(check, broken, sample)


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | bool | str | None) else str(value)
