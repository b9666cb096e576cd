"""Reads and writes files, on a disk or in a bucket; a written file appears whole or not at all.

A `Path` may be an object in a bucket: one request writes it, and Arrow and Polars read it through the bucket's file
system. Which files there are belongs in `home`, `raw`, `fetch_log` and `tables`.
"""

import datetime as dt
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from dagster_project.errors import DiskError, add_advice
from dagster_project.progress import warn

if TYPE_CHECKING:  # heavy imports, without which a reader of the release does
    import polars as pl
    import pyarrow.parquet as pq
    from pyarrow.dataset import Dataset

TEMPORARY = ".papers-*.tmp"
"""Matches the names of temporary files and folders. No other program has such names, so they may be removed."""
LACKING = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EPERM, errno.EBADF, errno.ENOTTY}
"""Errors by which a disk says that it cannot do a thing at all, as network shares, FUSE and FAT do."""
BATCH = re.compile(r"\d{8}T\d{12}")
INDEX, REGISTRY, EXCLUDED, CORRECTED, ANNOUNCED, ARCHIVES, BUILD = SINGLE = (
    "index",
    "registry",
    "captures",
    "corrected",
    "announced",
    "archives",
    "newest",
)
"""Names of the files that are not of a period: a source's index and its rejects, the registry's sources, what was
excluded, corrected and announced in feeds, the archives that were read, and the time of the newest build."""
SOURCE = re.compile(r"[a-z][a-z0-9_]*")


def find_bucket(place: Path) -> Any:
    """Return the file system of a path's bucket; None for a path on a disk."""
    return getattr(place, "fs", None)


def format_path(place: Path) -> str:
    """Return a path as text, as its file system names it."""
    return str(place) if find_bucket(place) is None else cast("Any", place).path


@contextmanager
def storage_errors(place: Path) -> Generator[None]:
    """Convert an error of the disk or the bucket in the body to a `DiskError`.

    Raises:
        DiskError: the disk or the bucket refused an operation.
    """
    try:
        yield
    except OSError as error:
        raise DiskError.from_os_error(error, place) from error
    except Exception as error:
        if find_bucket(place) is None or not type(error).__module__.startswith("botocore."):
            raise
        raise DiskError(add_advice(f"{place}: {error}")) from error


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Call `write` with a temporary file beside `path`, flush the file to the disk, and rename it to `path`.

    In a bucket, `write` fills a buffer in memory, and one request uploads it.
    """
    if find_bucket(path) is not None:
        whole = BytesIO()
        write(whole)
        find_bucket(path).pipe_file(format_path(path), whole.getvalue())
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".papers-", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            with needed("flush a file", path):
                os.fsync(file.fileno())
        set_mode(temporary, 0o644)
        with needed("rename a file", path):
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


@contextmanager
def needed(step: str, place: Path) -> Generator[None]:
    """Name the step that a disk refused: without it, a home cannot be kept there.

    Raises:
        DiskError: the disk refused the step.
    """
    try:
        yield
    except TimeoutError:
        raise
    except OSError as error:
        raise DiskError(add_advice(f"{place}: the disk does not {step}: {error.strerror or error}")) from error


def try_optional(step: str, act: Callable[[], object]) -> bool:
    """Return whether `act` did a step that a home can do without; warn once if the disk lacks it.

    Raises:
        OSError: the step failed for another reason.
    """
    try:
        act()
    except OSError as error:
        if error.errno not in LACKING:
            raise
        warn(f"this disk does not {step}, so the program does without")
        return False
    return True


def set_mode(place: Path, mode: int) -> None:
    """Set the permissions of a file or a folder, if the disk has such."""
    try_optional("set permissions", partial(place.chmod, mode))


def read_bytes(file: Path) -> bytes:
    """Return the bytes of a file; in a bucket, with one request."""
    bucket = find_bucket(file)
    return file.read_bytes() if bucket is None else bucket.cat_file(format_path(file))


def write_parquet_atomically(path: Path, frame: "pl.DataFrame", metadata: dict[str, str] | None = None) -> int:
    """Write `frame` as Parquet, and return the file's size in bytes.

    It is made in memory, since Polars reports a full disk as invalid Parquet.
    """
    packed = BytesIO()
    frame.write_parquet(packed, metadata=metadata)
    write_atomically(path, lambda file: file.write(packed.getbuffer()))
    return packed.tell()


def add_columns(file: Path, schema: "pl.Schema", values: Mapping[str, object]) -> None:
    """Add those of the columns in `values` that a Parquet file lacks, each with one value, in the order of `schema`."""
    import polars as pl

    held = open_parquet(file).schema_arrow.names
    new = [pl.lit(value, schema[name]).alias(name) for name, value in values.items() if name not in held]
    if new:
        frame = scan([file]).collect().with_columns(new)
        write_parquet_atomically(file, frame.select(name for name in schema if name in frame), read_metadata(file))


def open_parquet(file: Path) -> "pq.ParquetFile":
    """Open a Parquet file. In a bucket it is read whole: that is one request, and the lake's files are small."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(format_path(file) if find_bucket(file) is None else BytesIO(read_bytes(file)))


def read_metadata(file: Path) -> dict[str, str]:
    """Return the project's own metadata of a Parquet file; empty if the file is missing or damaged."""
    if find_bucket(file) is None and not file.exists():
        return {}
    try:
        metadata = open_parquet(file).metadata.metadata or {}
    except (OSError, ValueError):
        return {}
    return {name.decode(): value.decode() for name, value in metadata.items() if name.startswith(b"papers.")}


def open_dataset(files: Sequence[Path]) -> "Dataset":
    """Return one or more Parquet files as a dataset of Arrow."""
    import pyarrow.dataset as ds

    return ds.dataset([format_path(file) for file in files], filesystem=find_bucket(files[0]), format="parquet")


def scan(files: Sequence[Path]) -> "pl.LazyFrame":
    """Return a lazy frame of one or more Parquet files. From a bucket they are loaded whole, all at the same time."""
    import polars as pl

    bucket = find_bucket(files[0])
    if bucket is None:
        return pl.scan_parquet(list(files), glob=False, hive_partitioning=False)
    bodies = bucket.cat([format_path(file) for file in files])
    return pl.scan_parquet([BytesIO(bodies[format_path(file)]) for file in files])


def make_batch_path(folder: Path) -> Path:
    """Return the path of a new Parquet file in a folder, named by the time in UTC."""
    stamp = dt.datetime.now(dt.UTC)
    while (file := folder / f"{stamp:%Y%m%dT%H%M%S%f}.parquet").exists():  # a clock may jump back
        stamp += dt.timedelta(microseconds=1)
    return file


def is_period(name: str) -> bool:
    """Return whether `name` is that of a month or of a day: `2024-01` or `2024-01-25`."""
    try:
        day = dt.date.fromisoformat(name if len(name) == len("2024-01-25") else f"{name}-01")
    except ValueError:
        return False
    return name in (str(day), f"{day:%Y-%m}")


def is_ours(file: PurePath) -> bool:
    """Return whether the program writes Parquet files of this name.

    Others, such as the copies that a synchroniser leaves after a conflict, are never read.
    """
    known = is_period(file.stem) or file.stem in SINGLE or BATCH.fullmatch(file.stem)
    return bool(file.suffix == ".parquet" and known and SOURCE.fullmatch(file.parent.name))


def list_parquet(folder: Path, source: str = "*") -> list[Path]:
    """Return the files `<folder>/<source>/<name>.parquet` that the program wrote, sorted; by default of all sources.

    In a bucket that is one request.
    """
    bucket, place = find_bucket(folder), format_path(folder)
    if bucket is None:
        return sorted(filter(is_ours, folder.glob(f"{source}/*.parquet")))
    names = bucket.find(place if source == "*" else f"{place}/{source}")
    files = (folder / name.removeprefix(f"{place}/") for name in names)
    return sorted(file for file in files if is_ours(file) and file.parents[1] == folder)


def move(place: Path, target: Path) -> None:
    """Move a file or a folder. In a bucket, objects move one by one: after an interruption, call it again."""
    bucket, name = find_bucket(place), format_path(place)
    if bucket is None:
        place.rename(target)
        return
    for each in bucket.find(name):
        bucket.mv(each, format_path(target) + each.removeprefix(name))


def seal(folder: Path) -> None:
    """Make a finished folder read-only, with the files in it: nobody but a build writes beside a release."""
    for file in folder.iterdir():
        if file.is_file():
            set_mode(file, 0o444)
    set_mode(folder, 0o555)


def remove_sealed(folder: Path) -> None:
    """Remove a folder that `seal` made read-only; if the disk does not let it go yet, say so.

    A file that a reader has open on a network share, or that is immutable, can be removed later.
    """
    try:
        set_mode(folder, 0o755)
        shutil.rmtree(folder)
    except OSError as error:
        warn(f"{folder} cannot be removed: {error.strerror}; the next build tries again")


def remove(place: Path) -> None:
    """Remove a folder and its contents."""
    bucket = find_bucket(place)
    if bucket is None:
        shutil.rmtree(place)
    else:
        bucket.rm(format_path(place), recursive=True)


def flush_folder(folder: Path) -> None:
    """Flush a folder to the disk, so that a rename in it survives a power cut; some disks cannot."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try_optional("flush folders", partial(os.fsync, handle))
    finally:
        os.close(handle)


def make_plain_link(folder: Path, place: str) -> Path:
    """Return a link to a folder, in the folder `place`."""
    link = Path(place, "folder")
    link.symlink_to(folder, target_is_directory=True)
    return link


def is_plain(folder: Path) -> bool:
    """Return whether addresses can hold a path: `?` and `%` mean something in them."""
    return not {"?", "%"}.intersection(str(folder))


@contextmanager
def plain_path(folder: Path) -> Generator[Path]:
    """Yield a path to a folder that an address can hold: a temporary link if its own is not plain."""
    if is_plain(folder):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="papers-") as place:
        yield make_plain_link(folder, place)


@contextmanager
def swap_link(link: Path, target: str) -> Generator[None]:
    """Point the symbolic link `link` at `target` in one step, after the body has run."""
    temporary = link.with_name(f".papers-{link.name}-{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target, target_is_directory=True)
    try:
        yield
        temporary.replace(link)
    finally:
        temporary.unlink(missing_ok=True)
    flush_folder(link.parent)
