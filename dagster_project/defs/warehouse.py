"""The warehouse as assets: every model a node, all built in one step into a new release, checked, swapped in."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.defs.papers import Papers
from dagster_project.models.catalog import LAKE, Check, Model, load_checks, load_models, sources_of, tables_read
from dagster_project.models.contract import Table, load_contract
from dagster_project.publish.checks import BrokenReleaseError, CheckResult
from dagster_project.publish.release import Release, publish

LAKES = ("lake_digest", "lake_huggingface", "lake_index", "lake_sample")
RELEASE = "release"
ROW_COUNT = "dagster/row_count"
"""The name by which Dagster knows how many rows a table has."""
SEVERITY = {"error": dg.AssetCheckSeverity.ERROR, "warn": dg.AssetCheckSeverity.WARN}


def model_spec(model: Model, table: Table) -> dg.AssetSpec:
    """Return a model as a node: what it reads, its columns and what it holds."""
    reads = sources_of(model, load_models())
    models = sorted(name for name in reads if not name.startswith(LAKE))
    lakes = LAKES if len(models) < len(reads) else ()
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            description=column.comment,
            constraints=dg.TableColumnConstraints(other=[column.constraint] if column.constraint else []),
        )
        for column in table.columns
    ]
    return dg.AssetSpec(
        model.name,
        deps=[*models, *lakes],
        description=f"{table.comment}\n\n```sql\n{model.sql.strip()}\n```",
        group_name=model.layer,
        kinds={"duckdb", "sql"},
        metadata={"dagster/column_schema": dg.TableSchema(columns)},
    )


def check_spec(check: Check) -> dg.AssetCheckSpec:
    """Return a check as Dagster knows it, on the first published table that it reads."""
    published = {model.name for model in load_models() if model.is_published}
    on = sorted(tables_read(check.sql, check.name) & published)
    return dg.AssetCheckSpec(
        check.name,
        asset=on[0] if on else RELEASE,
        description=check.description,
        blocking=check.severity == "error",
    )


def warehouse_asset() -> dg.AssetsDefinition:
    """Return the one asset definition that builds every model and publishes the release."""
    tables = {table.name: table for table in load_contract()}
    models = [model for model in load_models() if model.is_published]
    check_specs = {check.name: check_spec(check) for check in load_checks()}
    release_spec = dg.AssetSpec(
        RELEASE,
        deps=[model.name for model in models],
        description="The published file, `current/papers.duckdb`, swapped in whole once every check has passed.",
        group_name="release",
        kinds={"duckdb"},
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(days=3)),
    )

    @dg.multi_asset(
        name="warehouse",
        specs=[*(model_spec(model, tables[model.name]) for model in models), release_spec],
        check_specs=list(check_specs.values()),
        pool="warehouse",
    )
    def warehouse(papers: Papers) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        settings, home = papers.settings(), papers.home()
        try:
            with home.writing():
                release = publish(home, storage_version=settings.storage_version, keep=settings.keep_releases)
        except BrokenReleaseError as broken:
            yield from _check_results(broken.results, check_specs)
            raise
        for model in models:
            yield dg.MaterializeResult(model.name, metadata={ROW_COUNT: release.rows[model.name]})
        yield dg.MaterializeResult(RELEASE, metadata=_release(release))
        yield from _check_results(release.checks, check_specs)

    return warehouse


def _release(release: Release) -> dict[str, dg.MetadataValue[Any] | str | bool | int]:
    return {
        "release": release.release_id,
        "path": dg.MetadataValue.path(str(release.path)),
        "new": release.is_new,
        "rows": sum(release.rows.values()),
    }


def _check_results(results: list[CheckResult], specs: dict[str, dg.AssetCheckSpec]) -> Iterator[dg.AssetCheckResult]:
    for result in results:
        yield dg.AssetCheckResult(
            asset_key=specs[result.check.name].asset_key,
            check_name=result.check.name,
            passed=result.passed,
            severity=SEVERITY[result.check.severity],
            metadata={"broken_rows": result.broken_rows, "sample": dg.MetadataValue.json(result.sample)},
        )
