"""Several processes on one home: one writes, the others wait and can say for whom; nothing of any is lost."""

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.defs.instance import open_instance
from dagster_project.defs.location import make_location
from dagster_project.defs.resources import Papers as DagsterPapers
from dagster_project.errors import HomeBusyError
from dagster_project.lake.home import Home
from tests.integration.conftest import PAPERS, Papers
from tests.loopback import Answer, Asked, Loopback
from tests.reliability.figures import Figure, tell
from tests.reliability.test_kill import content, left_over, missing

CHECKOUT = Path(__file__).parents[2]
PART = "Several at once"
FIRST, LAST = dt.date(2024, 3, 1), dt.date(2024, 3, 16)
AT_ONCE = 2
"""Requests that one step may have open (`PAPERS_CONCURRENCY`)."""

BACKFILL = """
from tests.reliability.test_two_at_once import backfill
backfill("2024-03-04", "2024-03-12")
"""
SCHEDULED = """
import datetime as dt
import dagster as dg
from dagster_project.defs.instance import open_instance
from dagster_project.defs.location import make_location
from dagster_project.defs.resources import Papers
papers = Papers()
location, tick = make_location(papers), dt.datetime(2024, 3, 16, 23, 30, tzinfo=dt.UTC)
with open_instance(papers.home().dagster) as instance, dg.build_schedule_context(
    instance=instance, scheduled_execution_time=tick, repository_def=location.get_repository_def(), resources={}
) as context:
    config = location.resolve_schedule_def("daily_digest")(context).run_config
    assert location.resolve_job_def("build").execute_in_process(instance=instance, run_config=config).success
"""
BEGIN = """
import os, sys, time
from pathlib import Path
from dagster_project.defs.instance import open_instance
for number in range(int(sys.argv[2])):
    folder, begin = Path(sys.argv[1]) / str(number) / "dagster", time.monotonic() + 0.1
    children = []
    for _ in range(3):
        children.append(os.fork())
        if children[-1] == 0:
            time.sleep(max(0, begin - time.monotonic()))
            with open_instance(folder) as instance:
                instance.get_runs(limit=1)
            sys.exit()
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
"""
BUILD = [PAPERS, "build", "--source", "digest", "--from", str(FIRST), "--to", "2024-03-07"]
ALL = [BUILD, [sys.executable, "-c", BACKFILL], [sys.executable, "-c", SCHEDULED]]
"""A person's build, a backfill and a scheduled run, with days that two of them ask for."""


class Slow(Loopback):
    """Takes its time for each answer, and counts how many are waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.open = self.most_open = 0
        self._count = threading.Lock()

    def answer(self, asked: Asked) -> Answer:
        with self._count:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        time.sleep(0.03)
        with self._count:
            self.open -= 1
        return super().answer(asked)


@pytest.fixture
def slow(tmp_path):
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + dt.timedelta(days=number)
        file = tmp_path / f"digests/{day:%Y/%m/%d}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        entry = f"### [P](https://arxiv.org/abs/2403.{number:05})\n\nVote: {number}\n\n- 요약\n"
        file.write_text(f"## Daily Papers ({day})\n\n{entry}")
    with Slow() as web:
        web.serve_digests(tmp_path / "digests")
        yield web


@pytest.fixture
def started(slow):
    """Starts commands on a home, with the slow server as the source; none outlives the test."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PAPERS_", "DAGSTER_"))}
    settings = {
        "PAPERS_DIGEST_URL": slow.digest_url,
        "PAPERS_CONCURRENCY": str(AT_ONCE),
        "PAPERS_REQUESTS_PER_SECOND": "10000",
    }
    processes = []

    def start(command, home):
        env, pipe = clean | settings | {"PAPERS_HOME": str(home)}, subprocess.PIPE
        processes.append(subprocess.Popen(command, env=env, cwd=CHECKOUT, stdout=pipe, stderr=pipe, text=True))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def ended(process):
    out, err = process.communicate(timeout=1_000)  # pytest's own limit is shorter in the short forms
    assert process.returncode == 0, out + err
    return out + err


def backfill(first, last):
    """Fetch and read days of March as a run of Dagster's on single assets, then build what that calls for."""
    days = {"config": {"first": first, "last": last}}
    papers = DagsterPapers()
    assets = dg.define_asset_job("assets", selection=["raw_digest", "lake_digest"])
    location = dg.Definitions.merge(make_location(papers), dg.Definitions(jobs=[assets]))
    with open_instance(papers.home().dagster) as instance:
        loaded = location.resolve_job_def("assets").execute_in_process(
            instance=instance,
            partition_key="2024-03",
            run_config={"ops": {"raw_digest": days, "lake_digest": days}},
        )
        # What the sensor asks for, once that run is done.
        assert location.resolve_job_def("build").execute_in_process(instance=instance).success
        return loaded


def wait_for_step(home):
    """Return once a step of Dagster's on a single asset has begun."""
    with open_instance(home / "dagster") as instance:
        while not any(
            event.dagster_event_type == dg.DagsterEventType.STEP_START
            for run in instance.get_runs(dg.RunsFilter(job_name="assets"))
            for event in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_START)
        ):
            time.sleep(0.05)


def materialised(home):
    with open_instance(home / "dagster") as instance:
        return {
            asset: sorted(instance.get_materialized_partitions(dg.AssetKey(asset)))
            for asset in ("raw_digest", "lake_digest")
        }


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.long)])
def test_three_at_once_do_what_one_does_that_takes_all_their_days(tmp_path, slow, started, rounds):
    alone = tmp_path / "alone"
    ended(started([*BUILD[:-1], str(LAST)], alone))
    wanted, days = content(alone), materialised(alone)
    assert days == {"raw_digest": ["2024-03"], "lake_digest": ["2024-03"]}
    assert Papers(alone).one("SELECT count(*) FROM mart_coverage WHERE status = 'published'") == (LAST - FIRST).days + 1
    lost = 0
    for number in range(rounds):
        home = tmp_path / f"at once {number}"
        slow.forget()
        processes = [started(command, home) for command in ALL]
        for process in processes:
            ended(process)
        assert materialised(home) == days
        asked = [path for path in slow.paths if path.endswith(".md")]
        lost += missing(content(home), wanted)
        lost += len(asked) - Papers(home).one("SELECT count(*) FROM meta_fetch WHERE status IS NOT NULL")
        assert left_over(home) == []
    outcome = "the same content and partitions as of one run over all days, and every request in the log"
    tell(Figure(PART, "a build, a backfill and a scheduled run on one new home", 3 * rounds, lost, 0, None, outcome))
    assert lost == 0
    outcome = f"never more than {slow.most_open} open, as for one run alone"
    tell(Figure(PART, "requests of all of them to one host", 3 * rounds, outcome=outcome))
    assert slow.most_open == AT_ONCE


@pytest.mark.parametrize("rounds", [2, pytest.param(30, marks=pytest.mark.long)])
def test_processes_that_begin_a_home_together_make_one_history(tmp_path, started, rounds):
    ended(started([sys.executable, "-c", BEGIN, str(tmp_path), str(rounds)], tmp_path))
    tell(Figure(PART, "the first runs of a new home, begun together", 3 * rounds, outcome="one history, whole"))


@pytest.mark.parametrize("second", [pytest.param("a build", marks=pytest.mark.long), "a backfill"])
def test_who_waits_says_for_whom_and_goes_on_when_that_one_is_killed(tmp_path, slow, started, second):
    home = tmp_path / "home"
    slow.play("2024/03/01", [Answer(after=100)])
    holder = started(BUILD, home)
    while not slow.asked:
        assert holder.poll() is None
        time.sleep(0.01)
    says = rf"\(process {holder.pid}, since 20..-..-.. ..:..:.. UTC\)"
    with pytest.raises(HomeBusyError, match=says), Home(home).writing(wait=0):
        pass
    waiting = started(BUILD if second == "a build" else ALL[1], home)
    if second == "a build":
        assert f"wait for another run (process {holder.pid}, since" in waiting.stderr.readline()
    else:
        wait_for_step(home)
    assert waiting.poll() is None
    holder.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    ended(waiting)
    recovery = time.monotonic() - killed
    assert Papers(home).one("SELECT count(*) FROM dim_paper") == (7 if second == "a build" else 9)
    assert left_over(home) == []
    tell(Figure(PART, f"SIGKILL of a run for which {second} waits", 1, 0, 0, recovery, "the other goes on by itself"))


def test_a_run_that_reads_along_what_another_fetched_tells_of_its_own_days_alone(tmp_path, slow, monkeypatch):
    papers = Papers(tmp_path / "home")
    monkeypatch.setenv("PAPERS_HOME", str(papers.home))
    monkeypatch.setenv("PAPERS_DIGEST_URL", slow.digest_url)
    backfill(str(FIRST), str(FIRST))
    # As after an upgrade, or while another run is between fetching and reading: a day that the lake does not hold.
    shutil.rmtree(papers.home / "lake")
    result = backfill(str(LAST), str(LAST))
    assert papers.one("SELECT count(DISTINCT listed_on) FROM fact_listing") == 2
    [event] = [one for one in result.get_asset_materialization_events() if one.asset_key.path == ["lake_digest"]]
    assert (event.partition, event.materialization.metadata["days"].value) == ("2024-03", 1)
