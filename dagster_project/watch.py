"""Runs the schedules of a home in the foreground: each build is a process of its own, one after another.

When a build is due belongs in `schedules`. This process imports little, keeps no file, and looks at the clock every
half a minute: whoever sleeps, or sets the clock, finds it on time afterwards.
"""

import datetime as dt
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Self

from filelock import Timeout

from dagster_project import schedules
from dagster_project.clock import utc_now
from dagster_project.errors import HomeBusyError, SettingsError, WatchError
from dagster_project.lake.files import storage_errors
from dagster_project.lake.home import Home, acquire_lock
from dagster_project.schedules import TASKS, Progress, Task, find_next_run, follow_clock, note_run, resume

WAITS = [dt.timedelta(minutes=5 * 3**step) for step in range(6)]
"""How long a failed build waits until it is tried again: 5, 15, 45 minutes …"""
PAUSE = 30.0
"""The most seconds between two looks at the clock."""
PATIENCE = 300
"""Seconds in which a home, which may be in a bucket, must say what it holds."""
PAPERS = "import sys; from dagster_project.start import main; sys.argv[0] = 'papers'; main()"

Say = Callable[[str], None]


class Signals:
    """The signals that end a watch, while the `with` runs. They, and the end of a child, cut a wait short."""

    def __init__(self) -> None:
        self.count = 0
        """How many came that end it."""

    def __enter__(self) -> Self:
        self._ready, self._noted = os.pipe()
        os.set_blocking(self._noted, False)
        noted = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
        self._before = {number: signal.signal(number, _ignore) for number in noted}
        self._wakeup = signal.set_wakeup_fd(self._noted, warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._ready)
        os.close(self._noted)

    def wait(self, seconds: float) -> None:
        """Wait until a signal comes, or so many seconds."""
        if select.select([self._ready], [], [], max(seconds, 0))[0]:
            self.count += sum(number != signal.SIGCHLD for number in os.read(self._ready, 4096))


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Let a signal do no more than to be noted."""


def watch(home: Home, names: Sequence[str], say: Say, waits: Sequence[dt.timedelta] = WAITS) -> None:
    """Run the schedules of the named sources, by default of all that the home holds, until SIGINT or SIGTERM.

    A signal is passed on to the build that runs as SIGINT, on which it keeps what it has fetched, and a second one ends
    that at once.

    Raises:
        SettingsError: nothing is scheduled, since the home holds no real data.
        HomeBusyError: another process watches this home.
        WatchError: the home could not say what it holds when this began.
    """
    nothing = SettingsError(
        f"{home.root} holds no real data, so nothing is scheduled; build some first, or name a source: "
        "papers watch --source huggingface"
    )
    with storage_errors(home.root):
        if not names and not home.root.exists():  # or the lock would make it
            raise nothing
    with hold_home(home), Signals() as signals:
        tasks = read_tasks(home, names)
        if not tasks:
            raise nothing
        known = {task.name: resume(task, utc_now()) for task in tasks}
        say(f"watching {home.root}; next: {describe(tasks, known, waits)}")
        while not signals.count:
            now = utc_now()
            known = {task.name: follow_clock(task.cron, known[task.name], now) for task in tasks}
            next_runs = {task.name: find_next_run(task.cron, known[task.name], now, waits) for task in tasks}
            due = next((task for task in tasks if next_runs[task.name] <= now), None)
            if due:
                known[due.name], tasks = run_task(home, due, known[due.name], tasks, names, say, signals)
                known = {task.name: known.get(task.name) or resume(task, utc_now()) for task in tasks}
                if not signals.count:
                    say(f"next: {describe(tasks, known, waits)}")
            else:
                signals.wait(min(PAUSE, (min(next_runs.values()) - now).total_seconds()))
        say("ended")


def run_task(
    home: Home, task: Task, progress: Progress, tasks: list[Task], names: Sequence[str], say: Say, signals: Signals
) -> tuple[Progress, list[Task]]:
    """Run the build of a task; return its progress, and the tasks that the home has afterwards."""
    begun, started = utc_now(), time.monotonic()
    days = task.choose_days(begun, progress)
    arguments = [*task.arguments, *(["--from", str(days[0]), "--to", str(days[1])] if days else [])]
    say(f"{task.name}: papers build {' '.join(arguments)}")
    status = run_build(["build", *arguments, "--home", str(home.root)], signals)
    took = f"{time.monotonic() - started:.0f} s"
    problem = f"failed with exit status {status}" if status else ""
    if not signals.count:
        try:
            tasks = read_tasks(home, names) or tasks
            same = next((one for one in tasks if one.name == task.name), task)
            problem = problem or same.describe_failure(begun, days)
        except WatchError as error:
            problem = problem or str(error)
    said = "was stopped" if signals.count else problem or "done"
    say(f"{task.name}: {said}, after {took}")
    progress = note_run(task.cron, progress, begun, utc_now() if problem else None, days[0] if days else None)
    return progress, tasks


def run_build(arguments: Sequence[str], signals: Signals) -> int:
    """Run `papers build` in a process of its own, and return its exit status."""
    # In a session of its own, so that Ctrl+C reaches this process alone, which passes it on.
    with subprocess.Popen([sys.executable, "-P", "-c", PAPERS, *arguments], start_new_session=True) as process:
        passed_on = 0
        while process.poll() is None:
            signals.wait(PAUSE)
            for _ in range(signals.count - passed_on):
                process.send_signal(signal.SIGINT)
                passed_on += 1
        return process.returncode


def read_tasks(home: Home, names: Sequence[str]) -> list[Task]:
    """Return the tasks of a home, which a process of its own reads.

    Raises:
        WatchError: it could not; the text is the last line of what it said.
    """
    line = [sys.executable, "-P", "-m", schedules.__name__, str(home.root), *names]
    try:
        ended = subprocess.run(line, capture_output=True, timeout=PATIENCE, check=False, start_new_session=True)
    except subprocess.TimeoutExpired:
        raise WatchError(f"{home.root} did not say within {PATIENCE} s what it holds") from None
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        raise WatchError(said[-1] if said else f"what {home.root} holds could not be read")
    return TASKS.validate_json(ended.stdout)


def describe(tasks: Sequence[Task], known: dict[str, Progress], waits: Sequence[dt.timedelta]) -> str:
    """Return when each task runs next, the first first."""
    now = utc_now()
    runs = sorted((find_next_run(task.cron, known[task.name], now, waits), task.name) for task in tasks)
    return ", ".join(f"{name} {'now' if at <= now else f'at {at:%Y-%m-%d %H:%M}'}" for at, name in runs)


@contextmanager
def hold_home(home: Home) -> Generator[None]:
    """Keep a second watch away from the home while the body runs.

    Raises:
        HomeBusyError: another process watches it.
    """
    with storage_errors(home.root):
        home.claim()
        try:
            held = acquire_lock(home.local / ".watch.lock", 0)
        except Timeout:
            raise HomeBusyError(f"another process watches {home.root} already; end that first") from None
    with held:
        yield
