"""The exceptions that a user may see: each is a `PapersError` with one line of text.

The text says what is wrong and what to do about it. Bugs do not belong here: they stay ordinary Python exceptions, so
that nobody takes them for a user's problem.
"""

import errno
import os
from pathlib import Path
from typing import Self


class PapersError(Exception):
    """An error that the user can act on; its text is one line."""


class SettingsError(PapersError):
    """A setting from a flag, the environment or `.env` is invalid."""


class ForeignFolderError(SettingsError):
    """A folder that is named as a home holds files that the program did not make."""


class HomeBusyError(PapersError):
    """Another process is writing to the same home."""


class UiError(PapersError):
    """Dagster's UI cannot be served, or one of its processes ended."""


class WatchError(PapersError):
    """A home could not say what is scheduled for it."""


class HomeMixError(PapersError):
    """The sample cannot be built in a home that holds real data."""


FREE, MOUNT, OWN, ELSEWHERE = (
    "free some space",
    "mount it for writing, or choose another home with --home DIR",
    "make it yours to read and write, or choose another home with --home DIR",
    "choose a home on another disk with --home DIR",
)
ADVICE = {
    errno.ENOSPC: FREE,
    errno.EDQUOT: FREE,
    errno.EROFS: MOUNT,
    errno.EACCES: OWN,
    errno.EPERM: OWN,
    errno.ENOLCK: ELSEWHERE,
    errno.ENOSYS: ELSEWHERE,
    errno.EOPNOTSUPP: ELSEWHERE,
}
"""The advice for each error code of the operating system."""


class DiskError(PapersError):
    """A disk is full, read-only or broken, or a file belongs to another user."""

    @classmethod
    def from_os_error(cls, error: OSError, place: Path | None = None) -> Self:
        """Return the error as one line with advice; it names `place` if the operating system named no file."""
        return cls(add_advice(f"{error.filename2 or error.filename or place}: {error.strerror or error}"))


def add_advice(text: str) -> str:
    """Return the text of a disk's error with advice added."""
    advice = next((advice for code, advice in ADVICE.items() if os.strerror(code) in text), "see what is wrong with it")
    return f"{text}; {advice}, then try again"


class NothingAnsweredError(PapersError):
    """No requested day could be fetched from any source."""


class HistoryError(PapersError):
    """The history of a git repository cannot be cloned or read."""


class RawMissingError(PapersError):
    """The fetch log names raw bytes that are missing from the store, or damaged."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"the answer {sha256} is missing or damaged; build its day again to fetch it")


class ModelError(PapersError):
    """A file under `sql/` cannot be read, ordered or run."""


class ReleaseError(PapersError):
    """A release cannot be built, verified or found."""


class DamagedLakeError(ReleaseError):
    """Files of the lake are not as they were written."""


class ExclusionError(PapersError):
    """What should be excluded or included again is not there."""


class CorrectionError(PapersError):
    """A paper's field cannot be corrected in this way."""


class QueryError(PapersError):
    """A query on the published warehouse failed."""


def describe_error(error: Exception) -> str:
    """Return the text of an exception, as the command line shows it."""
    return str(error) if isinstance(error, PapersError) else f"unexpected {type(error).__name__}: {error}"
