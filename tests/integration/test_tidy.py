"""`papers tidy` frees the room of old releases and old runs, and leaves what is in use as it is."""

import datetime as dt
import re
import shutil

import dagster as dg
import time_machine

from dagster_project.defs.instance import open_instance
from dagster_project.defs.jobs import build_job
from dagster_project.lake.home import Home
from dagster_project.lake.raw import RawStore
from tests.integration.conftest import WEEK, Papers, copy_home
from tests.raw_files import scatter


def begin_run(home, days_ago):
    """Note a run that began some days ago, and was killed."""
    with (
        time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)),
        open_instance(home / "dagster") as instance,
    ):
        instance.create_run_for_job(build_job, status=dg.DagsterRunStatus.STARTED)


def test_old_releases_and_runs_go_and_what_is_in_use_stays(built_week, tmp_path):
    papers = copy_home(built_week, tmp_path)
    releases, tables = papers.home / "releases", papers.tables()
    for year in range(2020, 2024):
        shutil.copytree(releases / papers.release, releases / f"{year}0101T000000-00000000")
    for days_ago in (1, 15, 400):
        begin_run(papers.home, days_ago)
    said = papers("tidy")
    size = (releases / papers.release / "papers.duckdb").stat().st_size
    freed = float(re.search(r"Removed 2 releases and 2 runs; ([\d.]+) MB became free", said)[1])
    assert 2 * size < freed * 1e6 < 2.2 * size + 1e6
    assert sorted(folder.name for folder in releases.iterdir()) == [
        "20220101T000000-00000000",
        "20230101T000000-00000000",
        papers.release,
    ]
    assert papers.tables() == tables
    assert "Removed 0 releases and 0 runs; 0.0 MB became free" in papers("tidy")
    assert "Unchanged" in papers(*WEEK)


def test_releases_go_by_their_age_too(built_week, tmp_path):
    papers = copy_home(built_week, tmp_path)
    releases = papers.home / "releases"
    for year in range(2020, 2026):
        shutil.copytree(releases / papers.release, releases / f"{year}0101T000000-00000000")
    papers.env |= {"PAPERS_KEEP_RELEASES": "100", "PAPERS_KEEP_RELEASE_DAYS": "30"}
    assert "Removed 4 releases" in papers("tidy")
    assert sorted(folder.name[:4] for folder in releases.iterdir()) == ["2024", "2025", papers.release[:4]]


def test_answers_in_single_files_are_packed_and_the_home_shrinks(built_sample, tmp_path):
    """As releases before packs left them."""
    papers = copy_home(built_sample, tmp_path)
    home = Home(papers.home)
    raw, tables = RawStore(home.raw), papers.tables()
    scatter(home)
    before = dict(raw.read(raw.list_held()))
    freed = float(re.search(r"; ([\d.]+) MB became free", papers("tidy"))[1])
    assert freed > 0
    assert dict(raw.read(raw.list_held())) == before
    assert len(list(home.raw.glob("??/*"))) <= 1  # arXiv's only answer
    assert papers.tables() == tables


def test_where_no_home_is_none_is_made(tmp_path):
    papers = Papers(tmp_path / "home")
    assert "Removed 0 releases and 0 runs" in papers("tidy")
    assert not papers.home.exists()


def test_the_first_build_of_a_day_removes_old_runs_and_says_so(built_week, tmp_path):
    papers = copy_home(built_week, tmp_path)
    with open_instance(papers.home / "dagster") as instance:
        for record in instance.get_run_records():
            instance.delete_run(record.dagster_run.run_id)
    begin_run(papers.home, 400)
    begin_run(papers.home, 2)
    assert "Removed 1 old run" in papers(*WEEK)
    begin_run(papers.home, 400)
    begin_run(papers.home, 0)
    assert "old run" not in papers(*WEEK)
