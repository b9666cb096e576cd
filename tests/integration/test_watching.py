"""`papers status --check` and the user's command for failures, on homes that builds made."""

import datetime as dt
import json
import subprocess
import sys
from functools import partial

import pytest

from dagster_project.build import BuildRequest
from dagster_project.config import load_settings
from dagster_project.defs import events, jobs
from dagster_project.defs.resources import Papers as Resource
from dagster_project.lake.home import Home
from dagster_project.models.catalog import load_checks
from dagster_project.pipeline import publishing
from dagster_project.publish.checks import BrokenReleaseError
from dagster_project.publish.health import examine
from dagster_project.publish.release import publish
from tests.integration.conftest import copy_home, digest_of
from tests.loopback import Answer

HEAVY = {"dagster", "sqlglot", "polars", "pyarrow", "dataframely", "httpx", "rich"}
ASK = """
import sys
from click.testing import CliRunner
from dagster_project.cli import main
done = CliRunner().invoke(main, ["status", "--check", "--home", sys.argv[1]])
print(done.exit_code, *sorted(sys.modules))
"""


@pytest.fixture
def day():
    """Yesterday: today's digest is written at 23:00, and one that is seen before counts as one from the future."""
    return dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)


@pytest.fixture
def told(tmp_path):
    """The file to which each call of the user's command adds a line; it is in the folder of the home's."""
    return tmp_path / "told"


def test_the_sample_is_well_in_one_line_and_stays_so(built_sample):
    said = built_sample("status", "--check")
    assert said == f"All is well: release {built_sample.release}, of the sample.\n"
    settings = load_settings(home=built_sample.home, min_free=0)
    later = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(days=400)
    assert examine(Home.from_settings(settings), settings, lambda: later).is_well


def test_it_imports_little(built_sample):
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(built_sample.home)],
        env=built_sample.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    status, *modules = done.stdout.split()
    assert status == "0"
    assert HEAVY & set(modules) == set()


def test_without_a_release_it_says_what_to_type_in_each_format(papers):
    said = papers("status", "--check", status=1)
    assert said.startswith(f"papers: no warehouse at {papers.warehouse}; make one with: ")
    assert said.endswith("papers build\n")
    assert said.count("\n") == 1
    for check, status in (((), 0), (("--check",), 1)):
        told = papers("status", "--format", "json", *check, status=status)
        said = json.loads(told[: told.rindex("}") + 1])
        assert (said["is_well"], said["release"], said["problems"][0]["kind"]) == (False, None, "release")
        assert 'papers_problem{kind="release",subject="release"} 1' in papers(
            "status", "--format", "prometheus", *check, status=status
        )
    assert not papers.home.exists()


def test_a_table_is_not_written_to_a_file(papers, tmp_path):
    assert "--output is for --format json and prometheus" in papers("status", "--output", str(tmp_path / "x"), status=2)


def test_a_home_that_is_kept_up_to_date_is_well_until_its_source_falls_silent(online, day, told, monkeypatch):
    papers, web = online
    digest = Answer(body=digest_of(day, 1))
    web.play(f"{day:%Y/%m/%d}", [digest, digest, Answer(503)])
    papers.env |= {"PAPERS_ON_FAILURE": f"tee -a {told}", "HF_TOKEN": "hf_s3cret"}
    for name, value in papers.env.items():
        monkeypatch.setenv(name, value)
    asked = BuildRequest(sources=["digest"], first=day, last=day)
    papers.build(asked)
    well = f"All is well: release {papers.release}, confirmed 0 minutes ago; last answer"
    assert papers("status", "--check").startswith(well)
    before = json.loads(papers("status", "--check", "--format", "json"))
    assert (before["sources"][0]["source"], before["sources"][0]["newest_day"]) == ("digest", str(day))
    assert before["last_build"] == {"ended_at": before["confirmed_at"], "problem": None}

    papers.build(asked)
    settings = load_settings(home=papers.home)
    facts = examine(Home.from_settings(settings), settings).facts
    assert facts.release.release_id == before["release"]["release_id"]
    assert facts.confirmed_at.isoformat() + "Z" > before["confirmed_at"]
    assert not told.exists()

    said = papers("build", "--source", "digest", "--from", str(day), "--to", str(day), status=1)
    [line] = told.read_text().splitlines()
    assert line.startswith("none of 1 days could be fetched; digest")
    assert line in said
    assert examine(Home.from_settings(settings), settings).is_well  # a failed request is no silence yet
    papers.env["PAPERS_MAX_SILENCE"] = "0.000001"
    said = papers("status", "--check", status=1)
    assert said.startswith("papers: digest has not answered for 0 minutes, since ")
    assert "503" in said
    papers.env["PAPERS_ACCEPTED"] = "digest, days_answered_in_full=1"
    papers("status", "--check")


def test_a_file_for_the_node_exporter_is_written_whole(built_sample, tmp_path):
    file = tmp_path / "papers.prom"
    assert built_sample("status", "--format", "prometheus", "--output", str(file)) == ""
    assert "papers_well 1.0\n" in file.read_text()


def test_a_release_whose_checks_fail_is_told_once_and_known_to_the_home(built_week, tmp_path, sql, monkeypatch, told):
    papers = copy_home(built_week, tmp_path)
    monkeypatch.setenv("PAPERS_ON_FAILURE", f"tee -a {told}")
    settings = load_settings(home=papers.home, min_free=0)
    home = Home.from_settings(settings)
    (sql / "checks" / "no_papers.sql").write_text("-- error: there are no papers\nSELECT arxiv_id FROM dim_paper\n")
    with monkeypatch.context() as patched:
        patched.setattr(events, "load_checks", partial(load_checks, sql))
        patched.setattr(publishing, "publish_lake", partial(publish, sql=sql))
        with pytest.raises(BrokenReleaseError, match="no_papers"):
            jobs.run_build(Resource({"home": str(papers.home)}), BuildRequest())
    [line] = told.read_text().splitlines()
    assert line.startswith("nothing was published, 1 of ")
    health = examine(home, settings)
    [problem] = health.problems
    assert problem.kind == "build"
    assert "no_papers" in problem.text
    assert health.facts.release.release_id == papers.release
