"""The dashboard as users get it: a build or the command writes it, and it is small after ten years."""

import duckdb
import pytest

from dagster_project.dashboard.data import read_data
from dagster_project.dashboard.render import render_page
from tests.integration.conftest import WEEK, copy_home
from tests.ten_years import ten_years


@pytest.fixture(scope="module")
def sample(built_week, tmp_path_factory):
    return copy_home(built_week, tmp_path_factory.mktemp("sample"))


def read_page(papers):
    return (papers.home / "dashboard" / "index.html").read_text(encoding="utf-8")


def test_a_build_ends_with_the_page_of_its_release(built_week):
    assert f"Dashboard: {built_week.home / 'dashboard' / 'index.html'}" in built_week.printed.replace("\n", "")
    assert built_week.release in read_page(built_week)


def test_a_build_without_news_leaves_the_page_alone(sample):
    page = sample.home / "dashboard" / "index.html"
    before = page.stat().st_mtime_ns
    assert "Unchanged" in sample(*WEEK)
    assert page.stat().st_mtime_ns == before


def test_a_new_release_makes_a_new_page(sample):
    before = read_page(sample)
    sample.rebuild()
    assert sample.release in read_page(sample)
    assert read_page(sample) != before


def test_the_command_makes_a_lost_page_again(sample):
    before = read_page(sample)
    (sample.home / "dashboard" / "index.html").unlink()
    sample("dashboard")
    assert read_page(sample) == before


def test_without_a_release_the_command_says_what_to_do(papers):
    printed = papers("dashboard", status=1)
    assert printed.startswith("papers: no warehouse at ")
    assert "papers build" in printed


def test_a_release_that_does_not_fit_the_page_is_an_error_of_one_line(papers):
    release = papers.home / "releases" / "20200101T000000-00000000"
    release.mkdir(parents=True)
    (papers.home / "contents").write_text("real\n")
    with duckdb.connect(release / "papers.duckdb") as connection:
        connection.execute("CREATE TABLE meta_release (release_id VARCHAR)")
    (papers.home / "current").symlink_to(release)
    [line] = papers("dashboard", status=1).splitlines()
    assert "does not exist" in line
    assert "papers build" in line


def test_the_page_of_ten_years_is_below_three_megabytes():
    with ten_years() as connection:
        page = render_page(read_data(connection), mark="")
    assert len(page.encode()) < 3_000_000
