"""The rules that keep models readable by DuckDB and Spark alike, and what breaks them.

`python -m tools.sql_lint` goes through the models that both engines run and prints every problem as
`file:line: reason`. Translating a model for Spark belongs in `dagster_project/models/engines/spark_sql.py`.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import sqlglot
from sqlglot import exp

from dagster_project.config import SQL
from dagster_project.models.catalog import LAYERS
from dagster_project.models.engines.spark_sql import DUCKDB_ALONE

PORTABLE = tuple(layer for layer in LAYERS if layer not in DUCKDB_ALONE)
"""Layers whose models both engines run."""
FUNCTIONS = {
    "dayname": "depends on the engine's language: count `date_diff('day', …) % 7`",
    "hash": "every engine has its own: use `md5`",
    "list_reduce": "Spark has no such function: let the parser emit rows",
    "list_sum": "Spark has no such function: let the parser emit rows",
    "strip_accents": "Spark has no such function: let the parser fold the text",
    "weekday": "numbers days from 0 on Sunday here, from 0 on Monday on Spark: count `date_diff('day', …) % 7`",
}
"""Functions that sqlglot has no node of its own for, and what to do instead."""
WEEKDAY = "numbers days in another way on Spark: count `date_diff('day', …) % 7`"
TUPLES = "compares tuples in another way on Spark: use `row_number`"
ISO_WEEK = "Spark has no ISO week: count from the Thursday of the week"
MAPS = "Spark writes maps in another way: use columns"
DAYS = {"DOW", "DAYOFWEEK", "DAYOFWEEK_ISO", "ISODOW"}
WEEKS = {"WEEK", "ISOYEAR", "YEARWEEK"}
BOUNDARIES = {"DAY", "SECOND"}
"""Units of `date_diff` that both engines count alike in what models hold: dates, and seconds since a day began."""
INTEGERS = exp.DataType.INTEGER_TYPES
WHOLE = (exp.Floor, exp.Ceil, exp.Round, exp.Trunc)


class Problem(NamedTuple):
    """A piece of a file that the engines do not share."""

    file: Path
    line: int
    reason: str


Node = TypeVar("Node", bound=exp.Expr)
Rule = Callable[[exp.Expr], str | None]
"""Takes a node and returns the reason why it may not stand in a model, or None."""


def main() -> int:
    """Print every problem of the models; return 1 if there are any."""
    found = [problem for file in list_files() for problem in find_problems(file)]
    for problem in found:
        sys.stdout.write(f"{problem.file.relative_to(SQL.parent)}:{problem.line}: {problem.reason}\n")
    return 1 if found else 0


def list_files() -> list[Path]:
    """Return the files of the models that both engines run."""
    return [file for layer in PORTABLE for file in sorted((SQL / layer).glob("*.sql"))]


def find_problems(file: Path) -> Iterator[Problem]:
    """Yield what the engines do not share in a file that holds one SELECT."""
    for node in sqlglot.parse_one(file.read_text(encoding="utf-8"), read="duckdb").walk():
        for rule in (*SILENT, *LOUD):
            if reason := rule(node):
                yield Problem(file, _find_line(node), reason)


def _find_line(node: exp.Expr) -> int:
    """Return the first line that a node knows, or else the nearest node around it that knows one."""
    around: exp.Expr | None = node
    while around is not None:
        lines = [part.meta["line"] for part in around.walk() if "line" in part.meta]
        if lines:
            return min(lines)
        around = around.parent
    return 1


def _forbid(kind: type[Node], reason: str, when: Callable[[Node], object] = lambda _: True) -> Rule:
    """Return the rule that forbids nodes of a kind: all of them, or those for which `when` is true."""
    return lambda node: reason if isinstance(node, kind) and when(node) else None


def _forbid_function(node: exp.Expr) -> str | None:
    return FUNCTIONS.get(node.name.lower()) if isinstance(node, exp.Anonymous) else None


def _forbid_weekday(node: exp.Expr) -> str | None:
    return WEEKDAY if _date_part(node) in DAYS else None


def _forbid_week(node: exp.Expr) -> str | None:
    return ISO_WEEK if _date_part(node) in WEEKS else None


def _date_part(node: exp.Expr) -> str | None:
    """Return which part of a date a node takes, whether by `extract` or by `date_part`."""
    if isinstance(node, exp.Extract):
        return node.name.upper()
    if isinstance(node, exp.Anonymous) and node.name.lower() in ("date_part", "datepart"):
        return node.expressions[0].name.upper()
    return None


def _counts_boundaries(node: exp.DateDiff) -> bool:
    return (node.text("unit").upper() or "DAY") not in BOUNDARIES


def _may_lose_fraction(node: exp.Cast) -> bool:
    """Return whether a number that is cast to an integer may have a fraction."""
    if not node.is_type(*INTEGERS):
        return False
    parts = node.this.walk(prune=_hides_type)
    return any(isinstance(part, exp.Div | exp.Avg) or (part.is_number and not part.is_int) for part in parts)


def _hides_type(node: exp.Expr) -> bool:
    """Return whether what a node is made of says nothing about its own type."""
    return isinstance(node, (*WHOLE, exp.Anonymous, exp.Query))


def _uses_alias(node: exp.Where) -> bool:
    """Return whether a WHERE uses a name that only the SELECT beside it gives."""
    select = node.parent
    aliases = [one for one in select.expressions if isinstance(one, exp.Alias)] if select else []
    new_names = {one.alias for one in aliases} - {one.this.name for one in aliases}
    return any(not column.table and column.name in new_names for column in node.find_all(exp.Column))


def _is_len(node: exp.Length) -> bool:
    """Return whether a length was written `len`, as for a list: for a text it is `length`."""
    return node.meta.get("end", 0) - node.meta.get("start", 0) + 1 == len("len")


def _is_outer_unnest(join: exp.Join) -> bool:
    return isinstance(join.this, exp.Unnest) and bool(join.side)


def _may_count_down(series: exp.GenerateSeries) -> bool:
    """Return whether a series in a FROM may end before it starts, or leaves out its end."""
    start, end = series.args["start"], series.args["end"]
    ends_later = isinstance(end, exp.Greatest) and start in (end.this, *end.expressions)
    return isinstance(series.parent, exp.Unnest) and bool(series.args.get("is_end_exclusive") or not ends_later)


def _writes_iso_week(node: exp.TimeToStr) -> bool:
    shape = node.text("format")
    return not {"%G", "%V"}.isdisjoint(shape[place : place + 2] for place in range(len(shape)))


SILENT: tuple[Rule, ...] = (
    _forbid(
        exp.Unnest, "`WITH ORDINALITY` counts from 0 on Spark: let the parser number rows", lambda n: n.args["offset"]
    ),
    _forbid(exp.Join, "`LEFT JOIN unnest` drops rows on Spark: use `CROSS JOIN unnest`", _is_outer_unnest),
    _forbid(exp.DayOfWeekIso, WEEKDAY),
    _forbid(exp.DayOfWeek, WEEKDAY),
    _forbid(exp.Dayname, FUNCTIONS["dayname"]),
    _forbid_weekday,
    _forbid(
        exp.RegexpReplace,
        "replaces once here and everywhere on Spark: say `'g'`",
        lambda n: "g" not in n.text("modifiers"),
    ),
    _forbid(exp.PercentileCont, "`percentile_cont` and `quantile_cont` differ on Spark: use `median`"),
    _forbid(
        exp.DateDiff,
        "counts boundaries here and whole units on Spark: take days, or parts of dates",
        _counts_boundaries,
    ),
    _forbid(
        exp.Log,
        "`log` of one argument has base 10 here and e on Spark: say `ln` or `log10`",
        lambda n: not n.expression,
    ),
    _forbid(exp.Cast, "rounds here and cuts off on Spark: say `floor` or `round` first", _may_lose_fraction),
    _forbid(
        exp.GenerateSeries,
        "empty here and counted down on Spark: say `generate_series(start, greatest(start, end))`",
        _may_count_down,
    ),
    _forbid(exp.ArrayAgg, "loses its ORDER BY on Spark: let the parser number rows", lambda n: n.find(exp.Order)),
    _forbid(exp.ArrayConcat, "`list_concat` takes NULL for an empty list, Spark does not"),
    _forbid(exp.ArgMax, TUPLES, lambda n: isinstance(n.expression, exp.Tuple)),
    _forbid(exp.ArgMin, TUPLES, lambda n: isinstance(n.expression, exp.Tuple)),
)
"""What gives another answer on Spark, and no error."""
LOUD: tuple[Rule, ...] = (
    _forbid_function,
    _forbid(exp.Length, "the length of a list has another name on Spark: let the parser count", _is_len),
    _forbid(exp.Bracket, "out of its bounds, an element is NULL here and an error on Spark: let the parser emit rows"),
    _forbid(exp.Comprehension, "Spark has no list comprehension: use `list_transform`"),
    _forbid(exp.Week, ISO_WEEK),
    _forbid(exp.WeekOfYear, ISO_WEEK),
    _forbid_week,
    _forbid(exp.TimeToStr, ISO_WEEK, _writes_iso_week),
    _forbid(
        exp.GenerateSeries,
        "Spark has no `FROM range()`: use `CROSS JOIN unnest(generate_series(…))`",
        lambda n: not isinstance(n.parent, exp.Unnest),
    ),
    _forbid(exp.Pivot, "Spark has no such PIVOT: use `max(CASE …)`"),
    _forbid(exp.SetOperation, "Spark has no `UNION BY NAME`: name the columns", lambda n: n.args.get("by_name")),
    _forbid(exp.Join, "Spark has no ASOF join: use `row_number`", lambda n: n.method == "ASOF"),
    _forbid(exp.Columns, "Spark has no `COLUMNS()`: name the columns"),
    _forbid(exp.ToMap, MAPS),
    _forbid(exp.Map, MAPS),
    _forbid(exp.Where, "Spark does not know the SELECT's aliases in a WHERE: use a CTE", _uses_alias),
    _forbid(exp.Cast, "Spark casts no `unnest`: cast in a CTE", lambda n: isinstance(n.this, exp.Explode | exp.Unnest)),
)
"""What is an error on Spark."""


if __name__ == "__main__":
    sys.exit(main())
