"""From Parquet to a release: what publishing takes, model by model and check by check, and the SQL by itself."""

import shutil
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from bench.meter import Result, Stopwatch, end_java
from dagster_project import pipeline
from dagster_project.config import load_settings
from dagster_project.dashboard.page import write_dashboard
from dagster_project.lake.home import Home
from dagster_project.models.catalog import load_macros, load_models
from dagster_project.models.contract import load_contract
from dagster_project.models.engines import duckdb_engine as duck
from dagster_project.models.engines.duckdb_engine import DuckEngine, create_macros, create_tables, run_model
from dagster_project.publish import checks, release
from dagster_project.publish.lake_views import longest_table, register_lake

SETTINGS = ("memory_limit", "threads", "preserve_insertion_order")
"""What a release is built with that its speed hangs on."""
DEAREST = 10
Watches = dict[str, Stopwatch]


def watched(module: Any, name: str, watches: Watches, name_of: Callable[..., str]) -> dict[str, Any]:
    """Have a function of a module run under a watch, which `name_of` names from its arguments.

    Returns:
        what the function returned, by the same name; filled as it runs.
    """
    returned = dict[str, Any]()
    function = getattr(module, name)

    @wraps(function)
    def with_watch(*arguments: Any, **more: Any) -> Any:
        called = name_of(*arguments)
        with watches[called]:
            returned[called] = function(*arguments, **more)
        return returned[called]

    setattr(module, name, with_watch)
    return returned


def publish(home: str, suffix: str = "") -> list[Result]:
    """Publish a home's lake, and tell what its parts took; the dearest models and checks by name."""
    settings, place = load_settings(home=home), Home(Path(home))
    models, steps, each = defaultdict(Stopwatch), defaultdict(Stopwatch), defaultdict(Stopwatch)
    used: dict[str, str] = {}

    def note(connection: duckdb.DuckDBPyConnection, model: Any) -> str:
        if not used:
            used.update(_settings(connection))
        return str(model.name)

    made = watched(duck, "run_model", models, note)
    watched(release, "run_checks", steps, lambda *_: "checks")
    watched(release, "verify", steps, lambda *_: "verify")
    watched(checks, "_run", each, lambda _, check: str(check.name))
    with Stopwatch() as whole:
        published = pipeline.publish(place, settings)
    if not published.is_new:
        raise RuntimeError("there was nothing to publish")
    size, entries = published.path.stat().st_size, published.rows["fact_listing"]
    build, rest = _sum(models.values()), _sum([whole])
    for part in (build, steps["checks"], steps["verify"]):
        rest.wall, rest.cpu = rest.wall - part.wall, rest.cpu - part.cpu
    return [
        build.told(f"SQL build{suffix}", entries, "entries", all_rows=sum(published.rows.values()), used=used),
        steps["checks"].told(f"checks{suffix}", entries, "entries", checks=len(published.checks)),
        steps["verify"].told(f"verify{suffix}", entries, "entries", bytes=size),
        rest.told(f"rest of publishing{suffix}", entries, "entries"),
        whole.told(f"publish{suffix}", entries, "entries", models=_dearest(models, made), checks=_dearest(each, {})),
    ]


def dashboard(home: str) -> list[Result]:
    """Write the page on a home's release, and tell what that took."""
    place = Home(Path(home))
    with Stopwatch() as watch:
        size = write_dashboard(place).stat().st_size
    return [watch.told("dashboard", size, "bytes")]


def publish_on_spark(home: str) -> list[Result]:
    """Publish a home's lake again with the models on Spark, and tell what that and the dearest models took.

    What Java takes is known only once it has ended, so of models there is the wall time alone. Then every table is
    held against what DuckDB made, whose release is gone by then: a disk need not hold two of the largest size.
    """
    from dagster_project.models.engines.spark_engine import SparkEngine

    settings, place = load_settings(home=home, engine="spark"), Home(Path(home))
    by_spark = (place.warehouse.resolve().parent / release.TABLES).exists()
    pipeline.publish(place, load_settings(home=home), again=by_spark)  # by DuckDB, where that is not in use yet
    duckdbs = _contents(place.warehouse, settings.memory_limit)
    shutil.rmtree(place.releases)
    models = defaultdict(Stopwatch)
    rows = watched(SparkEngine, "run", models, lambda _, model: str(model.name))
    with Stopwatch() as whole:
        published = pipeline.publish(place, settings, again=True)
        end_java()
    dearest = sorted(models.items(), key=lambda named: -named[1].wall)[:DEAREST]
    facts = [{"name": name, "wall": one.wall, "rows": rows[name]} for name, one in dearest]
    entries, sparks = published.rows["fact_listing"], _contents(place.warehouse, settings.memory_limit)
    others = sorted(name for name in duckdbs.keys() | sparks.keys() if duckdbs.get(name) != sparks.get(name))
    same = {"tables": len(duckdbs), "differ": others}
    return [
        whole.told("publish, models on Spark", entries, "entries", models=facts, master=settings.spark_master, **same),
        _sum(models.values()).told("models on Spark, and into DuckDB", entries, "entries") | {"cpu": None},
    ]


def _contents(path: Path, memory_limit: int | None) -> dict[str, tuple[int, int]]:
    """Return, by table, its number of rows and a mark of them all in whatever order, but of what tells of the build.

    `memory_limit`, in bytes, keeps what comparing holds out of the phase's peak.
    """
    told = {}
    config: dict[str, Any] = {} if memory_limit is None else {"memory_limit": f"{memory_limit}B"}
    with duckdb.connect(path, read_only=True, config=config) as connection:
        names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE table_name <> 'meta_release'")
        for (name,) in names.fetchall():
            [rows] = connection.execute(f'SELECT count(*), sum(hash("{name}")) FROM "{name}"').fetchall()
            told[name] = rows
    return told


def _sum(watches: Any) -> Stopwatch:
    whole = Stopwatch()
    for watch in watches:
        whole.wall, whole.cpu = whole.wall + watch.wall, whole.cpu + watch.cpu
    return whole


def _dearest(watches: Watches, rows: dict[str, int]) -> list[dict[str, Any]]:
    """Return those that took most CPU, dearest first."""
    order = sorted(watches.items(), key=lambda named: -named[1].cpu)
    return [{"name": name, "wall": one.wall, "cpu": one.cpu, "rows": rows.get(name)} for name, one in order[:DEAREST]]


def _settings(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    told = connection.execute("SELECT name, value FROM duckdb_settings()").fetchall()
    return {name: value for name, value in told if name in SETTINGS}


def floor_sql(home: str, used: dict[str, str]) -> list[Result]:
    """Run the models in order on one connection, into the same tables, with what a release is built with."""
    place, settings = Home(Path(home)), load_settings(home=home)
    models, contract, macros = load_models(), load_contract(), load_macros()
    config: dict[str, Any] = used | {"storage_compatibility_version": settings.storage_version}
    with (
        TemporaryDirectory(dir=place.root) as folder,
        Stopwatch() as watch,
        duckdb.connect(Path(folder) / "floor.duckdb", config=config) as connection,
    ):
        register_lake(DuckEngine(connection), place)
        create_tables(connection, contract, keyed=longest_table(connection) <= release.KEYED_ROWS)
        create_macros(connection, macros)
        rows = [run_model(connection, model) for model in models]
    listings = dict(zip((model.name for model in models), rows, strict=True))["fact_listing"]
    return [watch.told("the SQL in one script", listings, "entries")]
