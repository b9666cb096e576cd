"""What a process takes is what it and its children take, and one that fails says why."""

import sys

import pytest

from bench.meter import Stopwatch
from bench.process import FailedError, in_worker, run
from bench.work import fill, lake, release

BUSY = "import time; started = time.process_time()\nwhile time.process_time() < started + 0.3: pass"


def test_cpu_of_children_counts(tmp_path):
    ended = run(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"],
        tmp_path,
        {},
    )
    assert 0.3 <= ended.cpu < 3
    assert ended.wall >= 0.3


def test_memory_is_that_of_the_process_and_not_of_who_started_it(tmp_path):
    here = bytearray(300 * 2**20)
    ended = run([sys.executable, "-c", "data = bytearray(100 * 2**20); import time; time.sleep(0.5)"], tmp_path, {})
    assert 100 * 2**20 < ended.peak < 250 * 2**20
    assert here is not None


def test_a_process_that_fails_says_why(tmp_path):
    with pytest.raises(FailedError, match=r"^no room$"):
        run([sys.executable, "-c", "raise SystemExit('trouble\\nno room')"], tmp_path, {})


def test_settings_from_outside_do_not_count(tmp_path, monkeypatch):
    monkeypatch.setenv("PAPERS_HOME", "/nowhere")
    printed = run([sys.executable, "-c", "import os; print(os.environ.get('PAPERS_HOME'))"], tmp_path, {}).stdout
    assert printed.strip() == "None"


def test_a_stopwatch_adds_up():
    watch = Stopwatch()
    for _ in range(2):
        with watch:
            exec(BUSY, {})  # noqa: S102
    assert 0.6 <= watch.cpu < 2
    assert watch.wall >= 0.6


def test_a_few_invented_days_go_all_the_way(tmp_path):
    home, days = str(tmp_path / "home"), 3
    figures = in_worker(fill.generate, "p", tmp_path, {}, size="1", home=home, last=days)
    figures += in_worker(lake.steps, "p", tmp_path, {}, size="1", home=home)
    figures += in_worker(lake.parse, "p", tmp_path, {}, size="1", home=home)
    figures += in_worker(lake.floor_write, "p", tmp_path, {}, home=home)
    figures += in_worker(release.publish, "p", tmp_path, {}, home=home)
    by_name = {figure.name: figure for figure in figures}
    used = by_name["SQL build"].facts["used"]
    [floor] = in_worker(release.floor_sql, "p", tmp_path, {}, home=home, used=used)
    entries = by_name["parse"].rows
    assert entries > days
    assert by_name["parse"].facts["days"] == by_name["generate"].rows == days
    assert {by_name[name].rows for name in ("raw bytes to Parquet", "write the Parquet", "SQL build", "verify")} == {
        entries
    }
    assert floor.rows == entries
    assert len(by_name["publish"].facts["models"]) == len(by_name["publish"].facts["checks"]) == 10
    assert all(figure.cpu >= 0 and figure.peak > 2**20 for figure in figures)
