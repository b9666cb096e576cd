"""A lake written by hand, and the warehouse that the models make of it.

A test says only what it is about: `lake.entry("2401.00001", votes=3)` fills in the rest. Times are UTC.
"""

import datetime as dt
import re
import weakref
from collections import Counter, OrderedDict
from functools import cache, partial
from itertools import count

import duckdb
import pytest

from dagster_project.lake.exclusions import hash_id
from dagster_project.models.catalog import load_checks, load_macros, load_models
from dagster_project.models.contract import load_contract
from dagster_project.models.engines.duckdb_engine import (
    PAPERS_IN_A_SLICE,
    create_macros,
    create_tables,
    make_slice_view,
    run_model,
)
from dagster_project.publish.checks import run_check, run_checks
from dagster_project.publish.lake_views import write_condition
from dagster_project.validate.schemas import LAKE_TABLES, Exclusion, list_sql_columns, make_frame

DAY = "2025-01-06"
"""The day that rows are of when a test names none: a Monday."""

HOURS = {"digest": "23:00", "huggingface": "12:00", "feed": "01:00"}
"""When a day's list is captured when a test does not say."""

KNOWN = {
    "huggingface": {"precedence": 1, "licence": "not stated", "is_live": True, "knows_author_order": True},
    "digest": {"precedence": 2, "licence": "CC BY-NC-ND", "is_live": False, "knows_author_order": False},
}
"""What the lake says of the sources when a test does not say."""

NUMBERS = count()
"""One for each warehouse."""

KEPT: "OrderedDict[str, Warehouse]" = OrderedDict()
"""The newest warehouses by their rows: tests of many cases write the same rows for each."""
MOST_KEPT = 3

IDLE = []
"""The planned databases that no warehouse uses."""


class Lake:
    """Rows of the lake's tables, with defaults."""

    def __init__(self):
        self.rows = {table: [] for table in LAKE_TABLES}
        self.rows["build"] = [{"built_at": "2030-01-01"}]
        self.ranks = Counter()
        for source, columns in KNOWN.items():
            self.source(source, **columns)

    def source(self, source, **columns):
        """Add a source."""
        row = {"source": source, "description": f"Lists of {source}", "first_day": "2023-01-01"}
        row |= {"names_days": True, "lists_papers": True}
        self.rows["source"].append(row | columns)

    def archive(self, archive, source="huggingface"):
        """Add an archive of a source's answers."""
        url = f"https://example.org/{archive}"
        self.rows["archive"].append({"archive": archive, "url": url, "format": source, "licence": "MIT"})

    def feed(self):
        """Add a source whose lists name no day."""
        live = {"is_live": True, "knows_author_order": True, "names_days": False}
        self.source("feed", precedence=3, licence="MIT", **live)

    def entry(
        self,
        arxiv_id,
        source="huggingface",
        listed_on=DAY,
        captured_at=None,
        archive="own",
        *,
        authors=None,
        sections=(),
        keywords=None,
        **columns,
    ):
        """Add an entry with its names, texts and keywords; a name may be a dict of columns."""
        captured_at = captured_at or f"{listed_on} {HOURS[source]}"
        capture = {"source": source, "listed_on": listed_on, "captured_at": captured_at, "archive": archive}
        self.ranks[source, listed_on, captured_at, archive] += 1
        of_paper = capture | {"arxiv_id": arxiv_id}
        row = of_paper | {
            "rank": self.ranks[source, listed_on, captured_at, archive],
            "title": f"Title of {arxiv_id}",
            "author_count": None if authors is None else len(authors),
            "keyword_count": None if keywords is None else len(keywords),
            "authors_truncated": False,
        }
        self.rows["entry"].append(row | columns)
        for position, author in enumerate(authors or (), start=1):
            given = author if isinstance(author, dict) else {"name": author}
            spelling = {"name_as_printed": given["name"], "name_normalized": given["name"].casefold()}
            self.rows["author"].append(of_paper | {"position": position} | spelling | given)
        for position, section in enumerate(sections, start=1):
            given = section if isinstance(section, dict) else {"text": section}
            self.rows["section"].append(of_paper | {"position": position} | given)
        for position, keyword in enumerate(keywords or (), start=1):
            self.rows["keyword"].append(of_paper | {"position": position, "keyword": keyword})

    def describe(self, arxiv_id, captured_at="2025-01-20 02:45", *, categories=(), comment=None, **columns):
        """Add what arXiv answered of a paper, and arXiv as a source; the first of the subjects is the main one.

        Other columns are those of `entry`: `authors`, `published_at`, `updated_at`, `arxiv_version`, `doi` and so on.
        """
        if all(row["source"] != "arxiv" for row in self.rows["source"]):
            asked = {"is_live": True, "knows_author_order": True, "names_days": False, "lists_papers": False}
            self.source("arxiv", precedence=4, licence="CC0", **asked)
        self.entry(arxiv_id, "arxiv", captured_at[:10], captured_at, arxiv_comment=comment, **columns)
        capture = {"source": "arxiv", "listed_on": captured_at[:10], "captured_at": captured_at}
        of_paper = capture | {"archive": columns.get("archive", "own"), "arxiv_id": arxiv_id}
        for position, category in enumerate(categories, start=1):
            subject = {"position": position, "category": category, "is_primary": position == 1}
            self.rows["category"].append(of_paper | subject)

    def fetch(self, outcome, source="huggingface", date=DAY, captured_at=None, **columns):
        """Add an attempt to fetch a day."""
        captured_at = captured_at or f"{date} {HOURS[source]}"
        basis = "measured" if source == "huggingface" else "assumed"
        row = {"page": 0, "url": f"https://example.org/{source}/{date}", "fetched_at": captured_at}
        row |= {"archive": "own", "time_basis": basis}
        self.rows["fetch"].append(
            {"source": source, "date": date, "captured_at": captured_at, "outcome": outcome} | row | columns
        )

    def index(self, arxiv_id, listed_on=DAY, title="A title"):
        """Add a row of the digest archive's own index."""
        self.rows["index"].append({"source": "digest", "listed_on": listed_on, "arxiv_id": arxiv_id, "title": title})

    def reject(self, rule, source="huggingface", listed_on=DAY, captured_at=None, **columns):
        """Add a rejected piece."""
        captured_at = captured_at or f"{listed_on} {HOURS[source]}"
        row = {"source": source, "listed_on": listed_on, "captured_at": captured_at, "archive": "own", "rule": rule}
        self.rows["reject"].append({"reason": "because", "raw": "as it came"} | row | columns)

    def exclude(self, captured_at, source="huggingface", listed_on=DAY, reason="because", archive="own"):
        """Exclude a capture."""
        capture = {"source": source, "listed_on": listed_on, "captured_at": captured_at, "archive": archive}
        of_capture = {"kind": "capture", "is_purged": False, "reason": reason, "excluded_at": "2029-01-01"}
        self.rows["exclusion"].append(capture | of_capture)

    def exclude_paper(self, arxiv_id, reason="because"):
        """Exclude a paper."""
        paper = {"kind": "paper", "arxiv_id": arxiv_id, "arxiv_id_sha256": hash_id(arxiv_id), "is_purged": False}
        self.rows["exclusion"].append(paper | {"reason": reason, "excluded_at": "2029-01-01"})

    def correct(self, arxiv_id, field, value):
        """Correct a field of a paper."""
        correction = {"arxiv_id": arxiv_id, "field": field, "value": value}
        self.rows["correction"].append(correction | {"reason": "because", "corrected_at": "2029-01-01"})

    def build(self, *, constraints=True):
        """Return the warehouse of the rows: one that was made before, if they are the same.

        Without constraints it is always new, and its tables take any fault that a test sows in them.
        """
        if not constraints:
            return self._build(constraints=False)
        rows = repr(self.rows)
        if rows not in KEPT:
            KEPT[rows] = self._build(constraints=True)
        if len(KEPT) > MOST_KEPT:
            KEPT.popitem(last=False)
        return KEPT[rows]

    def _build(self, *, constraints):
        if constraints:
            database = IDLE.pop() if IDLE else PlannedDatabase()
            connection, warehouse = database.connection, Warehouse(database.connection, database.run)
            connection.execute("BEGIN")
            weakref.finalize(warehouse, database.clear).atexit = False
        else:
            connection = _open_copy("without_constraints")
            warehouse = Warehouse(connection, partial(run_model, connection))
            weakref.finalize(warehouse, connection.close).atexit = False
        for table, rows in self.rows.items():
            if not rows:
                continue
            columns = sorted(set().union(*rows))
            values = ", ".join(f"({', '.join(_write(row.get(column)) for column in columns)})" for row in rows)
            connection.execute(f"INSERT INTO lake_{table} ({', '.join(columns)}) VALUES {values}")
        if self.rows["exclusion"]:
            exclusions = make_frame(Exclusion, connection.execute("FROM lake_exclusion").fetchall())
            for table in LAKE_TABLES:
                connection.execute(f"DELETE FROM lake_{table} WHERE NOT ({write_condition(table, exclusions)})")
        return warehouse


def build_cases(cases):
    """Return one warehouse of the rows of many cases: a list of dicts for each.

    A row with an outcome is a fetch attempt, one with a field a correction, and any other an entry, of the paper of the
    case that `place` counts: the first where it says none. Each case has an archive of its own, so an attempt repeats
    only captures of its own case, and only its own answers say which fields the answers of a case can have.
    """
    lake = Lake()
    for number, rows in enumerate(cases):
        lake.archive(f"archive-{number}")
        for row in rows:
            of_archive = {"archive": f"archive-{number}"} | row
            paper = name_paper(number, of_archive.pop("place", 1))
            if "outcome" in row:
                lake.fetch(**of_archive)
            elif "field" in row:
                lake.correct(paper, row["field"], row["value"])
            else:
                lake.entry(paper, **of_archive)
    return lake.build()


def name_paper(number, place=1):
    """Return the arXiv id of a paper of a case."""
    return f"25{place:02}.{number:05}"


@cache
def _open_templates():
    """Open a DuckDB with an empty warehouse in each of two databases: to copy one is cheaper than to make it."""
    connection = duckdb.connect(config={"threads": 1})  # more only cost time with so few rows
    for name in ("with_constraints", "without_constraints"):
        connection.execute(f"ATTACH ':memory:' AS {name}")
        connection.execute(f"USE {name}")
        if name == "with_constraints":
            create_tables(connection, load_contract())
        else:
            for table in load_contract():
                listing = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
                connection.execute(f"CREATE TABLE {table.name} ({listing})")
        create_macros(connection, load_macros())
        for table, schema in LAKE_TABLES.items():
            listing = ", ".join(f'"{column}" {kind}' for column, kind in list_sql_columns(schema).items())
            connection.execute(f"CREATE TABLE lake_{table} ({listing})")
    connection.execute("USE with_constraints")
    connection.execute(make_slice_view(1, PAPERS_IN_A_SLICE).replace(" TEMP ", " "))
    for model in load_models():
        if not model.is_published:
            connection.execute(f"CREATE TABLE {model.name} AS ({model.sql}) WITH NO DATA")
    return connection


def _open_copy(template):
    """Open a copy of an empty warehouse."""
    templates, name = _open_templates(), f"built_{next(NUMBERS)}"
    templates.execute(f"ATTACH ':memory:' AS {name}")
    templates.execute(f"COPY FROM DATABASE {template} TO {name} (SCHEMA)")
    connection = templates.cursor()
    connection.execute(f"USE {name}")
    return connection


class PlannedDatabase:
    """An empty warehouse that keeps the plans of its models: to plan one takes longer than to run it on a few rows.

    A transaction fills it and leaves it empty again. So that plans hold, staging models fill tables that stay.
    """

    def __init__(self):
        self.connection = _open_copy("with_constraints")
        self._planned = set()

    def run(self, model):
        """Fill a model's table."""
        if model.name not in self._planned:
            # With it, DuckDB 1.5 keeps a plan that is right only for the rows that are there now.
            self.connection.execute("SET disabled_optimizers = 'statistics_propagation'")
            self.connection.execute(f"PREPARE {model.name} AS INSERT INTO {model.name} BY NAME {model.sql}")
            self.connection.execute("RESET disabled_optimizers")
            self._planned.add(model.name)
        self.connection.execute(f"EXECUTE {model.name}")

    def clear(self):
        """Leave the database, empty, to the next warehouse."""
        self.connection.execute("ROLLBACK")
        IDLE.append(self)


class Warehouse:
    """What the models make, each when a query first needs it. Dates and times come back as text."""

    def __init__(self, connection, run):
        self._connection, self._run_model = connection, run
        self._waiting = {model.name: model for model in load_models()}

    @property
    def connection(self):
        """The connection, once every model has run."""
        self.run_all()
        return self._connection

    def connect(self, *sql):
        """Return the connection, once the models that queries read have run."""
        self._run_for(" ".join(sql))
        return self._connection

    def run_all(self):
        """Run every model that has not run yet."""
        self._run(self._waiting)

    def _run(self, names):
        """Run models, after those that they read or point at."""
        for name in [name for name in self._waiting if name in _find_all_inputs(frozenset(names))]:
            self._run_model(self._waiting.pop(name))

    def _run_for(self, sql):
        """Run the models that a query, and the macros that it calls, read."""
        words = set(re.findall(r"\w+", sql))
        for macro in reversed(load_macros()):  # a macro calls only those before it
            if macro.name in words:
                words.update(re.findall(r"\w+", macro.sql))
        self._run(words & self._waiting.keys())

    def execute(self, sql):
        self.connection.execute(sql)

    def rows(self, sql, parameters=()):
        """Return the rows of a query; a row of one column is its value."""
        self._run_for(sql)
        found = [tuple(_plain(value) for value in row) for row in self._connection.execute(sql, parameters).fetchall()]
        return [row[0] for row in found] if found and len(found[0]) == 1 else found

    def row(self, sql):
        """Return the one row of a query."""
        [row] = self.rows(sql)
        return row

    def check(self, name):
        """Return the result of one check, for which only the models that it reads run."""
        [check] = [check for check in load_checks() if check.name == name]
        self._run_for(check.sql)
        return run_check(self._connection, check)

    def errors(self):
        """Return the names of the checks that would stop a release."""
        stopping = [check for check in load_checks() if check.severity == "error"]
        return [result.check.name for result in run_checks(self.connection, stopping) if result.blocks]

    def checks(self):
        """Return every check's result by name."""
        return {result.check.name: result for result in run_checks(self.connection, load_checks())}


@cache
def _find_all_inputs(names):
    """Return the names of models, and of all models that must run before them."""
    models = {model.name: model for model in load_models()}
    points_at = {table.name: table.references for table in load_contract()}
    found, waiting = set(), set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= ((models[name].reads | points_at.get(name, frozenset())) & models.keys()) - found
    return found


def _write(value):
    """Return a value as SQL: as a parameter it would be much slower, since DuckDB tries imports for each."""
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def _plain(value):
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, dt.date) else value


@pytest.fixture
def lake():
    """Return an empty lake."""
    return Lake()
