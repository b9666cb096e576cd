"""Git archives, from the command to the warehouse: the real ones against a plain reading, and one that grows."""

import ast
import csv
import datetime as dt
import html
import json
import re
import subprocess
import tomllib
from typing import NamedTuple

import pytest
from defusedxml.ElementTree import fromstring

from dagster_project.build import BuildRequest
from dagster_project.sources.archives import BUNDLED
from tests.integration.conftest import Papers
from tests.repository import Repository

ARXIV_ID = re.compile(r"\d{4}\.\d{5}")
UPVOTES = re.compile(r"<b>Upvotes:</b>\s*(\d+)")


def write_list(file, *archives):
    """Write a list of archives, each given as its table."""
    tables = (
        "\n".join(["[[archive]]", *(f"{name} = {json.dumps(value)}" for name, value in one.items())])
        for one in archives
    )
    file.write_text("\n\n".join(tables))
    return str(file)


class Version(NamedTuple):
    """A file as a commit left it, read by nothing but git."""

    committed_at: dt.datetime
    path: str
    body: bytes


def read_history(bundle, folder):
    """Return every version of every file in a bundle."""
    subprocess.run(["git", "clone", "--quiet", "--mirror", bundle, folder], check=True, capture_output=True)
    git = ["git", f"--git-dir={folder}"]
    log = [*git, "log", "--all", "--no-renames", "--diff-filter=AM", "--format=%x00%ct %H", "--name-only"]
    listed = subprocess.run(log, check=True, capture_output=True, text=True).stdout
    found = []
    for record in listed.split("\0")[1:]:
        head, *paths = filter(None, record.splitlines())
        seconds, commit = head.split()
        at = dt.datetime.fromtimestamp(int(seconds), dt.UTC).replace(tzinfo=None)
        found += [(at, path, f"{commit}:{path}") for path in paths]
    asked = "".join(f"{name}\n" for *_, name in found).encode()
    answered = subprocess.run([*git, "cat-file", "--batch"], check=True, capture_output=True, input=asked).stdout
    versions = []
    for at, path, _ in found:
        head, _, answered = answered.partition(b"\n")
        size = int(head.split()[2])
        versions.append(Version(at, path, answered[:size]))
        answered = answered[size + 1 :]
    return versions


def read_list(body):
    """Return the votes of each paper in an answer of the API as archives keep it; None if it is no list."""
    try:
        payload = json.loads(body)
    except ValueError:
        return None
    if payload == 1:
        return {}
    if not isinstance(payload, list):
        return None
    items = [ast.literal_eval(item) if isinstance(item, str) else item for item in payload]
    votes = {}
    for item in items:
        votes.setdefault(item["paper"]["id"], item["paper"]["upvotes"])
    return votes


def read_feed(body):
    """Return the votes of each paper in a feed."""
    votes = {}
    for item in fromstring(body).iter("item"):
        arxiv_id = ARXIV_ID.search(item.findtext("link"))[0]
        printed = UPVOTES.search(html.unescape(item.findtext("description")))
        votes.setdefault(arxiv_id, int(printed[1]))
    return votes


@pytest.fixture(scope="module")
def bundles(shared_data):
    return {file.stem: file for file in (shared_data / "archives").glob("*.bundle")}


@pytest.fixture(scope="module")
def histories(bundles, tmp_path_factory):
    """Every version in each of the real archives."""
    return {name: read_history(file, tmp_path_factory.mktemp("clones") / name) for name, file in bundles.items()}


@pytest.fixture(scope="module")
def archives(bundles, tmp_path_factory):
    """A home built from the real archives alone."""
    folder = tmp_path_factory.mktemp("archives")
    listed = tomllib.loads(BUNDLED.read_text())["archive"]
    file = write_list(folder / "list.toml", *({**one, "url": bundles[one["name"]].as_uri()} for one in listed))
    papers = Papers(folder / "home", {"PAPERS_ARCHIVES": file})
    papers.printed = papers("build", "--source", "archive")
    return papers


def observations(papers, archive):
    rows = papers.rows(
        f"""
        SELECT arxiv_id, observed_at, votes
        FROM fact_observation
        JOIN dim_paper USING (paper_key)
        JOIN dim_archive USING (archive_key)
        WHERE archive = '{archive}'
        """
    )
    assert len(rows) == len(set(rows))
    return set(rows)


@pytest.mark.parametrize("archive", ["autoflow", "newsletter", "pushpaper"])
def test_every_list_in_a_history_is_seen_with_the_commits_time_and_its_votes(archives, histories, archive):
    plain = {
        (arxiv_id, version.committed_at, votes)
        for version in histories[archive]
        for arxiv_id, votes in (read_list(version.body) or {}).items()
    }
    assert observations(archives, archive) == plain


def test_every_item_of_a_feed_is_seen_once_a_list_names_its_paper(archives, histories):
    listed = {arxiv_id for (arxiv_id,) in archives.rows("SELECT arxiv_id FROM dim_paper")}
    items = [
        (arxiv_id, version.committed_at, votes)
        for version in histories["feed"]
        for arxiv_id, votes in read_feed(version.body).items()
    ]
    assert observations(archives, "feed") == {item for item in items if item[0] in listed}
    assert archives.rows("SELECT papers, unlisted_papers FROM dim_archive WHERE archive = 'feed'") == [
        (len({paper for paper, *_ in items}), len({paper for paper, *_ in items} - listed))
    ]
    assert archives.rows(
        "SELECT DISTINCT listed_on FROM fact_observation JOIN dim_source USING (source_key) WHERE source = 'feed'"
    ) == [(None,)]


def test_a_digest_was_captured_when_it_was_committed(archives, histories):
    committed = {
        (dt.datetime.strptime(one.path, "paper_logs/%Y/%m/%d.md").date(), one.committed_at)
        for one in histories["daily_papers_ko"]
    }
    logged = archives.rows(
        "SELECT date, captured_at FROM meta_fetch WHERE source = 'digest' AND time_basis = 'committed'"
    )
    assert set(logged) == committed


def test_papers_that_only_earlier_versions_of_a_digest_hold_are_found(archives, shared_data):
    listed = archives.rows(
        """
        SELECT listed_on::VARCHAR, arxiv_id
        FROM fact_listing
        JOIN dim_paper USING (paper_key)
        JOIN dim_source USING (source_key)
        WHERE source = 'digest'
        """
    )
    with (shared_data / "digests" / "index.csv").open(encoding="utf-8") as file:
        named = {(row["date"], row["url"].rpartition("/")[2]) for row in csv.DictReader(file)}
    assert len(named - set(listed)) == 2


def test_papers_are_seen_at_later_ages(archives):
    ages = archives.rows(
        """
        WITH api AS (
            SELECT DISTINCT paper_key
            FROM fact_observation
            JOIN dim_source USING (source_key)
            WHERE source = 'huggingface'
        ),
        oldest AS (
            SELECT paper_key, max(hours_since_listed) AS hours
            FROM fact_observation
            JOIN api USING (paper_key)
            JOIN dim_source USING (source_key)
            WHERE source <> 'digest'
            GROUP BY paper_key
        )
        SELECT
            count(*), count(*) FILTER (hours >= 24), count(*) FILTER (hours >= 72), count(*) FILTER (hours >= 168),
            count(*) FILTER (hours >= 336)
        FROM oldest
        """
    )
    assert ages == [(6990, 5271, 2605, 1429, 1117)]


def test_a_second_reading_takes_and_publishes_nothing(archives):
    release, before = archives.release, archives.tables()
    assert "Unchanged" in archives("build", "--source", "archive")
    assert (archives.release, archives.tables()) == (release, before)


@pytest.mark.long
def test_the_same_tables_are_made_again_offline(archives):
    before = archives.tables()
    archives("build", "--offline")
    assert archives.tables() == before


def test_a_home_is_not_much_larger_than_its_archives(archives, bundles):
    parts = (archives.home / name for name in ("raw", "lake", "archives", "dagster"))
    size = sum(file.stat().st_size for part in parts for file in part.rglob("*") if file.is_file())
    assert size < 3 * sum(file.stat().st_size for file in bundles.values())


DAY = "2025-01-06"
FILE = f"days/{DAY}.json"


def item(arxiv_id, votes):
    paper = {"id": arxiv_id, "title": f"Title of {arxiv_id}", "authors": [{"name": "Ada"}], "upvotes": votes}
    return {"paper": paper, "title": paper["title"]}


def start_archive(folder):
    """Return an archive of somebody's, and a home that reads it."""
    theirs = Repository(folder / "theirs")
    listed = {
        "name": "theirs",
        "url": theirs.folder.as_uri(),
        "path": "days/{date:%Y-%m-%d}.json",
        "format": "huggingface",
        "licence": "CC0",
    }
    return theirs, Papers(folder / "home", {"PAPERS_ARCHIVES": write_list(folder / "list.toml", listed)})


def at(time):
    return int(dt.datetime.fromisoformat(time).replace(tzinfo=dt.UTC).timestamp())


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """Such a home, built before and after a second commit."""
    theirs, papers = start_archive(tmp_path_factory.mktemp("grown"))
    theirs.commit({FILE: json.dumps([item("2501.00001", 3)])}, at(f"{DAY} 08:00"))
    papers.build(BuildRequest(archives=["theirs"]))
    theirs.commit({FILE: json.dumps([item("2501.00001", 9)])}, at("2025-01-07 20:00"))
    papers.printed = papers("build", "--archive", "theirs")
    return theirs, papers


def test_one_new_commit_is_one_new_capture(grown):
    theirs, papers = grown
    assert re.search(r"theirs +│ +1 │ +1 │ +0 ", papers.printed)
    votes = "SELECT captured_at::VARCHAR, votes, votes_gained FROM fact_vote ORDER BY 1"
    assert papers.rows(votes) == [("2025-01-06 08:00:00", 3, None), ("2025-01-07 20:00:00", 9, 6)]
    assert papers.rows("SELECT age_hours, votes, gap_hours FROM fact_vote_age ORDER BY 1") == [
        (12, 3 + 6 * 4 / 36, 36.0),
        (24, 3 + 6 * 16 / 36, 36.0),
    ]
    logged = papers.rows("SELECT commit, path, time_basis, archive, outcome FROM meta_fetch ORDER BY captured_at DESC")
    assert logged[0] == (theirs.git("rev-parse", "HEAD"), FILE, "committed", "theirs", "fetched")
    assert "theirs" in papers("status")


def test_an_unknown_archive_is_wrong_usage(tmp_path):
    _, papers = start_archive(tmp_path)
    assert "there is no archive 'other'; choose from theirs" in papers("build", "--archive", "other", status=2)


def test_one_capture_of_an_archive_is_excluded_and_included(grown):
    _, papers = grown
    named = ("huggingface", DAY, "2025-01-07T20:00", "--archive", "theirs")
    papers("exclude", "capture", *named, "--reason", "poisoned")
    papers.rebuild()
    assert papers.one("SELECT max(votes) FROM fact_observation") == 3
    assert papers.rows("SELECT archive, reason FROM meta_exclusion") == [("theirs", "poisoned")]
    papers("include", "capture", *named)
    papers.rebuild()
    assert papers.one("SELECT max(votes) FROM fact_observation") == 9


def test_an_archive_that_is_gone_loses_nothing_and_is_named(grown):
    theirs, papers = grown
    before = papers.tables()
    theirs.folder.rename(theirs.folder.with_name("moved"))
    printed = papers("build", "--archive", "theirs", status=1)
    assert "correct the address" in printed
    assert papers.tables() == before
