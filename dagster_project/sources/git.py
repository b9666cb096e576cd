"""Reads the history of a git repository, by the `git` command: every version of its files, as bytes and times.

What the bytes mean, and where they are kept, belongs elsewhere. A repository is a stranger's: its history is read from
a bare clone, so that nothing of it is ever run or written under a name that it chose. A clone only grows.
"""

import datetime as dt
import os
import re
import resource
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple, Self, cast

from dagster_project.errors import FREE, HistoryError
from dagster_project.sources.attempt import hide_secrets
from dagster_project.sources.files import parse_file_url

TIPS = "refs/papers/tips/"
"""Each tip of the remote is kept here under its commit's name. So no name of a branch matters, and no tip is lost."""
REF = re.compile(r"(?P<commit>[0-9a-f]{40})\t(?P<name>HEAD|refs/(?:heads|tags)/[^\s~^:?*\[\\]+)(?:\^\{\})?")
OBJECT = re.compile(r"[0-9a-f]{40}")
BOUNDARY = "shallow:"
LONGEST_NAME = 1 << 20
"""Bytes of the longest path that is read."""
MEMORY = 2 << 30
"""Bytes that a process of git may take. Folders that repeat each other could otherwise take all of the memory."""
CONFIG = """\
[core]
    repositoryformatversion = 0
    bare = true
    hooksPath = /dev/null
    bigFileThreshold = 32m # larger files are streamed, and so take no memory
    packedGitLimit = 512m
    packedGitWindowSize = 32m
[fetch]
    fsckObjects = false # it refuses all of a history for one odd object, and no path is ever a file's name here
    unpackLimit = 1 # packs take a fraction of the room of single objects
[gc]
    autoDetach = false
    pruneExpire = never
[http]
    followRedirects = false # a person should decide whether to trust another address
    lowSpeedLimit = 1
    lowSpeedTime = 60
"""
"""Written anew at each update, so that nothing else is ever configured."""
ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "file:http:https",
    "GIT_ASKPASS": "",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "HOME": os.devnull,  # git before 2.32 knows no GIT_CONFIG_GLOBAL
    "LC_ALL": "C",
    "XDG_CONFIG_HOME": os.devnull,
}
"""Reaches the processes that git starts, too. A local remote is read by one that reads that remote's own config."""
CERTIFICATES = {"GIT_SSL_CAINFO": "SSL_CERT_FILE", "GIT_SSL_CAPATH": "SSL_CERT_DIR"}
"""What git calls the settings of ours."""
ADVICE = {
    r"terminal prompts disabled|Authentication failed": "correct the address, or put a password into it",
    r"does not (appear to be|exist)|not found|gitfile": "correct the address",
    r"dubious ownership": "make it yours, or clone a bundle of it, which `git bundle create` makes",
    r"error: 30\d": "set the address that it was moved to",
    r"(?i)out of memory": "leave it out",
    r"No space left|quota": FREE + ", then try again",
}
"""What to do about git's own errors."""


class Version(NamedTuple):
    """A file as one commit left it."""

    commit: str
    committed_at: dt.datetime | None
    """In UTC, without a zone; None where the commit states none, or one that is not in the years 1970 to 9999."""
    path: str
    """Never the name of a file here. Bytes that are not UTF-8 stand in it as surrogates."""
    blob: str | None
    """Name of the bytes; None where the commit deleted the file."""


class Blob(NamedTuple):
    """The bytes of a version."""

    name: str
    size: int | None
    """In bytes; None if the clone does not hold it whole."""
    body: bytes | None
    """None also if it is larger than was allowed."""


def update_clone(
    url: str, clone: Path, *, timeout: float, max_bytes: int, variables: Mapping[str, str] | None = None
) -> None:
    """Add to a bare clone what its remote now has in branches and tags; make the clone if there is none, or a bad one.

    What a remote no longer has stays in the clone. One process at a time may update a clone.

    Args:
        url: an `https://`, `http://` or `file:///` address, or an absolute path: of a repository, or of a bundle.
        clone: folder of the clone.
        timeout: seconds for all.
        max_bytes: what the clone may take on the disk.
        variables: more for git's environment, such as `https_proxy` or `SSL_CERT_FILE`.

    Raises:
        HistoryError: the remote cannot be read, is too large or too slow, or there is no git. The clone is usable.
    """
    remote = _Remote(
        address=_read_address(url),
        deadline=time.monotonic() + timeout,
        max_bytes=max_bytes,
        variables=variables or {},
    )
    new, old = (clone.with_name(f"{clone.name}.{end}") for end in ("new", "old"))
    _remove(new, old)
    if clone.is_dir():
        _prepare(clone)
        if remote.is_whole(clone):
            remote.fetch(clone)
            return
    try:
        _prepare(new)
        remote.fetch(new)
        if clone.exists():
            clone.rename(old)
        new.rename(clone)
    finally:
        _remove(new, old)


def list_tips(clone: Path) -> list[str]:
    """Return what `list_versions` takes as `known` once it has listed all: the tips, and where a shallow history ends.

    Raises:
        HistoryError: there is no clone, or a damaged one.
    """
    return sorted(set(_read_tips(clone).values())) + sorted(_read_boundary(clone))


def list_versions(
    clone: Path,
    paths: Sequence[str],
    *,
    known: Collection[str] = (),
    limit: int | None = None,
    timeout: float = 600,
) -> Generator[Version]:
    """Yield every version of some files that any commit made or deleted, in all history that was ever fetched.

    Parents come before their children, whatever their times. A merge makes a version where it differs from all that it
    merged; a rename deletes one file and makes another. Symbolic links, submodules and modes make none. The oldest
    commits of a shallow history seem to make all of their files.

    Args:
        clone: folder of the clone.
        paths: paths, or patterns that begin with `:(glob)`. The path of a folder stands for all in it.
        known: commits that are not read again, nor any before them: what `list_tips` returned. Unknown ones are
            ignored; if a shallow history has grown into the past since, all of it is read.
        limit: ends after the commit that reaches this many versions. The commit of the last one may be added to
            `known` to go on from there.
        timeout: seconds that git may search without finding anything.

    Raises:
        HistoryError: there is no clone, it is damaged, or a commit or a path goes beyond all bounds.
    """
    if not paths:
        return
    if {end for end in known if end.startswith(BOUNDARY)} - _read_boundary(clone):
        known = ()
    options = "--topo-order --reverse --full-history --raw -c -z --no-abbrev --no-renames --no-color".split()
    pathspecs = [path if path.startswith(":(glob)") else f":(literal){path}" for path in paths]
    command = "log", "--ignore-missing", "--all", "--stdin", *options, "--format=%H %ct", "--", *pathspecs
    given = "".join(f"^{commit}\n" for commit in known if OBJECT.fullmatch(commit))
    with _Git(clone, *command) as git:
        git.write(given)
        git.close_input()
        commit, committed_at, count, first = "", None, 0, 0
        tokens = git.split_at_nul(timeout)
        for token in (token.lstrip(b"\n") for token in tokens):
            if token.startswith(b":"):
                path = next(tokens, b"").decode(errors="surrogateescape")
                is_version, blob = _read_change(token)
                if is_version:
                    count += 1
                    if limit and count - first > limit:
                        raise HistoryError(f"{clone}: commit {commit} changes more than {limit:,} files; leave it out")
                    yield Version(commit, committed_at, path, blob)
            elif token:
                if limit and count >= limit:
                    return
                commit, _, seconds = token.decode().partition(" ")
                committed_at, first = _read_time(seconds), count
        git.finish()


def read_blobs(clone: Path, blobs: Iterable[str], max_bytes: int, *, timeout: float = 600) -> Generator[Blob]:
    """Yield blobs in the order of their names in `blobs`, one at a time in memory, and none larger than `max_bytes`.

    Raises:
        HistoryError: there is no clone, or git is silent for `timeout` seconds.
    """
    with _Objects(clone, "--batch-check", timeout) as sizes, _Objects(clone, "--batch", timeout) as bodies:
        for name in blobs:
            size = sizes.measure(name)
            if size is None or size > max_bytes:
                yield Blob(name, size, None)
                continue
            body = bodies.read(name)
            yield Blob(name, None if body is None else size, body)


def _read_address(url: str) -> str:
    """Return an address as git takes it. A local one is a path, since git reads no bundle from `file:`."""
    address = str(parse_file_url(url)) if url.startswith("file:///") else url
    if not address.startswith(("https://", "http://", "/")) or "\0" in address:
        raise HistoryError(f"{hide_secrets(url)}: must begin with https://, http:// or file:///; correct the address")
    return address


def _prepare(clone: Path) -> None:
    """Make the frame of a clone, and remove what a killed git left in it."""
    for folder in "objects", "refs":
        (clone / folder).mkdir(parents=True, exist_ok=True)
    for name, text in ("HEAD", "ref: refs/heads/none\n"), ("config", CONFIG):
        file = clone / name
        if not file.exists() or file.read_bytes() != text.encode():  # a kill while it is written would spoil it
            file.write_text(text)
    _remove(*clone.rglob("*.lock"), *(clone / "objects").rglob("tmp_*"))


def _remove(*paths: Path) -> None:
    """Remove files, and folders with all in them, where there are any."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _measure(folder: Path) -> int:
    """Return the bytes that a folder takes on the disk. Files may vanish meanwhile."""
    size = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):
                size += os.lstat(f"{place}/{name}").st_blocks * 512
    return size


def _read_tips(clone: Path) -> dict[str, str]:
    """Return the commit of each ref of a clone."""
    with _Git(clone, "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", TIPS) as git:
        lines = b"".join(iter(lambda: git.read_within(600), b"")).decode().splitlines()
        git.finish()
        return {line.split()[0]: line.split()[-1] for line in lines}


def _read_boundary(clone: Path) -> set[str]:
    """Return the commits whose parents a shallow history lacks, each marked as such."""
    with suppress(FileNotFoundError):
        return {f"{BOUNDARY}{commit}" for commit in (clone / "shallow").read_text().split()}
    return set()


def _read_change(record: bytes) -> tuple[bool, str | None]:
    """Return whether a record of `--raw` (`::mode mode mode name name name MM`) makes a version, and its blob's name.

    There is a colon, a mode and a name for each parent; the last mode and name are the commit's own.
    """
    fields = record.lstrip(b":").split(b" ")
    modes = len(record) - len(record.lstrip(b":")) + 1
    changes = zip(fields[:modes], fields[modes : 2 * modes], strict=True)
    *before, after = (name.decode() if mode.startswith(b"100") else None for mode, name in changes)
    return after not in before, after


def _read_time(seconds: str) -> dt.datetime | None:
    """Return the time that a commit states in seconds since 1970; None if it is no time."""
    try:
        return dt.datetime.fromtimestamp(int(seconds), dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remote:
    """What a clone is fetched from, and within what bounds."""

    address: str
    deadline: float
    """By the monotonic clock."""
    max_bytes: int
    variables: Mapping[str, str]

    def fetch(self, clone: Path) -> None:
        """Fetch every tip that the clone lacks, and drop the tips that newer ones contain."""
        wanted, held = self._list_tips(clone), _read_tips(clone)
        is_shallow = bool(_read_boundary(clone))
        missing = [commit for commit in wanted if is_shallow or TIPS + commit not in held]
        if not missing:
            return
        # The progress, which nobody reads once this process was killed, ends git then.
        options = "--progress --no-tags --no-write-fetch-head --no-auto-maintenance --no-recurse-submodules".split()
        options += ["--update-shallow", *(["--unshallow"] if is_shallow else [])]
        given = "".join(f"+{wanted[commit]}:{TIPS}{commit}\n" for commit in missing)
        try:
            self._run(clone, "fetch", *options, "--stdin", "--", self.address, given=given)
        finally:
            _prepare(clone)
        self._drop_contained(clone, wanted)
        with suppress(HistoryError):  # it only saves room, and the next fetch tries again
            self._run(clone, "gc", "--auto", "--quiet", is_capped=False)

    def is_whole(self, clone: Path) -> bool:
        """Return whether a clone holds all objects of its history."""
        with _Git(clone, "rev-list", "--all", "--objects", "--quiet") as git:
            self._watch(git)
            return git.wait() == 0

    def _list_tips(self, clone: Path) -> dict[str, str]:
        """Return a name of each commit that is a tip of the remote's branches and tags."""
        patterns = "HEAD", "refs/heads/*", "refs/tags/*"
        answer = self._run(clone, "ls-remote", "--quiet", "--", self.address, *patterns)
        found = filter(None, map(REF.fullmatch, answer.decode(errors="replace").splitlines()))
        commits = {ref["name"]: ref["commit"] for ref in found}  # what a tag is of comes after the tag
        return {commit: name for name, commit in commits.items()}

    def _drop_contained(self, clone: Path, wanted: Collection[str]) -> None:
        """Drop tips that the remote no longer has, and that are part of the history of those that it has."""
        held = _read_tips(clone)
        gone = {ref: commit for ref, commit in held.items() if commit not in wanted}
        given = [*gone.values(), *(f"^{commit}" for commit in held.values() if commit in wanted)]
        apart = self._run(clone, "rev-list", "--stdin", given="\n".join(given)) if gone else b""
        dropped = [f"delete {ref}\n" for ref, commit in gone.items() if commit.encode() not in apart]
        self._run(clone, "update-ref", "--stdin", given="".join(dropped))

    def _run(self, clone: Path, *command: str, given: str = "", is_capped: bool = True) -> bytes:
        """Run git to its end, and return its output."""
        with _Git(clone, *command, remote=self) as git:
            git.write(given)
            git.close_input()
            output = self._watch(git, clone if is_capped else None)
            git.finish()
            return output

    def _watch(self, git: "_Git", clone: Path | None = None) -> bytes:
        """Return all output of git, and see that it keeps to the bounds."""
        output, shown = bytearray(), hide_secrets(self.address)
        piece = None
        while piece != b"":
            piece = git.read(0.2)
            output += piece or b""
            if time.monotonic() > self.deadline:
                raise HistoryError(f"{shown}: not read in time; allow more time, or leave it out")
            if clone and _measure(clone) > self.max_bytes:
                raise HistoryError(f"{shown}: larger than {self.max_bytes:,} bytes; allow more, or leave it out")
        return bytes(output)


class _Git:
    """A git command on a clone. It is killed, with all that it started, when its block is left."""

    def __init__(self, clone: Path, *command: str, remote: _Remote | None = None) -> None:
        self._clone, self._remote, self._said = clone, remote, b""
        inherited = {**os.environ, **(remote.variables if remote else {})}
        environment = {name: value for name, value in inherited.items() if not name.startswith("GIT_")}
        environment |= {name: inherited[other] for name, other in CERTIFICATES.items() if inherited.get(other)}
        try:
            self._process = subprocess.Popen(
                ["git", f"--git-dir={clone.absolute()}", *command],
                env=environment | ENVIRONMENT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise HistoryError("git is not installed; install it, as with `apt install git`, then try again") from None
        if hasattr(resource, "prlimit"):  # Linux alone has it
            resource.prlimit(self._process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
        pipes = self._process.stdin, self._process.stdout, self._process.stderr
        self._input, self._output, self._errors = cast("tuple[IO[bytes], IO[bytes], IO[bytes]]", pipes)
        self._open = selectors.DefaultSelector()
        self._open.register(self._output, selectors.EVENT_READ)
        self._open.register(self._errors, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._open.close()
        self.close_input()
        self._output.close()
        self._errors.close()

    def write(self, text: str) -> None:
        """Write to git's input. A git that has ended says why in its errors."""
        with suppress(BrokenPipeError):
            self._input.write(text.encode())
            self._input.flush()

    def close_input(self) -> None:
        """Say that there is no more input."""
        with suppress(BrokenPipeError):
            self._input.close()

    def read(self, seconds: float) -> bytes | None:
        """Return some output; `b""` at its end, None if there is none for so many seconds."""
        until = time.monotonic() + seconds
        while self._open.get_map():
            for key, _ in self._open.select(max(0, until - time.monotonic())):
                if not (piece := os.read(key.fd, 1 << 16)):
                    self._open.unregister(key.fileobj)
                elif key.fileobj is self._output:
                    return piece
                else:
                    self._said = (self._said + piece)[-(1 << 16) :]
            if time.monotonic() > until:
                return None
        return b""

    def read_within(self, timeout: float) -> bytes:
        """Return some output; `b""` at its end.

        Raises:
            HistoryError: there is none for `timeout` seconds.
        """
        if (piece := self.read(timeout)) is None:
            raise HistoryError(f"{self._clone}: git found nothing in {timeout:,.0f} seconds; leave it out")
        return piece

    def split_at_nul(self, timeout: float) -> Iterator[bytes]:
        """Yield the parts of the output, each of which ends in NUL.

        Raises:
            HistoryError: there is no output for `timeout` seconds, or a part is too long.
        """
        rest = b""
        while piece := self.read_within(timeout):
            *parts, rest = (rest + piece).split(b"\0")
            yield from parts
            if len(rest) > LONGEST_NAME:
                raise HistoryError(f"{self._clone}: a path is longer than {LONGEST_NAME:,} bytes; leave it out")

    def wait(self) -> int:
        """Return git's exit status, once all of its output is read."""
        return self._process.wait()

    def finish(self) -> None:
        """Wait for the end of git, once all of its output is read.

        Raises:
            HistoryError: git failed; the text is its first complaint, without what may be secret in it.
        """
        if status := self.wait():
            complaint = re.search(
                r"(?m)^(?:fatal|error): *(.+)$", self._said.decode(errors="replace").replace("\r", "\n")
            )
            text = complaint[1] if complaint else f"git ended with status {status}"
            place, advice = str(self._clone), "remove that folder, then build again"
            if self._remote:
                place, advice = hide_secrets(self._remote.address), "see what is wrong with it, then try again"
                text = re.sub(r"https?://[^\s']+", lambda shown: hide_secrets(shown[0]), text)
            advice = next((advice for known, advice in ADVICE.items() if re.search(known, text)), advice)
            text = "".join(letter for letter in text if letter.isprintable())[:300]
            raise HistoryError(f"{place}: {text}; {advice}")


class _Objects:
    """Asks `cat-file` for one object after the other, and starts it again where a damaged object ended it."""

    def __init__(self, clone: Path, mode: str, timeout: float) -> None:
        self._clone, self._mode, self._timeout = clone, mode, timeout

    def __enter__(self) -> Self:
        self._git, self._rest = _Git(self._clone, "cat-file", self._mode), b""
        return self

    def __exit__(self, *_: object) -> None:
        self._git.__exit__()

    def measure(self, name: str) -> int | None:
        """Return the size of a blob in bytes; None if there is none of that name."""
        if not OBJECT.fullmatch(name):
            raise ValueError(f"not the name of an object: {name!r}")
        self._git.write(f"{name}\n")
        while b"\n" not in self._rest:
            if not (piece := self._git.read_within(self._timeout)):
                self._start_again()
                return None
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        _, kind, *size = line.split(b" ")
        return int(size[0]) if kind == b"blob" else None

    def read(self, name: str) -> bytes | None:
        """Return a blob; None if there is none of that name, or a damaged one."""
        if (size := self.measure(name)) is None:
            return None
        pieces, missing = [self._rest], size + 1 - len(self._rest)  # a newline follows
        while missing > 0:
            if not (piece := self._git.read_within(self._timeout)):
                self._start_again()
                return None
            pieces.append(piece)
            missing -= len(piece)
        pieces[-1], self._rest = pieces[-1][:-1], b""
        return b"".join(pieces)

    def _start_again(self) -> None:
        self.__exit__()
        if not (self._clone / "HEAD").exists():
            raise HistoryError(f"{self._clone}: there is no clone; build again")
        self.__enter__()
