"""The files under `sql/` keep to the rules of the house, and what breaks them is said clearly."""

import re
import shutil

import pytest
import sqlglot
from sqlglot import exp

from dagster_project.config import SQL
from dagster_project.errors import ModelError
from dagster_project.models.catalog import find_inputs, find_tables, load_checks, load_models, load_questions
from dagster_project.models.contract import load_contract

MODELS = {model.name: model for model in load_models()}
CONTRACT = {table.name: table for table in load_contract()}
FILES = {
    file.relative_to(SQL).as_posix(): file.read_text()
    for file in sorted(SQL.rglob("*.sql"))
    if file.name not in ("schema.sql", "macros.sql")
}


def test_the_first_line_names_the_model_and_its_grain():
    assert MODELS
    first = {name: model.sql.splitlines()[0] for name, model in MODELS.items()}
    assert {name: line for name, line in first.items() if not re.match(rf"-- {name}: one row an? \w", line)} == {}


def test_the_layer_stands_in_the_name():
    prefixes = {"staging": "stg"}
    wrong = [
        name for name, model in MODELS.items() if not name.startswith(f"{prefixes.get(model.layer, model.layer)}_")
    ]
    assert wrong == []


def test_a_mart_reads_what_is_published_and_nothing_else():
    unpublished = {name: model.reads - CONTRACT.keys() for name, model in MODELS.items() if model.layer == "mart"}
    assert unpublished
    assert {name: read for name, read in unpublished.items() if read} == {}


def test_no_file_selects_a_star():
    assert FILES
    stars = {
        name: [
            star.parent.sql()
            for star in sqlglot.parse_one(text, read="duckdb").find_all(exp.Star)
            if not isinstance(star.parent, exp.Count)
            and not isinstance(star.parent.find(exp.From).this, exp.Values)  # sqlglot's form of a CTE of values
        ]
        for name, text in FILES.items()
    }
    assert {name: found for name, found in stars.items() if found} == {}


def test_a_file_ends_without_a_semicolon_and_with_a_line_break():
    assert [name for name, text in FILES.items() if not text.endswith("\n")] == []
    assert [name for name, text in FILES.items() if ";" in text.rstrip().splitlines()[-1]] == []


def test_every_published_table_has_a_model_but_for_those_that_a_release_writes_of_itself():
    published = {model.name for model in MODELS.values() if model.is_published}
    assert CONTRACT.keys() - published == {"meta_release", "meta_check"}
    assert published - CONTRACT.keys() == set()


def test_a_table_says_its_grain():
    assert CONTRACT
    assert [name for name, table in CONTRACT.items() if "Grain: " not in table.comment] == []


def test_a_model_comes_after_all_that_it_reads_and_points_at():
    order = list(MODELS)
    for name, model in MODELS.items():
        needed = model.reads | (CONTRACT[name].references if name in CONTRACT else set())
        late = {other for other in needed & MODELS.keys() if order.index(other) > order.index(name)}
        assert late == set(), name


def test_what_a_model_rests_on_is_seen_through_the_staging_views():
    assert find_inputs(MODELS["fact_vote_day"], MODELS.values()) == {"fact_observation", "dim_paper"}
    read = find_inputs(MODELS["stg_entry"], MODELS.values())
    tables = ("author", "build", "category", "correction", "entry", "keyword", "source")
    assert read == {f"lake_{table}" for table in tables}
    read = find_inputs(MODELS["stg_observation"], MODELS.values())
    assert find_inputs(MODELS["fact_observation"], MODELS.values()) == read | {"dim_paper", "dim_source"}


def test_a_model_does_not_read_its_own_ctes():
    assert find_tables("WITH one AS (SELECT a FROM lake_entry) SELECT a FROM one", "x.sql") == {"lake_entry"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; SELECT 2",
        "DELETE FROM dim_paper",
        "CREATE TABLE one (a INTEGER)",
        "",
    ],
)
def test_a_file_holds_one_select_and_nothing_else(sql):
    with pytest.raises(ModelError, match=r"sql file x\.sql: must hold one SELECT and nothing else"):
        find_tables(sql, "x.sql")


def test_a_file_that_is_no_sql_is_named():
    with pytest.raises(ModelError, match=r"sql file x\.sql: "):
        find_tables("SELECT (", "x.sql")


@pytest.fixture
def folder(tmp_path):
    """Return a folder of models of its own: the contract, and one model that reads the lake."""
    for layer in ("staging", "dim", "checks", "queries"):
        (tmp_path / layer).mkdir()
    shutil.copy(SQL / "schema.sql", tmp_path)
    (tmp_path / "staging" / "stg_one.sql").write_text("-- stg_one: one row a paper.\nSELECT arxiv_id FROM lake_entry\n")
    return tmp_path


def test_models_are_found_in_any_folder(folder):
    [model] = load_models(folder)
    assert (model.name, model.layer, model.description) == ("stg_one", "staging", "one row a paper.")


def test_models_that_read_each_other_are_refused(folder):
    (folder / "staging" / "stg_one.sql").write_text("-- stg_one: one row a paper.\nSELECT arxiv_id FROM stg_two\n")
    (folder / "staging" / "stg_two.sql").write_text("-- stg_two: one row a paper.\nSELECT arxiv_id FROM stg_one\n")
    with pytest.raises(ModelError, match=r"models read each other in a circle: stg_\w+ -> stg_\w+ -> stg_\w+"):
        load_models(folder)


def test_a_model_that_reads_what_there_is_not_is_refused(folder):
    (folder / "dim" / "dim_two.sql").write_text("-- dim_two: one row a paper.\nSELECT arxiv_id FROM stg_gone\n")
    with pytest.raises(ModelError, match=r"dim/dim_two\.sql reads stg_gone, which no file makes"):
        load_models(folder)


def test_a_model_that_does_not_name_itself_is_refused(folder):
    (folder / "dim" / "dim_two.sql").write_text("-- dim_too: one row a paper.\nSELECT arxiv_id FROM stg_one\n")
    with pytest.raises(ModelError, match=r"dim/dim_two\.sql: the first line must be `-- dim_two: one row …`"):
        load_models(folder)


def test_a_model_of_two_statements_is_refused(folder):
    (folder / "dim" / "dim_two.sql").write_text("-- dim_two: one row a paper.\nSELECT 1; SELECT 2\n")
    with pytest.raises(ModelError, match=r"dim_two\.sql: must hold one SELECT and nothing else"):
        load_models(folder)


def test_a_check_without_its_severity_is_refused(folder):
    (folder / "checks" / "weights.sql").write_text("-- the weights sum to 1\nSELECT 1 AS one\n")
    with pytest.raises(ModelError, match=r"checks/weights\.sql: the first line must be `-- error: …` or `-- warn: …`"):
        load_checks(folder)


def test_a_check_and_a_question_are_named_by_their_files(folder):
    (folder / "checks" / "weights.sql").write_text("-- error: the weights sum to 1\nSELECT 1 AS one\n")
    (folder / "queries" / "best.sql").write_text("-- Which papers are the best?\nSELECT 1 AS one\n")
    [*_, check], [question] = load_checks(folder), load_questions(folder)
    assert (check.name, check.severity, check.description) == ("weights", "error", "the weights sum to 1")
    assert (question.name, question.description) == ("best", "Which papers are the best?")


def test_checks_of_keys_stand_among_those_of_files_in_order_of_name(folder):
    for name in ("no_fault", "no_pity", "weights"):
        (folder / "checks" / f"{name}.sql").write_text("-- error: there is no fault\nSELECT 1 AS one\n")
    checks = load_checks(folder)
    assert [check.name for check in checks] == ["no_fault", "no_orphan_keys", "no_pity", "no_row_twice", "weights"]
    assert {check.severity for check in checks} == {"error"}


def test_a_column_without_a_comment_is_refused(folder):
    (folder / "schema.sql").write_text("-- One. Grain: one.\nCREATE TABLE dim_one (a INTEGER, b INTEGER -- B\n);\n")
    with pytest.raises(ModelError, match=r"schema\.sql: dim_one has no comment on a"):
        load_contract(folder)
