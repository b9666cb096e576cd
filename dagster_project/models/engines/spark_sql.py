"""The SQL that DuckDB and Spark both understand, and understand alike: the rules, and a model's way to Spark.

Running a model belongs in `duckdb_engine` and `spark_engine`. `python -m tools.sql_lint` names what breaks a rule.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import sqlglot
from sqlglot import exp

from dagster_project.config import SQL
from dagster_project.models.catalog import LAYERS

DUCKDB_ALONE = {
    "search": "made of table macros and a list of terms a word, by slices of papers; whoever searches asks DuckDB",
}
"""Layers whose models no other engine runs, each with its reason."""
PORTABLE = tuple(layer for layer in LAYERS if layer not in DUCKDB_ALONE)

FUNCTIONS = {
    "dayname": "depends on the engine's language: count `date_diff('day', …) % 7`",
    "hash": "every engine has its own: use `md5`",
    "list_reduce": "Spark has no such function: let the parser emit rows",
    "list_sum": "Spark has no such function: let the parser emit rows",
    "strip_accents": "Spark has no such function: let the parser fold the text",
    "weekday": "numbers days from 0 on Sunday here, from 0 on Monday on Spark: count `date_diff('day', …) % 7`",
}
"""Functions that sqlglot has no node of its own for, and what to do instead."""
WEEKDAY = "numbers days otherwise on Spark: count `date_diff('day', …) % 7`"
TUPLES = "compares tuples otherwise on Spark: use `row_number`"
DAYS = {"DOW", "DAYOFWEEK", "DAYOFWEEK_ISO", "ISODOW"}
WEEKS = {"WEEK", "ISOYEAR", "YEARWEEK"}
BOUNDARIES = {"DAY", "SECOND"}
"""Units of `date_diff` that both count alike, from a whole one on: days of dates, seconds since a day began."""
INTEGERS = exp.DataType.INTEGER_TYPES
WHOLE = (exp.Floor, exp.Ceil, exp.Round, exp.Trunc)


class Problem(NamedTuple):
    """A piece of a file that the engines do not share."""

    file: Path
    line: int
    reason: str


Node = TypeVar("Node", bound=exp.Expr)
Rule = Callable[[exp.Expr], str | None]


def _of(kind: type[Node], reason: str, when: Callable[[Node], object] = lambda _: True) -> Rule:
    """Return the rule that no node of a kind may stand in a model, or none of which something holds."""
    return lambda node: reason if isinstance(node, kind) and when(node) else None


def _banned(node: exp.Expr) -> str | None:
    return FUNCTIONS.get(node.name.lower()) if isinstance(node, exp.Anonymous) else None


def _part(node: exp.Expr) -> str | None:
    """Return which part of a date is taken, whichever way it is written."""
    if isinstance(node, exp.Extract):
        return node.name.upper()
    if isinstance(node, exp.Anonymous) and node.name.lower() in ("date_part", "datepart"):
        return node.expressions[0].name.upper()
    return None


def _unit(node: exp.DateDiff) -> str:
    return node.text("unit").upper() or "DAY"


def _is_opaque(node: exp.Expr) -> bool:
    """Tell whether a piece is whole whatever it is made of, or unknown."""
    return isinstance(node, (*WHOLE, exp.Anonymous, exp.Query))


def _may_have_a_fraction(node: exp.Cast) -> bool:
    """Tell whether a number that is cast to an integer may have to lose a fraction."""
    if not node.is_type(*INTEGERS):
        return False
    parts = node.this.walk(prune=_is_opaque)
    return any(isinstance(part, exp.Div | exp.Avg) or (part.is_number and not part.is_int) for part in parts)


def _alias_in_where(node: exp.Where) -> bool:
    """Tell whether a WHERE speaks of what its SELECT names only then."""
    select = node.parent
    named = {one.alias for one in select.expressions if isinstance(one, exp.Alias)} if select else set()
    own = {one.this.name for one in (select.expressions if select else ()) if isinstance(one, exp.Alias)}
    return any(not column.table and column.name in named - own for column in node.find_all(exp.Column))


def _is_len(node: exp.Length) -> bool:
    """Tell whether a length was written `len`, as that of a list is: of a text it is `length`."""
    return node.meta.get("end", 0) - node.meta.get("start", 0) + 1 == len("len")


def _is_unnest(join: exp.Join) -> bool:
    return isinstance(join.this, exp.Unnest) and bool(join.side)


def _may_count_down(series: exp.GenerateSeries) -> bool:
    """Tell whether a series may end before it starts, or stops one short of its end."""
    start, end = series.args["start"], series.args["end"]
    ends_later = isinstance(end, exp.Greatest) and start in (end.this, *end.expressions)
    return series.args.get("is_end_exclusive") or not ends_later


SILENT: tuple[Rule, ...] = (
    _of(exp.Unnest, "`WITH ORDINALITY` counts from 0 on Spark: let the parser number rows", lambda n: n.args["offset"]),
    _of(exp.Join, "`LEFT JOIN unnest` drops rows on Spark: use `CROSS JOIN unnest`", _is_unnest),
    _of(exp.DayOfWeekIso, WEEKDAY),
    _of(exp.DayOfWeek, WEEKDAY),
    _of(exp.Dayname, FUNCTIONS["dayname"]),
    lambda node: WEEKDAY if _part(node) in DAYS else None,
    _of(
        exp.RegexpReplace,
        "replaces once here and everywhere on Spark: say `'g'`",
        lambda n: "g" not in n.text("modifiers"),
    ),
    _of(exp.PercentileCont, "`percentile_cont` and `quantile_cont` differ on Spark: use `median`"),
    _of(
        exp.DateDiff,
        "counts boundaries here and whole units on Spark: take days, or parts of dates",
        lambda n: _unit(n) not in BOUNDARIES,
    ),
    _of(
        exp.Log,
        "`log` of one argument is of base 10 here and e on Spark: say `ln` or `log10`",
        lambda n: not n.expression,
    ),
    _of(exp.Cast, "rounds here and cuts off on Spark: say `floor` or `round` first", _may_have_a_fraction),
    _of(
        exp.GenerateSeries,
        "empty here and counted down on Spark: say `generate_series(start, greatest(start, end))`",
        lambda n: isinstance(n.parent, exp.Unnest) and _may_count_down(n),
    ),
    _of(exp.ArrayConcat, "`list_concat` takes NULL for an empty list, Spark does not"),
    _of(exp.ArgMax, TUPLES, lambda n: isinstance(n.expression, exp.Tuple)),
    _of(exp.ArgMin, TUPLES, lambda n: isinstance(n.expression, exp.Tuple)),
)
"""What gives another answer on Spark, and no error."""
LOUD: tuple[Rule, ...] = (
    _banned,
    _of(exp.Length, "a list has a length by another name on Spark: let the parser count", _is_len),
    _of(exp.Bracket, "out of its bounds, an element is NULL here and an error on Spark: let the parser emit rows"),
    _of(exp.Comprehension, "Spark has no list comprehension: use `list_transform`"),
    _of(exp.Week, "Spark has no `week`: count from the Thursday of the week"),
    _of(exp.WeekOfYear, "count from the Thursday of the week"),
    lambda node: "count from the Thursday of the week" if _part(node) in WEEKS else None,
    _of(exp.TimeToStr, "Spark writes no ISO week: count from the Thursday", lambda n: {"%G", "%V"} & {*_codes(n)}),
    _of(
        exp.GenerateSeries,
        "Spark has no `FROM range()`: use `CROSS JOIN unnest(generate_series(…))`",
        lambda n: not isinstance(n.parent, exp.Unnest),
    ),
    _of(exp.Pivot, "Spark has no such PIVOT: use `max(CASE …)`"),
    _of(exp.SetOperation, "Spark has no `UNION BY NAME`: name the columns", lambda n: n.args.get("by_name")),
    _of(exp.Join, "Spark has no ASOF join: use `row_number`", lambda n: n.method == "ASOF"),
    _of(exp.Columns, "Spark has no `COLUMNS()`: name the columns"),
    _of(exp.ToMap, "Spark writes maps otherwise: use columns"),
    _of(exp.Map, "Spark writes maps otherwise: use columns"),
    _of(exp.Where, "Spark knows no name of the SELECT in its WHERE: use a CTE", _alias_in_where),
    _of(exp.Cast, "Spark casts no `unnest`: cast in a CTE", lambda n: isinstance(n.this, exp.Explode | exp.Unnest)),
)
"""What is an error on Spark."""


def _codes(node: exp.TimeToStr) -> Iterator[str]:
    shape = node.text("format")
    return (shape[place : place + 2] for place in range(len(shape)))


def problems(file: Path) -> Iterator[Problem]:
    """Yield what the engines do not share in a file that holds one SELECT."""
    for node in sqlglot.parse_one(file.read_text(encoding="utf-8"), read="duckdb").walk():
        for rule in (*SILENT, *LOUD):
            if reason := rule(node):
                yield Problem(file, _line(node), reason)


def _line(node: exp.Expr) -> int:
    """Return the line of the nearest piece that knows its own: within the node, else around it."""
    around: exp.Expr | None = node
    while around is not None:
        lines = [part.meta["line"] for part in around.walk() if "line" in part.meta]
        if lines:
            return min(lines)
        around = around.parent
    return 1


def _key(node: exp.Expr) -> exp.Expr:
    """Say Spark's way how a hexadecimal text becomes a key."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.DPipe) and node.this.this.name == "0x":
        digits = [node.this.expression, exp.Literal.number(16), exp.Literal.number(10)]
        return exp.Cast(this=exp.Anonymous(this="conv", expressions=digits), to=node.to)
    return node


def to_spark(sql: str) -> str:
    """Return a model's SELECT as Spark says it.

    Raises:
        sqlglot.errors.UnsupportedError: Spark has nothing that does the same.
    """
    tree = sqlglot.parse_one(sql, read="duckdb").transform(_key)
    return tree.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def spark_type(kind: str) -> str:
    """Return a SQL type as Spark names it."""
    return exp.DataType.build(kind, dialect="duckdb").sql("spark")


def files(folder: Path = SQL) -> Iterable[Path]:
    """Return the files of the models that both engines run."""
    return [file for layer in PORTABLE for file in sorted((folder / layer).glob("*.sql"))]


def main() -> int:
    """Print every problem of the models as `file:line: reason`."""
    found = [problem for file in files() for problem in problems(file)]
    for problem in found:
        place = problem.file.relative_to(SQL.parent)
        sys.stdout.write(f"{place}:{problem.line}: {problem.reason}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
