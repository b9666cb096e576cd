"""Lists the git archives in which others keep answers of the sources, and reads the captures in their histories.

Each version of a file is a capture, made when it was committed or before. How git is read belongs in `git`; what the
bytes mean belongs to the source whose name is the archive's format.
"""

import datetime as dt
import re
import time
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from dagster_project.columns import column
from dagster_project.config import PACKAGE, Settings, find_first_problem
from dagster_project.errors import HistoryError, SettingsError
from dagster_project.parse.rows import ARCHIVE, OWN
from dagster_project.sources.attempt import Attempt, Outcome, TimeBasis, hash_body, hide_secrets
from dagster_project.sources.git import Blob, Version, list_tips, list_versions, read_blobs
from dagster_project.sources.registry import SOURCES
from dagster_project.sources.source import Source

CRON = "45 4 * * *"
"""When a scheduled build reads the archives, in UTC."""
BUNDLED = PACKAGE / "sources" / "archives.toml"
TEMPLATE = re.compile(r"(?P<before>[^{}]*)\{date:(?P<form>[^{}]+)\}(?P<after>[^{}]*)")
MARKER = "papers-read"
"""The file in a clone that says up to where it was read."""
AT_ONCE = 256
"""Versions whose bytes are read by one pair of processes."""
LATER = "of a day after the last that is read"
"""The reason of versions that a later build may take: east of Greenwich a day begins before it does in UTC."""
MOST_CAPTURES = 1_000
MOST_BYTES = 64 * 1024**2
"""Captures, and bytes of them, that are taken of one day and archive: a stranger's history may hold millions."""


def _check_path(path: str) -> str:
    if not path or path.startswith(("/", ":")) or ("{" in path and not TEMPLATE.fullmatch(path)):
        raise ValueError("must be a path in the repository, with {date:…} at most once")
    return path


class Archive(BaseModel):
    """A git repository whose files are captures of a source. The annotated fields are columns of `dim_archive`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, column("archive", name="archive", key=True, pattern=ARCHIVE)] = Field(pattern=ARCHIVE)
    url: Annotated[str, column("address, without what may be secret in it")] = Field(min_length=1, repr=False)
    path: Annotated[
        tuple[Annotated[str, AfterValidator(_check_path)], ...],
        BeforeValidator(lambda path: (path,) if isinstance(path, str) else path),
        Field(min_length=1),
    ]
    """Paths of files; `{date:…}` stands for the day. A file of a source whose lists name no day has none."""
    format: Annotated[str, column("name of the source whose answers it holds")]
    licence: Annotated[str, column("licence of what it holds")]

    @property
    def source(self) -> Source:
        """The source whose answers the files are."""
        return SOURCES[self.format]

    def describe(self) -> tuple[str, ...]:
        """Return the archive's row of the lake's table `archive`."""
        return self.name, hide_secrets(self.url), self.format, self.licence

    def find_place(self, version: Version) -> tuple[dt.date, int] | None:
        """Return the day of a version and the number of the path that it matches; None if it matches none."""
        for page, path in enumerate(self.path):
            template = TEMPLATE.fullmatch(path)
            if template is None and path == version.path and version.committed_at:
                return version.committed_at.date(), page
            if template and (day := _read_day(template, version.path)):
                return day, page
        return None

    @property
    def pathspecs(self) -> list[str]:
        """The paths of all files that may match, for git: a file, or the folder above a template."""
        return [path.partition("{")[0].rpartition("/")[0] or ":(glob)**" if "{" in path else path for path in self.path]


def _read_day(template: re.Match[str], path: str) -> dt.date | None:
    """Return the day that a path holds in the place of a template's `{date:…}`; None if it holds none."""
    before, form, after = template.groups()
    if not (path.startswith(before) and path.endswith(after)):
        return None
    try:
        day = dt.datetime.strptime(path[len(before) : len(path) - len(after)], form).date()
    except ValueError:
        return None
    return day if before + format(day, form) + after == path else None


def load_archives(settings: Settings) -> dict[str, Archive]:
    """Return the archives of the list that is set, or of the bundled one, by name.

    Raises:
        SettingsError: the list cannot be read, or an archive of it is not valid.
    """
    file = settings.archives or BUNDLED
    try:
        listed = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("archive", [])
        archives = [Archive.model_validate(_complete_url(table, file.parent)) for table in listed]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        said = getattr(error, "strerror", None) or error
        raise SettingsError(f"PAPERS_ARCHIVES: {file}: {said}; it must be TOML with [[archive]] tables") from None
    except ValidationError as error:
        place, problem = find_first_problem(error)
        raise SettingsError(f"PAPERS_ARCHIVES: {file}: {'.'.join(map(str, place))}: {problem}") from None
    names = Counter(archive.name for archive in archives)
    for archive in archives:
        if archive.format not in SOURCES:
            known = ", ".join(SOURCES)
            raise SettingsError(f"PAPERS_ARCHIVES: {archive.name}: no format {archive.format!r}; choose from {known}")
        if archive.name == OWN or names[archive.name] > 1:
            raise SettingsError(f"PAPERS_ARCHIVES: {archive.name}: the name is taken; choose another")
        if {archive.source.names_days} != {"{" in path for path in archive.path}:
            needs = "needs {date:…}, the day" if archive.source.names_days else "takes no {date:…}"
            raise SettingsError(f"PAPERS_ARCHIVES: {archive.name}: a path of the format {archive.format} {needs}")
    return {archive.name: archive for archive in archives}


def _complete_url(table: dict[str, object], folder: Path) -> dict[str, object]:
    """Return an archive's table with a whole address: a path is relative to the folder of the list."""
    url = table.get("url")
    if not isinstance(url, str) or not url or "://" in url:
        return table
    return table | {"url": (folder / url).absolute().as_uri()}


def find_archives(settings: Settings, names: Sequence[str]) -> list[Archive]:
    """Return the archives with these names; without names, all.

    Raises:
        SettingsError: the list is not valid, or a name is not in it.
    """
    archives = load_archives(settings)
    for name in names:
        if name not in archives:
            raise SettingsError(f"there is no archive {name!r}; choose from {', '.join(archives) or 'none'}")
    return [archives[name] for name in names] if names else list(archives.values())


@dataclass(slots=True)
class HeldCaptures:
    """What a home holds of an archive."""

    captures: set[tuple[dt.date | None, str]] = field(default_factory=set)
    """Day and blob of each capture. A file that was moved, or a history that was rewritten, holds the same ones."""
    refused: set[tuple[str, str]] = field(default_factory=set)
    """Blob of each version that was not taken, and why."""
    counts: Counter[dt.date] = field(default_factory=Counter)
    sizes: Counter[dt.date] = field(default_factory=Counter)
    """The number of captures of each day, and their bytes."""


class Found(NamedTuple):
    """A version that may be a capture, its day and the number of its path."""

    version: Version
    blob: str
    day: dt.date
    page: int


@dataclass(slots=True)
class HistoryReader:
    """Reads the captures of an archive from its clone."""

    archive: Archive
    clone: Path
    held: HeldCaptures
    first: dt.date
    last: dt.date
    """First and last day whose captures are taken."""
    max_bytes: int
    """Bytes of the largest version that is taken."""
    deadline: float
    """By the monotonic clock."""
    skipped: Counter[str] = field(default_factory=Counter)
    """The number of versions that were not taken and left no fetch attempt, by the reason."""
    refetch: bool = False
    """Whether all of the history is read, whatever was read before."""
    known: int = field(init=False)
    taken: int = 0
    """The number of captures that were held before, and that were read."""
    lacking: int = 0
    """The number of versions that the clone does not hold whole."""

    def __post_init__(self) -> None:
        self.known = len(self.held.captures)

    def read(self, now: dt.datetime) -> Iterator[Attempt]:
        """Yield an attempt for each version that is not held, in the order of the history.

        Raises:
            HistoryError: the clone cannot be read, or the time is over; what was yielded stands.
        """
        moments = (now + dt.timedelta(microseconds=number) for number in count())  # a time of its own for each attempt
        for some in self._list_batches(self._list_new(self._read_marker())):
            for one, blob in zip(some, read_blobs(self.clone, [one.blob for one in some], self.max_bytes), strict=True):
                if self._is_full(one.day):
                    continue
                attempt = self._judge(one, blob, next(moments))
                if attempt.body is not None:
                    self.taken += 1
                    self.held.counts[one.day] += 1
                    self.held.sizes[one.day] += len(attempt.body)
                    yield attempt
                elif (one.blob, attempt.reason) not in self.held.refused:
                    yield attempt
        if self.lacking:
            raise HistoryError(
                f"{self.clone}: does not hold {self.lacking:,} versions whole; remove that folder, then build again"
            )

    def _list_batches(self, found: Iterable[Found]) -> Iterator[list[Found]]:
        """Yield what was found, some at a time; what came before an error, too."""
        batch = list[Found]()
        try:
            for one in found:
                batch.append(one)
                if len(batch) == AT_ONCE:
                    yield batch
                    batch = []
                    self._check_time()
        except HistoryError:
            yield batch
            raise
        yield batch

    def _check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise HistoryError(
                f"{self.archive.name}: not read to its end in the time that PAPERS_ARCHIVE_TIMEOUT allows; "
                "what was read is kept, and the next build goes on"
            )

    def note_end(self) -> None:
        """Note that all was read, so that the next read begins behind it as long as the home holds the captures."""
        (self.clone / MARKER).write_text("\n".join([self._format_terms(), *list_tips(self.clone)]))

    def _read_marker(self) -> list[str]:
        """Return the tips up to which all was read; none if other captures are held, or other terms hold now."""
        if self.refetch:
            return []
        try:
            terms, *tips = (self.clone / MARKER).read_text().splitlines()
        except (FileNotFoundError, ValueError):
            return []
        return tips if terms == self._format_terms() else []

    def _format_terms(self) -> str:
        return f"{self.known + self.taken} captures of {self.archive.path} up to {self.max_bytes} bytes"

    def _list_new(self, known: Collection[str]) -> Iterator[Found]:
        patience = max(1, self.deadline - time.monotonic())
        for version in list_versions(self.clone, self.archive.pathspecs, known=known, timeout=patience):
            if found := self._find_new(version):
                yield found

    def _find_new(self, version: Version) -> Found | None:
        place = self.archive.find_place(version) if version.blob else None
        if place is None or version.blob is None:
            if version.blob and version.committed_at is None and version.path in self.archive.path:
                self.skipped["whose commit states no time"] += 1
            self._check_time()
            return None
        day, page = place
        capture = (day if self.archive.source.names_days else None, version.blob)
        if not self.first <= day <= self.last:
            self.skipped[LATER if day > self.last else "of a day before the first that is read"] += 1
            self._check_time()
            return None
        if capture in self.held.captures:  # a read that goes on gets past what it holds, however little time it has
            return None
        if self._is_full(day):
            self._check_time()
            return None
        self.held.captures.add(capture)
        return Found(version, version.blob, day, page)

    def _is_full(self, day: dt.date) -> bool:
        """Return whether all is taken of a day that may be, and count the version that is not."""
        is_full = self.held.counts[day] >= MOST_CAPTURES or self.held.sizes[day] >= MOST_BYTES
        if is_full:
            self.skipped[f"of a day with {MOST_CAPTURES:,} captures, or {MOST_BYTES:,} bytes of them"] += 1
        return is_full

    def _judge(self, found: Found, blob: Blob, now: dt.datetime) -> Attempt:
        version = found.version
        attempt = Attempt(
            source=self.archive.format,
            date=found.day,
            page=found.page,
            url=hide_secrets(self.archive.url),
            fetched_at=now,
            captured_at=version.committed_at or now,
            time_basis=TimeBasis.COMMITTED,
            archive=self.archive.name,
            commit=version.commit,
            path=version.path,
            etag=found.blob,
            outcome=Outcome.FAILED,
        )
        if version.committed_at is None:
            return replace(attempt, reason="its commit states no time")
        if blob.size is None:
            self.lacking += 1
            return replace(attempt, reason="the clone does not hold it whole")
        if blob.body is None:
            return replace(attempt, reason=f"{blob.size:,} bytes: larger than PAPERS_MAX_BYTES allows")
        outcome, items, reason = self.archive.source.judge_stored(found.day, blob.body)
        return replace(
            attempt,
            outcome=outcome,
            reason=reason,
            items=items,
            sha256=hash_body(blob.body),
            size=blob.size,
            body=blob.body,
        )


def make_git_variables(settings: Settings) -> Mapping[str, str]:
    """Return the variables that tell git of proxies and certificates."""
    given = {
        "http_proxy": settings.http_proxy,
        "https_proxy": settings.https_proxy,
        "all_proxy": settings.all_proxy,
        "no_proxy": settings.no_proxy,
        "SSL_CERT_FILE": settings.ssl_cert_file,
        "SSL_CERT_DIR": settings.ssl_cert_dir,
    }
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in given.items()
        if value
    }
