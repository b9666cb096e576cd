"""Dagster's UI on this project, as a person sees it: what is built from what, a run, a table, a check that failed."""

import re
import shutil
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from dagster_project.config import PACKAGE
from tests.integration.conftest import Papers, ui

pytestmark = pytest.mark.browser
PATIENCE = 60_000
"""Milliseconds; the first page waits for the project to be loaded."""
SAMPLE = PACKAGE / "sample"
CROWDED = "2025-05-12"
"""A day that lists thirty papers, after days that list a handful."""
HOSTILE = '<img src="http://elsewhere.invalid/seen.png"> wants to be drawn'


def paper(number):
    title = HOSTILE if number == 30 else f"Paper {number}"
    return f"### [{title}](https://arxiv.org/abs/2505.{number:05})\n\nVote: {number}\n\n- 요약\n\n"


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """The command on a home that both sources have filled, as they would from the internet."""
    folder = tmp_path_factory.mktemp("ui")
    digests = shutil.copytree(SAMPLE / "digests", folder / "digests")
    (digests / CROWDED.replace("-", "/")).with_suffix(".md").write_text(
        f"## Daily Papers ({CROWDED})\n\n" + "".join(map(paper, range(1, 31))), encoding="utf-8"
    )
    sources = {
        "PAPERS_DIGEST_URL": f"{digests.as_uri()}/{{date:%Y/%m/%d}}.md",
        "PAPERS_HUGGINGFACE_URL": (SAMPLE / "api").as_uri(),
    }
    papers = Papers(folder / "home", sources)
    papers("build", "--source", "digest", "--source", "huggingface", "--from", "2025-02-15", "--to", CROWDED)
    return papers


@pytest.fixture(scope="module")
def address(papers):
    expect.set_options(timeout=PATIENCE)
    with ui(papers) as found:
        yield found
    expect.set_options(timeout=None)


@pytest.fixture
def page(page):
    """A page that asks nobody but this machine, and in which no error comes up."""
    page.add_init_script("localStorage.setItem('dagster-nav-collapsed', 'true')")
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert [url for url in asked if urlsplit(url).hostname not in ("127.0.0.1", None)] == []
    assert errors == []


def test_the_graph_reads_from_the_sources_to_those_who_ask(page, address, screenshots):
    page.set_viewport_size({"width": 1400, "height": 1100})
    opened = ",".join(f"global@global:{group}" for group in ("raw", "lake", "release", "bi"))
    page.goto(f"{address}/asset-groups?expanded={opened}")
    expect(page.get_by_text("lake_huggingface")).to_be_visible()
    page.locator("button:has([aria-label=panel_show_right])").last.click()  # the list of groups, beside the graph
    expect(page.get_by_placeholder("Jump to")).to_be_hidden()
    page.mouse.dblclick(1200, 140)  # the graph is laid out anew over all the room

    def left(text):
        found = page.locator("foreignObject").get_by_text(text, exact=True).first
        expect(found).to_be_visible()
        return found.bounding_box()["x"]

    way = ["raw_digest", "lake_digest", "fact", "mart", "release", "dashboard"]
    assert sorted(way, key=left) == way
    assert left("raw_huggingface") < left("lake_huggingface") < left("bridge") < left("superset")
    assert left("lake_digest") < left("dim") < left("search") < left("sql_clients")
    assert left("lake_huggingface") < left("meta") < left("release")
    page.screenshot(path=screenshots / "dagster-graph.png", clip=around_the_graph(page))


def around_the_graph(page, margin=8):
    """Return the rectangle that holds all of the graph and nothing else of the page, once the graph is at rest."""
    boxes, before = None, []
    while boxes != before:
        page.wait_for_timeout(250)
        boxes, before = [node.bounding_box() for node in page.locator("foreignObject").all()], boxes
    x, y = (min(box[side] for box in boxes) - margin for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in boxes) + margin
    bottom = max(box["y"] + box["height"] for box in boxes) + margin
    return {"x": x, "y": y, "width": right - x, "height": bottom - y}


def test_a_build_is_one_run_that_shows_what_it_made(page, address, screenshots):
    page.set_viewport_size({"width": 1600, "height": 700})
    page.goto(f"{address}/runs")
    expect(page.get_by_role("link", name="build", exact=True)).to_have_count(1)
    page.get_by_role("link", name="View", exact=True).click()
    expect(page.get_by_text("Run of build")).to_be_visible()
    bar = page.locator(".chart-element[data-tooltip=build_release]")
    expect(bar).to_have_attribute("style", re.compile("accent-green"))
    events = page.get_by_placeholder("Filter…")
    events.fill("fact_listing")
    expect(page.get_by_text("Materialized value fact_listing.")).to_be_visible()
    events.fill("days_like_their")
    expect(page.get_by_text("failed for materialization of")).to_be_visible()
    expect(page.get_by_role("cell", name=CROWDED, exact=True)).to_be_visible()
    page.screenshot(path=screenshots / "dagster-run.png")


def drawn(page, name):
    """Expect pictures of that name, each drawn."""
    pictures = page.get_by_role("img", name=name)
    expect(pictures.first).to_be_visible()
    for picture in pictures.all():
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("picture => picture.naturalWidth") > 100
    return pictures


def test_a_table_shows_its_sql_its_columns_its_days_and_its_rows(page, papers, address, screenshots):
    page.set_viewport_size({"width": 1600, "height": 1950})
    page.goto(f"{address}/assets/fact_listing")
    expect(page.get_by_text("Row count")).to_be_visible()
    for shown in ("Papers on the lists", "FROM stg_listing", "votes_at_capture", "sql/fact/fact_listing.sql"):
        expect(page.get_by_text(shown).first).to_be_visible()
    assert drawn(page, "papers a day").count() == 2  # one a source
    for (key,) in papers.rows("SELECT paper_key FROM fact_listing LIMIT 5"):
        expect(page.get_by_role("cell", name=str(key), exact=True)).to_be_visible()
    page.screenshot(path=screenshots / "dagster-asset.png")


def test_a_title_that_wants_to_act_is_shown_as_it_was_printed(page, address):
    page.goto(f"{address}/assets/release")
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    page.goto(f"{address}/assets/lake_digest")
    expect(page.get_by_text(HOSTILE)).to_be_visible()


def test_a_check_that_failed_is_shown_with_its_rows(page, address, screenshots):
    page.set_viewport_size({"width": 1400, "height": 800})
    page.goto(f"{address}/assets/mart_coverage?view=checks")
    page.get_by_text("days_like_their_neighbours").first.click()
    expect(page.get_by_text("Evaluation result")).to_be_visible()
    expect(page.get_by_text("Failed").first).to_be_visible()
    for value in ("digest", CROWDED, "30"):
        expect(page.get_by_role("cell", name=value, exact=True)).to_be_visible()
    page.screenshot(path=screenshots / "dagster-check.png")
