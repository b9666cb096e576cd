"""What the engines do not share is named with its line; what they share is left alone."""

import pytest

from dagster_project.models.catalog import load_models
from dagster_project.models.engines.spark_sql import DUCKDB_ALONE, to_spark
from tools import sql_lint
from tools.sql_lint import PORTABLE, find_problems, list_files, main

FOREIGN = {
    "ordinality": "SELECT u.x FROM t CROSS JOIN unnest(t.l) WITH ORDINALITY AS u (x, n)",
    "left join unnest": "SELECT u.x FROM t LEFT JOIN unnest(t.l) AS u (x) ON TRUE",
    "isodow": "SELECT isodow(d) AS x FROM t",
    "isodow, extracted": "SELECT extract(ISODOW FROM d) AS x FROM t",
    "isodow, a part": "SELECT date_part('isodow', d) AS x FROM t",
    "dayofweek": "SELECT dayofweek(d) AS x FROM t",
    "dow": "SELECT extract(DOW FROM d) AS x FROM t",
    "weekday": "SELECT weekday(d) AS x FROM t",
    "dayname": "SELECT dayname(d) AS x FROM t",
    "regexp_replace": "SELECT regexp_replace(a, 'b', 'c') AS x FROM t",
    "percentile_cont": "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) AS x FROM t",
    "quantile_cont": "SELECT quantile_cont(a, 0.5) AS x FROM t",
    "months between": "SELECT date_diff('month', a, b) AS x FROM t",
    "hours between": "SELECT date_diff('hour', a, b) AS x FROM t",
    "log": "SELECT log(a) AS x FROM t",
    "a fraction cast": "SELECT CAST(2.7 AS INTEGER) AS x FROM t",
    "a quotient cast": "SELECT CAST(a / b AS BIGINT) AS x FROM t",
    "a mean cast": "SELECT CAST(avg(a) AS SMALLINT) AS x FROM t",
    "a series that may count down": "SELECT u.x FROM t CROSS JOIN unnest(generate_series(0, t.n)) AS u (x)",
    "a series without its end": "SELECT u.x FROM t CROSS JOIN unnest(range(0, greatest(0, t.n))) AS u (x)",
    "a list in an order": "SELECT list(a ORDER BY b) AS x FROM t",
    "list_concat": "SELECT list_concat(a, b) AS x FROM t",
    "arg_max of a tuple": "SELECT arg_max(a, (b, c)) AS x FROM t",
    "hash": "SELECT hash(a) AS x FROM t",
    "len": "SELECT len(l) AS x FROM t",
    "slice": "SELECT l[1:2] AS x FROM t",
    "element": "SELECT l[3] AS x FROM t",
    "comprehension": "SELECT [y + 1 FOR y IN l] AS x FROM t",
    "list_sum": "SELECT list_sum(l) AS x FROM t",
    "list_reduce": "SELECT list_reduce(l, lambda a, b: a + b) AS x FROM t",
    "strip_accents": "SELECT strip_accents(a) AS x FROM t",
    "week": "SELECT week(d) AS x FROM t",
    "week, extracted": "SELECT extract(WEEK FROM d) AS x FROM t",
    "ISO week as text": "SELECT strftime(d, '%G-W%V') AS x FROM t",
    "range": "SELECT r.range FROM range(10) AS r",
    "pivot": "FROM (PIVOT t ON a USING sum(b))",
    "by name": "SELECT a FROM t UNION ALL BY NAME SELECT a FROM s",
    "asof": "SELECT t.a FROM t ASOF JOIN s ON t.a >= s.a",
    "columns": "SELECT min(COLUMNS(*)) FROM t",
    "map": "SELECT MAP {'a': 1} AS x FROM t",
    "an alias in where": "SELECT a + 1 AS x FROM t WHERE x > 2",
    "cast of unnest": "SELECT CAST(unnest(l) AS INTEGER) AS x FROM t",
}
SHARED = {
    "qualify": "SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1",
    "group by all": "SELECT a, count(*) AS x FROM t GROUP BY ALL",
    "exclude": "SELECT * EXCLUDE (a) FROM t",
    "a named window": "SELECT sum(a) OVER w AS x FROM t WINDOW w AS (ORDER BY b)",
    "filter": "SELECT count(*) FILTER (WHERE a > 1) AS x FROM t",
    "list_transform": "SELECT list_transform(l, lambda y: y + 1) AS x FROM t",
    "a list": "SELECT list(a) AS x FROM t",
    "cross join unnest": "SELECT u.x FROM t CROSS JOIN unnest(t.l) AS u (x)",
    "a series": "SELECT u.x FROM t CROSS JOIN unnest(generate_series(0, greatest(0, t.n))) AS u (x)",
    "a struct": "SELECT {'a': 1} AS x FROM t",
    "median": "SELECT median(a) AS x FROM t",
    "max_by": "SELECT max_by(a, b) AS x FROM t",
    "md5": "SELECT md5(a) AS x FROM t",
    "strftime": "SELECT strftime(d, '%Y%m%d') AS x FROM t",
    "make_date": "SELECT make_date(2024, 1, 1) AS x FROM t",
    "recursive": "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r",
    "regexp_replace of all": "SELECT regexp_replace(a, 'b', 'c', 'g') AS x FROM t",
    "days between": "SELECT date_diff('day', a, b) AS x FROM t",
    "a whole number cast": "SELECT CAST(floor(a / b) AS INTEGER) AS x, CAST(count(*) AS INTEGER) AS y FROM t",
    "a column in where": "SELECT CAST(a AS INTEGER) AS a FROM t WHERE a > 2",
}


def write_model(folder, sql):
    file = folder / "dim_thing.sql"
    file.write_text(f"-- dim_thing: one row a thing.\n\n{sql}\n")
    return file


@pytest.mark.parametrize("sql", FOREIGN.values(), ids=FOREIGN)
def test_what_engines_do_not_share_is_named_with_its_line(tmp_path, sql):
    file = write_model(tmp_path, sql)
    found = list(find_problems(file))
    assert found
    assert {(problem.file, problem.line) for problem in found} == {(file, 3)}


@pytest.mark.parametrize("sql", SHARED.values(), ids=SHARED)
def test_what_engines_share_is_left_alone_and_can_be_translated(tmp_path, sql):
    assert list(find_problems(write_model(tmp_path, sql))) == []
    assert to_spark(sql)


def test_problems_are_printed_with_file_line_and_reason(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sql_lint, "SQL", tmp_path / "sql")
    (tmp_path / "sql" / "dim").mkdir(parents=True)
    write_model(tmp_path / "sql" / "dim", FOREIGN["hash"])
    assert main() == 1
    assert capsys.readouterr().out == "sql/dim/dim_thing.sql:3: every engine has its own: use `md5`\n"


def test_every_model_but_those_with_a_reason_is_portable(capsys):
    assert main() == 0
    assert capsys.readouterr().out == ""
    assert {file.stem for file in list_files()} == {model.name for model in load_models() if model.layer in PORTABLE}
    assert all(DUCKDB_ALONE.values())
