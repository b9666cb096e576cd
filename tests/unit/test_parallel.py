"""Work spread over processes: every piece once, errors as they are, nobody left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dagster_project.parallel import spread


def double(number: int) -> int:
    return 2 * number


def where(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def fail(number: int) -> int:
    raise ValueError(f"number {number}")


@pytest.mark.parametrize("processes", [1, 2])
def test_every_piece_is_worked_on_once(processes):
    assert sorted(spread(double, range(50), processes)) == [2 * number for number in range(50)]


def test_one_process_is_this_one_and_keeps_the_order():
    assert set(spread(where, range(2), 1)) == {os.getpid()}
    assert list(spread(double, [3, 1, 2], 1)) == [6, 2, 4]


def test_two_are_others():
    assert os.getpid() not in set(spread(where, range(8), 2))


def test_a_temporary_folder_may_be_too_long_for_a_socket(tmp_path, monkeypatch):
    deep = tmp_path.joinpath("temporary" * 12)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    assert sorted(spread(double, range(3), 2)) == [0, 2, 4]


def test_an_error_is_raised_as_it_was():
    with pytest.raises(ValueError, match="number 0"):
        list(spread(fail, [0], 2))


def test_no_more_pieces_are_taken_than_are_under_way():
    taken = []

    def pieces():
        for number in range(100):
            taken.append(number)
            yield number

    results = spread(double, pieces(), 2)
    next(results)
    assert len(taken) < 20
    results.close()


SPREAD = """
from dagster_project.parallel import spread

if __name__ == "__main__":
    print(*sorted(spread(str, [1, 2], 2)))
"""


def test_processes_import_nothing_from_the_current_folder(tmp_path):
    (tmp_path / "script.py").write_text(SPREAD)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "selectors.py").write_text("raise SystemExit('a stranger')")
    run = [sys.executable, tmp_path / "script.py"]
    done = subprocess.run(run, cwd=tmp_path / "here", capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("1 2\n", "")


ORPHANS = """
import os, time
from dagster_project.parallel import spread
from tests.unit.test_parallel import where

if __name__ == "__main__":
    for pid in spread(where, range(1_000_000), 2):
        print(pid, flush=True)
"""


def test_processes_end_with_the_one_that_gave_the_work_however_it_ends(tmp_path):
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    giver = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
    )
    workers = {int(giver.stdout.readline()) for _ in range(6)}
    giver.send_signal(signal.SIGKILL)
    giver.wait()
    giver.stdout.close()
    for _ in range(200):
        if not any(Path(f"/proc/{pid}").exists() for pid in workers):
            return
        time.sleep(0.05)
    pytest.fail(f"still there: {workers}")
