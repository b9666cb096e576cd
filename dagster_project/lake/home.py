"""A home: one folder that holds a warehouse and all that it is made from, and its lock.

It may lie in a bucket. Then everything that is made once and read by all lies in the bucket, and what needs a disk,
such as an open DuckDB file, lies in a local folder that belongs to it. On a disk both are the same folder.
"""

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self, TypeVar

from filelock import FileLock, Timeout

from dagster_project.config import Settings
from dagster_project.errors import HomeBusyError, HomeMixError
from dagster_project.lake.files import bucket_of, move, storage_errors, write_atomically
from dagster_project.lake.lease import Lease
from dagster_project.progress import report

Contents = Literal["sample", "real"]
Taken = TypeVar("Taken")


@dataclass(frozen=True, slots=True)
class Home:
    """The places in a home.

    `beside` is the local folder of a home in a bucket; after `lease` seconds without a sign, a writer there counts as
    dead.
    """

    root: Path
    beside: Path | None = None
    lease: float = 60

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the home that settings name."""
        return cls(settings.home, settings.local_folder, settings.lease)

    @property
    def local(self) -> Path:
        """The folder on this machine's disk."""
        return self.beside or self.root

    @property
    def is_shared(self) -> bool:
        """Whether it lies in a bucket."""
        return bucket_of(self.root) is not None

    @property
    def shared_releases(self) -> Path:
        """The releases in a bucket, from which readers pull them."""
        return self.root / "releases"

    @property
    def shared_current(self) -> Path:
        """The object in a bucket that says which release is in use."""
        return self.root / "current"

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def fetch_log(self) -> Path:
        """The log of attempts, beside the bytes that it names: with both, the lake can be made again."""
        return self.raw / "fetch"

    @property
    def index_log(self) -> Path:
        """The log of attempts to fetch a source's own index."""
        return self.raw / "index"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def releases(self) -> Path:
        return self.local / "releases"

    @property
    def current(self) -> Path:
        """The link to the release in use."""
        return self.local / "current"

    @property
    def warehouse(self) -> Path:
        """The published file, by the path that readers open."""
        return self.current / "papers.duckdb"

    @property
    def dashboard(self) -> Path:
        """The page on the release in use, in a folder that any static host can serve."""
        return self.local / "dashboard" / "index.html"

    @property
    def dagster(self) -> Path:
        return self.local / "dagster"

    @property
    def _contents(self) -> Path:
        return self.root / "contents"

    @property
    def _leaving(self) -> Path:
        """The sample while it is being set aside."""
        return self.root / ".setting-aside"

    def contents(self) -> Contents:
        """Return what the home holds; a home without a mark holds real data."""
        mark = self._contents
        return "sample" if mark.exists() and mark.read_text().strip() == "sample" else "real"

    @contextmanager
    def writing(self, wait: float = 600) -> Generator[bool]:
        """Hold the home's lock, which dies with the process, or in a bucket a while later; wait up to `wait` seconds.

        Yields:
            whether the writer before was killed. Its temporary files are removed by then, and a sample that it was
            setting aside is set aside; the caller reads again the days that it was reading.

        Raises:
            HomeBusyError: another process held the lock all that time.
            DiskError: the disk refused something, to this method or to the body.
        """
        # A writer leaves a mark here, and removes it at the end: a mark without a lock was left by a killed writer.
        mark = self.root / ".writer"
        with storage_errors(self.root):
            self.local.mkdir(parents=True, exist_ok=True)
            with self._lock(wait, mark) as lease:
                left_half_way = mark.exists()
                mark.write_text(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
                if left_half_way:
                    self._clean_up()
                yield left_half_way
                if lease and lease.lost:
                    raise HomeBusyError(
                        f"{self.root} had no sign of this run for {self.lease:.0f} s, and another may have taken "
                        "over; what was published stands; try again"
                    )
                mark.unlink()

    @contextmanager
    def _lock(self, wait: float, mark: Path) -> Generator[Lease | None]:
        """Hold the lock, and in a bucket the lease that stands for it among machines."""
        lock = FileLock(self.local / ".lock")
        with self._acquire(lock.acquire, Timeout, wait, mark):
            if not self.is_shared:
                yield None
                return
            lease = Lease(self.root / ".lock", self.lease)
            self._acquire(lease.acquire, TimeoutError, wait, mark)
            try:
                yield lease
            finally:
                lease.release()

    def _acquire(self, acquire: Callable[[float], Taken], busy: type[Exception], wait: float, mark: Path) -> Taken:
        try:
            return acquire(0)
        except busy:
            report(f"wait for another run ({_read_mark(mark)})", 1, 1)
        try:
            return acquire(wait)
        except busy:
            raise HomeBusyError(
                f"another run has been writing to {self.root} for {wait:.0f} s ({_read_mark(mark)}); "
                "wait for it, or stop it, and try again"
            ) from None

    def _clean_up(self) -> None:
        """Finish the setting aside, and remove the temporary files, of a writer that was ended half-way."""
        if self._leaving.exists():
            self._set_aside()
        for half in self.releases.glob(".building-*"):
            shutil.rmtree(half)
        for temporary in self.local.rglob(".*.tmp"):
            temporary.unlink()

    def set_contents(self, contents: Contents) -> Path | None:
        """Make sure that the home holds `contents` and nothing else.

        A home that holds the sample gives way to real data: its log, lake and releases are set aside. Raw bytes
        stay, being named by what they are.

        Returns:
            the folder that the sample was set aside in, if it was.

        Raises:
            HomeMixError: the sample was asked of a home that holds real data.
        """
        mark = self._contents
        held = self.contents() if mark.exists() else contents
        if held == "real" and contents == "sample":
            raise HomeMixError(f"{self.root} holds real data; build the sample in another home: --home DIR")
        if held != contents:
            self._leaving.mkdir(exist_ok=True)
            return self._set_aside()
        self._write_contents(contents)
        return None

    def _set_aside(self) -> Path:
        """Move the sample, or what is left of it, out of the way; the last step gives its folder its name."""
        made = [self.lake, self.fetch_log, self.index_log]
        if self.is_shared:
            made = [self.shared_current, self.shared_releases, *made]
            self.current.unlink(missing_ok=True)
        else:
            made = [self.current, self.releases, self.dashboard.parent, *made]
        for place in made:
            if place.is_symlink() or place.exists():
                move(place, self._leaving / place.name)
        self._write_contents("real")
        aside = self.root / f"sample-set-aside-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        move(self._leaving, aside)
        return aside

    def _write_contents(self, contents: Contents) -> None:
        write_atomically(self._contents, lambda file: file.write(f"{contents}\n".encode()))


def _read_mark(mark: Path) -> str:
    """Return who writes, by the mark, which may appear or vanish at any moment."""
    try:
        return mark.read_text() or "just begun"
    except FileNotFoundError:
        return "just begun"
