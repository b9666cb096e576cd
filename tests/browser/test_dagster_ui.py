"""Dagster's UI on this project, as a person sees it."""

import pytest
from playwright.sync_api import expect

from tests.integration.conftest import Papers, ui

pytestmark = pytest.mark.browser
PATIENCE = 60_000
"""Milliseconds; the first page waits for the project to be loaded."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    papers = Papers(tmp_path_factory.mktemp("ui") / "home")
    papers("build")
    with ui(papers) as found:
        yield found


def test_the_graph_shows_every_group(page, address, screenshots):
    page.goto(f"{address}/asset-groups")
    for group in ("raw", "lake", "dim", "fact", "bridge", "mart", "meta", "release"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=screenshots / "dagster-groups.png")


def test_a_table_shows_its_sql_columns_and_rows(page, address, screenshots):
    page.goto(f"{address}/assets/fact_vote")
    expect(page.get_by_text("Votes as they move").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("votes_gained").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Row count").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=screenshots / "dagster-fact-vote.png")


def test_the_build_is_in_the_history_of_runs(page, address, screenshots):
    page.goto(f"{address}/runs")
    expect(page.get_by_text("Success").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=screenshots / "dagster-runs.png")
