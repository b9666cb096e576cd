"""A disk that is full, read-only, not ours or damaged: a clear line, the release before still served, and mending.

Each fault strikes a home with two releases as news for a third come in, of the same archives as the killed runs.
Whatever raw bytes tell is there again afterwards.
"""

import datetime as dt
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet
from click.testing import CliRunner

from dagster_project import pipeline
from dagster_project.cli import main
from dagster_project.config import load_settings
from dagster_project.defs.instance import open_instance
from dagster_project.errors import PapersError
from dagster_project.lake.home import Home
from dagster_project.lake.raw import RawStore
from dagster_project.validate.schemas import TABLES
from tests.integration.conftest import PAPERS, Papers
from tests.raw_files import put_apart
from tests.reliability.builds import BEGUN, build
from tests.reliability.figures import Figure, tell
from tests.reliability.test_kill import Content, archive_of, content, left_over, missing

PART = "A bad disk"
ROOMY = 160
"""Megabytes of a small disk: enough for all that a run needs."""
BLOCK = 4096


@dataclass
class Bench:
    """A home with two releases, news for a third, and what the third says on a good disk."""

    folder: Path
    old: Content
    new: Content

    def home(self, where: Path) -> Home:
        """Return a copy of the home."""
        return Home(Path(shutil.copytree(self.folder / "home", where / "home", symlinks=True)))

    def take_news(self, home: Home, hour: int = 3) -> None:
        build(home.root, self.folder / "news", hour)

    def digests(self, archive: str) -> str:
        """Return the address of an archive's digests."""
        return (self.folder / archive / "digests").as_uri() + "/{date:%Y/%m/%d}.md"

    def torn(self, home: Home) -> int:
        """Return 1 when readers see neither the old release nor the new."""
        return int(content(home.root) not in (self.old, self.new))

    def lost(self, home: Home) -> int:
        """Return how many rows of the new release are not there, or are there beside it."""
        return missing(content(home.root), self.new)


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Bench:
    folder = tmp_path_factory.mktemp("disk")
    home = folder / "home"
    build(home, archive_of(folder / "first", 1, 1, 0), 1)
    build(home, archive_of(folder / "second", 2, 1, 1), 2)
    news = archive_of(folder / "news", 3, 2, 2)
    undisturbed = Path(shutil.copytree(home, folder / "undisturbed", symlinks=True))
    build(undisturbed, news, 3)
    made = Bench(folder, content(home), content(undisturbed))
    assert missing(made.old, made.new) > 0
    return made


def papers(home: Home, *command: str, status: int = 0) -> str:
    """Run the command in this process, expect its exit status, and return what it printed."""
    run = CliRunner(env={"COLUMNS": "300"}).invoke(main, [*command, "--home", str(home.root)])
    assert run.exit_code == status, run.output
    return run.output


class Disk:
    """A small file system in memory, which can be filled and made read-only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._run("mount", "-t", "tmpfs", "-o", f"size={ROOMY}m", "tmpfs")

    def _run(self, *command: str) -> None:
        subprocess.run([*command, self.folder], check=True, capture_output=True)

    def leave(self, free: int) -> None:
        """Fill the disk but for so many bytes."""
        ballast = self.folder / "ballast"
        ballast.unlink(missing_ok=True)
        state = os.statvfs(self.folder)
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(BLOCK, state.f_bavail * state.f_frsize - free))

    def give_back(self) -> None:
        (self.folder / "ballast").unlink()

    def let_write(self, yes: bool) -> None:
        self._run("mount", "-o", f"remount,{'rw' if yes else 'ro'}")

    def clear(self) -> None:
        for left in self.folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()

    def close(self) -> None:
        self._run("umount", "-l")


@pytest.fixture
def disk(tmp_path) -> Iterator[Disk]:
    (tmp_path / "small").mkdir()
    try:
        small = Disk(tmp_path / "small")
    except (subprocess.CalledProcessError, FileNotFoundError):
        absent = "needs the right to mount a file system"
        pytest.fail(absent) if os.environ.get("PAPERS_TESTS_COMPLETE") else pytest.skip(absent)
    yield small
    small.close()


SOME = [0, 8 * BLOCK, 24 * BLOCK, 2**24]
FINE = [*range(0, 2**18, BLOCK), *range(2**18, 2**24, 2**17)]
"""Bytes that are left: block by block where little files are written, in steps where the release is.

Of `SOME`, the first leaves no room for anything; then it runs out among raw bytes, as a release begins, and as it ends.
"""


@pytest.mark.parametrize("sizes", [SOME, pytest.param(FINE, marks=pytest.mark.long)])
def test_a_disk_that_fills_up_says_so_and_nothing_is_lost_once_there_is_space(bench, disk, sizes):
    lost = torn = 0
    recovery, said = 0.0, set[str]()
    for free in sizes:
        disk.clear()
        home = bench.home(disk.folder)
        disk.leave(free)
        with pytest.raises(PapersError) as failed:
            bench.take_news(home)
        said.add(str(failed.value))
        torn += bench.torn(home)
        disk.give_back()
        started = time.monotonic()
        bench.take_news(home, 4)
        recovery = max(recovery, time.monotonic() - started)
        lost += bench.lost(home)
        assert left_over(home.root) == []
    advice = "No space left on device; free some space, then try again"
    assert {line for line in said if advice not in line or "\n" in line} == set()
    outcome = "one line that says so; the old release is served meanwhile"
    tell(Figure(PART, "a disk with room for a part of a run alone", len(sizes), lost, torn, recovery, outcome))
    assert (lost, torn) == (0, 0)


@pytest.mark.long
def test_a_disk_that_fills_up_under_a_real_build_ends_it_with_a_line(bench, disk):
    command = Papers(disk.folder / "home")
    ask = ("build", "--source", "digest", "--from", "2024-01-25", "--to", "2024-01-26")
    command.env["PAPERS_DIGEST_URL"] = bench.digests("second")
    command(*ask)
    release = command.release
    command.env["PAPERS_DIGEST_URL"] = bench.digests("news")
    for left in (64 * BLOCK, 2**24 + 64 * BLOCK):  # too little to begin, and too little for the release
        disk.leave(left)
        last = command(*ask, status=1).splitlines()[-1]
        assert re.fullmatch("papers: .*: No space left on device; free some space, then try again", last)
        assert command.release == release
    assert "papers listed" in command("sql", "SELECT 'papers listed' FROM dim_paper LIMIT 1")
    disk.give_back()
    command(*ask)


def test_a_read_only_disk_is_read_and_says_that_it_cannot_be_written(bench, disk):
    home = bench.home(disk.folder)
    disk.let_write(False)
    try:
        with pytest.raises(PapersError, match="Read-only file system; mount it for writing, or choose another home"):
            bench.take_news(home)
        assert "Release" in papers(home, "status")
        assert "1 row" in papers(home, "sql", "FROM meta_release")
        assert "Read-only file system; mount it" in papers(home, "dashboard", status=1)
        assert "Read-only file system; mount it" in papers(home, "build", "--source", "digest", status=1)
        torn = bench.torn(home)
    finally:
        disk.let_write(True)
    started = time.monotonic()
    bench.take_news(home, 4)
    recovery = time.monotonic() - started
    lost = bench.lost(home)
    outcome = "one line that says so; `papers sql` and `papers status` work"
    tell(Figure(PART, "a disk that cannot be written", 1, lost, torn, recovery, outcome))
    assert (lost, torn) == (0, 0)


def in_long_runs(*values: object) -> list[ParameterSet]:
    return [pytest.param(value, marks=pytest.mark.long) for value in values]


UNTRUSTED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
"""Makes root a user like any other, to whom the permissions of files say something."""


@pytest.mark.parametrize("place", [".", *in_long_runs("raw", "releases", "lake/entry/digest")])
def test_a_folder_that_is_not_ours_is_named(bench, tmp_path, place):
    home = bench.home(tmp_path)
    as_anybody = UNTRUSTED if os.getuid() == 0 else []
    ask = [*as_anybody, PAPERS, "build", "--source", "digest", "--from", "2024-01-25", "--to", "2024-01-26"]
    (home.root / place).chmod(0o555)
    env = os.environ | {"PAPERS_HOME": str(home.root), "PAPERS_DIGEST_URL": bench.digests("news")}
    run = subprocess.run(ask, env=env, capture_output=True, text=True, check=False, timeout=100)
    (home.root / place).chmod(0o755)
    assert run.returncode == 1, run.stdout + run.stderr
    said = run.stderr.splitlines()[-1]
    assert re.fullmatch(rf"papers: .*{re.escape(str(home.root))}.*Permission denied.*; make it yours .*", said), (
        run.stderr
    )
    torn = bench.torn(home)
    started = time.monotonic()
    bench.take_news(home, 4)
    recovery = time.monotonic() - started
    lost = bench.lost(home)
    tell(Figure(PART, f"no right to write to `{place}`", 1, lost, torn, recovery, "one line that names it"))
    assert (lost, torn) == (0, 0)


def gone(file: Path) -> None:
    file.unlink()


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def zeroed(file: Path) -> None:
    """Write zeros over the middle of a file, as a disk does that lost a block; its length and its ends stay."""
    body = bytearray(file.read_bytes())
    body[4 : len(body) // 3] = bytes(len(body) // 3 - 4)
    file.write_bytes(body)


DAMAGES = [gone, emptied, cut, zeroed]


@pytest.mark.parametrize(
    ("tables", "damages"),
    [(("entry", "author"), (zeroed,)), pytest.param(TABLES, DAMAGES, marks=pytest.mark.long), (("section",), (gone,))],
)
def test_torn_files_of_the_lake_are_made_again_from_raw_bytes(bench, tmp_path, tables, damages):
    cases = lost = torn = 0
    recovery = 0.0
    for table, damage in product(tables, damages):
        home = bench.home(tmp_path / f"{table} {damage.__name__}")
        files = sorted(home.lake.glob(f"{table}/*/????-*.parquet"))
        for file in files:
            damage(file)
        torn += bench.torn(home)
        started = time.monotonic()
        bench.take_news(home)
        recovery = max(recovery, time.monotonic() - started)
        lost += bench.lost(home)
        cases += len(files)
        shutil.rmtree(home.root)
    ways = ", ".join(damage.__name__ for damage in damages)
    outcome = "noticed before a release is built, and read again"
    tell(Figure(PART, f"files of the lake that are {ways}", cases, lost, torn, recovery, outcome))
    assert (lost, torn) == (0, 0)
    assert cases


def test_damage_that_shows_nowhere_is_mended_by_making_everything_again(bench, tmp_path):
    """Rows that were changed, in a file as good as any: nothing can tell, but the raw bytes still say what is right."""
    import polars as pl
    import pyarrow.parquet as pq

    home = bench.home(tmp_path)
    bench.take_news(home)
    for file in home.lake.glob("entry/*/*.parquet"):
        facts = {name.decode(): value.decode() for name, value in pq.read_metadata(file).metadata.items()}
        pl.read_parquet(file).with_columns(votes=pl.lit(7, pl.Int32)).write_parquet(
            file, metadata={name: value for name, value in facts.items() if name.startswith("papers.")}
        )
    started = time.monotonic()
    papers(home, "build", "--offline")
    recovery = time.monotonic() - started
    lost = bench.lost(home)
    outcome = "mended by `papers build --offline`"
    tell(Figure(PART, "rows of the lake that changed unnoticed", 1, lost, 0, recovery, outcome))
    assert lost == 0


@pytest.mark.parametrize("rounds", [2, pytest.param(len(DAMAGES), marks=pytest.mark.long)])
def test_raw_bytes_that_are_lost_or_damaged_are_fetched_again_and_their_rows_stay(bench, tmp_path, rounds):
    """Each file in another way: two homes have seen every way, and as many homes as ways every way on every file."""
    cases = lost = torn = 0
    recovery, done = 0.0, set[Callable[[Path], None]]()
    for first in range(rounds):
        home = bench.home(tmp_path / str(first))
        raw = RawStore(home.raw)
        names = put_apart(home, raw.list_held()) if first % 2 else sorted(raw.packs.glob("*/*.parquet"))
        for number, file in enumerate(names, start=first):
            damage = DAMAGES[number % len(DAMAGES)]
            damage(file)
            done.add(damage)
        torn += bench.torn(home)
        bench.take_news(home)
        lost += bench.lost(home)
        # The sources answer otherwise by now, so these bytes will not come again; their rows stay for good.
        started = time.monotonic()
        bench.take_news(home, 4)
        recovery = max(recovery, time.monotonic() - started)
        lost += bench.lost(home)
        cases += len(names)
    outcome = "the rows stay, the source is asked again without a condition, and each lost answer is named"
    tell(Figure(PART, "answers in the raw store that are gone or damaged", cases, lost, torn, recovery, outcome))
    assert (lost, torn) == (0, 0)
    assert done == set(DAMAGES)


def test_a_damaged_log_is_named_and_its_days_can_be_had_again(bench, tmp_path):
    home = bench.home(tmp_path)
    logs = sorted(home.fetch_log.glob("digest/*.parquet"))
    cut(logs[-1])
    with pytest.raises(PapersError, match=f"{logs[-1].name} is damaged: restore it from a copy of the home; or move"):
        bench.take_news(home)
    assert bench.torn(home) == 0
    assert "Release" in papers(home, "status")
    logs[-1].rename(tmp_path / logs[-1].name)
    started = time.monotonic()
    bench.take_news(home, 4)
    recovery = time.monotonic() - started
    listed = {row[:2] for row in content(home.root)["fact_listing"]}
    lost = len({row[:2] for row in bench.new["fact_listing"]} - listed)
    outcome = "named; once it is moved away its days are fetched anew, and what else it recorded is lost with it"
    tell(Figure(PART, "a damaged file of the fetch log", 1, lost, 0, recovery, outcome))
    assert lost == 0


def cut_in_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def without_a_head(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(bytes(3 * BLOCK))


def full_of_holes(file: Path) -> None:
    """Write zeros over every other piece but for the first, so that the file opens but cannot be read."""
    piece = 128 * 1024
    with file.open("r+b") as opened:
        for start in range(2 * piece, file.stat().st_size - piece, 2 * piece):
            opened.seek(start)
            opened.write(bytes(piece))


@pytest.mark.parametrize("damage", [full_of_holes, *in_long_runs(gone, emptied, cut_in_half, without_a_head)])
def test_a_damaged_release_is_said_to_be_and_made_again(bench, tmp_path, damage: Callable[[Path], None]):
    home = bench.home(tmp_path)
    bench.take_news(home)
    file = home.warehouse.resolve()
    file.chmod(0o644)
    damage(file)
    said = papers(home, "sql", "SELECT count(DISTINCT COLUMNS(*)) FROM search_term, fact_vote_day", status=1)
    assert said.count("\n") == 1
    assert re.search(r"make (it again|one) with: .*papers build", said)
    started = time.monotonic()
    papers(home, "build", "--offline")
    recovery = time.monotonic() - started
    lost = bench.lost(home)
    outcome = "said in one line; `papers build --offline` makes it again"
    tell(Figure(PART, f"a release whose file is {damage.__name__.replace('_', ' ')}", 1, lost, 0, recovery, outcome))
    assert lost == 0


def dangling(link: Path) -> None:
    link.unlink()
    link.symlink_to("releases/never")


def a_file(link: Path) -> None:
    link.unlink()
    link.write_text("not a link")


def a_folder(link: Path) -> None:
    release = link.resolve()
    link.unlink()
    shutil.copytree(release, link)


@pytest.mark.parametrize("damage", [gone, dangling, a_file], ids=lambda damage: damage.__name__)
def test_a_broken_link_to_the_release_is_made_again(bench, tmp_path, damage):
    home = bench.home(tmp_path)
    damage(home.current)
    assert "make one with:" in papers(home, "sql", "FROM meta_release", status=1)
    started = time.monotonic()
    bench.take_news(home)
    recovery = time.monotonic() - started
    lost = bench.lost(home)
    outcome = "the next build points it at a new release"
    tell(Figure(PART, f"`current` is {damage.__name__.replace('_', ' ')}", 1, lost, 0, recovery, outcome))
    assert lost == 0


def test_a_folder_in_place_of_the_link_is_served_and_named(bench, tmp_path):
    """As after a copy that followed links: what lies in it may be the only release there is."""
    home = bench.home(tmp_path)
    a_folder(home.current)
    with pytest.raises(PapersError, match=r"current: .*directory.*"):
        bench.take_news(home)
    assert bench.torn(home) == 0
    shutil.rmtree(home.current)
    bench.take_news(home, 4)
    lost = bench.lost(home)
    tell(Figure(PART, "`current` is a folder", 1, lost, 0, None, "named and served until it is moved away"))
    assert lost == 0


def test_a_clock_that_jumps_back_loses_no_answer_and_no_release(bench, tmp_path):
    home, archives = Home(tmp_path / "home"), ("first", "second", "news")
    for hour, archive in zip((300, 200, 100), archives, strict=True):  # each run is days before the one before it
        now = BEGUN + dt.timedelta(hours=hour)
        build(home.root, bench.folder / archive, hour, now)
        assert home.current.resolve().name.startswith(f"{now:%Y%m%dT%H}")
    settings = load_settings(home=str(home.root))
    assert pipeline.publish(home, settings).is_new
    assert not pipeline.publish(home, settings).is_new
    kept = {row[:2] for row in content(home.root)["fact_vote"]}
    lost = len({row[:2] for row in bench.new["fact_vote"]} - kept)
    outcome = "the newest build is in use, and answers from the future count once their time has come"
    tell(Figure(PART, "a clock that jumps back by days, twice", len(archives), lost, 0, None, outcome))
    assert lost == 0


def test_a_damaged_history_of_runs_is_told_from_the_data(bench, tmp_path):
    home = bench.home(tmp_path)

    def look() -> None:
        with open_instance(home.dagster) as instance:
            instance.get_runs(limit=1)

    look()
    for file in home.dagster.rglob("*.db"):
        file.write_bytes(b"damaged " * 1000)
    with pytest.raises(PapersError, match=rf"Dagster's history in {home.dagster}: .*; .*move that folder away"):
        look()
    home.dagster.rename(tmp_path / "moved away")
    started = time.monotonic()
    look()
    recovery = time.monotonic() - started
    outcome = "named; once it is moved away a new one is made, without the state of schedules"
    tell(Figure(PART, "damaged databases of Dagster", 1, 0, bench.torn(home), recovery, outcome))
