"""All stored payloads of the API, over HTTP: the first capture of every day, then the second."""

import datetime as dt
import json
from collections import defaultdict

import pytest

from tests.integration.conftest import Papers
from tests.integration.plain import first_items, fold
from tests.loopback import Loopback


@pytest.fixture(scope="module")
def captures(shared_data):
    """The payloads of each day, oldest first."""
    payloads = defaultdict(list)
    for file in sorted((shared_data / "api").glob("*/*.json")):
        payloads[dt.date.fromisoformat(file.parent.name)].append(json.loads(file.read_text(encoding="utf-8")))
    return payloads


@pytest.fixture(scope="module")
def archive(captures, tmp_path_factory):
    """A home that was built twice, while the server went on from the first captures to the second."""
    with Loopback() as web:
        for day, payloads in captures.items():
            web.serve_papers(day, *payloads)
        papers = Papers(tmp_path_factory.mktemp("api") / "home", {"PAPERS_HUGGINGFACE_URL": web.huggingface_url})
        for turn in (0, 1):
            web.turn = turn
            papers("build", "--source", "huggingface", "--from", "2024-12-17", "--to", "2026-08-21")
        papers.web = web
        yield papers


def test_both_captures_are_kept_with_their_votes(archive, captures):
    kept = defaultdict(list)
    for day, arxiv_id, votes in archive.rows(
        """
        SELECT listed_on, arxiv_id, votes FROM fact_vote JOIN dim_paper USING (paper_key) ORDER BY captured_at
        """
    ):
        kept[day, arxiv_id].append(votes)
    expected = defaultdict(list)
    for day, payloads in captures.items():
        distinct = [payload for place, payload in enumerate(payloads) if not place or payload != payloads[place - 1]]
        for payload in distinct:
            for arxiv_id, item in first_items(payload).items():
                expected[day, arxiv_id].append(item["paper"]["upvotes"])
    assert kept == expected


def test_votes_gained_is_the_payloads_difference(archive, captures):
    gained = archive.rows(
        """
        SELECT listed_on, arxiv_id, votes_gained
        FROM fact_vote JOIN dim_paper USING (paper_key)
        WHERE votes_gained IS NOT NULL
        QUALIFY count(*) OVER (PARTITION BY paper_key) = 1
        """
    )
    assert len(gained) > 1_000
    for day, arxiv_id, votes_gained in gained:
        first, second = (first_items(payload)[arxiv_id]["paper"]["upvotes"] for payload in captures[day])
        assert votes_gained == second - first, (day, arxiv_id)


def test_papers_that_vanished_are_kept(archive, captures):
    vanished = {
        (day, arxiv_id)
        for day, payloads in captures.items()
        for arxiv_id in first_items(payloads[0]).keys() - first_items(payloads[-1]).keys()
    }
    listed = set(archive.rows("SELECT listed_on, arxiv_id FROM fact_listing JOIN dim_paper USING (paper_key)"))
    assert vanished
    assert vanished <= listed


def test_titles_dates_and_author_order_are_the_payloads(archive, captures):
    papers = {}
    for payloads in captures.values():
        for payload in payloads:
            papers |= {arxiv_id: item["paper"] for arxiv_id, item in first_items(payload).items()}
    published = archive.rows("SELECT arxiv_id, title, published_on FROM dim_paper")
    assert {(arxiv_id, title, str(day)) for arxiv_id, title, day in published} == {
        (arxiv_id, fold(paper["title"]), paper["publishedAt"][:10]) for arxiv_id, paper in papers.items()
    }
    lists = defaultdict(list)
    for arxiv_id, name in archive.rows(
        """
        SELECT arxiv_id, name_as_printed FROM bridge_paper_author JOIN dim_paper USING (paper_key)
        ORDER BY arxiv_id, position
        """
    ):
        lists[arxiv_id].append(name)
    for arxiv_id, paper in papers.items():
        names = {}
        for author in paper["authors"]:
            names.setdefault(fold(author["name"]).casefold(), fold(author["name"]))
        assert lists[arxiv_id] == list(names.values()), arxiv_id


def test_empty_days_are_empty_and_full_pages_are_read_to_their_end(archive, captures):
    status = dict(archive.rows("SELECT date, status FROM mart_coverage"))
    for day, payloads in captures.items():
        assert status[day] == ("published" if any(payloads) else "empty"), day


def test_building_again_moves_no_bodies_and_publishes_nothing(archive):
    release = archive.release
    archive.web.forget()
    printed = archive("build", "--source", "huggingface", "--from", "2024-12-17", "--to", "2026-08-21")
    assert "Unchanged" in printed
    assert {asked.status for asked in archive.web.asked} == {304}
    assert archive.release == release
