"""A run is ended by SIGKILL wherever it may be, and run again: readers see the old release or the new, nothing else."""

import datetime as dt
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb
import pytest

from dagster_project.config import PACKAGE
from dagster_project.defs.instance import open_instance
from dagster_project.lake.home import Home
from dagster_project.lake.raw import RawStore
from tests.fork_server import ForkServer
from tests.integration.conftest import WEEK, Papers
from tests.raw_files import scatter
from tests.reliability.builds import set_aside
from tests.reliability.figures import Figure, tell

CHECKOUT = Path(__file__).parents[2]
SAMPLE = PACKAGE / "sample"
CHANGES = "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,symlink,symlinkat,link,linkat,ftruncate"
CHANGES += ",write,pwrite64,fsync,fdatasync,chmod,fchmod,fchmodat,utimensat"
"""System calls that change a file system; what `openat` makes shows at the next of these."""
RENAMES = "rename,renameat,renameat2"
PART = "A run that is killed"
WORKERS = 2
ONE_THREAD = {"POLARS_MAX_THREADS": "1"}
UNDERWAY = ".building-"

OF_ATTEMPTS = {
    "meta_fetch": "SELECT DISTINCT source, date, url, sha256 FROM meta_fetch WHERE sha256 IS NOT NULL",
    "mart_coverage": "SELECT source, date, status, papers, captures, rejects FROM mart_coverage",
}
"""What must be the same however often, and when, a source was asked."""

Content = dict[str, list[tuple]]


def content(home: Path) -> Content:
    """Return all that a release says, but for when and how it was built, and when and how often it was asked for."""
    with duckdb.connect((home / "current" / "papers.duckdb").resolve(), read_only=True) as reader:
        names = {name for (name,) in reader.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        shown = {name: f'FROM "{name}"' for name in names - {"meta_release", "meta_check"}} | OF_ATTEMPTS
        found = {name: reader.execute(f"{query} ORDER BY ALL").fetchall() for name, query in shown.items()}
    return {name: [tuple(map(_round, row)) for row in rows] for name, rows in found.items()}


def _round(value: object) -> object:
    """Return a time in whole seconds, and a fraction with six places: builds ask some microseconds apart."""
    if isinstance(value, dt.datetime):
        return value.replace(microsecond=0)
    return round(value, 6) if isinstance(value, float) else value


def missing(found: Content, wanted: Content) -> int:
    """Count the rows of `wanted` that `found` does not hold, and those that it holds beside them."""
    return sum(len(set(found.get(name, [])) ^ set(rows)) for name, rows in wanted.items())


def left_over(home: Path) -> list[str]:
    """Return what only a run that is underway needs."""
    return [str(path) for path in home.rglob(".*") if path.name not in (".lock", ".papers-home")]


def run(
    server: ForkServer, *arguments: object, disturb: Callable[[int], None] | None = None, traced: bool = False
) -> int:
    """Run a child, let `disturb` do its work on it, and return how it ended: a signal as a negative number."""
    given = ["traced" if traced else "", *map(str, arguments)]
    with closing(server.start(given, env=os.environ | ONE_THREAD, cwd=CHECKOUT)) as child:
        if disturb:
            disturb(child.pid)
        return child.wait(120)


@dataclass
class Came:
    """What came of the cases."""

    cases: int = 0
    lost: int = 0
    torn: int = 0
    recovery: float = 0
    left: list[str] = field(default_factory=list)
    in_use: dict[str, int] = field(default_factory=lambda: {"old": 0, "new": 0})

    def add(self, other: "Came") -> None:
        self.cases += other.cases
        self.lost += other.lost
        self.torn += other.torn
        self.recovery = max(self.recovery, other.recovery)
        self.left += other.left
        for name, count in other.in_use.items():
            self.in_use[name] += count

    def record(self, fault: str) -> "Came":
        """Tell the figure, and return what came."""
        outcome = f"readers had the old release {self.in_use['old']} times and the new {self.in_use['new']} times"
        figure = Figure(
            PART, fault, self.cases, self.lost, self.torn, self.recovery, f"{outcome}; nothing is left over"
        )
        tell(figure)
        assert (self.lost, self.torn, self.left) == (0, 0, [])
        return self


@dataclass
class Bench:
    """A home with two releases, news for a third, and what the third says when nobody disturbs it."""

    folder: Path
    server: ForkServer
    old: Content
    new: Content
    length: float

    @property
    def news(self) -> Path:
        return self.folder / "news"

    def killed(self, case: int, disturb: Callable[[int], None], traced: bool = False) -> Came:
        """Kill a run on a copy of the home, look at what readers see, run again, and look once more."""
        came = Came(cases=1)
        home = self.folder / f"case-{case}"
        shutil.copytree(self.folder / "home", home, symlinks=True)
        assert run(self.server, home, self.news, 3, disturb=disturb, traced=traced) in (-signal.SIGKILL, 0)
        seen = content(home)
        in_use = "new" if seen == self.new else "old"
        came.torn = seen not in (self.old, self.new)
        came.in_use[in_use] += 1
        started = time.monotonic()
        assert run(self.server, home, self.news, 4) == 0
        came.recovery = time.monotonic() - started
        came.lost = missing(content(home), self.new)
        came.left = left_over(home)
        shutil.rmtree(home)
        return came

    def all_killed(self, disturbances: list[Callable[[int], None]], traced: bool = False) -> Came:
        came = Came()
        with ThreadPoolExecutor(WORKERS) as pool:
            for one in pool.map(partial(self.killed, traced=traced), range(len(disturbances)), disturbances):
                came.add(one)
        return came


def archive_of(folder: Path, votes: int, days: int, captures: int) -> Path:
    """Write an archive: a digest a day with so many votes a paper, and captures of the API."""
    text = (SAMPLE / "digests/2024/01/25.md").read_text(encoding="utf-8")
    digests = folder / "digests" / "2024" / "01"
    digests.mkdir(parents=True)
    for day in range(25, 25 + days):
        of_day = re.sub(r"Vote: \d+", f"Vote: {votes}", text).replace("2024-01-25", f"2024-01-{day}")
        (digests / f"{day}.md").write_text(of_day, encoding="utf-8")
    (folder / "api" / "2025-02-21").mkdir(parents=True)
    for file in sorted((SAMPLE / "api/2025-02-21").iterdir())[:captures]:
        shutil.copy(file, folder / "api" / "2025-02-21")
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    room, env = "tests.reliability.builds", os.environ | ONE_THREAD
    with ForkServer(f"{room}:main", warm=f"{room}:warm", env=env) as started:
        yield started


@pytest.fixture(scope="module")
def bench(server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("kill")
    first, second = archive_of(folder / "first", 1, 1, 0), archive_of(folder / "second", 2, 1, 1)
    news = archive_of(folder / "news", 3, 2, 2)
    home, undisturbed = folder / "home", folder / "undisturbed"
    assert run(server, home, first, 1) == 0
    assert run(server, home, second, 2) == 0
    shutil.copytree(home, undisturbed, symlinks=True)
    started = time.monotonic()
    assert run(server, undisturbed, news, 3) == 0
    length = time.monotonic() - started
    old, new = content(home), content(undisturbed)
    assert missing(old, new) > 0
    assert left_over(undisturbed) == []
    return Bench(folder, server, old, new, length)


def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        absent = "needs strace, Debian's package strace"
        pytest.fail(absent) if os.environ.get("PAPERS_TESTS_COMPLETE") else pytest.skip(absent)
    return found


def kill_at(call: int, pid: int, calls: str = CHANGES) -> None:
    """Kill a process as it sets about the `call`-th of some calls; return once that has happened, or it has ended."""
    inject = ["-e", f"inject={calls}:signal=SIGKILL:when={call}"]
    command = [strace(), "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}", *inject, "-p", str(pid)]
    subprocess.run(command, check=False, capture_output=True, timeout=60)


def changes(server: ForkServer, home: Path, log: Path, *arguments: object) -> list[str]:
    """Return the changes that a run makes on a home, in order, as strace prints them."""
    of: list[int] = []

    def count(pid: int) -> None:
        of.append(pid)
        command = [strace(), "-f", "-qq", "-y", "-o", str(log), "-e", f"trace={CHANGES}", "-p", str(pid)]
        subprocess.run(command, check=False, capture_output=True, timeout=60)

    assert run(server, home, *arguments, disturb=count, traced=True) == 0
    begun = re.compile(rf"{of[0]} +({CHANGES.replace(',', '|')})\(")
    return [line for line in log.read_text(encoding="utf-8").splitlines() if begun.match(line)]


@pytest.mark.parametrize(
    ("outside", "inside"), [(40, 600), pytest.param(1, 1, marks=pytest.mark.long)], ids=["some", "every one"]
)
def test_a_run_that_is_killed_at_any_change_of_a_file_leaves_the_old_release_or_the_new(bench, outside, inside):
    home = Path(shutil.copytree(bench.folder / "home", bench.folder / "counted", symlinks=True))
    made = changes(bench.server, home, bench.folder / "changes", bench.news, 3)
    shutil.rmtree(home)
    calls = dict(enumerate(made, start=1))
    building = [call for call, line in calls.items() if UNDERWAY in line]
    elsewhere = [call for call in calls if call not in set(building)]
    assert len(building) > 100
    assert len(elsewhere) > 50
    came = bench.all_killed(
        [partial(kill_at, call) for call in (*elsewhere[::outside], *building[::inside])], traced=True
    )
    came.record(f"SIGKILL at a file-system operation, of {len(made):,} that a run makes")
    assert all(came.in_use.values())


def kill_after(wait: float, pid: int) -> None:
    time.sleep(wait)
    os.kill(pid, signal.SIGKILL)  # its parent has not yet asked how it ended, so the id is still its own


@pytest.mark.parametrize("moments", [2, pytest.param(200, marks=pytest.mark.long)])
def test_a_run_that_is_killed_at_a_random_moment_leaves_the_old_release_or_the_new(bench, moments):
    waits = random.Random(moments)  # noqa: S311
    came = bench.all_killed([partial(kill_after, waits.uniform(0, bench.length)) for _ in range(moments)])
    came.record("SIGKILL at a random moment of a run")


@pytest.mark.parametrize(
    ("moments", "built", "arguments"),
    [(1, "built_week", WEEK), pytest.param(20, "built_sample", ["build"], marks=pytest.mark.long)],
)
def test_a_build_that_is_killed_with_dagster_around_it_is_mended_by_the_next(
    request, tmp_path, moments, built, arguments
):
    """At random moments from its start on: of a new home, and of one that holds a release of fewer days."""
    waits = random.Random(moments)  # noqa: S311
    wanted, came, old, length = content(request.getfixturevalue(built).home), Came(), None, 3.0
    fewer = Papers(tmp_path / "fewer")
    if moments > 1:
        started = time.monotonic()
        fewer("build", "--to", "2024-12-31")
        old, length = content(fewer.home), time.monotonic() - started
    for case in range(moments):
        papers = Papers(tmp_path / f"case-{case}")
        if case % 2:
            shutil.copytree(fewer.home, papers.home, symlinks=True)
        with papers.start(*arguments) as build:
            time.sleep(waits.uniform(0.1, 1) * length)
            build.send_signal(signal.SIGKILL)
            build.wait(60)
        if papers.warehouse.exists() or case % 2:
            seen = content(papers.home)
            came.in_use["new" if seen == wanted else "old"] += 1
            came.torn += seen not in (old, wanted)
        started = time.monotonic()
        papers(*arguments)
        came.recovery = max(came.recovery, time.monotonic() - started)
        came.cases += 1
        came.lost += missing(content(papers.home), wanted)
        came.left += left_over(papers.home)
    came.record("SIGKILL of `papers build` at a random moment")


def test_a_sample_whose_setting_aside_is_killed_is_set_aside_whole_by_the_next_run(server, built_week, tmp_path):
    sample, cases, recovery = content(built_week.home), 0, 0.0
    for call in range(1, 12):
        home = Home(Path(shutil.copytree(built_week.home, tmp_path / str(call), symlinks=True)))
        ended = run(server, home.root, disturb=partial(kill_at, call, calls=RENAMES), traced=True)
        started = time.monotonic()
        set_aside(home.root)
        recovery = max(recovery, time.monotonic() - started)
        [aside] = home.root.glob("sample-set-aside-*")
        assert content(aside) == sample
        moved = {"archive", "current", "dashboard", "fetch", "lake", "releases"}
        assert moved <= {path.name for path in aside.iterdir()}
        assert not any(place.exists() for place in (home.current, home.releases, home.lake, home.fetch_log))
        assert home.read_contents() == "real"
        assert left_over(home.root) == []
        if ended == 0:
            break
        cases += 1
    assert cases == 8
    outcome = "it lies whole in one folder after the next run"
    tell(Figure(PART, "SIGKILL at each step of setting a sample aside", cases, 0, 0, recovery, outcome))


def list_runs(home: Home) -> int:
    with open_instance(home.dagster) as instance:
        return len(instance.get_run_ids())


@pytest.mark.parametrize(
    ("outside", "inside"),
    [(40, 900), pytest.param(1, 20, marks=[pytest.mark.long, pytest.mark.timeout(3600)])],
    ids=["some", "every one of ours"],
)
def test_tidying_that_is_killed_at_any_change_of_a_file_loses_nothing(server, built_sample, tmp_path, outside, inside):
    """Packs are gathered, single files packed, old releases and an old run removed.

    Most of the changes are inside of Dagster's databases, whose commits are SQLite's.
    """
    papers = Papers(Path(shutil.copytree(built_sample.home, tmp_path / "home", symlinks=True)))
    for _ in range(2):  # the second outdates the run of the first
        papers("build", "--offline")
    scatter(Home(papers.home))
    [older, *_] = Home(papers.home).list_releases()
    for number in range(2):
        shutil.copytree(older, older.with_name(f"20240101T00000{number}-00000000"))
    wanted, raw = content(papers.home), RawStore(Home(papers.home).raw)
    answers = dict(raw.read(raw.list_held()))
    home = Path(shutil.copytree(papers.home, tmp_path / "counted", symlinks=True))
    made = changes(server, home, tmp_path / "changes", "tidy")
    calls = dict(enumerate(made, start=1))
    of_dagster = [call for call, line in calls.items() if f"{home}/dagster/" in line]
    elsewhere = [call for call in calls if call not in set(of_dagster)]
    assert len(of_dagster) > 1_000
    assert len(elsewhere) > 50

    def kill(call: int) -> Came:
        home = Home(Path(shutil.copytree(papers.home, tmp_path / f"case-{call}", symlinks=True)))
        assert run(server, home.root, "tidy", disturb=partial(kill_at, call), traced=True) in (-signal.SIGKILL, 0)
        raw, came = RawStore(home.raw), Came(cases=1)
        came.torn = content(home.root) != wanted or dict(raw.read(raw.list_held())) != answers
        started = time.monotonic()
        assert run(server, home.root, "tidy") == 0
        came.recovery = time.monotonic() - started
        came.lost = missing(content(home.root), wanted) + len(answers.items() ^ dict(raw.read(raw.list_held())).items())
        came.left = left_over(home.root)
        assert len(home.list_releases()) == 3
        assert list_runs(home) == 2  # one that fetched, and one that published
        assert len(list(home.raw.glob("??/*"))) <= 1  # arXiv's only answer
        assert all(len(list(folder.iterdir())) <= 1 for folder in raw.packs.iterdir())
        shutil.rmtree(home.root)
        return came

    whole = Came()
    with ThreadPoolExecutor(WORKERS) as pool:
        for came in pool.map(kill, (*elsewhere[::outside], *of_dagster[::inside])):
            whole.add(came)
    outcome = "every answer is held, and the release in use stays"
    fault = f"SIGKILL at a file-system operation, of {len(made):,} that `papers tidy` makes"
    tell(Figure(PART, fault, whole.cases, whole.lost, whole.torn, whole.recovery, outcome))
    assert (whole.lost, whole.torn, whole.left) == (0, 0, [])
