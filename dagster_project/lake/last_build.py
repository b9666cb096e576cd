"""How the newest build ended, in one small file of the home: a build without news writes neither release nor lake.

It is for whoever watches the home; nothing is built from it. What counts as a problem belongs in `publish.health`.
"""

import datetime as dt
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from dagster_project.clock import Clock, utc_now
from dagster_project.errors import DiskError
from dagster_project.lake.files import read_bytes, storage_errors, write_atomically
from dagster_project.lake.home import Home
from dagster_project.progress import warn

NAME = "last-build.json"
LONGEST = 2_000
"""Characters of a problem that are kept."""


@dataclass(frozen=True, slots=True)
class LastBuild:
    """How the newest build ended. Times are UTC without a zone."""

    ended_at: dt.datetime | None = None
    confirmed_at: dt.datetime | None = None
    """When a build last found that the release in use is as it should be, or published it."""
    problem: str | None = None
    """Why the newest build failed; None if it did not."""


def find_file(home: Home) -> Path:
    """Return the file, which all machines share where the home is in a bucket."""
    return home.root / NAME


def read_last_build(home: Home) -> LastBuild:
    """Return how the newest build ended; a file that is missing or damaged says nothing."""
    try:
        said = json.loads(read_bytes(find_file(home)))
        ended_at, confirmed_at = (
            dt.datetime.fromisoformat(said[name]) if said[name] else None for name in ("ended_at", "confirmed_at")
        )
        return LastBuild(ended_at, confirmed_at, str(said["problem"]) if said["problem"] else None)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return LastBuild()


def note_success(home: Home, now: dt.datetime) -> None:
    """Note that the release in use is confirmed; the caller holds the home's lock."""
    _write(home, LastBuild(now, now))


@contextmanager
def note_failure(home: Home, clock: Clock = utc_now) -> Generator[None]:
    """Note it if the body fails, which is under the home's lock. An interrupt is no failure."""
    try:
        yield
    except Exception as error:
        try:
            confirmed_at = read_last_build(home).confirmed_at
        except Exception:  # the body's error is the one to raise
            confirmed_at = None
        line = " ".join(str(error).split()) or type(error).__name__
        _write(home, LastBuild(clock(), confirmed_at, line[:LONGEST]))
        raise


def _write(home: Home, ended: LastBuild) -> None:
    """Write the file; where that fails, a build goes on as it would without."""
    text = json.dumps(asdict(ended), default=dt.datetime.isoformat)
    try:
        with storage_errors(find_file(home)):
            write_atomically(find_file(home), lambda file: file.write(f"{text}\n".encode()))
    except DiskError as error:
        warn(f"how this build ended is not noted: {error}")
