"""`papers ui` as a process: what it imports, refuses and starts, and that nothing of it is left when it ends."""

import http.client
import json
import signal
import socket
import subprocess
import time
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from dagster_project.sources.registry import ASKED
from tests.integration.conftest import (
    PAPERS,
    Papers,
    at_loopback,
    digest_of,
    free_port,
    list_months,
    wait_for_ui,
    wait_until,
)
from tests.loopback import Answer, Loopback

pytestmark = pytest.mark.ui

STRANGER = 'raise SystemExit("a module of the current folder was imported")\n'
RUNS = "{ runsOrError { ... on Runs { results { jobName status } } } }"
LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
FRESHNESS = """
{ assetNodes { assetKey { path } internalFreshnessPolicy { __typename } freshnessStatusInfo { freshnessStatus } } }
"""
MONTHS = {"dagster/asset_partition_range_start": "2024-02", "dagster/asset_partition_range_end": "2024-03"}
MATERIALIZE = {
    "selector": {
        "repositoryLocationName": "dagster_project.definitions",
        "repositoryName": "__repository__",
        "jobName": "__ASSET_JOB",
        "assetSelection": [{"path": ["raw_digest"]}, {"path": ["lake_digest"]}],
    },
    "mode": "default",
    "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in MONTHS.items()]},
}


@contextmanager
def started(papers, **options):
    """Start `papers ui`, and yield its process and address once it answers; kill what is left of it in the end."""
    port = free_port()
    command = [PAPERS, "ui", "--port", str(port), "--home", str(papers.home)]
    with subprocess.Popen(command, env=papers.environment, start_new_session=True, text=True, **options) as process:
        try:
            wait_for_ui(process, port)
            yield process, f"http://127.0.0.1:{port}"
        finally:
            with_children = list_processes(process)
            process.kill()
            left = wait_for_ends(with_children, 40)
            for one in left:
                one.kill()
    assert left == []


def list_processes(process):
    """Return a process and all below it; a run that has ended is none, though nobody may have asked how."""
    if process.poll() is not None:
        return []
    found = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return [one for one in found if not has_ended(one)]


def has_ended(process):
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_for_ends(processes, seconds):
    """Return the processes that have not ended after this time; in a container, nobody may ask how they ended."""
    end = time.monotonic() + seconds
    while (left := [one for one in processes if not has_ended(one)]) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def list_daemons(papers):
    """Return the daemons of a home that run now."""
    found = psutil.process_iter(["cmdline"])
    return [
        one
        for one in found
        if {"dagster-daemon", str(papers.home / "dagster" / "daemon.lock")} <= set(one.info["cmdline"] or ())
    ]


def ignore_ctrl_c():
    """Do as a shell does before it starts a command in the background."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@dataclass
class Served:
    """A UI that runs, started in a folder of a stranger's modules by a shell that started it in the background."""

    papers: Papers
    web: Loopback
    """What the UI and the command ask for papers."""
    process: subprocess.Popen
    address: str
    said: Path
    """The file of what it says on its standard error."""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ui")
    said, strange = folder / "said", folder / "strange"
    for name in ("dagster_project", "yaml", "dagster", "sqlite3"):
        (strange / name).mkdir(parents=True)
        (strange / name / "__init__.py").write_text(STRANGER)
    (strange / ".env").write_text("PAPERS_DIGEST_URL=nonsense\n")
    told = {"PAPERS_ON_FAILURE": f"tee -a {folder / 'told'}"}
    with at_loopback(Papers(folder / "home", told)) as (papers, web), said.open("w") as err:
        options = {"stderr": err, "stdout": subprocess.DEVNULL, "preexec_fn": ignore_ctrl_c}
        with started(papers, cwd=strange, **options) as (process, address):
            yield Served(papers, web, process, address, said)


def ask(address, query, variables=None, **headers):
    """Ask the UI, with headers as a browser sends them."""
    asked = {"query": query, "variables": variables or {}}
    return httpx.post(f"{address}/graphql", json=asked, headers=headers, timeout=60)


def open_websocket(address, headers):
    """Return the status of the answer to a request for a websocket."""
    handshake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    subprotocol = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "graphql-ws"}
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as connection:
        connection.request("GET", "/graphql", headers=handshake | subprotocol | headers)
        with connection.getresponse() as response:
            return response.status


def test_it_imports_nothing_from_the_current_folder(served):
    query = "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }"
    loaded = ask(served.address, query).json()
    assert loaded["data"]["workspaceOrError"]["locationEntries"] == [
        {"locationOrLoadError": {"__typename": "RepositoryLocation"}}
    ]


def test_no_other_page_starts_a_run(served):
    """The test below shows that a page of the UI's own does."""
    address = served.address
    before = ask(address, RUNS).json()
    foreign = {"origin": "http://elsewhere.example"}
    launch = {"query": LAUNCH, "variables": json.dumps({"params": MATERIALIZE})}
    refused = [
        httpx.get(f"{address}/graphql", params=launch),
        httpx.post(f"{address}/graphql", params=launch),
        httpx.post(
            f"{address}/graphql",
            content=json.dumps({"query": LAUNCH, "variables": {"params": MATERIALIZE}}),
            headers={"content-type": "text/plain; application/json"},
        ),
        ask(address, LAUNCH, {"params": MATERIALIZE}, **foreign),
        ask(address, LAUNCH, {"params": MATERIALIZE}, host=f"elsewhere.example:{urlsplit(address).port}"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    assert [open_websocket(address, {}), open_websocket(address, foreign)] == [101, 403]
    assert ask(address, RUNS).json() == before


def test_months_that_are_materialized_in_the_ui_are_published_without_another_click(served):
    papers, web, address = served.papers, served.web, served.address
    web.play("2024/02/29", [Answer(body=digest_of("2024-02-29", 1))])
    web.play("2024/03/01", [Answer(body=digest_of("2024-03-01", 2))])
    nodes = ask(address, "{ assetNodes { assetKey { path } } }").json()["data"]["assetNodes"]
    assert {"fact_vote", "raw_digest", "release"} <= {node["assetKey"]["path"][-1] for node in nodes}
    launched = ask(address, LAUNCH, {"params": MATERIALIZE}, origin=address).json()["data"]["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched

    def list_ended():
        found = ask(address, RUNS).json()["data"]["runsOrError"]["results"]
        assert "FAILURE" not in {run["status"] for run in found}
        return Counter((run["jobName"], run["status"]) for run in found)

    both = Counter([("__ASSET_JOB", "SUCCESS"), ("build", "SUCCESS")])
    wait_until(lambda: list_ended() == both, "the months are loaded, and then published", pause=1)
    assert papers.rows("SELECT listed_on::VARCHAR FROM fact_listing ORDER BY ALL") == [("2024-02-29",), ("2024-03-01",)]
    months = list_months(papers.home)
    assert months == {"raw_digest": {"2024-02", "2024-03"}, "lake_digest": {"2024-02", "2024-03"}}


def list_freshness(address):
    """Return the state of each asset that has a freshness policy, once the daemon has looked at it."""
    nodes = ask(address, FRESHNESS).json()["data"]["assetNodes"]
    found = {
        node["assetKey"]["path"][-1]: (node["freshnessStatusInfo"] or {}).get("freshnessStatus")
        for node in nodes
        if node["internalFreshnessPolicy"]
    }
    return found if found["release"] == "HEALTHY" else None


def test_the_daemon_looks_at_how_fresh_sources_and_release_are(served):
    """The test above has made what is fresh."""
    found = wait_until(lambda: list_freshness(served.address), "the daemon has looked at the release", pause=1)
    assert set(found) == {"release", *(f"raw_{source}" for source in ASKED)}
    assert found["raw_digest"] == "HEALTHY"
    assert found["raw_huggingface"] != "HEALTHY"


def test_each_run_that_fails_is_told_once(served):
    """A build tells of itself, and the sensor of a run of assets; it looks at the build first, and passes it by."""
    told, address = served.papers.home.with_name("told"), served.address
    build = {**MATERIALIZE["selector"], "jobName": "build", "assetSelection": None}
    days = {"ops": {"build_release": {"config": {"sources": ["digest"], "last": "2020-01-01"}}}}
    archive = {**MATERIALIZE["selector"], "assetSelection": [{"path": ["raw_archive"]}]}
    config = {"ops": {"raw_archive": {"config": {"archives": ["none"]}}}}
    assert not told.exists()
    runs = []
    for selector, run_config in ((build, days), (archive, config)):
        params = {"selector": selector, "mode": "default", "runConfigData": run_config}
        launched = ask(address, LAUNCH, {"params": params}, origin=address).json()["data"]["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        runs.append(launched["run"]["runId"])
        wait_until(lambda: told.exists() and len(told.read_text().splitlines()) >= len(runs), "it is told", pause=1)
    of_build, of_archive = told.read_text().splitlines()
    assert of_build.startswith("no source has days up to 2020-01-01")
    assert of_archive.startswith(f"the run {runs[1]} of raw_archive failed: ")
    assert "none" in of_archive


def test_one_runs_for_a_home(served):
    said = served.papers("ui", "--port", str(free_port()), status=1)
    runs = f"papers: the UI of {served.papers.home} runs already (process {served.process.pid}, {served.address})"
    assert said == f"{runs}; open that, or end it first\n"


def test_ctrl_c_ends_it_whole(served):
    """It runs after the others, which have had it load all code and start runs."""
    processes = list_processes(served.process)
    assert len(processes) >= 3
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(60) == 0
    assert wait_for_ends(processes, 1) == []
    said = served.said.read_text()
    assert "nonsense" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_a_port_that_is_taken_ends_it_at_once(tmp_path, address):
    with socket.create_server((address, 0)) as taken:
        port = taken.getsockname()[1]
        said = Papers(tmp_path / "home")("ui", "--port", str(port), status=1)
    where = f"papers: http://127.0.0.1:{port}"
    assert said == f"{where}: another program listens there; choose another with --port or --host\n"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("option", "value", "status"), [("--host", "192.0.2.1", 1), ("--host", "..", 1), ("--port", "65536", 2)]
)
def test_where_it_cannot_listen_it_says_so(tmp_path, option, value, status):
    assert option in Papers(tmp_path / "home")("ui", option, value, status=status)


def test_a_kill_leaves_nothing_of_it_and_the_next_ends_with_its_daemon(papers):
    with started(papers) as (killed, _):
        processes = list_processes(killed)
        assert len(processes) >= 3
        killed.kill()
        with started(papers, stderr=subprocess.PIPE) as (process, _):
            [daemon] = list_daemons(papers)
            assert daemon.pid not in {one.pid for one in processes}
            assert wait_for_ends(processes, 40) == []
            daemon.kill()
            _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert said.splitlines()[-1].startswith("papers: a process of Dagster ended by itself (exit status -9)")
