"""Phases that call the package, which nothing else of the benchmark does: a function of a size and a home each.

Each runs in a process of its own and returns its figures. What it only prepares does not count.
"""

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import httpx
import polars as pl
import pyarrow.parquet as pq

from bench.archive import LAST_DAY, SERVED, list_days, make_digest
from bench.record import Figure, combine, take_median
from dagster_project import build as builds
from dagster_project import pipeline
from dagster_project.config import Settings, load_settings
from dagster_project.dashboard.page import write_dashboard
from dagster_project.lake.home import Home
from dagster_project.lake.packs import cut
from dagster_project.lake.raw import RawStore
from dagster_project.models.catalog import load_macros, load_models, load_questions
from dagster_project.models.contract import load_contract
from dagster_project.models.engines import duckdb_engine
from dagster_project.parse.day import Capture, parse_day
from dagster_project.parse.rows import Parsed
from dagster_project.pipeline.parsing import PARSED_TOGETHER
from dagster_project.publish import checks, release
from dagster_project.publish.lake_views import count_longest_table, register_lake
from dagster_project.publish.reader import open_warehouse
from dagster_project.site.write import SiteRequest, write_site
from dagster_project.sources.attempt import Outcome
from dagster_project.sources.registry import SOURCES
from dagster_project.validate.split import split

NEW_DAYS = [LAST_DAY + dt.timedelta(days=ahead) for ahead in range(1, 7)]
"""Days after the archive."""
MONTH, YEAR, MOST_DAYS = 30, 360, 36_000
"""Days of a small archive, days that are invented together, and the most of which the steps are measured one by one."""
READ_TIMES, READ_TABLES = 3, ("entry", "author")
USED = "SELECT name, value FROM duckdb_settings() WHERE name IN ('memory_limit', 'threads', 'preserve_insertion_order')"
"""Settings of DuckDB that the speed of a build depends on."""
MART_COLUMNS = """
SELECT table_name, arg_max(column_name, (column_name LIKE 'last%', column_index))
FROM duckdb_columns()
WHERE table_name LIKE 'mart\\_%' ESCAPE '\\' AND data_type IN ('DATE', 'TIMESTAMP')
GROUP BY table_name ORDER BY table_name
"""
"""Each mart with the last of its columns of time."""
SPARK = {"SPARK_DRIVER_MEMORY": "8g"}
SPARK["PYSPARK_SUBMIT_ARGS"] = "--conf spark.cleaner.periodicGC.interval=5min pyspark-shell"
"""What the largest size needs: one driver does all the work, and its shuffle files must leave the disk."""
MOST_SHOWN, ASK_TIMES, ASK_SECONDS = 10, 5, 20.0
"""Models shown; how often a question is asked, and the seconds after which it is not asked again."""


def write_digests(size: str, home: Path) -> list[Figure]:
    """Write the digests that the server serves: those of the archive, if it is fetched, and those of new days."""
    days = [*(list_days(size)["digest"] if size in SERVED else ()), *NEW_DAYS]
    with Figure(name="digests", rows=len(days), unit="digests").timing() as figure:
        _write(days, home.with_name("digests"))
    return [figure]


def _write(days: Iterable[dt.date], folder: Path) -> None:
    for day in days:
        file = folder / f"{day:%Y/%m/%d}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(make_digest(day))


def generate(size: str, home: Path, last: int = 0) -> list[Figure]:
    """Invent an archive, or its last days, and fetch each year of it from files that do not last."""
    folder, days = home.with_name("invented"), list_days(size)["digest"][-last:]
    os.environ["PAPERS_DIGEST_URL"] = f"{folder.as_uri()}/{{date:%Y/%m/%d}}.md"
    figure = Figure(name="generate", rows=len(days), unit="digests", facts={"bytes": 0})
    for year in (days[start : start + YEAR] for start in range(0, len(days), YEAR)):
        with figure.timing():
            _write(year, folder)
            fetched = pipeline.fetch(Home(home), load_settings(home=home), "digest", year)
        figure.facts["bytes"] += sum(day.size for day in fetched.values())
        shutil.rmtree(folder)
    return [figure]


def generate_month(size: str, home: Path) -> list[Figure]:
    """Make another home, with a release of the last month."""
    figures = generate(size, home, MONTH)
    parse(size, home)
    pipeline.publish(Home(home), load_settings(home=home))
    return figures


def fetch(size: str, home: Path) -> list[Figure]:
    """Fetch every day of a size into a home."""
    settings, ended = load_settings(home=home), list[pipeline.FetchedDay]()
    with Figure(name="fetch", unit="days").timing() as figure:
        for source, days in list_days(size).items():
            ended += pipeline.fetch(Home(home), settings, source, days).values()
    if bad := [day for day in ended if day.outcome not in (Outcome.FETCHED, Outcome.UNCHANGED, Outcome.EMPTY)]:
        raise RuntimeError(f"{len(bad)} of {len(ended)} days were not fetched: {bad[0].outcome}, {bad[0].reason}")
    figure.rows, figure.facts = len(ended), {"bytes": sum(day.size for day in ended)}
    return [figure]


def repeat_requests(_: str, urls: Path) -> list[Figure]:
    """Ask with one plain client for all that a phase asked for, one after the other, and drop the answers."""
    paths, server = urls.read_text(encoding="utf-8").splitlines(), os.environ["BENCH_SERVER"]
    figure = Figure(name="bare httpx", rows=len(paths), unit="requests")
    with figure.timing(), httpx.Client(base_url=server) as client:
        for path in paths:
            client.get(path)
    return [figure]


def build(size: str, home: Path) -> list[Figure]:
    """Do the work of `papers build` in a process that does not import Dagster, and is measured as a whole."""
    days = list_days(size)
    real = builds.BuildRequest(sources=[*days], first=days["digest"][0], last=days["digest"][-1])
    builds.build(Home(home), load_settings(home=home), builds.BuildRequest(sample=True) if size == "sample" else real)
    return [Figure(name="the same without Dagster")]


def read_and_parse(size: str, home: Path) -> list[Figure]:
    """Read bytes, parse and validate in one process, each step timed by itself; nothing is written.

    As many captures are taken together as a build takes.
    """
    raw, entries, count = RawStore(Home(home).raw), 0, 0
    figures = [Figure(name=name, unit="entries") for name in ("read raw bytes", "parse", "validate")]
    reading, parsing, validating = figures
    for source, days in list_days(size).items():
        named = pipeline.list_captures(Home(home), source, days)
        some = sorted(named.items())[:: -(-len(named) // MOST_DAYS) or 1]
        for group in cut(some, PARSED_TOGETHER, lambda named: len(named[1])):
            with reading.timing():
                bodies = dict(raw.read({page for _, of_day in group for one in of_day for page in one.pages}))
                captures = {
                    day: [Capture(one.captured_at, [bodies[page] for page in one.pages]) for one in of_day]
                    for day, of_day in group
                }
            rows = Parsed()
            with parsing.timing():
                for day, of_day in captures.items():
                    rows.extend(parse_day(SOURCES[source].parse, source, day, of_day))
            with validating.timing():
                frames = split(rows)
            entries, count = entries + frames["entry"].height, count + len(group)
    for figure in figures:
        figure.rows, figure.facts = entries, {"days": count}
    return figures


def parse(size: str, home: Path) -> list[Figure]:
    """Take every day of a home from raw bytes to Parquet, as a build does."""
    processes, parsed = load_settings(home=home).workers, list[pipeline.ParsedDay]()
    with Figure(name="raw bytes to Parquet", unit="entries").timing(with_running=True) as figure:
        for source, days in list_days(size).items():
            parsed += pipeline.parse(Home(home), source, days, processes=processes).values()
    sizes = [file.stat().st_size for file in _list_files(home)]
    figure.rows = sum(day.rows.get("entry", 0) for day in parsed)
    figure.facts = {"digests": len(parsed), "files": len(sizes), "bytes": sum(sizes)}
    return [figure]


def _list_files(home: Path, table: str = "*") -> list[Path]:
    return sorted(Home(home).lake.glob(f"{table}/*/*.parquet"))


def read_bytes(size: str, home: Path) -> list[Figure]:
    """Read the same bytes from the disk, and nothing else."""
    days = sum(len(pipeline.list_captures(Home(home), source, days)) for source, days in list_days(size).items())
    files = [*RawStore(Home(home).raw).packs.glob("*/*.parquet")]
    with Figure(name="read the raw bytes", unit="days", rows=days).timing() as figure:
        figure.facts["bytes"] = sum(len(file.read_bytes()) for file in files)
    return [figure]


def write_parquet(_: str, home: Path) -> list[Figure]:
    """Write the files of the lake once more with PyArrow, from columns in memory."""
    figure = Figure(name="write the Parquet", unit="entries", facts={"files": len(_list_files(home))})
    figure.rows = sum(pq.read_metadata(file).num_rows for file in _list_files(home, "entry"))
    with tempfile.TemporaryDirectory(dir=home) as folder:
        for file in _list_files(home):
            groups, table = pq.read_metadata(file), pq.ParquetFile(file).read()
            compression = groups.row_group(0).column(0).compression if groups.num_row_groups else "ZSTD"
            with figure.timing():
                pq.write_table(table, f"{folder}/{file.name}", compression=compression.lower())
            Path(folder, file.name).unlink()
    return [figure]


def read_files(_: str, home: Path) -> list[Figure]:
    """Read all entries and authors with DuckDB: from the lake, and from a copy with one file a day."""
    with tempfile.TemporaryDirectory(dir=home) as daily:
        for file in [file for table in READ_TABLES for file in _list_files(home, table)]:
            folder = Path(daily) / file.parent.relative_to(Home(home).lake)
            folder.mkdir(parents=True, exist_ok=True)
            frame = pl.read_parquet(file, hive_partitioning=False)
            for (day,), rows in frame.partition_by("listed_on", as_dict=True).items():
                rows.write_parquet(folder / f"{day}.parquet")
        return [_read("the lake as it is", Home(home).lake), _read("one file a day", Path(daily))]


def _read(name: str, lake: Path) -> Figure:
    """Return the best of some times: other work on the machine only ever adds."""
    files = {table: [*lake.glob(f"{table}/*/*.parquet")] for table in READ_TABLES}
    scan, runs = "SELECT count(*), bit_xor(hash(rows)) FROM read_parquet('{}/{}/*/*.parquet') AS rows", list[Figure]()
    with duckdb.connect() as connection:
        for _ in range(READ_TIMES):
            with Figure(name=name, unit="rows", facts={"files": sum(map(len, files.values()))}).timing() as figure:
                figure.rows = sum(connection.execute(scan.format(lake, table)).fetchall()[0][0] for table in files)
            runs.append(figure)
    return min(runs, key=lambda run: run.wall or 0)


def add_days(_: str, home: Path) -> list[Figure]:
    """Fetch and parse a further day, several times: other days, the first to warm up, the median of the rest."""
    settings, runs = load_settings(home=home), list[tuple[Figure, Figure]]()
    for day in NEW_DAYS:
        with Figure(name="fetch", rows=1, unit="day").timing() as fetching:
            ended = pipeline.fetch(Home(home), settings, "digest", [day])
        if ended[day].outcome is not Outcome.FETCHED:
            raise RuntimeError(f"{day} is no news: {ended[day].outcome}")
        with Figure(name="parse", rows=1, unit="day").timing() as parsing:
            pipeline.parse(Home(home), "digest", [day], processes=settings.workers)
        runs.append((fetching, parsing))
    return [take_median(figures) for figures in zip(*runs[1:], strict=True)]


def publish(_: str, home: Path) -> list[Figure]:
    """Publish the lake of a home; time the parts of that, each model and each check."""
    settings = load_settings(home=home)
    timed = {"SQL build": _time_calls(duckdb_engine, "run_model"), "checks": _time_calls(checks, "run_check")}
    timed["verify"] = _time_calls(release, "verify")
    with Figure(name="publish").timing() as whole:
        published = pipeline.publish(Home(home), settings)
    if not published.is_new:
        raise RuntimeError("there was nothing to publish")
    build, check, verify = parts = [combine(name, figures.values()) for name, figures in timed.items()]
    with duckdb.connect(config=_make_config(settings)) as connection:
        build.facts = {"used": dict(connection.execute(USED).fetchall())}
    build.facts["all_rows"] = sum(published.rows.values())
    check.facts = {"checks": len(published.checks)}
    verify.facts = {"bytes": published.path.stat().st_size}
    whole.facts = {"models": _list_dearest(timed["SQL build"], "cpu"), "checks": _list_dearest(timed["checks"], "cpu")}
    figures = [*parts, combine("rest of publishing", [whole], parts), whole]
    return [replace(one, rows=published.rows["fact_listing"], unit="entries") for one in figures]


def _time_calls(owner: Any, function_name: str) -> dict[str, Figure]:
    """Replace a function by one that times its calls; return the figures by the name of each model or check."""
    figures, function = dict[str, Figure](), getattr(owner, function_name)

    def call(*arguments: Any) -> Any:
        name = str(getattr(arguments[-1], "name", function_name))
        with figures.setdefault(name, Figure(name=name)).timing() as figure:
            result = function(*arguments)
        figure.rows = result if isinstance(result, int) else None
        return result

    setattr(owner, function_name, call)
    return figures


def _list_dearest(figures: dict[str, Figure], measure: str) -> list[dict[str, Any]]:
    """Return the figures that took most, dearest first."""
    dearest = sorted(figures.values(), key=lambda one: -getattr(one, measure))[:MOST_SHOWN]
    return [{"name": one.name, "rows": one.rows, "wall": one.wall, measure: getattr(one, measure)} for one in dearest]


def _make_config(settings: Settings) -> dict[str, Any]:
    """Return the settings that a release is built with, as DuckDB takes them."""
    limits = {"memory_limit": f"{settings.memory_limit}B"} if settings.memory_limit else {}
    return limits | {"storage_compatibility_version": settings.storage_version}


def run_sql(_: str, home: Path) -> list[Figure]:
    """Run the models in order on one connection, into the same tables and with the same settings as a release."""
    models, contract, macros = load_models(), load_contract(), load_macros()
    config, figure = _make_config(load_settings(home=home)), Figure(name="the SQL in one script", unit="entries")
    with (
        tempfile.TemporaryDirectory(dir=home) as folder,
        figure.timing(),
        duckdb.connect(f"{folder}/floor.duckdb", config=config) as connection,
    ):
        register_lake(duckdb_engine.DuckEngine(connection), Home(home))
        duckdb_engine.create_tables(connection, contract, release.choose_keys(count_longest_table(connection)))
        duckdb_engine.create_macros(connection, macros)
        rows = {model.name: duckdb_engine.run_model(connection, model) for model in models}
    figure.rows = rows["fact_listing"]
    return [figure]


def write_page(_: str, home: Path) -> list[Figure]:
    """Write the dashboard of a release."""
    with Figure(name="dashboard", unit="bytes").timing() as figure:
        page = write_dashboard(Home(home))
    figure.rows = page.stat().st_size
    return [figure]


def write_public_site(_: str, home: Path) -> list[Figure]:
    """Write the site of a release, and then again: the second one copies the citations of the first."""
    return [_write_site(home, name) for name in ("site", "site, again")]


def _write_site(home: Path, name: str) -> Figure:
    with Figure(name=name, unit="bytes").timing() as figure:
        folder = write_site(Home(home), SiteRequest())
    figure.rows = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return figure


def publish_on_spark(_: str, home: Path) -> list[Figure]:
    """Publish again with the models on Spark, and compare every table with the release that DuckDB made.

    Most of a model's work is done by Java, so each model has wall time alone. DuckDB's release is deleted first, since
    a disk need not hold two of the largest size.
    """
    from dagster_project.models.engines.spark_engine import SparkEngine

    os.environ |= SPARK
    place, settings = Home(home), load_settings(home=home, engine="spark")
    was_made_by_spark = (place.warehouse.resolve().parent / release.TABLES).exists()
    pipeline.publish(place, load_settings(home=home), again=was_made_by_spark)
    on_duckdb = _hash_tables(place.warehouse, settings)
    shutil.rmtree(place.releases)
    models = _time_calls(SparkEngine, "run")
    with Figure(name="publish, models on Spark").timing(with_running=True) as whole:
        published = pipeline.publish(place, settings, again=True)
    build = combine("models on Spark, and into DuckDB", models.values())
    build.cpu = None
    differ = {name for name, _ in on_duckdb.items() ^ _hash_tables(place.warehouse, settings).items()}
    whole.facts = {"models": _list_dearest(models, "wall"), "master": settings.spark_master}
    whole.facts |= {"tables": len(on_duckdb), "differ": sorted(differ)}
    return [replace(one, rows=published.rows["fact_listing"], unit="entries") for one in (whole, build)]


def _hash_tables(path: Path, settings: Settings) -> dict[str, tuple[int, int]]:
    """Return, for every table that does not describe the build, its number of rows and a hash in no order.

    The memory limit keeps this comparison out of the peak of the phase.
    """
    config = {name: value for name, value in _make_config(settings).items() if name == "memory_limit"}
    tables = "SELECT table_name FROM duckdb_tables() WHERE table_name <> 'meta_release'"
    with duckdb.connect(path, read_only=True, config=config) as connection:
        names = [name for (name,) in connection.execute(tables).fetchall()]
        hashes = [connection.execute(f"SELECT count(*), sum(hash({name})) FROM {name}").fetchall() for name in names]
    return {name: row for name, [row] in zip(names, hashes, strict=True)}


def ask_questions(_: str, home: Path) -> list[Figure]:
    """Ask a release every question of `sql/queries/`, and two of each mart; the best of some times counts."""
    questions, figures = {question.name: question.sql for question in load_questions()}, list[Figure]()
    with open_warehouse(Home(home).warehouse) as connection:
        for mart, column in connection.execute(MART_COLUMNS).fetchall():
            questions[f"{mart}: first page"] = f"SELECT * FROM {mart} ORDER BY {column} DESC LIMIT 100"
            since = f"(SELECT max({column}) - INTERVAL 1 YEAR FROM {mart})"
            questions[f"{mart}: rows of a year"] = f"SELECT count(*) FROM {mart} WHERE {column} >= {since}"
        for name, sql in questions.items():
            runs = list[Figure]()
            while len(runs) < ASK_TIMES and sum(run.wall or 0 for run in runs) <= ASK_SECONDS:
                with Figure(name=name, unit="rows").timing() as figure:
                    figure.rows = len(connection.execute(sql).fetchall())
                runs.append(figure)
            figures.append(min(runs, key=lambda run: run.wall or 0))
    return figures
