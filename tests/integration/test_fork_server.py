"""A command in a child of the fork server does what it does as a process that is started anew."""

import functools
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from tests.fork_server import IDLE, READ_EARLY, ForkServer, find_threads, serve_papers
from tests.integration.conftest import PAPERS

SECONDS = 60


def look():
    """Print what a child finds, or do what it is told."""
    if sys.argv[1:] == ["stay"]:
        sys.stdout.write("here")
        sys.stdout.flush()
        time.sleep(SECONDS)
    if sys.argv[1:] == ["fail"]:
        raise LookupError("as it should")
    named = [one for module in list(sys.modules.values()) for one in vars(module).values()]
    cached = {one for one in named if isinstance(one, functools._lru_cache_wrapper)}
    caches = [one for one in cached if one.__module__.startswith("dagster_project.")]
    found = {
        "threads": sorted(find_threads()),
        "caches": [len(caches) > 3, [one.__qualname__ for one in caches if one.cache_info().currsize]],
        "arguments": sys.argv[1:],
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "zone": time.tzname[0],
        "polars": pl.thread_pool_size(),
        "text": sys.stdin.read(),
    }
    sys.stdout.write(json.dumps(found))
    sys.stderr.write("an error")
    sys.exit(7)


@pytest.fixture(scope="module")
def server():
    with ForkServer(f"{__name__}:look") as started:
        yield started


def test_a_child_has_what_it_is_given_and_nothing_else(server, tmp_path):
    early = {name: value for name, value in os.environ.items() if name.startswith(READ_EARLY)}
    env = early | {"PATH": os.environ["PATH"], "TZ": "Asia/Seoul", "PAPERS_ODD": "이상한"}
    for _ in range(2):
        run = server.run(["one", "두 번째"], env=env, cwd=tmp_path, stdin="한 줄")
        found = json.loads(run.stdout)
        assert set(found.pop("threads")) <= IDLE
        assert found == {
            "caches": [True, []],
            "arguments": ["one", "두 번째"],
            "folder": str(tmp_path),
            "environment": env,
            "zone": "KST",
            "polars": os.cpu_count(),
            "text": "한 줄",
        }
        assert (run.stderr, run.returncode) == ("an error", 7)


@pytest.mark.parametrize("name", ["POLARS_MAX_THREADS", "PYTHONHASHSEED", "LC_ALL"])
def test_a_variable_that_comes_too_late_is_refused(server, name):
    with pytest.raises(ValueError, match=f"{name} is read before a child begins"):
        server.start([], env=os.environ | {name: "1"}, cwd="/")


def test_an_exception_is_shown_and_is_status_1(server):
    run = server.run(["fail"], env=os.environ, cwd="/")
    assert (run.stdout, run.returncode) == ("", 1)
    assert run.stderr.endswith("LookupError: as it should\n")


@pytest.mark.parametrize(
    ("number", "status", "says"),
    [(signal.SIGKILL, -9, ""), (signal.SIGTERM, -15, ""), (signal.SIGINT, -2, "KeyboardInterrupt\n")],
)
def test_a_signal_ends_a_group_of_its_own(server, tmp_path, number, status, says):
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("w+") as printed, err.open("w") as failed:
        streams = [printed, printed, failed]
        started = server.start(["stay"], env=os.environ, cwd="/", streams=streams, new_session=True)
    with closing(started) as child:
        while not out.read_text():
            time.sleep(0.01)
        assert os.getpgid(child.pid) == child.pid
        os.killpg(child.pid, number)
        assert child.wait(SECONDS) == status
    assert err.read_text().endswith(says)


def test_one_that_is_let_go_of_is_killed_and_so_are_all_when_the_server_ends(server):
    let_go, left = (server.start(["stay"], env=os.environ, cwd="/") for _ in range(2))
    let_go.close()
    while Path(f"/proc/{let_go.pid}").exists():
        time.sleep(0.01)
    assert Path(f"/proc/{left.pid}").exists()
    server.close()  # no test after this one asks it for anything
    left.close()
    assert not Path(f"/proc/{left.pid}").exists()


def without_age(run, papers):
    """Return the words that were printed, but for those of the line that says how old the release is.

    The width of that line's table, and so its frame and its title, hang on the age.
    """
    lines = [line for line in run.stdout.splitlines() if papers.release not in line]
    return [words for line in lines if (words := re.sub(r"[\u2500-\u257f\s]+", " ", line).strip())]


COMMANDS = [
    ["--help"],
    ["build", "--help"],
    ["--version"],
    ["sql", "FROM dim_source"],
    ["status"],
    ["dashboard"],
    ["sql", "SELEC"],
    ["build", "--source", "nobody"],
    ["nonsense"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_prints_what_it_prints_when_it_is_started_anew(built_sample, tmp_path, arguments):
    """Also that each can import what it needs by itself, and warns of nothing while it does."""
    given = {"env": built_sample.environment | {"PAPERS_HOME": str(built_sample.home)}, "cwd": tmp_path}
    anew = subprocess.run([PAPERS, *arguments], capture_output=True, text=True, check=False, timeout=300, **given)
    forked = serve_papers().run(arguments, **given)
    assert forked.returncode == anew.returncode
    assert without_age(forked, built_sample) == without_age(anew, built_sample)
    assert forked.stderr == anew.stderr
