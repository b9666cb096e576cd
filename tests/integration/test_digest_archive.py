"""The whole archive of digests, over HTTP, against what its files and its own index say."""

import csv
import datetime as dt
import shutil
import sys
import time

import pytest

from tests.integration.conftest import Papers
from tests.integration.plain import as_printed
from tests.loopback import Loopback

FIRST, LAST = "2023-11-20", "2025-05-10"


@pytest.fixture(scope="module")
def archive(shared_data, tmp_path_factory):
    """A home built from all digests, the server that served them, and how long it took."""
    with Loopback() as web:
        web.serve_digests(shared_data / "digests")
        papers = Papers(
            tmp_path_factory.mktemp("archive") / "home",
            {"PAPERS_DIGEST_URL": web.digest_url, "PAPERS_DIGEST_INDEX_URL": f"{web.url}/index.csv"},
        )
        started = time.monotonic()
        papers.printed = papers("build", "--source", "digest", "--from", FIRST, "--to", LAST)
        papers.seconds = time.monotonic() - started
        shutil.copytree(papers.home / "raw", papers.home.parent / "raw after the first build")
        papers.at_first = papers.tables()
        papers.web = web
        papers.folder = shared_data / "digests"
        yield papers


def test_every_day_with_a_file_is_published_and_the_others_are_missing(archive):
    files = {dt.date(*map(int, file.with_suffix("").parts[-3:])) for file in archive.folder.glob("*/*/*.md")}
    coverage = archive.rows("SELECT date, status FROM mart_coverage")
    assert {date for date, status in coverage if status == "published"} == files
    assert {status for date, status in coverage if date not in files} == {"missing"}
    assert len(coverage) == (dt.date.fromisoformat(LAST) - dt.date.fromisoformat(FIRST)).days + 1


def test_every_entry_has_the_id_title_rank_and_votes_of_its_file(archive):
    published = archive.rows(
        """
        SELECT listing.listed_on, listing.rank, paper.arxiv_id, entry.title, listing.votes_at_capture, vote.votes
        FROM fact_listing AS listing
        JOIN dim_paper AS paper USING (paper_key)
        JOIN fact_vote AS vote USING (paper_key, source_key, listed_on)
        JOIN dim_paper_version AS entry USING (paper_key)
        WHERE entry.is_current
        ORDER BY ALL
        """
    )
    printed = []
    for file in archive.folder.glob("*/*/*.md"):
        day = dt.date(*map(int, file.with_suffix("").parts[-3:]))
        for rank, (arxiv_id, title, votes, _) in enumerate(as_printed(file), start=1):
            printed.append((day, rank, arxiv_id, title, votes, votes))
    assert published == sorted(printed, key=lambda row: row[:2])


def test_every_paper_has_the_authors_of_its_file(archive):
    published = {}
    for arxiv_id, name in archive.rows(
        "SELECT arxiv_id, name_as_printed FROM bridge_paper_author JOIN dim_paper USING (paper_key)"
    ):
        published.setdefault(arxiv_id, set()).add(name.casefold())
    for file in archive.folder.glob("*/*/*.md"):
        for arxiv_id, _, _, names in as_printed(file):
            assert published.get(arxiv_id, set()) == {name.casefold().removeprefix("and ") for name in names}, file


def test_every_entry_stands_in_the_archives_own_index(archive):
    with (archive.folder / "index.csv").open(encoding="utf-8") as file:
        index = {(row["date"], row["url"].rpartition("/")[2], row["title"]) for row in csv.DictReader(file)}
    published = archive.rows(
        """
        SELECT CAST(listing.listed_on AS VARCHAR), paper.arxiv_id, paper.title
        FROM fact_listing AS listing JOIN dim_paper AS paper USING (paper_key)
        """
    )
    assert set(published) <= index
    assert len(index - set(published)) == 20  # rows of the index that stand in no digest


def test_the_release_says_which_rows_of_the_index_stand_in_no_digest(archive):
    assert archive.rows("SELECT passed, broken_rows FROM meta_check WHERE name = 'listings_match_index'") == [
        (False, 20)
    ]
    assert "listings_match_index: 20 rows" in archive.printed


def test_no_line_was_rejected(archive):
    assert archive.rows("SELECT * FROM meta_reject") == []


def test_building_again_moves_no_bodies_and_publishes_nothing(archive):
    release, before, files, runs = archive.release, archive.tables(), parquet(archive.home), runs_of(archive.home)
    archive.web.forget()
    started = time.monotonic()
    printed = archive("build", "--source", "digest", "--from", FIRST, "--to", LAST)
    again = time.monotonic() - started
    sys.stdout.write(f"first build {archive.seconds:.1f} s, again {again:.1f} s\n")
    assert "Unchanged" in printed
    assert not [asked.path for asked in archive.web.asked if asked.status == 200]
    assert {asked.status for asked in archive.web.asked if "if-none-match" not in asked.headers} == {404}
    assert sum(asked.status == 304 for asked in archive.web.asked) == 185  # with the index
    assert (archive.release, archive.tables()) == (release, before)
    assert not list((archive.home / "releases").glob(".*"))
    assert parquet(archive.home) == files
    assert len(runs_of(archive.home) - runs) == 1  # that which asks; with nothing to read or publish there is no other


def parquet(home) -> dict:
    """Return the files of the lake, with when they were written."""
    return {file: file.stat().st_mtime_ns for file in (home / "lake").rglob("*.parquet")}


def runs_of(home) -> set:
    """Return the runs that Dagster remembers: each has a database."""
    return {file.stem for file in (home / "dagster" / "history" / "runs").glob("*-*.db")}


def test_rebuilding_from_raw_bytes_gives_the_same_tables(archive, tmp_path):
    other = Papers(tmp_path / "home")
    shutil.copytree(archive.home.parent / "raw after the first build", other.home / "raw")
    other("build", "--offline")
    assert other.tables() == archive.at_first
