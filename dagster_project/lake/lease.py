"""A lock in a bucket: an object that is created where there is none, and renewed by whoever holds it.

No lock in a bucket dies with its process. So a holder that has not renewed the object for a while counts as dead, and a
holder that finds another in its place knows that it was replaced. Each step is one conditional request: of several at
once, the bucket grants one.
"""

import os
import socket
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from dagster_project.lake.files import bucket_of, name_of

REFUSALS = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")
SIGNS = 4
"""Signs of life in the time after which a holder without one is taken for dead."""


class Lease:
    """The lock at a place in a bucket; `lasts` seconds after its last sign, a holder is taken for dead."""

    def __init__(self, place: Path, lasts: float) -> None:
        self._bucket: Any = bucket_of(place)
        self._name = name_of(place)
        self._lasts = lasts
        self._who = f"{socket.gethostname()}, process {os.getpid()}, {uuid.uuid4()}"
        self._etag = ""
        self._ends = threading.Event()
        self._renewing = threading.Thread(target=self._renew, daemon=True)
        self.lost = False
        """Whether another acquired it while it was held, or may have."""

    def acquire(self, wait: float) -> None:
        """Acquire it; wait up to `wait` seconds for its holder to release it, or `lasts` seconds if the holder is dead.

        Raises:
            TimeoutError: another held it all that time.
        """
        give_up = time.monotonic() + wait
        seen, since = "", time.monotonic()
        while not self._put(IfNoneMatch="*"):
            etag = self._seen()
            if etag != seen:
                seen, since = etag, time.monotonic()
            elif seen and time.monotonic() - since > self._lasts and self._put(IfMatch=seen):
                break
            if time.monotonic() >= give_up:
                raise TimeoutError(self._name)
            time.sleep(self._lasts / SIGNS / 5)
        self._renewing.start()

    def release(self) -> None:
        """Release it, unless it is another's by now."""
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
            except Exception:  # whatever keeps the bucket from answering, the next sign may arrive
                if time.monotonic() - sign > self._lasts:
                    self.lost = True
                    return

    def _put(self, **condition: str) -> bool:
        """Put the object on a condition, and tell whether that held."""
        bucket, _, key = self._name.partition("/")
        sign = f"{self._who}, {time.time_ns()}".encode()
        try:
            answer = self._bucket.call_s3("put_object", Bucket=bucket, Key=key, Body=sign, **condition)
        except OSError as error:
            if _is_refused(error):
                return False
            raise
        self._etag = answer["ETag"]
        return True

    def _seen(self) -> str:
        """Return the mark of the holder's last sign; empty when it has let go."""
        try:
            return str(self._bucket.info(self._name)["ETag"])
        except FileNotFoundError:
            return ""


def _is_refused(error: OSError) -> bool:
    """Tell whether a bucket says that a condition does not hold, or is being decided for another who asks."""
    said: Any = getattr(error.__cause__, "response", {})
    return said.get("Error", {}).get("Code") in REFUSALS
