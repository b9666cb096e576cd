"""Ctrl+C, as a terminal sends it, to a real process at one moment or another."""

import os
import re
import signal
import subprocess
import time
from contextlib import closing, contextmanager
from itertools import repeat
from pathlib import Path

import psutil
import pytest

from tests.fork_server import serve_papers
from tests.integration.conftest import PAPERS, WEEK, tree
from tests.loopback import Answer, drip

TWO_DAYS = ("build", "--source", "digest", "--from", "2023-11-20", "--to", "2023-11-21")
LINE = "papers: stopped before it was done"
LONG = "SELECT count(*) FROM range(1_000_000_000_000) AS many (n) WHERE hash(n) = 7"


@pytest.fixture(autouse=True)
def _sigint_is_not_ignored():
    """Whoever starts the tests in the background of a shell has them, and what they start, ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def started(papers, *arguments):
    """Run the command, imports and all."""
    process = subprocess.Popen(
        [PAPERS, *arguments],
        env=papers.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, lambda: process.communicate(timeout=60)[1]
    finally:
        process.kill()
        process.wait(30)


@contextmanager
def forked(papers, folder, *arguments):
    """Run the command in a process that has imported everything."""
    with Path(os.devnull).open("r+") as nothing, (folder / "said").open("w+", encoding="utf-8") as said:
        child = serve_papers().start(
            arguments, env=papers.environment, cwd=folder, streams=[nothing, nothing, said], new_session=True
        )

        def read():
            child.wait(60)
            said.seek(0)
            return said.read()

        with closing(child):
            yield child, read


def wait_until(happens):
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def interrupt(process, read, times=1):
    """Interrupt it, and return the lines that it says on standard error beside those on its progress.

    If it was ending already, the second interrupt ends it as any process: a shell shows the same status.
    """
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    said = read()
    assert process.returncode in ((130,) if times == 1 else (130, -signal.SIGINT)), said
    return [line for line in said.splitlines() if not re.fullmatch(r"[\w ]+: \d+", line)]


def has_loaded(process, name):
    return lambda: name in Path(f"/proc/{process.pid}/maps").read_text()


@pytest.mark.parametrize("library", ["pydantic_core", "polars", "pyarrow"])
def test_while_it_imports(papers, library):
    with started(papers, "build") as (process, read):
        wait_until(has_loaded(process, library))
        assert interrupt(process, read) == [LINE]


def test_while_it_fetches_and_what_it_has_is_kept(online, tmp_path):
    papers, web = online
    web.play("/2023/11/20.md", repeat(Answer(body=b"### [On trees](https://arxiv.org/abs/2311.20000)\n\nVote: 3\n")))
    web.play("/2023/11/21.md", repeat(Answer(pieces=drip(0.1))))
    with forked(papers, tmp_path, *TWO_DAYS) as (process, read):
        wait_until(lambda: any("11/21" in path for path in web.paths))
        time.sleep(0.5)
        assert interrupt(process, read) == [LINE]
    assert list((papers.home / "raw" / "fetch" / "digest").glob("*.parquet"))


def test_while_models_run_and_the_next_build_is_whole(papers, tmp_path):
    with forked(papers, tmp_path, *WEEK) as (process, read):
        wait_until(lambda: any(papers.home.glob("releases/.building-*/*")))
        assert interrupt(process, read) == [LINE]
    assert not papers.warehouse.exists()
    assert "Published release" in papers(*WEEK)


def test_while_a_long_query_runs(built_week, tmp_path):
    held = tree(built_week.home / "releases")
    with forked(built_week, tmp_path, "sql", LONG) as (process, read):
        used = psutil.Process(process.pid)
        wait_until(lambda: used.cpu_times().user > 1)  # a fraction of which it needs before the query
        begun = time.monotonic()
        assert interrupt(process, read) == [LINE]
        assert time.monotonic() - begun < 5
    assert tree(built_week.home / "releases") == held


def test_the_second_one_ends_it_at_once(online, tmp_path):
    papers, web = online
    web.play("/", repeat(Answer(pieces=drip(0.1))))
    with forked(papers, tmp_path, *TWO_DAYS) as (process, read):
        wait_until(lambda: web.paths)
        assert interrupt(process, read, times=2) == [LINE]


def test_a_traceback_is_shown_to_whoever_asks_for_it(papers):
    with started(papers, "--debug", "build") as (process, read):
        wait_until(has_loaded(process, "polars"))
        said = interrupt(process, read)
    assert said[0] == "Traceback (most recent call last):"
    assert said[-1] == LINE
