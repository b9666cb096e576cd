"""The raw store: every distinct answer as it came, named by its SHA-256, never overwritten. Only a purge removes any.

The answers that a source gave in one go are a pack, `raw/answer/<source>/<time>.parquet`; many small packs are gathered
into a large one. Older releases kept each answer in a file, `raw/ab/abcd….zst`, or `raw/ab/abcd…` without compression;
these are read, and gathered into packs, too. Where and when an answer was fetched belongs in `fetch_log`; how a pack
holds answers belongs in `packs`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from dagster_project.errors import RawMissingError
from dagster_project.lake.files import find_bucket, format_path, list_parquet, make_batch_path, move, read_bytes
from dagster_project.lake.packs import (
    TOGETHER,
    Answer,
    DamagedPackError,
    Pack,
    cut,
    read_answers,
    read_pack,
    salvage,
    write_pack,
)
from dagster_project.progress import report, warn
from dagster_project.sources.attempt import hash_body

ENDING = ".zst"
MOST = 64 * 1024**2
"""Bytes of answers in a pack; less than half of it is a small pack."""
MANY = 30
"""The number of small packs of a source, or of batches of its fetch log in a month, from which they are gathered."""


class RawStore:
    """A store of bytes by their SHA-256."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def packs(self) -> Path:
        """The folder of the packs, with a folder for each source."""
        return self._folder / "answer"

    def list_held(self) -> set[str]:
        """Return the SHA-256 of all answers that the store holds."""
        return set(self._list_loose()).union(*(pack.names for pack in self._list_packs()))

    def put(self, source: str, bodies: Iterable[bytes]) -> list[str]:
        """Write the answers of a source that the store does not hold, in one file; return the SHA-256 of each."""
        answers = [(hash_body(body), body) for body in bodies]
        held = self.list_held() if answers else set[str]()
        self._write(source, {name: body for name, body in answers if name not in held}.items())
        return [name for name, _ in answers]

    def get(self, sha256: str) -> bytes:
        """Return the answer with this SHA-256.

        Raises:
            RawMissingError: it is missing or damaged.
        """
        for _, body in self.read([sha256]):
            return body
        raise RawMissingError(sha256)

    def read(self, names: Collection[str]) -> Iterator[Answer]:
        """Yield the answers with these SHA-256, in the order in which they lie; those that are missing are left out.

        A file with a damaged answer is set aside, so that it is fetched again; what is whole in it is written anew.
        """
        left = set(names)
        for _ in range(2):  # again, since a writer may have moved answers from one pack to another meanwhile
            for pack in self._list_packs() if left else ():
                if wanted := pack.names & left:
                    for name, body in self._read_pack(pack, wanted):
                        left.discard(name)
                        yield name, body
        for name in left:
            if (body := self._read_loose(name)) is not None:
                yield name, body

    def remove(self, names: Collection[str]) -> None:
        """Remove the answers with these SHA-256: only a purge does."""
        for pack in self._list_packs():
            if not pack.names.isdisjoint(names):
                kept = list(self._read_pack(pack, pack.names.difference(names)))
                self._write(pack.file.parent.name, kept)
                pack.file.unlink(missing_ok=True)
        for name in names:
            self._remove_loose(name)

    def gather(self, source: str, list_answers: Callable[[], Mapping[str, int]], least: int = MANY) -> None:
        """Gather the small packs and single files of a source into large packs, once there are `least` of them.

        `list_answers` returns the source's answers, with their bytes, in the order in which they are to lie. If this is
        stopped, some answers are there twice until it is called again.
        """
        packs, loose = self._list_packs(), set(self._list_loose())
        small = [pack for pack in packs if pack.file.parent.name == source and pack.size < MOST // 2]
        if len(small) + len(loose) < least:
            return
        sizes = list_answers()
        loose &= sizes.keys()
        if len(small) + len(loose) < least:
            return
        elsewhere = set[str]().union(*(pack.names for pack in packs if pack not in small))
        of_packs = [name for pack in small for group in pack.groups for name in group]
        places = {name: place for place, name in enumerate(dict.fromkeys([*sizes, *of_packs]))}
        order, written = sorted({*loose, *of_packs} - elsewhere, key=places.__getitem__), 0
        for some in cut(order, MOST, lambda name: sizes.get(name, TOGETHER)):
            bodies = dict(self.read(some))
            self._write(source, [(name, bodies[name]) for name in some if name in bodies])
            written += len(some)
            report(f"pack {source}", written, len(order))
        for pack in small:
            pack.file.unlink(missing_ok=True)
        for name in loose:
            self._remove_loose(name)

    def _list_packs(self) -> list[Pack]:
        """Return all packs, the oldest of each source first. In a bucket they are read at the same time."""
        files = list_parquet(self.packs)
        if find_bucket(self._folder) is None:
            return [pack for pack in map(self._open_pack, files) if pack]
        with ThreadPoolExecutor() as threads:
            return [pack for pack in threads.map(self._open_pack, files) if pack]

    def _open_pack(self, file: Path) -> Pack | None:
        """Return a pack; None if another writer has removed it, or if it is damaged, which sets it aside."""
        try:
            return read_pack(file)
        except FileNotFoundError:
            return None
        except DamagedPackError:
            self._set_aside(file)
            return None

    def _read_pack(self, pack: Pack, names: Collection[str]) -> Iterator[Answer]:
        given = set[str]()
        try:
            for name, body in read_answers(pack, names):
                given.add(name)
                yield name, body
        except FileNotFoundError:
            return
        except DamagedPackError:
            whole = dict(salvage(pack))
            self._write(pack.file.parent.name, whole.items())
            self._set_aside(pack.file)
            yield from ((name, body) for name, body in whole.items() if name in names and name not in given)

    def _write(self, source: str, answers: Collection[Answer]) -> None:
        if answers:
            write_pack(make_batch_path(self.packs / source), answers)

    def _set_aside(self, file: Path) -> None:
        move(file, file.with_suffix(".damaged"))
        warn(f"{file} is damaged and set aside; what it alone held is fetched again where a source still has it")

    def _list_loose(self) -> list[str]:
        bucket = find_bucket(self._folder)
        if bucket is None:
            names = [file.name for file in self._folder.glob("??/*")]
        else:
            names = [name.rpartition("/")[2] for name in bucket.find(format_path(self._folder))]
        return [name for name in (name.removesuffix(ENDING) for name in names) if "." not in name]

    def _list_paths(self, sha256: str) -> list[Path]:
        return [self._folder / sha256[:2] / f"{sha256}{ENDING}", self._folder / sha256[:2] / sha256]

    def _read_loose(self, sha256: str) -> bytes | None:
        """Return the answer of a single file; None if there is none, or if it is damaged, which sets it aside."""
        for path in self._list_paths(sha256):
            try:
                body = unpack(path)
            except FileNotFoundError:
                continue
            if body is not None and hash_body(body) == sha256:
                return body
            self._set_aside(path)
        return None

    def _remove_loose(self, sha256: str) -> None:
        for path in self._list_paths(sha256):
            path.unlink(missing_ok=True)
        if find_bucket(self._folder) is None:
            with suppress(OSError):
                (self._folder / sha256[:2]).rmdir()


def unpack(path: Path) -> bytes | None:
    """Return the bytes of a single file; None if it is damaged.

    Raises:
        FileNotFoundError: there is no such file.
    """
    stored = read_bytes(path)
    if path.suffix != ENDING:
        return stored
    try:
        return pa.CompressedInputStream(pa.BufferReader(stored), "zstd").read()
    except (OSError, ValueError):
        return None
