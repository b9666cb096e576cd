"""arXiv's descriptions in whole builds: asked once, again after a month, from a snapshot, after a kill and a purge."""

import datetime as dt
import json
import subprocess
from dataclasses import replace
from itertools import chain
from xml.sax.saxutils import escape

import dagster as dg
import polars as pl
import pytest
import stamina

from dagster_project.build import BuildRequest, build
from dagster_project.config import load_settings
from dagster_project.defs.instance import open_instance
from dagster_project.defs.location import make_location
from dagster_project.defs.resources import Papers as Resource
from dagster_project.lake.home import Home
from dagster_project.purge import purge_paper
from dagster_project.sources.arxiv import list_asked
from dagster_project.sources.registry import ASKED, SOURCES
from tests.integration.conftest import PAPERS, Papers
from tests.integration.test_undo import search
from tests.loopback import Answer

DAY, NOW = dt.date(2025, 3, 3), dt.datetime(2025, 3, 4, 12)
LISTED = [f"2503.{number:05}" for number in range(1, 131)]
ASK = "build", "--source", "huggingface", "--source", "arxiv", "--from", f"{DAY}", "--to", f"{DAY}"


def an_item(paper):
    return {
        "paper": {
            "id": paper,
            "title": f"Title of {paper}",
            "authors": [{"name": "Ada Byrd"}, {"name": "Kim Minji"}],
            "publishedAt": "2025-03-01T00:00:00.000Z",
            "submittedOnDailyAt": f"{DAY}T05:00:00.000Z",
            "upvotes": 3,
        },
    }


def an_entry(paper, title=None, authors=("Ada Byrd", "Kim Minji"), categories=("cs.CL", "cs.AI"), comment=None):
    people = "".join(f"<author><name>{escape(name)}</name></author>" for name in authors)
    subjects = "".join(f'<category term="{term}"/>' for term in categories)
    said = f"<arxiv:comment>{escape(comment)}</arxiv:comment>" if comment else ""
    return (
        f"<entry><id>http://arxiv.org/abs/{paper}v2</id><title>{escape(title or f'Title of {paper}')}</title>"
        f"<updated>2025-03-02T00:00:00Z</updated><published>2025-03-01T00:00:00Z</published><summary>Text.</summary>"
        f'{people}{said}<arxiv:primary_category term="{categories[0]}"/>{subjects}</entry>'
    )


@pytest.fixture
def quick(monkeypatch):
    """Let arXiv be asked without its pause, which tests of the source measure."""
    source = SOURCES["arxiv"]
    source = replace(source, descriptions=replace(source.descriptions, pause=0.001))
    for sources in (SOURCES, ASKED):
        monkeypatch.setitem(sources, "arxiv", source)


@pytest.fixture
def papers(web, tmp_path):
    """A home without anything, and a web of 130 papers of one day, all of which arXiv knows but the last."""
    web.serve_papers(DAY, [an_item(paper) for paper in LISTED])
    web.serve_descriptions({paper: an_entry(paper) for paper in LISTED[:-1]})
    env = {"PAPERS_HUGGINGFACE_URL": web.huggingface_url, "PAPERS_ARXIV_URL": web.arxiv_url}
    return Papers(tmp_path / "home", env)


@pytest.fixture
def listed(papers, web):
    """The home with the list, of whose papers arXiv was not asked for any."""
    ask(papers, web, sources=["huggingface"])


def ask(papers, web, now=NOW, **more):
    """Build, and return the papers of each request to arXiv."""
    web.asked.clear()
    settings = load_settings(
        home=papers.home,
        processes=1,
        requests_per_second=10_000,
        addresses={"huggingface_url": web.huggingface_url, "arxiv_url": web.arxiv_url},
    )
    request = BuildRequest(**{"sources": ["huggingface", "arxiv"], "first": DAY, "last": now.date()} | more)
    build(Home(papers.home), settings, request, clock=lambda: now)
    return list_requests(web)


def list_requests(web):
    return [list_asked(asked.path) for asked in web.asked if "id_list" in asked.path]


DESCRIBED = "SELECT count(*) FROM dim_paper WHERE primary_category = 'cs.CL'"


@pytest.mark.usefixtures("quick")
def test_papers_are_asked_for_once_a_new_one_alone_and_all_again_after_a_month(papers, web):
    assert sorted(chain(*ask(papers, web))) == LISTED
    assert (papers.one("SELECT count(*) FROM dim_paper"), papers.one(DESCRIBED)) == (130, 129)
    assert papers.rows("SELECT name FROM meta_check WHERE NOT passed AND severity = 'error'") == []
    assert ask(papers, web) == []  # nor for the one that arXiv does not know
    web.serve_papers(DAY, [an_item(paper) for paper in [*LISTED, "2503.09999"]])
    web.serve_descriptions({"2503.09999": an_entry("2503.09999"), LISTED[0]: an_entry(LISTED[0], "Another title")})
    assert ask(papers, web, NOW + dt.timedelta(days=1)) == [["2503.09999"]]
    assert papers.one(DESCRIBED) == 130
    assert [len(asked) for asked in ask(papers, web, NOW + dt.timedelta(days=30, hours=1))] == [100, 30]
    assert papers.rows("SELECT kind, described FROM meta_difference") == [("title", "Another title")]
    assert papers.one(DESCRIBED) == 130  # what arXiv does not say any more stays as it was
    assert len(ask(papers, web, NOW + dt.timedelta(days=31), refetch=True)) == 2


def test_a_fill_that_takes_minutes_says_how_many(papers, web, monkeypatch, caplog):
    source = replace(SOURCES["arxiv"], descriptions=replace(SOURCES["arxiv"].descriptions, at_once=1))
    monkeypatch.setattr("dagster_project.pipeline.fetch_papers", lambda *_, **__: {})
    for sources in (SOURCES, ASKED):
        monkeypatch.setitem(sources, "arxiv", source)
    ask(papers, web)
    assert "arxiv is asked for 130 papers, which takes about 6 minutes at the pace that it allows" in caplog.text


@pytest.mark.usefixtures("quick")
def test_a_rebuild_without_a_network_gives_the_same_tables(papers, web):
    ask(papers, web)
    before = papers.tables()
    papers.rebuild()
    assert papers.tables() == before


@pytest.mark.usefixtures("quick")
def test_a_purged_paper_leaves_the_answers_in_which_it_stood_and_is_not_asked_for_again(papers, web):
    web.serve_descriptions({paper: an_entry(paper, comment=f"Comment of {paper}") for paper in LISTED})
    ask(papers, web)
    gone, home = LISTED[7], Home(papers.home)
    assert search(papers.home, gone)
    purge_paper(home, load_settings(home=papers.home, processes=1), gone, "asked for")
    assert search(papers.home, gone) == []
    papers.rebuild()
    assert papers.one(DESCRIBED) == 129
    assert gone not in chain(*ask(papers, web, NOW + dt.timedelta(days=40)))


@pytest.mark.usefixtures("listed")
def test_a_fill_that_is_killed_keeps_the_answers_that_came_and_asks_for_the_rest(papers, web):
    web.asked.clear()
    web.play("id_list", [None, Answer(after=60)])  # the first is answered
    run = subprocess.Popen([PAPERS, *ASK], env=papers.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for attempt in stamina.retry_context(on=AssertionError, attempts=None, timeout=60, wait_initial=0.05, wait_max=0.1):
        with attempt:
            assert len(list_requests(web)) == 2
    run.kill()
    run.wait()
    first, second = list_requests(web)
    assert sorted(first + second) == LISTED
    assert ask(papers, web) == [second]
    assert papers.one(DESCRIBED) == 129


@pytest.mark.usefixtures("quick", "listed")
def test_a_month_that_is_materialised_is_that_of_the_lists(papers, web, monkeypatch):
    for name, value in papers.environment.items():
        monkeypatch.setenv(name, value)
    resource = Resource({"home": str(papers.home)})
    assets = dg.define_asset_job("assets", selection=["raw_arxiv"])
    location = dg.Definitions.merge(make_location(resource), dg.Definitions(jobs=[assets]))
    web.asked.clear()
    with open_instance(Home(papers.home).dagster) as instance:
        job = location.resolve_job_def("assets")
        for month in ("2023-05", "2025-03"):
            assert job.execute_in_process(instance=instance, partition_key=month).success
        location.resolve_job_def("build").execute_in_process(instance=instance)
    assert sorted(chain(*list_requests(web))) == LISTED
    assert papers.one(DESCRIBED) == 129


@pytest.mark.usefixtures("listed")
def test_from_the_snapshot_a_first_fill_needs_no_request(papers, web, tmp_path):
    line = {
        "title": "Title",
        "authors_parsed": [["Byrd", "Ada", ""], ["Minji", "Kim", ""]],
        "update_date": "2025-03-03",
    }
    line |= {"categories": "cs.CL", "versions": [{"version": "v1", "created": "Sat, 1 Mar 2025 10:00:00 GMT"}]}
    snapshot = tmp_path / "snapshot.json"
    snapshot.write_text("".join(json.dumps({"id": paper} | line) + "\n" for paper in ["0704.0001", *LISTED[:-1]]))
    papers("build", "--arxiv-snapshot", str(snapshot))
    assert papers.one(DESCRIBED) == 129
    assert ask(papers, web) == [[LISTED[-1]]]  # the one that the snapshot lacks
    assert "--arxiv-snapshot" in papers("build", "--arxiv-snapshot", str(tmp_path / "none.json"), status=2)


@pytest.mark.usefixtures("quick")
@pytest.mark.timeout(600)
def test_all_real_papers_that_arxiv_is_known_to_describe_have_its_words(shared_data, web, tmp_path):
    facts = {
        paper["id"]: paper
        for paper in map(json.loads, (shared_data / "arxiv" / "papers.jsonl").read_text(encoding="utf-8").splitlines())
    }
    parts = ("title", "authors", "categories", "comment")
    web.serve_descriptions({key: an_entry(key, *(paper[part] for part in parts)) for key, paper in facts.items()})
    papers = Papers(tmp_path / "home")
    settings = load_settings(
        home=papers.home,
        requests_per_second=10_000,
        addresses={"huggingface_url": f"{shared_data.as_uri()}/api", "arxiv_url": web.arxiv_url},
    )
    request = BuildRequest(sources=["huggingface", "arxiv"], first=dt.date(2023, 5, 4), last=dt.date(2026, 8, 21))
    build(Home(papers.home), settings, request)
    asked = list(chain(*list_requests(web)))
    assert sorted(asked) == sorted(arxiv_id for (arxiv_id,) in papers.rows("SELECT arxiv_id FROM dim_paper"))
    known = facts.keys() & set(asked)
    assert len(known) > 300
    rows = papers.rows("SELECT arxiv_id, arxiv_comment FROM dim_paper WHERE latest_arxiv_version IS NOT NULL")
    assert dict(rows) == {key: " ".join((facts[key]["comment"] or "").split()) or None for key in known}
    found = papers.rows(
        "SELECT arxiv_id, category, is_primary FROM bridge_paper_category "
        "JOIN dim_paper USING (paper_key) JOIN dim_category USING (category_key)"
    )
    assert set(found) == {
        (key, category, place == 0) for key in known for place, category in enumerate(facts[key]["categories"])
    }
    home = Home(papers.home)
    names = pl.scan_parquet(f"{home.lake}/author/arxiv/*.parquet").sort("position").collect()
    printed = {
        key[0]: of_paper["name_as_printed"].to_list()
        for key, of_paper in names.group_by("arxiv_id", maintain_order=True)
    }
    # A name that stands in a list twice counts once, at its first place.
    assert printed == {key: [name for name in dict.fromkeys(facts[key]["authors"]) if name != ":"] for key in known}
    web.asked.clear()
    build(home, settings, request)
    assert list_requests(web) == []
