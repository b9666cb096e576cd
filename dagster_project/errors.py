"""The exception tree: every error that a user may meet is a `PapersError` of one line.

An error says what is wrong and what to do about it. Faults in the program itself are not here: they stay
ordinary Python exceptions, so that they are never mistaken for a user's problem.
"""


class PapersError(Exception):
    """Something went wrong that a person can act on; its text is one line for that person."""


class SettingsError(PapersError):
    """A setting, from a flag, the environment or `.env`, cannot be used."""


class HomeBusyError(PapersError):
    """Another process is writing to the same home."""


class HomeMixError(PapersError):
    """A home that holds real data was asked to take the sample."""


class NothingAnsweredError(PapersError):
    """No source gave a usable answer for any day that was asked for."""


class RawMissingError(PapersError):
    """The fetch log names raw bytes that the store no longer holds, or holds damaged."""


class ModelError(PapersError):
    """A file under `sql/` cannot be read, ordered or run."""


class ReleaseError(PapersError):
    """A release could not be built, verified or found."""


class QueryError(PapersError):
    """A query on the published warehouse failed."""
