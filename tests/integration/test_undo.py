"""What an operator takes back: papers that are excluded, and those that are purged, from the command to the files."""

import json
import shutil
import sqlite3
from contextlib import closing
from functools import partial

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from dagster_project.build import BuildRequest
from dagster_project.errors import ReleaseError
from dagster_project.lake.home import Home
from dagster_project.purge import purge_paper
from tests.integration.conftest import WEEK, Papers, copy_home
from tests.repository import Repository


@pytest.fixture
def sample(built_week, tmp_path):
    """A copy of the home with a week of the sample."""
    return copy_home(built_week, tmp_path)


@pytest.fixture
def twin(built_week, tmp_path):
    """Another copy of it."""
    return copy_home(built_week, tmp_path / "twin")


LISTED_BY_BOTH = """
    SELECT arxiv_id FROM fact_listing JOIN dim_paper USING (paper_key)
    GROUP BY arxiv_id ORDER BY count(DISTINCT source_key) DESC, count(*) DESC, arxiv_id LIMIT 1
"""


def find_tables(papers, text):
    """Return the tables of a release in which a text stands."""
    found = papers.ask_each(f"SELECT 1 FROM {{0}} AS t WHERE contains(t::VARCHAR, '{text}') LIMIT 1")
    return {name for name, rows in found.items() if rows}


def test_an_excluded_paper_is_in_no_table_of_the_next_release_and_comes_back(sample):
    before, paper = sample.tables(), sample.one(LISTED_BY_BOTH)
    assert "dim_paper" in find_tables(sample, paper)
    said = sample("exclude", "paper", f"https://arxiv.org/abs/{paper}v3", "--reason", "asked for")
    assert f"Excluded: the paper {paper}. Make a release without it: papers build" in said.replace("\n", " ")
    for build in (partial(sample, *WEEK), sample.rebuild):
        build()
        assert find_tables(sample, paper) == {"meta_exclusion"}
    [(kind, arxiv_id, reason)] = sample.rows("SELECT kind, arxiv_id, reason FROM meta_exclusion")
    assert (kind, arxiv_id, reason) == ("paper", paper, "asked for")
    assert sample.rows("SELECT name FROM meta_check WHERE severity = 'error' AND NOT passed") == []
    sample("include", "paper", paper)
    sample.rebuild()
    attempts = {"meta_fetch", "mart_coverage"}  # a build that asks again adds to them
    after = sample.tables()
    assert {name for name in before if before[name] != after[name]} <= attempts


def test_a_corrected_field_is_in_the_next_release_and_the_sources_value_comes_back(sample):
    before, paper = sample.tables(), sample.one(LISTED_BY_BOTH)
    named = (f"https://arxiv.org/abs/{paper}v3", "title")
    said = sample("correct", *named, "The  right title", "--reason", "a typo at the source")
    assert f"Corrected: title of {paper}. Make a release with it: papers build" in said.replace("\n", " ")
    sample.rebuild()
    assert sample.rows("SELECT arxiv_id FROM mart_paper WHERE title = 'The right title'") == [(paper,)]
    assert sample.rows("SELECT arxiv_id, field, value, reason FROM meta_correction") == [
        (paper, "title", "The right title", "a typo at the source")
    ]
    sample("correct", *named, "--undo")
    sample.rebuild()
    assert sample.tables() == before
    for wrong in (("title", "A title"), ("title", "A title", "--unknown", "--reason", "why"), ("votes", "3")):
        assert "Usage: papers correct" in sample("correct", paper, *wrong, status=2)


def test_an_unknown_paper_is_an_error_of_one_line(sample):
    for named in ("2401.99999", "no paper"):
        [line] = sample("exclude", "paper", named, "--reason", "asked for", status=1).splitlines()
        assert line.startswith("papers: ")


def read_texts(file):
    """Yield all that a file says: as it is, unpacked, and as rows."""
    body = file.read_bytes()
    yield f"{file}\n" + body.decode(errors="replace")
    if file.suffix == ".zst":
        yield pa.CompressedInputStream(pa.BufferReader(body), "zstd").read().decode(errors="replace")
    if file.suffix == ".parquet":
        yield "\n".join(map(str, pl.read_parquet(file).iter_rows()))
    if file.suffix == ".duckdb":
        with duckdb.connect(file, read_only=True) as connection:
            for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                yield "\n".join(map(str, connection.execute(f'FROM "{name}"').fetchall()))
    if body.startswith(b"SQLite format 3"):
        with closing(sqlite3.connect(file)) as connection:
            yield "\n".join(connection.iterdump())


def search(home, *texts):
    """Return the files of a home in which one of some texts stands."""
    files = [file for file in home.rglob("*") if file.is_file()]
    return [file for file in files if any(text in said for said in read_texts(file) for text in texts)]


def differ(one, other):
    """Return the tables in which two warehouses differ, but for what tells of fetching and of exclusions."""
    one, other = one.tables(), other.tables()
    return {name for name in one if one[name] != other[name]} - {"meta_exclusion", "meta_fetch", "mart_coverage"}


def find_papers(papers):
    """Return the id and title of the paper on most lists, and of one that only the digest, or only the API, lists."""
    listed = "SELECT arxiv_id, title FROM mart_paper WHERE listed_by = ? ORDER BY listing_count DESC, arxiv_id LIMIT 1"
    both = papers.rows(f"SELECT arxiv_id, title FROM dim_paper WHERE arxiv_id = ({LISTED_BY_BOTH})")
    with duckdb.connect(papers.warehouse, read_only=True) as connection:
        return both + [
            row for name in ("digest", "huggingface") for row in connection.execute(listed, [name]).fetchall()
        ]


def test_a_purged_paper_is_in_no_file_and_all_others_stay_as_they_are(sample, twin):
    purged = find_papers(sample)
    assert len(purged) == 3
    for arxiv_id, title in purged:
        assert search(sample.home, arxiv_id)
        sample("exclude", "paper", arxiv_id, "--reason", "asked for")
        said = twin("exclude", "paper", f"arXiv:{arxiv_id}v1", "--reason", "asked for", "--purge")
        assert "no file in" in said
        assert search(twin.home, arxiv_id, title) == []
        assert len(list((twin.home / "releases").iterdir())) == 1
    sample.rebuild()
    assert differ(sample, twin) == set()
    told = twin.rows("SELECT arxiv_id, reason, is_purged FROM meta_exclusion")
    assert told == [(None, "asked for", True)] * 3
    for build in (partial(twin, *WEEK), partial(twin, *WEEK, "--again"), twin.rebuild):
        build()
        assert search(twin.home, *(text for paper in purged for text in paper)) == []
        assert differ(sample, twin) == set()
    assert twin.rows(
        "SELECT DISTINCT outcome FROM meta_fetch WHERE fetched_at > (SELECT max(excluded_at) FROM meta_exclusion)"
    ) == [("unchanged",)]


DAY = "2025-01-06"


def item(arxiv_id, votes, **more):
    title = f'A Title with \u00e9 & "quotes" of {arxiv_id}'
    return {"paper": {"id": arxiv_id, "title": title, "authors": [{"name": "Ada"}], "upvotes": votes} | more}


@pytest.fixture
def growing(tmp_path):
    """A home, and an archive of somebody's that it reads."""
    theirs, listed = Repository(tmp_path / "theirs"), tmp_path / "list.toml"
    listed.write_text(
        f'[[archive]]\nname = "theirs"\nurl = "{theirs.folder.as_uri()}"\n'
        'path = "days/{date:%Y-%m-%d}.json"\nformat = "huggingface"\nlicence = "CC0"\n'
    )
    return theirs, Papers(tmp_path / "home", {"PAPERS_ARCHIVES": str(listed)})


def test_a_purged_paper_does_not_come_back_from_the_history_of_an_archive(growing):
    theirs, papers = growing
    file, gone = f"days/{DAY}.json", item("2501.00001", 3)
    mention = f"Better than {gone['paper']['title']} (2501.00001)"
    theirs.commit({file: json.dumps([gone, item("2501.00002", 5, summary=mention)])}, 1736150400)
    theirs.commit({file: json.dumps([item("2501.00002", 6), json.dumps(gone)])}, 1736154000)
    papers.build(BuildRequest(archives=["theirs"]))
    assert papers.one("SELECT count(*) FROM dim_paper") == 2
    papers("exclude", "paper", "2501.00001", "--reason", "asked for", "--purge")
    theirs.commit({file: json.dumps([item("2501.00003", 1), gone, item("2501.00002", 9, summary=mention)])}, 1736157600)
    again = ("build", "--archive", "theirs", "--again")
    for build in (partial(papers, *again[:-1]), partial(papers, *again), papers.rebuild):
        build()
        assert search(papers.home, "2501.00001", "quotes of 2501.00001") == []
    assert papers.rows(
        "SELECT arxiv_id, rank, votes FROM fact_observation JOIN dim_paper USING (paper_key) ORDER BY observed_at, rank"
    ) == [
        ("2501.00002", 2, 5),
        ("2501.00002", 1, 6),
        ("2501.00003", 1, 1),
        ("2501.00002", 3, 9),
    ]
    assert papers.one("SELECT abstract FROM dim_paper WHERE abstract IS NOT NULL") == "Better than [purged] ([purged])"


def test_a_purge_that_fails_half_way_is_finished_by_the_same_call(sample, settings_for, tmp_path, caplog):
    [(arxiv_id, title), *_] = find_papers(sample)
    home, before = Home(sample.home), sample.release
    with pytest.raises(ReleaseError, match="the release could not be built"):
        purge_paper(home, settings_for(home=sample.home, storage_version="v0"), arxiv_id, "asked for")
    assert sample.release == before
    sample.rebuild()
    assert "a purge was stopped half-way" in caplog.text
    assert "another purge was not finished" in sample(
        "exclude", "paper", find_papers(sample)[0][0], "--reason", "asked for", "--purge", status=1
    )
    history = sample.home / "dagster" / "history" / "runs" / "index.db"
    with closing(sqlite3.connect(history)) as left:  # as a process that was killed leaves it: with files beside it
        left.execute("PRAGMA journal_mode = wal")
        left.execute("CREATE TABLE more (number)")
        for end in ("-wal", "-shm"):
            shutil.copy(f"{history}{end}", tmp_path)
    for end in ("-wal", "-shm"):
        shutil.copy(tmp_path / f"index.db{end}", f"{history}{end}")
    sample("exclude", "paper", arxiv_id, "--reason", f"{title} has to go", "--purge")
    assert search(sample.home, arxiv_id, title) == []
    assert sample.rows("SELECT reason FROM meta_exclusion") == [("[purged] has to go",)]


def test_a_purged_capture_is_gone_and_stays_away(sample):
    named = sample.rows(
        "SELECT source, date::VARCHAR, captured_at, sha256 FROM meta_fetch WHERE source = 'huggingface' "
        "AND archive = 'own' AND outcome = 'fetched' ORDER BY captured_at LIMIT 1"
    )
    [(source, day, captured_at, sha256)] = named
    assert search(sample.home / "dagster", sha256)
    place = (source, day, captured_at.isoformat(), "--archive", "own")
    said = sample("exclude", "capture", *place, "--reason", "a test of theirs", "--purge")
    assert "Dagster's history named it" in said
    rest = [partial(sample, *WEEK), partial(sample, *WEEK, "--again"), sample.rebuild]
    for build in (None, *rest):  # the purge itself reads all again
        if build:
            build()
        assert search(sample.home, sha256) == []
        seen = f"SELECT count(*) FROM fact_observation WHERE observed_at = '{captured_at}' AND listed_on = '{day}'"
        assert (
            sample.one(
                f"{seen} AND source_key = (SELECT source_key FROM dim_source WHERE source = '{source}') "
                "AND archive_key = (SELECT archive_key FROM dim_archive WHERE archive = 'own')"
            )
            == 0
        )
    assert sample.rows("SELECT kind, is_purged, reason FROM meta_exclusion") == [("capture", True, "a test of theirs")]
