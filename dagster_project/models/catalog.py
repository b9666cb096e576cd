"""Loads the files under `sql/`: models with the tables that they read, checks, macros and questions.

A model's name comes from its file, and its inputs come from its SQL. Running models belongs in `engines`, and
`schema.sql` belongs in `contract`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from operator import attrgetter
from pathlib import Path

import duckdb

from dagster_project.config import SQL
from dagster_project.errors import ModelError
from dagster_project.models.contract import find_orphans, find_repeated_keys, load_contract

LAYERS = ("staging", "dim", "bridge", "fact", "meta", "mart", "search")
QUESTIONS = ("queries", "dashboard", "site", "feeds")
"""Folders of SQL that reads a release and is no part of it."""
LAKE = "lake_"
"""The prefix of the lake's tables in SQL."""
SLICE = "search_slice"
"""A view of some rows of `SLICED`. SQL that reads it runs once for each slice, which bounds memory."""
SLICED = "search_paper"
TABLES_OF_A_SELECT = """
SELECT
    tree ->> '$.error_type',
    tree ->> '$.error_message',
    coalesce(json_array_length(tree, '$.statements') = 1, false),
    list_distinct(tree ->> '$..table_name'),
    list_distinct(tree ->> '$..cte_map.map[*].key')
FROM (SELECT json_serialize_sql(?) AS tree)
"""


@dataclass(frozen=True, slots=True)
class Model:
    """A table or a staging view: one SELECT in one file."""

    name: str
    layer: str
    description: str
    sql: str
    reads: frozenset[str]
    by_slice: bool = False
    """Whether the model reads `SLICE`, so that it runs once for each slice."""

    @property
    def is_published(self) -> bool:
        return self.layer != "staging"


@dataclass(frozen=True, slots=True)
class Check:
    """A query for the rows that break a rule. Severity `error` stops the release; `warn` only shows the rows."""

    name: str
    description: str
    severity: str
    sql: str
    reads: frozenset[str] = frozenset()

    @property
    def by_slice(self) -> bool:
        """Whether the check reads `SLICE`, so that it runs once for each slice."""
        return SLICE in self.reads


@dataclass(frozen=True, slots=True)
class Macro:
    """A statement that creates a function in the published file; its description becomes the function's comment."""

    name: str
    description: str
    sql: str

    @property
    def is_table(self) -> bool:
        return ") AS TABLE" in self.sql


@dataclass(frozen=True, slots=True)
class Question:
    """An analyst's question and the query that answers it."""

    name: str
    description: str
    sql: str


def read_header(sql: str) -> str:
    """Return the comment lines at the beginning of a file, as one text."""
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


@cache
def find_tables(sql: str, name: str) -> frozenset[str]:
    """Return the tables that a SELECT reads, without its own CTEs; `name` is the file's, for the error.

    Raises:
        ModelError: the text is not exactly one SELECT.
    """
    error, message, is_one, tables, ctes = _open_parser().cursor().execute(TABLES_OF_A_SELECT, [sql]).fetchall()[0]
    if error == "parser":
        raise ModelError(f"sql file {name}: {message}")
    if not is_one:
        raise ModelError(f"sql file {name}: must hold one SELECT and nothing else")
    return frozenset(tables) - frozenset(ctes)


@cache
def _open_parser() -> duckdb.DuckDBPyConnection:
    """Return an empty database, whose parser takes a sixth of the time of one in Python."""
    return duckdb.connect(":memory:", config={"threads": 1})


def load_models(folder: Path = SQL) -> tuple[Model, ...]:
    """Return all models, each after the models that it reads or that its foreign keys point at.

    Raises:
        ModelError: a file is not one SELECT, its first line does not name it, it reads an unknown table, or models
            form a cycle.
    """
    return _load_models(folder)


@cache
def _load_models(folder: Path) -> tuple[Model, ...]:
    models: dict[str, Model] = {}
    for layer in LAYERS:
        for file in sorted((folder / layer).glob("*.sql")):
            sql = file.read_text(encoding="utf-8")
            name, _, description = read_header(sql).partition(": ")
            if name != file.stem:
                raise ModelError(f"{layer}/{file.name}: the first line must be `-- {file.stem}: one row …`")
            reads = find_tables(sql, file.name)
            rests_on = frozenset(SLICED if read == SLICE else read for read in reads)
            models[name] = Model(name, layer, description, sql, rests_on, by_slice=SLICE in reads)
    for model in models.values():
        unknown = sorted(name for name in model.reads if name not in models and not name.startswith(LAKE))
        if unknown:
            raise ModelError(f"{model.layer}/{model.name}.sql reads {', '.join(unknown)}, which no file makes")
    references = {table.name: table.references for table in load_contract(folder)}
    graph = {
        model.name: sorted((model.reads | references.get(model.name, frozenset())) & models.keys())
        for model in models.values()
    }
    try:
        order = TopologicalSorter(graph).static_order()
        return tuple(models[name] for name in order)
    except CycleError as error:
        raise ModelError(f"models read each other in a circle: {' -> '.join(error.args[1])}") from error


def find_inputs(model: Model, models: Iterable[Model]) -> frozenset[str]:
    """Return the published models and lake tables that a model reads, directly or through staging models, by name."""
    by_name = {one.name: one for one in models}
    found: set[str] = set()
    for name in model.reads:
        read = by_name.get(name)
        found |= {name} if read is None or read.is_published else find_inputs(read, by_name.values())
    return frozenset(found)


def load_checks(folder: Path = SQL) -> Sequence[Check]:
    """Return the checks, sorted by name: those of `checks/`, and those that prove the keys of `schema.sql`.

    Raises:
        ModelError: a file does not begin with `-- severity: description`.
    """
    checks = _key_checks(folder)
    for file in (folder / "checks").glob("*.sql"):
        sql = file.read_text(encoding="utf-8")
        severity, _, description = read_header(sql).partition(": ")
        if severity not in ("error", "warn"):
            raise ModelError(f"checks/{file.name}: the first line must be `-- error: …` or `-- warn: …`")
        checks.append(Check(file.stem, description, severity, sql, find_tables(sql, file.name)))
    return sorted(checks, key=attrgetter("name"))


def _key_checks(folder: Path) -> list[Check]:
    tables = load_contract(folder)
    made = {
        "no_orphan_keys": ("every key points at a row that is there", find_orphans(tables)),
        "no_row_twice": (
            "no fact, bridge, dimension or mart holds a row of its grain twice, or two rows of one key",
            find_repeated_keys(tables),
        ),
    }
    return [
        Check(name, description, "error", sql, find_tables(sql, name))
        for name, (description, sql) in made.items()
        if sql
    ]


def load_macros(folder: Path = SQL) -> Sequence[Macro]:
    """Return the macros in the order of `macros.sql`, where each comes after the macros that it uses.

    Raises:
        ModelError: a macro does not begin with `-- name: description`.
    """
    file = folder / "macros.sql"
    blocks = file.read_text(encoding="utf-8").split("\n\n-- ") if file.exists() else []
    macros = []
    for sql in (f"-- {block}" for block in blocks[1:]):
        name, _, description = read_header(sql).partition(": ")
        if f"CREATE MACRO {name}(" not in sql:
            raise ModelError(f"macros.sql: no line `-- name: …` above the macro that begins {sql.splitlines()[0]}")
        macros.append(Macro(name, description, sql))
    return macros


def load_questions(folder: Path = SQL, kind: str = "queries") -> Sequence[Question]:
    """Return the questions of one of the folders in `QUESTIONS`, sorted by name."""
    return [
        Question(file.stem, read_header(sql), sql)
        for file in sorted((folder / kind).glob("*.sql"))
        for sql in [file.read_text(encoding="utf-8")]
    ]
