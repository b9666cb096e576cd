"""Translates a model's SQL to Spark's, and names the models that are never translated.

Running a model belongs in `duckdb_engine` and `spark_engine`. The rules that keep models translatable belong in
`tools/sql_lint.py`.
"""

import sqlglot
from sqlglot import exp

DUCKDB_ALONE = {
    "search": "made of table macros and a list of terms a word, by slices of papers; whoever searches asks DuckDB",
}
"""Layers whose models run on DuckDB only, with the reason."""


def to_spark(sql: str) -> str:
    """Return a model's SELECT in Spark's SQL.

    Raises:
        sqlglot.errors.UnsupportedError: Spark has no equivalent.
    """
    tree = sqlglot.parse_one(sql, read="duckdb").transform(_convert_hexadecimal)
    for step in tree.find_all(exp.CTE):
        step.set("materialized", None)  # Spark has no word for it
    return tree.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def spark_type(kind: str) -> str:
    """Return Spark's name for a type of DuckDB."""
    return exp.DataType.build(kind, dialect="duckdb").sql("spark")


def _convert_hexadecimal(node: exp.Expr) -> exp.Expr:
    """Return a node with a cast of `'0x' || digits`, from which keys are computed, replaced by Spark's `conv`."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.DPipe) and node.this.this.name == "0x":
        digits = [node.this.expression, exp.Literal.number(16), exp.Literal.number(10)]
        return exp.Cast(this=exp.Anonymous(this="conv", expressions=digits), to=node.to)
    return node
