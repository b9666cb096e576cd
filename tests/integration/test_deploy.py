"""`deploy/` for real, on this machine: Postgres, Redis, every process; a worker is killed, and nothing is lost."""

import datetime as dt
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb
import httpx
import psutil
import pytest

from dagster_project.config import CHECKOUT
from dagster_project.lake.home import Home
from tests.integration.conftest import Papers, free_port
from tests.loopback import Answer, Loopback

pytest.importorskip("dagster_celery", reason="needs Celery: uv sync --extra deploy")
pytestmark = pytest.mark.deploy

COMPLETE = bool(os.environ.get("PAPERS_TESTS_COMPLETE"))
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2024, 3, 31)
MONTHS = ["2024-01", "2024-02", "2024-03"]
"""A run each."""
LOADS = "__ASSET_JOB"
"""The job of runs of single assets."""
HELD = dt.date(2024, 1, 17)
"""The day on which the worker is killed: its answer has begun, and does not end."""
PATIENCE = 150
ACTIVE = {"NOT_STARTED", "QUEUED", "STARTING", "STARTED", "CANCELING"}
SETPRIV = "/usr/bin/setpriv"
DIES_WITH_THE_TESTS = [SETPRIV, "--pdeathsig", "KILL"]


def program(name, package, *folders):
    """Return where a program lies; skip the test where it is missing, or fail it where nothing may be."""
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ["PATH"]]))
    if found is None:
        missing = f"needs {name}, of Debian's package {package}"
        pytest.fail(missing) if COMPLETE else pytest.skip(missing)
    return found


def until(true, what, every=0.2):
    """Wait until a question is answered with something true, and return that."""
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, f"after {PATIENCE} s still not: {what}"
        time.sleep(every)
    return found


@contextmanager
def running(command, log, **how):
    """Run a process with all that it starts as one group, which is killed in the end, come what may."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            [*DIES_WITH_THE_TESTS, *command], stdout=said, stderr=said, start_new_session=True, **how
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process):
    with_children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    psutil.wait_procs(with_children, 30)


@contextmanager
def postgres(folder):
    """A cluster of its own, behind a socket in its folder; Postgres refuses to run as root."""
    folders = [str(found) for found in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    initdb, server = (program(name, "postgresql", *folders) for name in ("initdb", "postgres"))
    user, become = pwd.getpwuid(os.getuid()), []
    if user.pw_uid == 0:
        user = pwd.getpwnam("nobody")
        become = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        os.chown(folder, user.pw_uid, user.pw_gid)
    data, quick = folder / "data", ["-c", "fsync=off", "-c", "listen_addresses=", "-c", "max_connections=200"]
    made = [initdb, "--no-sync", "--auth=trust", "--username=dagster", f"--pgdata={data}"]
    subprocess.run([SETPRIV, *become, *made], cwd="/", check=True, capture_output=True)
    command = [*become, server, "-D", str(data), "-k", str(folder), *quick]
    with running(command, folder / "log", cwd="/"):
        until((folder / ".s.PGSQL.5432").exists, "Postgres listens")
        yield f"postgresql+psycopg2://dagster@/postgres?host={folder}"


@contextmanager
def redis(folder):
    """A server on a free port of the loopback address, which keeps nothing on the disk."""
    port, server = free_port(), program("redis-server", "redis-server")
    command = [server, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with running([*command, "--dir", str(folder)], folder / "redis.log"):
        yield f"redis://127.0.0.1:{port}/0"


class Deployment:
    """The processes of `deploy/start`, and what Dagster says of its runs."""

    def __init__(self, env, logs, stack):
        self.env, self.logs, self.stack = env, logs, stack
        self.address = f"http://127.0.0.1:{env['DAGSTER_PORT']}/graphql"
        self.workers = {}

    def start(self, name, *called):
        """Start a process, which is killed in the end."""
        command = [str(CHECKOUT / "deploy" / "start"), name, *called]
        return self.stack.enter_context(running(command, self.log(*called or [name]), env=self.env))

    def log(self, name):
        return self.logs / f"{name}.log"

    def says(self, name, words):
        return lambda: words in self.log(name).read_text()

    def answers(self):
        """Tell whether the web server answers yet."""
        try:
            return self.runs("build") == []
        except httpx.HTTPError:
            return False

    def ask(self, query, **variables):
        """Return the answer to a question in GraphQL."""
        body = {"query": query, "variables": variables}
        answer = httpx.post(self.address, json=body, timeout=60).raise_for_status().json()
        assert "errors" not in answer, answer
        [[_, value]] = answer["data"].items()
        assert value["__typename"] not in ("PythonError", "UnauthorizedError"), value
        return value

    def backfill(self, assets, months):
        """Ask for months of assets, as the button in Dagster's UI does."""
        return self.ask(
            "mutation ($asked: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $asked)"
            " { __typename ... on LaunchBackfillSuccess { backfillId } } }",
            asked={
                "assetSelection": [{"path": [asset]} for asset in assets],
                "partitionNames": months,
            },
        )["backfillId"]

    def runs(self, job):
        """Return the runs of a job, the oldest first."""
        found = self.ask(
            "query ($job: String!) { runsOrError(filter: {pipelineName: $job}) { __typename ... on Runs { results"
            " { runId status parentRunId tags { key value } } } } }",
            job=job,
        )["results"]
        for run in found:
            run["tags"] = {tag["key"]: tag["value"] for tag in run["tags"]}
        return found[::-1]

    def at_rest(self):
        """Tell whether no run waits or works."""
        return not any(run["status"] in ACTIVE for job in (LOADS, "build") for run in self.runs(job))

    def messages(self, run):
        return " ".join(
            event["message"]
            for event in self.ask(
                "query ($run: ID!) { logsForRun(runId: $run) { __typename ... on EventConnection { events"
                " { ... on MessageEvent { message } } } } }",
                run=run["runId"],
            )["events"]
        )


def digest_of(day):
    address = f"https://arxiv.org/abs/{day:%y%m}.{day.day:05}"
    return f"## Daily Papers ({day})\n\n### [Of {day}]({address})\n\nVote: {day.day}\n\n- 요약\n".encode()


def all_days():
    return [FIRST + dt.timedelta(days=ahead) for ahead in range((LAST - FIRST).days + 1)]


def listed_days():
    return [day for day in all_days() if day.isoweekday() < 6]


@pytest.fixture
def folder():
    """A folder that whoever Postgres runs as may enter, whose path is short enough for a socket."""
    made = Path(tempfile.mkdtemp(prefix="papers-postgres-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def archive(tmp_path):
    """Digests of all working days, served on the loopback address."""
    digests = tmp_path / "digests"
    for day in listed_days():
        file = digests / f"{day:%Y/%m/%d}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(digest_of(day))
    with Loopback() as web:
        web.serve_digests(digests)
        yield web


@pytest.fixture
def deployment(folder, archive, tmp_path):
    """All that `deploy/` describes but the daemon, on this machine: two workers that ingest, one that publishes."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(("PAPERS_", "DAGSTER_"))}
    with ExitStack() as stack:
        env = theirs | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DAGSTER_POSTGRES_URL": stack.enter_context(postgres(folder)),
            "DAGSTER_REDIS_URL": stack.enter_context(redis(tmp_path)),
            "DAGSTER_PORT": str(free_port()),
            "DAGSTER_CODE_PORT": str(free_port()),
            "PAPERS_HOME": str(tmp_path / "home"),
            "PAPERS_DIGEST_URL": archive.digest_url,
        }
        deployed = Deployment(env, tmp_path, stack)
        deployed.start("code")
        for called in ("ingest-1", "ingest-2"):
            deployed.workers[called] = deployed.start("ingest", called)
        deployed.workers["publish"] = deployed.start("publish")
        until(deployed.says("code", "Started Dagster code server"), "the code server has started")
        deployed.start("webserver")
        for called in deployed.workers:
            until(deployed.says(called, f"{called}@{socket.gethostname()} ready."), f"{called} is ready")
        until(deployed.answers, "the web server answers")
        yield deployed


def hold(web, day):
    """Have the next answer for a day begin, and not end before the returned event is set."""
    released = threading.Event()

    def pieces():
        released.wait(PATIENCE)
        yield digest_of(day)

    web.play(f"{day:%Y/%m/%d}", [Answer(pieces=pieces())])
    return released


def who_asked(deployment, web, day):
    """Return the name of the worker that has asked for a day, once one has."""
    ports = {asked.connection[1] for asked in web.asked if f"{day:%Y/%m/%d}" in asked.path}
    for called, worker in deployment.workers.items():
        for process in psutil.Process(worker.pid).children(recursive=True):
            if any(open_one.laddr.port in ports for open_one in process.net_connections("tcp")):
                return called
    return None


def days_in(database, where):
    """Return how often each day stands in some table."""
    return dict(database.execute(f"SELECT listed_on, count(*) FROM {where} GROUP BY ALL").fetchall())


def published_days(home):
    if not home.warehouse.exists():
        return {}
    with duckdb.connect(home.warehouse, read_only=True) as database:
        return days_in(database, "fact_listing")


def content(papers):
    """Return all rows of a release, without when each day was asked for."""
    return papers.tables() | {
        "meta_fetch": papers.rows("SELECT source, date, outcome, status, sha256 FROM meta_fetch ORDER BY ALL"),
        "mart_coverage": papers.rows("SELECT * EXCLUDE (last_attempt_at) FROM mart_coverage ORDER BY ALL"),
    }


def test_a_killed_worker_loses_nothing(deployment, archive, tmp_path):
    home, once = Home(tmp_path / "home"), dict.fromkeys(listed_days(), 1)
    released = hold(archive, HELD)
    try:
        deployment.backfill(["raw_digest", "lake_digest"], MONTHS)
        deployment.start("daemon")  # not before: it looks for new backfills when it starts, and then every 30 s
        killed = until(lambda: who_asked(deployment, archive, HELD), "a worker has begun to fetch")
        assert [run["status"] for run in deployment.runs(LOADS)].count("STARTED") in (1, 2)
        kill(deployment.workers[killed])
    finally:
        released.set()
    assert killed in ("ingest-1", "ingest-2")

    # Nobody does anything now.
    until(lambda: published_days(home) == once and deployment.at_rest(), "every day is published", 1)

    runs = deployment.runs(LOADS)
    [failed] = [run for run in runs if run["status"] != "SUCCESS"]
    assert failed["status"] == "FAILURE"
    assert f"{killed}@{socket.gethostname()} is not at it any more" in deployment.messages(failed)
    [again] = [run for run in runs if run["parentRunId"] == failed["runId"]]
    assert again["status"] == "SUCCESS"
    done = [run["tags"] for run in runs if run is not failed]
    assert sorted(tags["dagster/asset_partition_range_start"] for tags in done) == MONTHS
    assert sorted(tags["dagster/asset_partition_range_end"] for tags in done) == MONTHS
    assert not any("dagster-celery/queue" in tags for tags in done)
    published = deployment.runs("build")
    assert {run["status"] for run in published} == {"SUCCESS"}
    assert 1 <= len(published) <= len(MONTHS)
    assert {run["tags"]["dagster-celery/queue"] for run in published} == {"publish"}

    # Every day is there once, in the lake and in the release, and all is as one undisturbed build makes it.
    with duckdb.connect() as database:
        assert days_in(database, f"'{home.lake}/entry/*/*.parquet'") == once
    with home.lock_for_writing(wait=0) as left_half_way:
        assert not left_half_way
    undisturbed = Papers(tmp_path / "undisturbed", {"PAPERS_DIGEST_URL": archive.digest_url})
    undisturbed("build", "--source", "digest", "--from", str(FIRST), "--to", str(LAST))
    deployed = Papers(home.root)
    ours, theirs = content(deployed), content(undisturbed)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
