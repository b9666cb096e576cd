"""Atomic writes: a file appears under its name whole and on the disk, or not at all."""

import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow.parquet as pq


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to the disk and rename it to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def write_parquet_atomically(path: Path, frame: pl.DataFrame, metadata: dict[str, str] | None = None) -> None:
    """Write `frame` as Parquet, by way of memory: Polars takes a full disk for Parquet that is out of specification."""
    packed = BytesIO()
    frame.write_parquet(packed, metadata=metadata)
    write_atomically(path, lambda file: file.write(packed.getbuffer()))


def carried_by(file: Path) -> dict[str, str]:
    """Return what a Parquet file was given to carry as `metadata`; nothing when it is not there or torn."""
    if not file.exists():
        return {}
    try:
        metadata = pq.read_metadata(file).metadata or {}
    except (OSError, ValueError):
        return {}
    return {name.decode(): value.decode() for name, value in metadata.items() if name.startswith(b"papers.")}


def flush_folder(folder: Path) -> None:
    """Flush a folder's names to the disk, so that a rename in it outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def swap_link(link: Path, target: str) -> Generator[None]:
    """Point the symbolic link `link` at `target` in one step, after the body of the `with` has run."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target, target_is_directory=True)
    try:
        yield
        temporary.replace(link)
    finally:
        temporary.unlink(missing_ok=True)
    flush_folder(link.parent)
