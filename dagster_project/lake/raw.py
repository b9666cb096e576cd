"""The raw store: every distinct answer as it came, named by its SHA-256, never overwritten."""

import hashlib
from pathlib import Path

from dagster_project.errors import RawMissingError
from dagster_project.lake.files import bucket_of, move, read_bytes, write_atomically


class RawStore:
    """Bytes by their SHA-256, in folders by its first two digits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Return where the bytes of that name lie, or would."""
        return self._folder / sha256[:2] / sha256

    def __contains__(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def put(self, body: bytes) -> str:
        """Keep `body`, unless it is kept already, and return its name. In a bucket, a look costs as much as a write."""
        sha256 = hashlib.sha256(body).hexdigest()
        if bucket_of(self._folder) is not None or sha256 not in self:
            write_atomically(self.path(sha256), lambda file: file.write(body))
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes of that name. Damaged ones are set aside, so that the source is asked for them again.

        Raises:
            RawMissingError: they are not there, or are no longer what their name says.
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
