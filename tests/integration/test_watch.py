"""`papers watch` as a process: what it catches up, and how it ends. `tests/reliability` has what goes wrong."""

import datetime as dt
import re
import signal

import pytest

from dagster_project.errors import SettingsError
from dagster_project.lake.home import Home
from dagster_project.watch import watch
from tests.integration.conftest import wait_until
from tests.watching import find_today, read_printed, started, write_digests


def test_what_was_missed_is_caught_up_once_and_two_cannot_watch_one_home(online, tmp_path):
    papers, web = online
    for name in ("cronsim", "polars", "json"):  # of a stranger, in the folder where it is typed
        (tmp_path / f"{name}.py").write_text('raise SystemExit("a module of the current folder was imported")')
    write_digests(tmp_path / "digests")
    web.serve_digests(tmp_path / "digests")
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


def test_a_home_without_real_data_is_told_what_to_do(built_week, tmp_path):
    said = built_week("watch", status=2)
    assert said.startswith(f"papers: {built_week.home} holds no real data, so nothing is scheduled; build some first")
    with pytest.raises(SettingsError):
        watch(Home(tmp_path / "none"), [], print)
    assert not (tmp_path / "none").exists()
