"""A lock in a bucket: an object that its holder creates and renews.

The object does not vanish when its process dies. So a holder that has not renewed it for a while counts as dead, and a
holder that finds another's object has lost the lock. Each step is one conditional request: if several machines send one
at once, the bucket grants one. The lock on one machine belongs in `home`.
"""

import os
import socket
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from dagster_project.errors import DiskError
from dagster_project.lake.files import find_bucket, format_path

REFUSALS = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")
SIGNS = 4
"""Renewals in the time after which a holder without a renewal counts as dead."""


class Lease:
    """A lock in a bucket; a holder counts as dead `lasts` seconds after its last renewal."""

    def __init__(self, place: Path, lasts: float) -> None:
        self._bucket: Any = find_bucket(place)
        self._name = format_path(place)
        self._lasts = lasts
        self._who = f"{socket.gethostname()}, process {os.getpid()}, {uuid.uuid4()}"
        self._etag = ""
        self._ends = threading.Event()
        self._renewing = threading.Thread(target=self._renew, daemon=True)
        self.lost = False
        """Whether another holder has, or may have, taken over the lock."""

    def acquire(self, wait: float) -> None:
        """Acquire the lock; wait up to `wait` seconds for its holder to release it or to count as dead.

        Raises:
            TimeoutError: another holder kept it all that time.
        """
        give_up = time.monotonic() + wait
        seen, since = "", time.monotonic()
        while not self._put(IfNoneMatch="*"):
            etag = self._read_etag()
            if etag != seen:
                seen, since = etag, time.monotonic()
            elif seen and time.monotonic() - since > self._lasts and self._put(IfMatch=seen):
                break
            if time.monotonic() >= give_up:
                raise TimeoutError(self._name)
            time.sleep(self._lasts / SIGNS / 5)
        self._renewing.start()

    def release(self) -> None:
        """Release the lock, unless it was lost."""
        self._ends.set()
        self._renewing.join()
        if not self.lost:
            self._bucket.rm_file(self._name)

    def _renew(self) -> None:
        sign = time.monotonic()
        while not self._ends.wait(self._lasts / SIGNS):
            try:
                if not self._put(IfMatch=self._etag):
                    self.lost = True
                    return
                sign = time.monotonic()
            except Exception:  # whatever the error, the next renewal may succeed
                if time.monotonic() - sign > self._lasts:
                    self.lost = True
                    return

    def _put(self, **condition: str) -> bool:
        """Write the object if a condition holds; return whether it was written."""
        sign = f"{self._who}, {time.time_ns()}".encode()
        etag = put_if(self._bucket, self._name, sign, **condition)
        self._etag = etag or self._etag
        return etag is not None

    def _read_etag(self) -> str:
        """Return the ETag of the holder's last renewal; empty if nobody holds the lock."""
        try:
            return str(self._bucket.info(self._name)["ETag"])
        except FileNotFoundError:
            return ""


def put_if(bucket: Any, name: str, body: bytes, **condition: str) -> str | None:
    """Write an object if a condition holds; return its ETag, or None if the condition does not hold."""
    drive, _, key = name.partition("/")
    try:
        return str(bucket.call_s3("put_object", Bucket=drive, Key=key, Body=body, **condition)["ETag"])
    except OSError as error:
        if _is_refused(error):
            return None
        raise


def check_conditions(place: Path, body: bytes) -> None:
    """Check, on an object that holds `body`, that a bucket refuses writes whose condition does not hold.

    Raises:
        DiskError: the bucket ignores conditions, so it cannot keep two writers apart.
    """
    bucket, name = find_bucket(place), format_path(place)
    for header, condition in (("If-None-Match", {"IfNoneMatch": "*"}), ("If-Match", {"IfMatch": f'"{0:032x}"'})):
        if put_if(bucket, name, body, **condition):
            raise DiskError(
                f"{place.parent}: the bucket ignores {header}, so two runs could overwrite each other's work; "
                "keep the home in a bucket with conditional writes, or on a disk: --home DIR"
            )


def _is_refused(error: OSError) -> bool:
    """Return whether the bucket refused a write because its condition does not hold, or because of another request."""
    said: Any = getattr(error.__cause__, "response", {})
    return said.get("Error", {}).get("Code") in REFUSALS
