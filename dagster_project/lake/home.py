"""A home: one folder that holds a warehouse and all that it is made from, and its lock."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from dagster_project.errors import HomeBusyError, HomeMixError
from dagster_project.lake.files import write_atomically

Contents = Literal["sample", "real"]


@dataclass(frozen=True, slots=True)
class Home:
    """The places in a home."""

    root: Path

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def fetch_log(self) -> Path:
        """The log of attempts, beside the bytes that it names: with both, the lake can be made again."""
        return self.raw / "fetch"

    @property
    def index_log(self) -> Path:
        """The log of attempts to fetch the digest archive's index."""
        return self.raw / "index"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """The link to the release in use."""
        return self.root / "current"

    @property
    def warehouse(self) -> Path:
        """The published file, by the path that readers open."""
        return self.current / "papers.duckdb"

    @property
    def dashboard(self) -> Path:
        """The page on the release in use, in a folder that any static host can serve."""
        return self.root / "dashboard" / "index.html"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    def contents(self) -> Contents:
        """Return what the home holds; one that nothing was said of holds real data."""
        mark = self.root / "contents"
        return "sample" if mark.exists() and mark.read_text().strip() == "sample" else "real"

    @contextmanager
    def writing(self, wait: float = 600) -> Generator[None]:
        """Hold the home's lock, which dies with the process; wait up to `wait` seconds for another writer.

        Raises:
            HomeBusyError: another process held the lock all that time.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / ".lock")
        try:
            held = lock.acquire(timeout=wait)
        except Timeout:
            raise HomeBusyError(
                f"another run has been writing to {self.root} for {wait:.0f} s; wait for it, or stop it, and try again"
            ) from None
        with held:
            yield

    def settle(self, contents: Contents) -> Path | None:
        """Make sure that the home holds `contents` and nothing else.

        A home that holds the sample gives way to real data: its log, lake and releases are set aside. Raw bytes
        stay, being named by what they are.

        Returns:
            the folder that the sample was set aside in, if it was.

        Raises:
            HomeMixError: the sample was asked of a home that holds real data.
        """
        mark = self.root / "contents"
        held = self.contents() if mark.exists() else contents
        if held == "real" and contents == "sample":
            raise HomeMixError(f"{self.root} holds real data; build the sample in another home: --home DIR")
        aside = None
        if held != contents:
            aside = self.root / f"sample-set-aside-{datetime.now(UTC):%Y%m%dT%H%M%S}"
            aside.mkdir()
            made = (self.current, self.releases, self.dashboard.parent, self.lake)
            for place in (*made, self.fetch_log, self.index_log):
                if place.is_symlink() or place.exists():
                    place.rename(aside / place.name)
        write_atomically(mark, lambda file: file.write(f"{contents}\n".encode()))
        return aside
