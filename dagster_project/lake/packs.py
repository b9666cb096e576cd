"""A pack: a Parquet file of answers, with the columns `sha256` and `body`.

Answers that lie side by side are compressed together by Zstandard, since the answers for a day differ in little but
votes. Any program that reads Parquet reads a pack. Which packs there are belongs in `raw`.
"""

import json
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.lake.files import find_bucket, format_path, write_atomically
from dagster_project.sources.attempt import hash_body

NAMES = "papers.answers"
"""The metadata that names the answers of each row group, so that the file's end alone tells what it holds."""
SCHEMA = pa.schema([pa.field("sha256", pa.string(), nullable=False), pa.field("body", pa.binary(), nullable=False)])
LEVEL = 5
"""Of compression: a tenth smaller than by level 3. Level 9 takes twice as long for another twentieth."""
TOGETHER = 4 * 1024**2
"""Bytes of answers that are compressed together, in a row group: damage to one of them loses all."""

Thing = TypeVar("Thing")
Answer = tuple[str, bytes]
"""An answer's SHA-256 and its bytes."""


class DamagedPackError(Exception):
    """A pack, or a row group of it, cannot be read, or holds other bytes than it says."""


@dataclass(frozen=True)
class Pack:
    """What the end of a pack says."""

    file: Path
    metadata: pq.FileMetaData
    groups: tuple[tuple[str, ...], ...]
    """The names of the answers in each row group."""

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all its answers."""
        return frozenset(name for group in self.groups for name in group)

    @cached_property
    def size(self) -> int:
        """Bytes of its answers, about."""
        groups = (self.metadata.row_group(number) for number in range(self.metadata.num_row_groups))
        return sum(group.column(1).total_uncompressed_size for group in groups)


@contextmanager
def _damage() -> Generator[None]:
    """Convert an error by which Arrow says that a file is no Parquet; those of the disk have a number, and stay.

    Raises:
        DamagedPackError: the file is damaged.
    """
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedPackError(str(error)) from error


@contextmanager
def _open(file: Path) -> Generator[Any]:
    """Open a pack for reads of parts of it, each of which is one request in a bucket."""
    bucket = find_bucket(file)
    with file.open("rb") if bucket is None else bucket.open(format_path(file), "rb", cache_type="none") as opened:
        yield opened


@lru_cache(maxsize=1024)  # a pack is never changed
def read_pack(file: Path) -> Pack:
    """Read the end of a pack.

    Raises:
        DamagedPackError: it is damaged.
        FileNotFoundError: there is no such file.
    """
    with _open(file) as opened, _damage():
        metadata = pq.read_metadata(opened)
        groups = json.loads((metadata.metadata or {})[NAMES.encode()])
        if [len(group) for group in groups] != [
            metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)
        ]:
            raise ValueError("it names other answers than it holds")
        return Pack(file, metadata, tuple(map(tuple, groups)))


def read_answers(pack: Pack, names: Collection[str]) -> Iterator[Answer]:
    """Yield some answers of a pack, in its order.

    Raises:
        DamagedPackError: an answer, or one that is compressed with it, is damaged.
        FileNotFoundError: the pack is gone.
    """
    with _open(pack.file) as opened:
        for number, group in enumerate(pack.groups):
            if not any(name in names for name in group):
                continue
            with _damage():
                bodies = list(zip(group, _read_column(opened, pack, number, "body"), strict=True))
            for name, body in bodies:
                if name in names:
                    answer = body.as_py()
                    if hash_body(answer) != name:
                        raise DamagedPackError(f"{name} is another answer")
                    yield name, answer


def salvage(pack: Pack) -> Iterator[Answer]:
    """Yield the answers of a damaged pack that are whole: those that the pack's end or their row names rightly."""
    with _open(pack.file) as opened:
        for number, group in enumerate(pack.groups):
            names = set(group)
            with suppress(DamagedPackError), _damage():
                names |= set(_read_column(opened, pack, number, "sha256").to_pylist())
            with suppress(DamagedPackError), _damage():
                for body in _read_column(opened, pack, number, "body"):
                    answer = body.as_py()
                    if (name := hash_body(answer)) in names:
                        yield name, answer


def _read_column(opened: Any, pack: Pack, group: int, column: str) -> pa.ChunkedArray:
    return pq.ParquetFile(opened, metadata=pack.metadata).read_row_group(group, columns=[column]).column(column)


def write_pack(file: Path, answers: Iterable[Answer]) -> None:
    """Write answers as a pack, in their order.

    It is made in memory, so that a full disk meets one write of plain bytes.
    """
    packed, groups = BytesIO(), list[list[str]]()
    with pq.ParquetWriter(
        packed,
        SCHEMA,
        compression="zstd",
        compression_level=LEVEL,
        use_dictionary=False,
        write_statistics=False,
        data_page_size=2**30,  # a page is compressed by itself, and a row group shall be one
    ) as writer:
        for group in cut(answers, TOGETHER, lambda answer: len(answer[1])):
            names, bodies = zip(*group, strict=True)
            writer.write_table(pa.table([names, bodies], schema=SCHEMA), row_group_size=len(group))
            groups.append(list(names))
        writer.add_key_value_metadata({NAMES: json.dumps(groups)})
    write_atomically(file, lambda opened: opened.write(packed.getbuffer()))


def cut(things: Iterable[Thing], most: int, measure: Callable[[Thing], int]) -> Iterator[list[Thing]]:
    """Cut things into lists of at most so much by their measure, or of a single thing."""
    some, size = list[Thing](), 0
    for thing in things:
        if some and size + measure(thing) > most:
            yield some
            some, size = [], 0
        some.append(thing)
        size += measure(thing)
    if some:
        yield some
