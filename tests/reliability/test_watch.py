"""`papers watch` at work, and where something goes wrong: it is ended in the middle of a build, or has no network."""

import datetime as dt
import os
import re
import signal
from itertools import repeat
from pathlib import Path

import polars as pl
import psutil
import pytest

from dagster_project.lake.fetch_log import open_log
from dagster_project.lake.files import list_parquet, read_metadata, scan, write_parquet_atomically
from dagster_project.lake.home import Home
from dagster_project.watch import watch
from tests.integration.conftest import Papers, at_loopback, digest_of, wait_until
from tests.loopback import Answer, drip
from tests.repository import Repository
from tests.watching import find_today, read_printed, started, write_digests

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)


@pytest.fixture
def digests(tmp_path):
    """The command on an empty home, and a server with digests of these days."""
    write_digests(tmp_path / "digests")
    with at_loopback(Papers(tmp_path / "home")) as (papers, web):
        web.serve_digests(tmp_path / "digests")
        yield papers, web


def find_build(process):
    [build] = psutil.Process(process.pid).children()
    return build


def test_what_was_missed_is_caught_up_once_and_two_cannot_watch_one_home(digests, tmp_path):
    papers, web = digests
    for name in ("cronsim", "polars", "json"):  # of a stranger, in the folder where it is typed
        (tmp_path / f"{name}.py").write_text('raise SystemExit("a module of the current folder was imported")')
    with started(papers, "--source", "digest") as (process, read):
        wait_until(lambda: len(read()) == 4, "it has caught up", pause=0.05)
        began, build, done, then = read()
        assert began == f"watching {papers.home}; next: daily_digest now"
        days = rf"{find_today() - dt.timedelta(days=3)} --to {find_today()}"
        assert build == f"daily_digest: papers build --source digest --from {days}"
        assert re.fullmatch(r"daily_digest: done, after \d+ s", done)
        assert re.fullmatch(r"next: daily_digest at \d{4}-\d\d-\d\d 23:30", then)
        assert read_printed(papers).count("Published release") == 1
        assert len(web.paths) == 4

        said = papers("watch", status=1)
        assert said == f"papers: another process watches {papers.home} already; end that first\n"

        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert read()[4:] == ["ended"]


def test_a_signal_is_passed_on_to_the_build_which_keeps_what_it_has(digests):
    papers, web = digests
    stuck = f"{find_today() - dt.timedelta(days=2):/%Y/%m/%d}.md"
    web.play(stuck, repeat(Answer(pieces=drip(0.1))))
    with started(papers, "--source", "digest") as (process, read):
        wait_until(lambda: sum(bool(asked.status) for asked in web.asked) == 4, "all were answered", pause=0.5)
        build = find_build(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert not build.is_running()
        assert [re.sub(r"\d+ s", "", line) for line in read()[2:]] == ["daily_digest: was stopped, after ", "ended"]
    assert "papers: stopped before it was done" in read_printed(papers)
    home = Home(papers.home)
    assert "fetched" in open_log(home, "digest").read()["outcome"].to_list()


def test_a_second_signal_ends_the_build_at_once(digests):
    papers, web = digests
    web.play("/", repeat(Answer(pieces=drip(0.1))))
    with started(papers, "--source", "digest") as (process, read):
        wait_until(lambda: web.paths, "the build asks", pause=0.05)
        build = find_build(process)
        build.suspend()  # so that it cannot end by the first
        wait_until(lambda: build.status() == psutil.STATUS_STOPPED, "the build is stopped", pause=0.05)
        process.send_signal(signal.SIGINT)
        wait_until(lambda: is_pending(build), "the first was passed on", pause=0.05)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        build.resume()
        assert process.wait(8) == 0  # of the ten seconds that a build takes to clean up
        assert read()[-1] == "ended"


def is_pending(process):
    """Return whether SIGINT waits for a process that is suspended."""
    status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    pending = [int(line.split()[1], 16) for line in status if line.startswith(("SigPnd", "ShdPnd"))]
    return any(mask >> (signal.SIGINT - 1) & 1 for mask in pending)


def test_after_a_failure_it_tries_again_until_the_network_is_back(digests, monkeypatch):
    """It runs in this process, where it may wait for less; the builds are processes of their own all the same."""
    papers, web = digests
    web.play("/", [*repeat(Answer(raw=[]), 4), Answer(503)])
    for name, value in papers.environment.items():
        monkeypatch.setenv(name, value)
    said, waits = [], [dt.timedelta(seconds=0.2)] * 9

    def say(text):
        said.append(re.sub(r", after \d+ s", "", text))
        if said[-1] == "daily_digest: done":
            os.kill(os.getpid(), signal.SIGTERM)

    handlers = [signal.getsignal(number) for number in ENDS]
    watch(Home(papers.home), ["digest"], say, waits)
    assert [signal.getsignal(number) for number in ENDS] == handlers
    first, second, *others = [line for line in said if re.match(r"daily_digest: (?!papers build)", line)]
    assert first == "daily_digest: failed with exit status 1"
    assert re.fullmatch(r"daily_digest: 1 days failed, \d{4}-\d\d-\d\d is the first", second)
    assert others == ["daily_digest: done"]
    assert said[-1] == "ended"
    assert papers.one("SELECT count(*) FROM mart_coverage WHERE status = 'published'") == 4


def test_an_archive_that_fails_beside_others_is_tried_again(tmp_path, monkeypatch):
    papers, listed = Papers(tmp_path / "home"), tmp_path / "archives.toml"
    for name in ("near", "far"):
        remote = Repository(tmp_path / name)
        remote.commit({"2024-03-01.md": digest_of("2024-03-01", len(name)).decode()})
        with listed.open("a") as file:
            file.write(
                f"[[archive]]\nname = '{name}'\nurl = '{remote.folder.as_uri()}'\nformat = 'digest'\n"
                "path = '{date:%Y-%m-%d}.md'\nlicence = 'unknown'\n"
            )
    for name, value in (papers.environment | {"PAPERS_ARCHIVES": str(listed)}).items():
        monkeypatch.setenv(name, value)
    papers.env["PAPERS_ARCHIVES"] = str(listed)
    papers("build", "--source", "archive")
    for mark in papers.home.glob("archives/*.git/papers-read"):
        os.utime(mark, (0, 0))
    (tmp_path / "far").rename(tmp_path / "away")
    said = []

    def say(text):
        said.append(re.sub(r", after \d+ s", "", text))
        if said[-1] == "archives_daily: an archive was not read to its end":
            (tmp_path / "away").rename(tmp_path / "far")
        if said[-1] == "archives_daily: done":
            os.kill(os.getpid(), signal.SIGTERM)

    watch(Home(papers.home), ["archive"], say, [dt.timedelta(seconds=0.2)] * 3)
    outcomes = [line for line in said if re.match(r"archives_daily: (?!papers build)", line)]
    assert outcomes == ["archives_daily: an archive was not read to its end", "archives_daily: done"]


def test_after_a_restart_it_catches_up_only_what_was_missed(digests):
    papers, web = digests
    papers("build", "--source", "digest", "--from", str(find_today() - dt.timedelta(days=1)))
    web.forget()
    with started(papers) as (process, read):
        wait_until(read, "it has begun", pause=0.05)
        assert re.fullmatch(rf"watching {papers.home}; next: daily_digest at \d{{4}}-\d\d-\d\d 23:30", *read())
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert web.paths == []
    age_attempts(Home(papers.home), dt.timedelta(days=6))
    with started(papers) as (process, read):
        wait_until(lambda: len(read()) == 4, "it has caught up", pause=0.05)
    assert len(web.paths) == 7  # back to the day of the last answer


def age_attempts(home, by):
    """Make all attempts of the home's log older."""
    for file in list_parquet(home.fetch_log):
        times = pl.col("fetched_at", "captured_at") - by
        write_parquet_atomically(file, scan([file]).collect().with_columns(times), read_metadata(file))
