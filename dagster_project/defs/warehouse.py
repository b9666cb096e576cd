"""Defines the warehouse as assets: one for each model, all built in one step. Publishing belongs in `publish`."""

import datetime as dt
from collections.abc import Iterator

import dagster as dg

from dagster_project import pipeline
from dagster_project.config import SQL
from dagster_project.dashboard.page import write_dashboard
from dagster_project.defs import events, metadata
from dagster_project.defs.events import DASHBOARD, RELEASE, SITE
from dagster_project.defs.resources import Papers
from dagster_project.models.catalog import LAKE, Check, Model, find_inputs, load_checks, load_models
from dagster_project.models.contract import Table, load_contract
from dagster_project.publish.checks import BrokenReleaseError
from dagster_project.site.write import SiteRequest, write_site
from dagster_project.sources.registry import SOURCES


def describe_model(model: Model, table: Table) -> dg.AssetSpec:
    """Return the asset of a model, with the assets that it reads, its columns and its description."""
    reads = find_inputs(model, load_models())
    lakes = {f"lake_{source}" for source in SOURCES}
    deps = {dep for name in reads for dep in (lakes if name.startswith(LAKE) else {name})}
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
        metadata={metadata.COLUMNS: dg.TableSchema(columns)} | _find_file(model),
    )


def _find_file(model: Model) -> metadata.Metadata:
    """Return the link to a model's SQL file, as metadata."""
    file = SQL / model.layer / f"{model.name}.sql"
    reference = dg.LocalFileCodeReference(file_path=str(file), label=str(file.relative_to(SQL.parent)))
    return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference])}


def describe_check(check: Check) -> dg.AssetCheckSpec:
    """Return a check as an asset check of Dagster."""
    return dg.AssetCheckSpec(
        check.name,
        asset=events.find_checked_asset(check.reads),
        description=check.description,
        blocking=check.severity == "error",
    )


def make_warehouse_asset() -> dg.AssetsDefinition:
    """Return the asset definition that builds all models and publishes the release."""
    tables = {table.name: table for table in load_contract()}
    models = [model for model in load_models() if model.is_published]
    release = dg.AssetSpec(
        RELEASE,
        deps=[model.name for model in models],
        description="The published file, `current/papers.duckdb`, swapped in whole once every check has passed.",
        group_name="release",
        kinds={"duckdb"},
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(days=3)),
    )

    @dg.multi_asset(
        name="warehouse",
        specs=[*(describe_model(model, tables[model.name]) for model in models), release],
        check_specs=[describe_check(check) for check in load_checks()],
    )
    def warehouse(papers: dg.ResourceParam[Papers]) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        home = papers.home()
        try:
            with pipeline.lock_for_writing(home):
                release = pipeline.publish(home, papers.settings())
                described = events.describe_release(release)
        except BrokenReleaseError as broken:
            yield from events.list_check_results(broken.results)
            raise
        for table, facts in described.items():
            yield dg.MaterializeResult(table, metadata=facts)
        yield from events.list_check_results(release.checks)

    return warehouse


@dg.asset(name=DASHBOARD, deps=[RELEASE], group_name="bi", kinds={"html", "altair"})
def dashboard(papers: dg.ResourceParam[Papers]) -> dg.MaterializeResult:
    """What the marts say, as one page that works from a file and on any static host. Written by `papers dashboard`."""
    home = papers.home()
    with pipeline.lock_for_writing(home):
        write_dashboard(home)
    return dg.MaterializeResult(metadata=events.describe_dashboard(home))


@dg.asset(name=SITE, deps=[RELEASE], group_name="bi", kinds={"html", "duckdb"})
def site(papers: dg.ResourceParam[Papers]) -> dg.MaterializeResult:
    """The public site: the dashboard, pages that ask the warehouse in the browser, feeds and the data package.

    Written by `papers site`.
    """
    home, request = papers.home(), SiteRequest.from_settings(papers.settings())
    with pipeline.lock_for_writing(home):
        folder = write_site(home, request)
    return dg.MaterializeResult(metadata=events.describe_site(folder))
