"""The raw store: every distinct response as it came, named by its SHA-256 and never overwritten.

Only a purge removes any.

Each is compressed by Zstandard: `zstd -dc raw/ab/abcd….zst` shows it. Older releases kept them uncompressed, as
`raw/ab/abcd…`; these are read too. Where and when a response was fetched belongs in `fetch_log`.
"""

import hashlib
from pathlib import Path

import pyarrow as pa

from dagster_project.errors import RawMissingError
from dagster_project.lake.files import find_bucket, format_path, move, read_bytes, write_atomically

ENDING = ".zst"
LEVEL = 9
"""Of compression: a tenth smaller than by the default level 3. Higher ones take several times as long."""


class RawStore:
    """A store of bytes by their SHA-256, in folders named by its first two digits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Return the path to which the bytes with this SHA-256 are written, whether they exist or not."""
        return self._folder / sha256[:2] / f"{sha256}{ENDING}"

    def _list_paths(self, sha256: str) -> list[Path]:
        return [self.path(sha256), self._folder / sha256[:2] / sha256]

    def __contains__(self, sha256: str) -> bool:
        return any(path.is_file() for path in self._list_paths(sha256))

    def list_held(self) -> set[str]:
        """Return the SHA-256 of all bytes that the store holds."""
        bucket = find_bucket(self._folder)
        if bucket is None:
            names = [file.name for file in self._folder.glob("??/*")]
        else:
            names = [name.rpartition("/")[2] for name in bucket.find(format_path(self._folder))]
        return {name for name in (name.removesuffix(ENDING) for name in names) if "." not in name}

    def put(self, body: bytes) -> str:
        """Write `body` and return its SHA-256. On a disk, bytes that exist are not written again.

        In a bucket, a check would cost as much as the write.
        """
        sha256 = hashlib.sha256(body).hexdigest()
        if find_bucket(self._folder) is not None or sha256 not in self:
            packed = pa.Codec("zstd", compression_level=LEVEL).compress(body, asbytes=True)
            write_atomically(self.path(sha256), lambda file: file.write(packed))
        return sha256

    def remove(self, sha256: str) -> None:
        """Remove the bytes with this SHA-256: only a purge does."""
        for path in self._list_paths(sha256):
            path.unlink(missing_ok=True)

    def get(self, sha256: str) -> bytes:
        """Return the bytes with this SHA-256. Damaged bytes are set aside, so that they are fetched again.

        Raises:
            RawMissingError: the bytes are missing or damaged.
        """
        name, damaged = f"raw/{sha256[:2]}/{sha256}", False
        for path in self._list_paths(sha256):
            try:
                body = unpack(path)
            except FileNotFoundError:
                continue
            if body is not None and hashlib.sha256(body).hexdigest() == sha256:
                return body
            move(path, path.with_suffix(".damaged"))
            damaged = True
        if damaged:
            raise RawMissingError(f"{name} was damaged and is set aside; build the day again to fetch it")
        raise RawMissingError(f"{name} is missing; build the day again to fetch it")


def unpack(path: Path) -> bytes | None:
    """Return the bytes of a file of the store; None if it is damaged.

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
