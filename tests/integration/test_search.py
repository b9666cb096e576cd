"""search('words') in the published file, asked as any client asks: read-only, shut off, and with nothing installed."""

import re

import duckdb
import pytest

from dagster_project.models.catalog import load_macros
from dagster_project.publish.reader import open_warehouse
from tools.search_quality import compute_mean, load_judged, measure

ABOUT = re.compile(r"강화\s*학습|reinforcement\s+(\w+\s+)?learning|\bRL\b", re.IGNORECASE)
TEXTS = """
    SELECT arxiv_id, concat_ws(' ', title, abstract, (
        SELECT string_agg(text, ' ') FROM fact_section WHERE fact_section.paper_key = dim_paper.paper_key
    ))
    FROM dim_paper
"""


def best(papers, words, count):
    """Return the ids of the papers that come first, as the published file finds them for a reader."""
    with open_warehouse(papers.warehouse) as connection:
        return [row[0] for row in connection.execute("FROM search(?) LIMIT ?", [words, count]).fetchall()]


@pytest.mark.parametrize("words", ["강화 학습", "강화학습", "reinforcement learning", "Reinforcement-Learning"])
def test_the_sample_s_papers_on_reinforcement_learning_come_first(built_sample, words):
    texts = dict(built_sample.rows(TEXTS))
    found = best(built_sample, words, 3)
    assert len(found) == 3
    assert all(ABOUT.search(texts[arxiv_id]) for arxiv_id in found)


def test_every_paper_of_the_sample_is_found_by_its_title(built_sample):
    titles = built_sample.rows("SELECT arxiv_id, title FROM dim_paper")
    with open_warehouse(built_sample.warehouse) as connection:
        lost = [
            title
            for arxiv_id, title in titles
            if connection.execute("FROM search(?) LIMIT 1", [title]).fetchall()[0][0] != arxiv_id
        ]
    assert lost == []


def test_the_sample_s_judged_queries_find_what_they_are_about(built_sample):
    with open_warehouse(built_sample.warehouse) as connection:
        measured = measure(connection, load_judged("sample"))
    assert all(one.found <= 4 for one in measured)
    assert compute_mean(measured) > 0.96


def test_the_command_finds_papers(built_sample):
    printed = built_sample("sql", "FROM search('reinforcement learning') LIMIT 3", "--format", "csv")
    assert printed.splitlines()[0] == "arxiv_id,title,score,first_listed_on,latest_votes,page_url"
    assert len(printed.splitlines()) == 4


def test_a_file_that_is_attached_under_another_name_is_searched_once_it_is_in_use(built_sample):
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{built_sample.warehouse}' AS other (READ_ONLY)")
        connection.execute("USE other")
        found = connection.execute("FROM search('reinforcement learning')").fetchall()
    assert [row[0] for row in found] == best(built_sample, "reinforcement learning", len(found))


def test_functions_carry_comments(built_sample):
    macros = "FROM duckdb_functions() WHERE NOT internal AND database_name = 'papers'"
    names = {name for (name,) in built_sample.rows(f"SELECT function_name {macros}")}
    assert names == {macro.name for macro in load_macros()} >= {"search"}
    assert built_sample.rows(f"SELECT function_name {macros} AND coalesce(comment, '') = ''") == []
