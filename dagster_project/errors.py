"""The exception tree: every error that a user may meet is a `PapersError` of one line.

An error says what is wrong and what to do about it. Faults in the program itself are not here: they stay
ordinary Python exceptions, so that they are never mistaken for a user's problem.
"""

import errno
import os
from pathlib import Path
from typing import Self


class PapersError(Exception):
    """Something went wrong that a person can act on; its text is one line for that person."""


class SettingsError(PapersError):
    """A setting, from a flag, the environment or `.env`, cannot be used."""


class HomeBusyError(PapersError):
    """Another process is writing to the same home."""


class HomeMixError(PapersError):
    """A home that holds real data was asked to take the sample."""


FREE, MOUNT, OWN = (
    "free some space",
    "mount it for writing, or choose another home with --home DIR",
    "make it yours to read and write, or choose another home with --home DIR",
)
ADVICE = {
    errno.ENOSPC: FREE,
    errno.EDQUOT: FREE,
    errno.EROFS: MOUNT,
    errno.EACCES: OWN,
    errno.EPERM: OWN,
}
"""What to do about an error of the operating system."""


class DiskError(PapersError):
    """A disk is full, read-only or broken, or a file on it is not ours."""

    @classmethod
    def from_os_error(cls, error: OSError, place: Path | None = None) -> Self:
        """Return what the operating system said as one line; `place` is named where it named none."""
        return cls(with_advice(f"{error.filename2 or error.filename or place}: {error.strerror or error}"))


def with_advice(text: str) -> str:
    """Return what was said of a disk, with what to do about it where that is known."""
    advice = next((advice for code, advice in ADVICE.items() if os.strerror(code) in text), "see what is wrong with it")
    return f"{text}; {advice}, then try again"


class NothingAnsweredError(PapersError):
    """No source gave a usable answer for any day that was asked for."""


class RawMissingError(PapersError):
    """The fetch log names raw bytes that the store no longer holds, or holds damaged."""


class ModelError(PapersError):
    """A file under `sql/` cannot be read, ordered or run."""


class ReleaseError(PapersError):
    """A release could not be built, verified or found."""


class DamagedLakeError(ReleaseError):
    """Files of the lake are not as they were written."""


class QueryError(PapersError):
    """A query on the published warehouse failed."""
