"""The raw store: every distinct response as it came, named by its SHA-256 and never overwritten.

Where and when a response was fetched belongs in `fetch_log`.
"""

import hashlib
from pathlib import Path

from dagster_project.errors import RawMissingError
from dagster_project.lake.files import find_bucket, move, read_bytes, write_atomically


class RawStore:
    """A store of bytes by their SHA-256, in folders named by its first two digits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Return the path for the bytes with this SHA-256, whether they exist or not."""
        return self._folder / sha256[:2] / sha256

    def __contains__(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def put(self, body: bytes) -> str:
        """Write `body` and return its SHA-256. On a disk, bytes that exist are not written again.

        In a bucket, a check would cost as much as the write.
        """
        sha256 = hashlib.sha256(body).hexdigest()
        if find_bucket(self._folder) is not None or sha256 not in self:
            write_atomically(self.path(sha256), lambda file: file.write(body))
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes with this SHA-256. Damaged bytes are set aside, so that they are fetched again.

        Raises:
            RawMissingError: the bytes are missing or damaged.
        """
        path = self.path(sha256)
        name = f"raw/{sha256[:2]}/{sha256}"
        try:
            body = read_bytes(path)
        except FileNotFoundError:
            raise RawMissingError(f"{name} is missing; build the day again to fetch it") from None
        if hashlib.sha256(body).hexdigest() != sha256:
            move(path, path.with_suffix(".damaged"))
            raise RawMissingError(f"{name} was damaged and is set aside; build the day again to fetch it")
        return body
