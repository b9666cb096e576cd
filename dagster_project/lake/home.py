"""A home: the folder that holds a warehouse and all its data, its mark and its lock.

The mark is a file that is written before all else. The program writes and removes nothing in a folder without it.

A home may be in a bucket. Then the bucket holds what all machines share, and a local folder holds what needs a disk,
such as an open DuckDB file. On a disk, both are the same folder. The contents of the files belong in other modules.
"""

import errno
import os
import re
import shutil
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal, Self, TypeVar, cast

from filelock import AcquireReturnProxy, FileLock, SoftFileLock, Timeout

from dagster_project.config import Settings
from dagster_project.errors import ForeignFolderError, HomeBusyError, HomeMixError
from dagster_project.lake.files import (
    LACKING,
    TEMPORARY,
    find_bucket,
    format_path,
    is_ours,
    list_parquet,
    move,
    needed,
    remove_sealed,
    set_mode,
    storage_errors,
    swap_link,
    write_atomically,
)
from dagster_project.lake.lease import Lease, check_conditions
from dagster_project.progress import report, warn

Contents = Literal["sample", "real"]
Taken = TypeVar("Taken")

COPIED = "release.txt"
"""The file that says which release the folder `current` holds a copy of. Only a folder with it is ours."""
MARK = ".papers-home"
MARK_TEXT = b"This folder is a home of daily-papers-warehouse, which writes and removes files in it.\n"
HARMLESS = re.compile(
    r"\.env|\.gitignore|\.gitkeep|\.gitattributes|lost\+found|\.DS_Store|\.localized|desktop\.ini|Thumbs\.db|\.stfolder"
    r"|\.papers-.*\.tmp|s3"
)
"""Names that a folder may hold and still counts as empty. `s3` holds the local folders of homes in buckets."""
BEGUN = {".lock", ".writer", "dagster"}
"""All that a home holds if a release without marks was stopped soon."""
KEPT = 3
"""Releases that stay however old they are."""
RELEASE_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Home:
    """The paths in a home.

    `beside` is the local folder of a home in a bucket. A writer to a bucket that has not renewed its lease for `lease`
    seconds counts as dead.
    """

    root: Path
    beside: Path | None = None
    lease: float = 60

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the home that the settings name."""
        return cls(settings.home, settings.local_folder, settings.lease)

    @property
    def local(self) -> Path:
        """The folder on this machine's disk."""
        return self.beside or self.root

    @property
    def is_shared(self) -> bool:
        """Whether the home is in a bucket."""
        return find_bucket(self.root) is not None

    @property
    def shared_releases(self) -> Path:
        """The folder of releases in a bucket."""
        return self.root / "releases"

    @property
    def shared_current(self) -> Path:
        """The object in a bucket that names the release in use."""
        return self.root / "current"

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def fetch_log(self) -> Path:
        """The fetch log, beside the raw bytes: the lake can be rebuilt from both."""
        return self.raw / "fetch"

    @property
    def index_log(self) -> Path:
        """The fetch log of the sources' own indexes."""
        return self.raw / "index"

    @property
    def exclusions(self) -> Path:
        """What an operator took out of every release, beside the raw bytes, which stay."""
        return self.raw / "exclusion"

    @property
    def corrections(self) -> Path:
        """What an operator says of papers in place of their sources, beside the raw bytes, which stay."""
        return self.raw / "correction"

    @property
    def announcements(self) -> Path:
        """What the feeds announced and when, beside the raw bytes: no raw bytes say so."""
        return self.raw / "announcement"

    @property
    def archive_list(self) -> Path:
        """The archives that were read, beside the raw bytes of their captures."""
        return self.raw / "archive"

    @property
    def clones(self) -> Path:
        """The clones of archives, each in `<name>.git`. Lost ones are made again."""
        return self.local / "archives"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def releases(self) -> Path:
        return self.local / "releases"

    def list_releases(self) -> list[Path]:
        """Return the folders of the finished releases on this machine, the oldest first.

        Names sort by second; releases of the same second are sorted by the time of their files.
        """
        finished = [folder for folder in self.releases.glob("*") if RELEASE_ID.fullmatch(folder.name)]
        return sorted(finished, key=lambda folder: (folder.name.partition("-")[0], folder.stat().st_mtime_ns))

    @property
    def current(self) -> Path:
        """The link to the release in use, or a folder with a copy of it: see `set_current`."""
        return self.local / "current"

    def read_current(self) -> str | None:
        """Return the name of the release in use on this machine; None if there is none."""
        if self.current.is_symlink():
            return self.current.readlink().name
        copied = self.current / COPIED
        return copied.read_text().strip() if copied.exists() else None

    def set_current(self, release_id: str) -> None:
        """Let `current` be a release: a link to it, or a folder with a copy of its file where the disk has no links.

        Whoever opens `current/papers.duckdb` meanwhile sees the old release or the new.
        """
        if not (self.current / COPIED).exists() or self.current.is_symlink():
            try:
                with swap_link(self.current, f"releases/{release_id}"):
                    return
            except OSError as error:
                if error.errno not in LACKING:
                    raise
            if self.current.is_symlink():
                self.current.unlink()
            elif self.current.exists() and any(self.current.iterdir()):
                raise OSError(errno.EEXIST, "is a folder that papers did not make", str(self.current))
        warn(f"this disk has no links, so {self.current} is a folder with a copy of the release: open {self.warehouse}")
        self.current.mkdir(exist_ok=True)
        write_atomically(self.current / COPIED, lambda file: file.write(release_id.encode()))
        for log in self.current.glob(f"{self.warehouse.name}.wal*"):
            log.unlink()
        with (self.releases / release_id / self.warehouse.name).open("rb") as opened:
            write_atomically(self.warehouse, lambda file: shutil.copyfileobj(opened, file, 2**20))
        set_mode(self.warehouse, 0o444)

    @property
    def warehouse(self) -> Path:
        """The path of the published file, which readers open."""
        return self.current / "papers.duckdb"

    @property
    def dashboard(self) -> Path:
        """The path of the dashboard, in a folder that any static host can serve."""
        return self.local / "dashboard" / "index.html"

    @property
    def site(self) -> Path:
        """The folder of the public site, which any static host can serve."""
        return self.local / "site"

    @property
    def dagster(self) -> Path:
        return self.local / "dagster"

    @property
    def _contents(self) -> Path:
        return self.root / "contents"

    @property
    def _outgoing(self) -> Path:
        """The folder of the sample while it is being set aside."""
        return self.root / ".setting-aside"

    def read_contents(self) -> Contents:
        """Return whether the home holds the sample or real data; a home without the file `contents` holds real data."""
        mark = self._contents
        return "sample" if mark.exists() and mark.read_text().strip() == "sample" else "real"

    def claim(self) -> None:
        """Make sure that the folder is a home, and mark it as one if it is new or older than marks.

        Raises:
            ForeignFolderError: it holds files of others; nothing was written.
            DiskError: the bucket ignores the conditions on which the lock depends.
        """
        claim_folder(self.local)
        if self.is_shared:
            claim_folder(self.root)
            check_conditions(self.root / MARK, MARK_TEXT)

    def list_strangers(self) -> list[Path]:
        """Return the files among those of the fetch log and the lake that the program did not write, on a disk."""
        logs = [self.fetch_log, self.index_log, self.archive_list]
        folders = [] if self.is_shared else [*logs, *self.lake.glob("*/")]
        files = (file for folder in folders for file in folder.glob("*/*"))
        return sorted(file for file in files if not is_ours(file) and not file.match(TEMPORARY))

    @contextmanager
    def lock_for_writing(self, wait: float = 600) -> Generator[bool]:
        """Hold the home's lock while the body runs; wait up to `wait` seconds for it.

        The lock ends with the process; in a bucket, it ends `lease` seconds later.

        Yields:
            whether the previous writer was killed. Then its temporary files are removed, and the sample is set aside if
            it had begun that; the caller must parse its unfinished days again.

        Raises:
            ForeignFolderError: the folder is not a home, and holds files of others; nothing was written.
            HomeBusyError: another process held the lock all that time, or took it over while the body ran.
            DiskError: the disk or the bucket refused an operation, here or in the body.
        """
        # A writer creates this mark and removes it at the end. A mark without a lock means that a writer was killed.
        mark = self.root / ".writer"
        with storage_errors(self.root):
            self.claim()
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
        """Hold the lock on this machine, and for a bucket also the lease, which locks it for all machines."""
        with self._acquire(partial(acquire_lock, self.local / ".lock"), Timeout, wait, mark):
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
        """Clean up after a killed writer: finish setting the sample aside, and remove temporary files."""
        if self._outgoing.exists():
            self._set_aside()
        for half in list_unfinished(self.releases, ".building-"):
            remove_sealed(half)
        made = (self.root / "raw", self.lake, self.releases, self.current, self.dashboard.parent, self.dagster)
        if not self.is_shared:
            for temporary in (*self.root.glob(TEMPORARY), *(file for place in made for file in place.rglob(TEMPORARY))):
                shutil.rmtree(temporary) if temporary.is_dir() else temporary.unlink()

    def prepare(self, contents: Contents) -> None:
        """Say what the home will hold, unless it holds the sample and real data are to come: they may bring nothing.

        Raises:
            HomeMixError: `contents` is the sample, and the home holds real data.
        """
        if contents == "sample" or self.read_contents() == "real":
            self.set_contents(contents)

    def find_set_aside(self) -> list[Path]:
        """Return the folders of the samples that were set aside, the oldest first."""
        return sorted(self.root.glob("sample-set-aside-*"))

    def set_contents(self, contents: Contents) -> Path | None:
        """Set whether the home holds the sample or real data.

        If the home holds the sample and `contents` is real, the fetch log, announcements, lake and releases of the
        sample are set aside. Raw bytes stay, since their names depend on their content alone.

        Returns:
            the folder of the sample if it was set aside, otherwise None.

        Raises:
            HomeMixError: `contents` is the sample, and the home holds real data.
        """
        mark = self._contents
        held = self.read_contents() if mark.exists() else contents
        if held == "real" and contents == "sample":
            raise HomeMixError(f"{self.root} holds real data; build the sample in another home: --home DIR")
        if held != contents:
            self._outgoing.mkdir(exist_ok=True)
            return self._set_aside()
        self._write_contents(contents)
        return None

    def _set_aside(self) -> Path:
        """Move the sample, or the rest of it, to a folder; rename the folder last, and return its path."""
        made = [self.lake, self.fetch_log, self.index_log, self.announcements, self.archive_list]
        if self.is_shared:
            made = [self.shared_current, self.shared_releases, *made]
            if self.current.is_symlink():
                self.current.unlink()
            elif (self.current / COPIED).exists():
                shutil.rmtree(self.current)
        else:
            made = [self.current, self.releases, self.dashboard.parent, self.site, *made]
        for place in made:
            if place.is_symlink() or place.exists():
                move(place, self._outgoing / place.name)
        self._write_contents("real")
        aside = self.root / f"sample-set-aside-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        move(self._outgoing, aside)
        return aside

    def _write_contents(self, contents: Contents) -> None:
        write_atomically(self._contents, lambda file: file.write(f"{contents}\n".encode()))


def claim_folder(folder: Path) -> None:
    """Make sure that a folder, on a disk or in a bucket, is marked as ours; one that is absent or empty becomes so.

    Raises:
        ForeignFolderError: it holds files of others; nothing was written.
    """
    names = _list_names(folder)
    if MARK in names:
        return
    strangers = sorted(name for name in names if not HARMLESS.fullmatch(name))
    if strangers and not _is_older_home(folder, strangers):
        raise ForeignFolderError(
            f"{folder} is not a home of papers: it holds {strangers[0]}, and nothing was written there; "
            "name an empty or a new folder with --home DIR or PAPERS_HOME"
        )
    write_atomically(folder / MARK, lambda file: file.write(MARK_TEXT))


def _list_names(folder: Path) -> set[str]:
    bucket = find_bucket(folder)
    try:
        if bucket is None:
            return {entry.name for entry in folder.iterdir()}
        names = {name.rstrip("/") for name in bucket.ls(format_path(folder), detail=False)}
        return {name.rpartition("/")[2] for name in names - {format_path(folder)}}
    except FileNotFoundError:
        return set()


def _is_older_home(folder: Path, names: list[str]) -> bool:
    """Return whether a release that wrote no mark made a folder, by what only such a release leaves."""
    if "contents" in names and (folder / "contents").read_text(errors="replace").strip() in ("sample", "real"):
        return True
    if "raw" in names and list_parquet(folder / "raw" / "fetch"):  # a lake is made from it, so it may be all there is
        return True
    if ".lock" in names and BEGUN.issuperset(names):
        return True
    if find_bucket(folder) is not None:
        return False
    current = folder / "current"
    return current.is_symlink() and bool(re.fullmatch(rf"releases/{RELEASE_ID.pattern}", current.readlink().as_posix()))


def list_outdated(names: Sequence[str], keep: int, since: datetime | None) -> list[str]:
    """Return the releases to remove, given all of them, the oldest first: those beyond the newest `keep`.

    With `since` (UTC), those that were built before it go as well, but for the newest `KEPT`.
    """
    aged = [name for name in names[:-KEPT] if since and name < f"{since:%Y%m%dT%H%M%S}"]
    return max(list(names[:-keep]), aged, key=len)  # both begin with the oldest


def list_unfinished(releases: Path, prefix: Literal[".building-", ".pulling-"]) -> list[Path]:
    """Return the folders of releases that were not built, or not pulled, to their end."""
    return [each for each in releases.glob(f"{prefix}*") if RELEASE_ID.fullmatch(each.name.removeprefix(prefix))]


def acquire_lock(file: Path, wait: float) -> AcquireReturnProxy:
    """Acquire the operating system's lock of a file until a `with` ends; wait up to `wait` seconds.

    Raises:
        Timeout: another process held it all that time.
        DiskError: the disk cannot lock files.
    """
    lock = FileLock(file)
    with needed("lock files", file), warnings.catch_warnings(action="ignore"):
        try:
            held = lock.acquire(wait)
        except NotImplementedError as error:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
        if isinstance(cast("object", lock), SoftFileLock):  # what it turns to, and what outlives a killed process
            lock.release()
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    return held


def _read_mark(mark: Path) -> str:
    """Return the text of the mark, which names the writer; the mark may appear or vanish at any time."""
    try:
        return mark.read_text() or "just begun"
    except FileNotFoundError:
        return "just begun"
