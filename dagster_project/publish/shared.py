"""Copies releases to and from a bucket: `push` uploads one, `pull` downloads the one in use to this machine's disk.

A small object names the release in use. It is written last, on condition that it has not changed since it was read. So
readers always find a whole release, and of two runs that publish at the same time, one gets an error. Building a
release belongs in `release`.
"""

import datetime as dt
import hashlib
import shutil
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from dagster_project.errors import ForeignFolderError, ReleaseError
from dagster_project.lake.files import (
    find_bucket,
    flush_folder,
    format_path,
    remove,
    remove_sealed,
    seal,
    storage_errors,
)
from dagster_project.lake.home import RELEASE_ID, Home, acquire_lock, claim_folder, list_outdated, list_unfinished
from dagster_project.publish.reader import list_logs

FILE = "papers.duckdb"


class Pointer(BaseModel):
    """The release in use in a bucket; `etag` is that of the object, `size` is in bytes."""

    release: str
    fingerprint: str
    sha256: str
    size: int
    etag: str = ""


def read_pointer(home: Home) -> Pointer | None:
    """Return the pointer to the release in use in the bucket; None if there is none.

    Raises:
        ForeignFolderError: the object is not ours.
    """
    bucket, name = find_bucket(home.root), format_path(home.shared_current)
    try:
        etag = bucket.info(name)["ETag"]
        pointer = Pointer.model_validate_json(bucket.cat_file(name))
    except FileNotFoundError:
        return None
    except ValidationError:
        raise ForeignFolderError(f"{home.root} is not a home of papers: {name} is of others; name another") from None
    return pointer.model_copy(update={"etag": etag})


def push(home: Home, folder: Path, release_id: str, fingerprint: str, before: Pointer | None) -> None:
    """Upload a finished folder as a release, then point the bucket at it.

    Raises:
        ReleaseError: another run has replaced `before`; its release stays in use.
    """
    bucket, file = find_bucket(home.root), folder / FILE
    bucket.put(f"{folder}/", format_path(home.shared_releases / release_id), recursive=True)
    pointer = Pointer(release=release_id, fingerprint=fingerprint, sha256=hash_file(file), size=file.stat().st_size)
    condition = {"IfMatch": before.etag} if before else {"IfNoneMatch": "*"}
    said = pointer.model_dump_json(exclude={"etag"}).encode()
    try:
        bucket.pipe_file(format_path(home.shared_current), said, **condition)
    except OSError as error:
        if read_pointer(home) == before:
            raise
        raise ReleaseError("another run published meanwhile, and its release stays in use; build again") from error


def pull(home: Home) -> Pointer | None:
    """Download the release in use, unless this machine has it; return its pointer, or None if there is no release.

    Raises:
        DiskError: the bucket or the disk refused an operation.
        ForeignFolderError: the bucket's folder or the local one is of others; nothing was written.
        ReleaseError: the download differs from what was published, or the release is missing from the bucket.
    """
    with storage_errors(home.root):
        if read_pointer(home) is None:
            return None
        claim_folder(home.local)
        home.releases.mkdir(parents=True, exist_ok=True)
        with acquire_lock(home.releases / ".pull.lock", -1):
            for _ in range(3):
                if (pointer := read_pointer(home)) is None:
                    return None
                try:
                    _download(home, pointer)
                except FileNotFoundError:
                    continue  # another run has pruned it meanwhile
                return pointer
    raise ReleaseError(f"{home.root} names a release that is not there; build again: papers build --offline")


def _download(home: Home, pointer: Pointer) -> None:
    there = home.releases / pointer.release
    if list_logs(there / FILE):
        remove_sealed(there)
    if not there.exists():
        for half in list_unfinished(home.releases, ".pulling-"):
            remove_sealed(half)
        building = home.releases / f".pulling-{pointer.release}"
        building.mkdir()
        file = building / FILE
        find_bucket(home.root).get_file(format_path(home.shared_releases / pointer.release / FILE), str(file))
        if hash_file(file) != pointer.sha256:
            shutil.rmtree(building)
            raise ReleaseError(f"release {pointer.release} did not arrive as it was published; try again")
        seal(building)
        building.rename(there)
        flush_folder(home.releases)
    if home.read_current() != pointer.release or not home.warehouse.exists() or list_logs(home.warehouse):
        home.set_current(pointer.release)


def prune_shared(home: Home, keep: int, since: dt.datetime | None = None) -> None:
    """Remove unfinished uploads and outdated releases from the bucket, but never the one in use."""
    bucket: Any = find_bucket(home.root)
    pointer = read_pointer(home)
    found = {file.parent.name for file in home.shared_releases.glob(f"*/{FILE}")}
    names = sorted(name for name in found if RELEASE_ID.fullmatch(name))
    for name in list_outdated(names, keep, since):
        if pointer is None or name != pointer.release:
            remove(home.shared_releases / name)
    its_name, _, releases = format_path(home.shared_releases).partition("/")
    for upload in bucket.list_multipart_uploads(its_name):
        key, half = upload["Key"], upload["UploadId"]
        if key.startswith(f"{releases}/"):
            bucket.call_s3("abort_multipart_upload", Bucket=its_name, Key=key, UploadId=half)


def hash_file(file: Path) -> str:
    """Return the SHA-256 of a file on the disk, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
