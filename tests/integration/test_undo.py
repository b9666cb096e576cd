"""What an operator takes back: papers that are excluded, from the command to the release."""

import shutil

import pytest

from tests.integration.conftest import Papers


@pytest.fixture
def sample(built_sample, tmp_path):
    """A copy of the home with the sample."""
    shutil.copytree(built_sample.home, tmp_path / "home", symlinks=True)
    return Papers(tmp_path / "home")


LISTED_BY_BOTH = """
    SELECT arxiv_id FROM fact_listing JOIN dim_paper USING (paper_key)
    GROUP BY arxiv_id ORDER BY count(DISTINCT source_key) DESC, count(*) DESC, arxiv_id LIMIT 1
"""


def find_tables(papers, text):
    """Return the tables of a release in which a text stands."""
    tables = [name for (name,) in papers.rows("SELECT table_name FROM duckdb_tables()")]
    return {
        name for name in tables if papers.one(f"SELECT count(*) FROM {name} AS t WHERE contains(t::VARCHAR, '{text}')")
    }


@pytest.mark.parametrize("build", [("build",), ("build", "--offline")], ids=" ".join)
def test_an_excluded_paper_is_in_no_table_of_the_next_release_and_comes_back(sample, build):
    before, paper = sample.tables(), sample.one(LISTED_BY_BOTH)
    assert "dim_paper" in find_tables(sample, paper)
    said = sample("exclude", "paper", f"https://arxiv.org/abs/{paper}v3", "--reason", "asked for")
    assert f"Excluded: the paper {paper}. Make a release without it: papers build" in said.replace("\n", " ")
    sample(*build)
    assert find_tables(sample, paper) == {"meta_exclusion"}
    [(kind, arxiv_id, reason)] = sample.rows("SELECT kind, arxiv_id, reason FROM meta_exclusion")
    assert (kind, arxiv_id, reason) == ("paper", paper, "asked for")
    assert sample.rows("SELECT name FROM meta_check WHERE severity = 'error' AND NOT passed") == []
    sample("include", "paper", paper)
    sample(*build)
    attempts = {"meta_fetch", "mart_coverage"}  # a build that asks again adds to them
    after = sample.tables()
    assert {name for name in before if before[name] != after[name]} <= attempts


def test_an_unknown_paper_is_an_error_of_one_line(sample):
    for named in ("2401.99999", "no paper"):
        [line] = sample("exclude", "paper", named, "--reason", "asked for", status=1).splitlines()
        assert line.startswith("papers: ")
