"""Several processes on one home: one writes, the others wait and can say for whom; nothing of any is lost."""

import datetime as dt
import os
import shutil
import signal
import threading
import time

import dagster as dg
import pytest

from dagster_project.build import BuildRequest, build
from dagster_project.config import load_settings
from dagster_project.defs.instance import open_instance
from dagster_project.errors import HomeBusyError
from dagster_project.lake.home import Home
from tests.fork_server import ForkServer
from tests.integration.conftest import Papers
from tests.loopback import Answer, Asked, Loopback
from tests.reliability.figures import Figure, tell
from tests.reliability.runs import ASSETS, FIRST, LAST, MONTH, backfill
from tests.reliability.test_kill import content, left_over, missing

PART = "Several at once"
AT_ONCE = 2
"""Requests that one step may have open (`PAPERS_CONCURRENCY`)."""
BUILD = ["build", "--source", "digest", "--from", str(FIRST), "--to"]
HALF = [*BUILD, "2024-03-07"]
BACKFILL = ["backfill", "2024-03-04", "2024-03-12"]
ALL = [HALF, BACKFILL, ["schedule"]]
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


@pytest.fixture(scope="module")
def server():
    with ForkServer("tests.reliability.runs:main", warm="tests.fork_server:warm") as started:
        yield started


class Run:
    """A process that does something on a home, and what it prints."""

    def __init__(self, server, arguments, env, printed):
        self._printed = printed
        with printed.open("w+") as file:
            self.child = server.start(arguments, env=env, cwd=printed.parent, streams=[file] * 3)

    def printed(self):
        return self._printed.read_text()

    def runs(self):
        return self.child.poll() is None

    def end(self):
        """Wait for it to be done, and return what it printed."""
        assert self.child.wait(1_000) == 0, self.printed()  # pytest's own limit is shorter in the short forms
        return self.printed()


@pytest.fixture
def start(server, slow, tmp_path):
    """Starts processes on a home, with the slow server as the source; none outlives the test."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PAPERS_", "DAGSTER_"))}
    settings = {
        "PAPERS_DIGEST_URL": slow.digest_url,
        "PAPERS_CONCURRENCY": str(AT_ONCE),
        "PAPERS_REQUESTS_PER_SECOND": "10000",
    }
    runs = []

    def begin(arguments, home):
        env = clean | settings | {"PAPERS_HOME": str(home)}
        runs.append(Run(server, arguments, env, tmp_path / f"printed {len(runs)}"))
        return runs[-1]

    yield begin
    for run in runs:
        run.child.close()


def wait_for_step(home):
    """Return once a step of Dagster's on a single asset has begun."""
    with open_instance(home / "dagster") as instance:
        while not any(
            event.dagster_event_type == dg.DagsterEventType.STEP_START
            for run in instance.get_runs(dg.RunsFilter(job_name=ASSETS))
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
def test_three_at_once_do_what_one_does_that_takes_all_their_days(tmp_path, slow, start, rounds):
    alone = tmp_path / "alone"
    settings = load_settings(home=alone, addresses={"digest_url": slow.digest_url}, concurrency=AT_ONCE)
    build(Home(alone), settings, BuildRequest(sources=["digest"], first=FIRST, last=LAST))
    wanted = content(alone)
    assert Papers(alone).one("SELECT count(*) FROM mart_coverage WHERE status = 'published'") == (LAST - FIRST).days + 1
    lost = 0
    for number in range(rounds):
        home = tmp_path / f"at once {number}"
        slow.forget()
        for run in [start(arguments, home) for arguments in ALL]:
            run.end()
        assert materialised(home) == {"raw_digest": [MONTH], "lake_digest": [MONTH]}
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
def test_processes_that_begin_a_home_together_make_one_history(tmp_path, start, rounds):
    start(["begin", str(tmp_path), str(rounds)], tmp_path).end()
    tell(Figure(PART, "the first runs of a new home, begun together", 3 * rounds, outcome="one history, whole"))


@pytest.mark.parametrize("second", [pytest.param("a build", marks=pytest.mark.long), "a backfill"])
def test_who_waits_says_for_whom_and_goes_on_when_that_one_is_killed(tmp_path, slow, start, second):
    home = tmp_path / "home"
    slow.play("2024/03/01", [Answer(after=100)])
    holder = start(HALF, home)
    while not slow.asked:
        assert holder.runs()
        time.sleep(0.01)
    says = rf"\(process {holder.child.pid}, since 20..-..-.. ..:..:.. UTC\)"
    with pytest.raises(HomeBusyError, match=says), Home(home).lock_for_writing(wait=0):
        pass
    waiting = start(HALF if second == "a build" else BACKFILL, home)
    if second == "a build":
        while f"wait for another run (process {holder.child.pid}, since" not in waiting.printed():
            assert waiting.runs()
            time.sleep(0.01)
    else:
        wait_for_step(home)
    assert waiting.runs()
    holder.child.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    waiting.end()
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
    assert (event.partition, event.materialization.metadata["days"].value) == (MONTH, 1)
