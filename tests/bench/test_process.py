"""What a process takes is what it and its children take, and one that fails says why."""

import subprocess
import sys

import pytest

from bench import phases
from bench.archive import LAST_DAY, list_days, make_digest
from bench.process import make_environment, run_command, run_in_worker

BUSY = "import time; started = time.process_time()\nwhile time.process_time() < started + 0.3: pass"


def run_python(code, folder):
    return run_command("python", [sys.executable, "-c", code], folder, {})


def test_cpu_of_children_counts(tmp_path):
    figure, _ = run_python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])", tmp_path)
    assert 0.3 <= figure.cpu < 3
    assert figure.wall >= 0.3


def test_memory_is_that_of_the_process_and_not_of_who_started_it(tmp_path):
    here = b"1" * (300 * 2**20)
    other = subprocess.Popen([sys.executable, "-c", "data = b'1' * (300 * 2**20); input()"], stdin=subprocess.PIPE)
    figure, _ = run_python("data = b'1' * (100 * 2**20); import time; time.sleep(0.5)", tmp_path)
    assert 100 * 2**20 < figure.peak < 250 * 2**20
    assert here
    other.communicate(b"\n")


def test_a_process_that_fails_says_why(tmp_path):
    with pytest.raises(ChildProcessError, match=r"^no room$"):
        run_python("raise SystemExit('trouble\\nno room')", tmp_path)


def test_settings_from_outside_do_not_count(monkeypatch):
    for name in ("PAPERS_HOME", "DAGSTER_HOME", "HF_TOKEN", "HTTPS_PROXY", "PAPERS_SHARED_DATA", "LANG"):
        monkeypatch.setenv(name, "/outside")
    environment = make_environment({"PAPERS_KEEP_RELEASES": "4"})
    assert environment["PAPERS_KEEP_RELEASES"] == "4"
    assert {name for name, value in environment.items() if value == "/outside"} == {"PAPERS_SHARED_DATA", "LANG"}


def test_an_archive_of_any_size_ends_with_the_same_days():
    assert list_days("10")["digest"][-360:] == list_days("1")["digest"]
    assert list_days("1")["digest"][-1] == LAST_DAY
    assert make_digest(LAST_DAY) == make_digest(LAST_DAY)
    assert make_digest(LAST_DAY) != make_digest(LAST_DAY, seed=1)


def test_a_few_invented_days_go_all_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(phases, "MONTH", 5)
    monkeypatch.setattr(phases, "READ_TIMES", 1)
    monkeypatch.setattr(phases, "ASK_TIMES", 1)
    home = tmp_path / "home"
    works = (
        phases.generate_month,
        phases.read_and_parse,
        phases.write_parquet,
        phases.read_files,
        phases.run_sql,
        phases.write_page,
        phases.ask_questions,
    )
    figures = [figure for work in works for figure in work("1", home)]
    by_name = {figure.name: figure for figure in figures}
    days, entries = by_name["generate"].rows, by_name["parse"].rows
    assert by_name["parse"].facts["days"] == days == phases.MONTH
    assert entries > days
    assert {by_name[name].rows for name in ("write the Parquet", "the SQL in one script")} == {entries}
    assert by_name["the lake as it is"].rows == by_name["one file a day"].rows > entries
    assert by_name["one file a day"].facts["files"] == 2 * days
    publish(home, entries)


def publish(home, entries):
    import shutil

    shutil.rmtree(home / "releases")
    figures = {figure.name: figure for figure in run_in_worker(phases.publish, "1", home, {})}
    assert all(figure.cpu >= 0 and figure.peak > 2**20 for figure in figures.values())
    parts = ("SQL build", "checks", "verify", "rest of publishing")
    assert {figure.rows for figure in figures.values()} == {entries}
    assert sum(figures[name].wall for name in parts) == pytest.approx(figures["publish"].wall)
    assert len(figures["publish"].facts["models"]) == len(figures["publish"].facts["checks"]) == 10
    assert set(figures["SQL build"].facts["used"]) == {"memory_limit", "threads", "preserve_insertion_order"}
