"""`papers ui` as a process: what it imports, and that nothing of it is left when it ends."""

import signal
import socket
import subprocess
from contextlib import contextmanager

import httpx
import psutil
import pytest

from tests.integration.conftest import PAPERS, Papers, copy_home, free_port, wait_for_ui

STRANGER = 'raise SystemExit("a module of the current folder was imported")\n'


@pytest.fixture(scope="module")
def home(built_week, tmp_path_factory):
    """The command on a copy of a home."""
    return copy_home(built_week, tmp_path_factory.mktemp("ui"))


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
            _, left = psutil.wait_procs(with_children, 40)
            for one in left:
                one.kill()
    assert left == []


def list_processes(process):
    if process.poll() is not None:
        return []
    return [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]


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


def test_it_imports_nothing_from_the_current_folder_and_ends_whole(home, tmp_path):
    for name in ("dagster_project", "yaml", "dagster", "sqlite3"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(STRANGER)
    (tmp_path / ".env").write_text("PAPERS_DIGEST_URL=nonsense\n")
    options = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL, "preexec_fn": ignore_ctrl_c}
    with started(home, cwd=tmp_path, **options) as (process, address):
        query = "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }"
        loaded = httpx.post(f"{address}/graphql", json={"query": query}, timeout=60)
        assert loaded.json()["data"]["workspaceOrError"]["locationEntries"] == [
            {"locationOrLoadError": {"__typename": "RepositoryLocation"}}
        ]
        processes = list_processes(process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        _, left = psutil.wait_procs(processes, 1)
    assert (process.returncode, left) == (0, [])
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


def test_one_runs_for_a_home_and_a_kill_leaves_nothing_of_it(home):
    with started(home) as (killed, address):
        said = home("ui", "--port", str(free_port()), status=1)
        runs = f"papers: the UI of {home.home} runs already (process {killed.pid}, {address})"
        assert said == f"{runs}; open that, or end it first\n"
        processes = list_processes(killed)
        assert len(processes) >= 3
        killed.kill()
        with started(home, stderr=subprocess.PIPE) as (process, _):
            [daemon] = list_daemons(home)
            assert daemon.pid not in {one.pid for one in processes}
            _, left = psutil.wait_procs(processes, 40)
            assert left == []
            daemon.kill()
            _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert said.splitlines()[-1].startswith("papers: a process of Dagster ended by itself (exit status -9)")
