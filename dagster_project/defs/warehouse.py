"""The warehouse as assets: every model a node, all built in one step into a new release, checked, swapped in."""

import datetime as dt
from collections.abc import Iterator, Sequence

import dagster as dg

from dagster_project import pipeline
from dagster_project.config import SQL
from dagster_project.defs import metadata as glance
from dagster_project.defs.metadata import ROW_COUNT
from dagster_project.defs.papers import AGAIN, Papers
from dagster_project.defs.preview import first_rows, newest_papers, papers_listed, row
from dagster_project.models.catalog import LAKE, Check, Model, load_checks, load_models, sources_of
from dagster_project.models.contract import Table, load_contract
from dagster_project.publish.checks import BrokenReleaseError, CheckResult
from dagster_project.publish.reader import open_warehouse
from dagster_project.publish.release import Release

LAKES = ("lake_digest", "lake_huggingface", "lake_sample")
FILLED_BY = {
    "lake_keyword": ("lake_huggingface", "lake_sample"),
    "lake_section": ("lake_digest", "lake_sample"),
    "lake_reject": (*LAKES, "lake_index"),
}
"""The assets that fill a table of the lake, where it is not all three that read days.

The log of fetches is told of by the assets after it: a second edge past the lake would only blur the map.
"""
RELEASE = "release"
BY_DAY = ("fact_listing", "mart_coverage")
"""Tables whose pages show papers a day."""
SEVERITY = {"error": dg.AssetCheckSeverity.ERROR, "warn": dg.AssetCheckSeverity.WARN}


def model_spec(model: Model, table: Table) -> dg.AssetSpec:
    """Return a model as a node: what it reads, its columns and what it holds."""
    reads = sources_of(model, load_models(SQL))
    deps = {dep for name in reads for dep in (FILLED_BY.get(name, LAKES) if name.startswith(LAKE) else (name,))}
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
        deps=sorted(deps),
        description=f"{table.comment}\n\n```sql\n{model.sql.strip()}\n```",
        group_name=model.layer,
        kinds={"duckdb", "sql"},
        metadata={glance.COLUMNS: dg.TableSchema(columns)} | _file(model),
    )


def _file(model: Model) -> glance.Metadata:
    """Return where a model's SQL lies."""
    file = SQL / model.layer / f"{model.name}.sql"
    reference = dg.LocalFileCodeReference(file_path=str(file), label=str(file.relative_to(SQL.parent)))
    return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference])}


def check_spec(check: Check) -> dg.AssetCheckSpec:
    """Return a check as Dagster knows it, on the first published table that it reads."""
    published = {model.name for model in load_models(SQL) if model.is_published}
    on = sorted(check.reads & published)
    return dg.AssetCheckSpec(
        check.name,
        asset=on[0] if on else RELEASE,
        description=check.description,
        blocking=check.severity == "error",
    )


def warehouse_asset() -> dg.AssetsDefinition:
    """Return the one asset definition that builds every model and publishes the release."""
    tables = {table.name: table for table in load_contract(SQL)}
    models = [model for model in load_models(SQL) if model.is_published]
    check_specs = {check.name: check_spec(check) for check in load_checks(SQL)}
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
    def warehouse(
        context: dg.AssetExecutionContext, papers: Papers
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        settings, home = papers.settings(), papers.home()
        try:
            with pipeline.writing(home):
                release = pipeline.publish(home, settings, again=AGAIN in context.run.tags)
                shown = _shown(release, [tables[model.name] for model in models])
        except BrokenReleaseError as broken:
            yield from _check_results(broken.results, check_specs)
            raise
        for model in models:
            yield dg.MaterializeResult(model.name, metadata=shown[model.name])
        yield dg.MaterializeResult(RELEASE, metadata=shown[RELEASE])
        yield from _check_results(release.checks, check_specs)

    return warehouse


def _shown(release: Release, tables: Sequence[Table]) -> dict[str, glance.Metadata]:
    """Return what is shown of each table of a release, and of the release itself, as its readers see them."""
    with open_warehouse(release.path) as connection:
        by_source = glance.pictures(papers_listed(connection))
        shown = {
            table.name: {
                ROW_COUNT: release.rows[table.name],
                **(by_source if table.name in BY_DAY else {}),
                "preview": glance.rows(first_rows(connection, table.name), _types(table)),
            }
            for table in tables
        }
        shown[RELEASE] = {
            "release": release.release_id,
            "path": dg.MetadataValue.path(str(release.path)),
            "new": release.is_new,
            ROW_COUNT: sum(release.rows.values()),
            **by_source,
            "preview": glance.rows(newest_papers(connection)),
            "tables": glance.rows({"table": name, "rows": rows} for name, rows in release.rows.items()),
        }
    return shown


def _types(table: Table) -> dict[str, str]:
    return {column.name: column.type for column in table.columns}


def _check_results(results: list[CheckResult], specs: dict[str, dg.AssetCheckSpec]) -> Iterator[dg.AssetCheckResult]:
    for result in results:
        yield dg.AssetCheckResult(
            asset_key=specs[result.check.name].asset_key,
            check_name=result.check.name,
            passed=result.passed,
            severity=SEVERITY[result.check.severity],
            metadata={"broken_rows": result.broken_rows}
            | ({} if result.passed else {"sample": glance.rows(map(row, result.sample))}),
        )
