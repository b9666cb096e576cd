"""The data dictionary, `docs/warehouse.md`: the tables, columns and rules of a published file, as Markdown.

Everything is read from the file by SQL, so that the page holds only what a reader will find. What a table or column
means belongs in its comment in `sql/schema.sql`; counts of rows, which move every day, belong nowhere here.

`python -m tools.data_dictionary` writes the page; a test fails when the page is another.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from dagster_project.config import CHECKOUT
from dagster_project.lake.home import Home
from dagster_project.publish.reader import open_warehouse
from dagster_project.publish.release import KEYED_ROWS, publish

PAGE = CHECKOUT / "docs" / "warehouse.md"

LAYERS = {
    "dim": ("Dimensions", "What the facts are about: one row for each paper, author, day and so on."),
    "bridge": ("Bridges", "Pairs of a paper and something that it has many of."),
    "fact": ("Facts", "What happened, and what was counted: the tables to aggregate."),
    "mart": ("Marts", "Flat tables for BI tools and for quick answers, with names beside the keys."),
    "search": ("Search", "The words of papers, for the search macro; you will seldom read them yourself."),
    "meta": ("About the release", "What this file was built from, what went wrong, and what was checked."),
}
"""Heading and introduction of each layer, by the first part of its tables' names."""

OPENING = """\
# The warehouse

Every table and column of the published file, `warehouse/current/papers.duckdb`, and the rules that the file itself \
keeps. All tables are in the schema `main`. All times are UTC. Votes that are `NULL` are unknown, which is not zero.

Keys are indexes, and take room. If a table of the lake has more than {all:,} rows, a release has no other keys than \
primary keys of one column; if one has more than {primary:,}, it has none. The rules below hold all the same: each \
release is checked for repeated keys and for keys that point nowhere before it is published.

New here? `mart_paper` has a paper a row and answers most questions. For votes over time join `fact_vote` (each time \
they were counted) or `fact_vote_day` (a row a day) with `dim_paper` by `paper_key`. To find papers by \
words: `FROM search('reinforcement learning') LIMIT 10`. Questions with their SQL are in \
[`sql/queries/`](../sql/queries).

This page is made from a published file. After a change to `sql/`, write it again with

```sh
uv run just docs
```
"""

SAME_NAMES = """\
Some names stand in several tables and mean different things in each. Say which table you mean: `dim_paper.title`.

- `title` is the current one in `dim_paper`; `dim_paper_version` has every title that the paper had, and when. To read \
the title that was known at the end of the day of a list:

```sql
SELECT
    listing.listed_on,
    version.title
FROM fact_listing AS listing
INNER JOIN dim_paper_version AS version
    ON
        listing.paper_key = version.paper_key
        AND (version.version = 1 OR version.valid_from < listing.listed_on + INTERVAL 1 DAY)
        AND (version.is_current OR version.valid_to >= listing.listed_on + INTERVAL 1 DAY)
```

- `comments` and `github_stars` are those of the newest capture in `dim_paper`; in `fact_vote` those of the moment at \
which the votes of the row were counted. Join to `dim_paper` for the paper's facts, and take the counts from one side:

```sql
SELECT
    paper.arxiv_id,
    vote.captured_at,
    vote.votes,
    vote.github_stars,
    paper.github_stars AS current_github_stars
FROM fact_vote AS vote
INNER JOIN dim_paper AS paper
    ON vote.paper_key = paper.paper_key
```

- `rank` is the place in the day's fullest capture in `fact_listing`, and the place at that moment in \
`fact_observation`.
- `name` is an organisation's own in `dim_organization`; the marts use `canonical_name`, one name for all its \
spellings. To join a mart to papers, join by `canonical_name`:

```sql
SELECT
    mart.name,
    paper.arxiv_id
FROM mart_organization AS mart
INNER JOIN dim_organization AS organization
    ON mart.name = organization.canonical_name
INNER JOIN dim_paper AS paper
    ON organization.organization_key = paper.organization_key
```
"""

DIAGRAM = """\
Tables that reference each other, with the columns that are keys. `||` is exactly one row, `|o` one or none, \
`o{` any number. Tables without references are left out.
"""

BRACKETS = re.compile(r"^\((.*)\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    nullable: bool
    comment: str


@dataclass(frozen=True, slots=True)
class _Constraint:
    kind: str
    columns: tuple[str, ...]
    expression: str
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(slots=True)
class _Table:
    name: str
    comment: str
    columns: list[_Column] = field(default_factory=list)
    constraints: list[_Constraint] = field(default_factory=list)

    @property
    def layer(self) -> str:
        return self.name.partition("_")[0]

    @property
    def primary_key(self) -> tuple[str, ...]:
        return next((one.columns for one in self.constraints if one.kind == "PRIMARY KEY"), ())

    @property
    def references(self) -> list[_Constraint]:
        return [one for one in self.constraints if one.kind == "FOREIGN KEY"]


def main() -> None:
    """Write the page from a warehouse without data, which it builds from `sql/`."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        publish(home)
        with open_warehouse(home.warehouse) as connection:
            PAGE.write_text(describe_warehouse(connection), encoding="utf-8")


def describe_warehouse(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the page about the warehouse that a connection has open."""
    tables = _read_tables(connection)
    macros = list(_describe_macros(connection))
    by_layer: dict[str, list[_Table]] = defaultdict(list)
    for table in tables:
        by_layer[table.layer].append(table)
    layers = [layer for layer in LAYERS if layer in by_layer] + sorted(by_layer.keys() - LAYERS.keys())
    parts = [
        OPENING.format(**KEYED_ROWS),
        "## Overview\n",
        _list_tables(table for layer in layers for table in by_layer[layer]),
    ]
    parts += ["## How the tables reference each other\n", DIAGRAM, _draw_diagram(tables)]
    parts += ["## Names that stand in several tables\n", SAME_NAMES]
    for layer in layers:
        heading, what = LAYERS.get(layer, (layer, ""))
        parts += [f"## {heading}\n", f"{what}\n" if what else "", *map(_describe_table, by_layer[layer])]
    if macros:
        parts += [
            "## Macros\n",
            "Functions that are part of the file: any client can call them, without an extension.\n",
            *macros,
        ]
    return "\n".join(part for part in parts if part)


def _read_tables(connection: duckdb.DuckDBPyConnection) -> list[_Table]:
    """Read tables and views with their columns and constraints, by name."""
    found = connection.execute(
        """
        SELECT table_name, comment FROM duckdb_tables() WHERE NOT internal
        UNION ALL
        SELECT view_name, comment FROM duckdb_views() WHERE NOT internal
        ORDER BY ALL
        """
    ).fetchall()
    tables = {name: _Table(name, comment or "") for name, comment in found}
    columns = connection.execute(
        """
        SELECT table_name, column_name, data_type, is_nullable, comment
        FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index
        """
    ).fetchall()
    for table, name, kind, nullable, comment in columns:
        tables[table].columns.append(_Column(name, kind, nullable, comment or ""))
    constraints = connection.execute(
        """
        SELECT table_name, constraint_type, constraint_column_names, expression, referenced_table,
            referenced_column_names
        FROM duckdb_constraints() ORDER BY table_name, constraint_index
        """
    ).fetchall()
    for table, kind, names, expression, parent, parent_names in constraints:
        tables[table].constraints.append(
            _Constraint(kind, tuple(names), expression or "", parent or "", tuple(parent_names or ()))
        )
    return list(tables.values())


def _describe_macros(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield the parts about the macros of the file, table macros first."""
    macros = connection.execute(
        """
        SELECT DISTINCT function_type, function_name, parameters, coalesce(comment, description, '')
        FROM duckdb_functions()
        WHERE NOT internal AND function_type IN ('macro', 'table_macro')
        ORDER BY function_type DESC, function_name, parameters
        """
    ).fetchall()
    for kind, name, parameters, comment in macros:
        call = f"{'FROM' if kind == 'table_macro' else 'SELECT'} {name}({', '.join(parameters)})"
        yield f"### {name}\n"
        yield f"`{call}`{': ' if comment else ''}{_escape_text(comment)}\n"


def _list_tables(tables: Iterable[_Table]) -> str:
    """Return the overview: a row for each table."""
    lines = ["| table | one row is a | what |", "|---|---|---|"]
    for table in tables:
        what, _, grain = table.comment.partition(" Grain: ")
        lines.append(f"| [`{table.name}`](#{table.name}) | {_escape_text(grain.rstrip('.'))} | {_escape_text(what)} |")
    return "\n".join(lines) + "\n"


def _draw_diagram(tables: Iterable[_Table]) -> str:
    """Return the tables that have foreign keys, and those that they reference, as a mermaid diagram."""
    tables = list(tables)
    referenced = {reference.parent for table in tables for reference in table.references}
    lines = ["```mermaid", "erDiagram"]
    for table in tables:
        labels: dict[tuple[str, str], list[str]] = defaultdict(list)
        nullable = {column.name for column in table.columns if column.nullable}
        for reference in table.references:
            end = "|o" if nullable.intersection(reference.columns) else "||"
            labels[reference.parent, end] += reference.columns
        lines += [
            f'    {parent} {end}--o{{ {table.name} : "{", ".join(columns)}"'
            for (parent, end), columns in labels.items()
        ]
    for table in tables:
        if table.references or table.name in referenced:
            lines += [f"    {table.name} {{", *_list_keys(table), "    }"]
    return "\n".join([*lines, "```\n"])


def _list_keys(table: _Table) -> Iterator[str]:
    foreign = {name for reference in table.references for name in reference.columns}
    for column in table.columns:
        marks = ["PK"] * (column.name in table.primary_key) + ["FK"] * (column.name in foreign)
        if marks:
            kind = re.sub(r"\W+", "_", column.type).strip("_")
            yield f"        {kind} {column.name} {', '.join(marks)}"


def _describe_table(table: _Table) -> str:
    """Return the section about a table: its comment, its columns, and the rules that span several of them."""
    lines = [f"### {table.name}\n", f"{_escape_text(table.comment)}\n"]
    if len(table.primary_key) > 1:
        lines.append(f"Primary key: {', '.join(f'`{name}`' for name in table.primary_key)}.\n")
    lines += ["| column | type | NULL | rules | what |", "|---|---|---|---|---|"]
    for column in table.columns:
        rules = [
            rule for one in table.constraints if one.columns == (column.name,) for rule in _describe_constraint(one)
        ]
        if len(table.primary_key) > 1 and column.name in table.primary_key:
            rules.insert(0, "part of the key")
        null = "yes" if column.nullable else "no"
        lines.append(
            f"| `{column.name}` | {column.type} | {null} | {', '.join(rules)} | {_escape_text(column.comment)} |"
        )
    together = [
        f"- {rule[0].upper()}{rule[1:]}"
        for one in table.constraints
        if len(one.columns) != 1 and one.kind != "PRIMARY KEY"
        for rule in _describe_constraint(one)
    ]
    if together:
        lines += ["", "Across columns:", "", *together]
    return "\n".join(lines) + "\n"


def _describe_constraint(constraint: _Constraint) -> Iterator[str]:
    """Yield a constraint in words; for NOT NULL, which has a column of its own, nothing."""
    names = ", ".join(f"`{name}`" for name in constraint.columns) if len(constraint.columns) > 1 else ""
    match constraint.kind:
        case "PRIMARY KEY":
            yield "primary key"
        case "UNIQUE":
            yield f"unique {names}".strip()
        case "FOREIGN KEY":
            target = f"[`{constraint.parent}`](#{constraint.parent})"
            yield f"{names} references {target}".strip()
        case "CHECK":
            yield _escape_code(BRACKETS.sub(r"\1", constraint.expression))
        case _:
            pass


def _escape_code(expression: str) -> str:
    """Return SQL as code for a cell, where even code needs its pipes escaped."""
    return f"`{' '.join(expression.split())}`".replace("|", r"\|")


def _escape_text(comment: str) -> str:
    """Return a comment as one line of text for a cell; what it marks as code stays code."""
    pieces = " ".join(comment.split()).split("`")
    for place in range(0, len(pieces), 2):
        pieces[place] = re.sub(r"([\\*$\[\]])", r"\\\1", pieces[place]).replace("<", "&lt;")
    return "`".join(pieces).replace("|", r"\|")


if __name__ == "__main__":
    main()
