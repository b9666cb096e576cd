"""Dagster's own place in a home: its configuration, and its history of runs."""

import errno
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import dagster as dg
import yaml
from dagster._core.instance.ref import InstanceRef
from sqlalchemy.exc import DatabaseError

from dagster_project import pipeline
from dagster_project.defs.event_log import BATCH, BatchedEventLog
from dagster_project.errors import DiskError
from dagster_project.lake.files import write_atomically
from dagster_project.lake.home import Home

ROOM = 16 * 1024**2
"""Bytes that must be free for a run to begin: its history alone takes some of them."""


def configuration(folder: Path) -> dict[str, object]:
    """Return what `dagster.yaml` says for an instance in `folder`."""
    return {
        "telemetry": {"enabled": False},
        # No invitation to a newsletter above the first page.
        "nux": {"enabled": False},
        # Without a default limit a pool limits nothing; one run at a time may write to a source or a release.
        "concurrency": {"pools": {"default_limit": 1}},
        "event_log_storage": {
            "module": BatchedEventLog.__module__,
            "class": BatchedEventLog.__name__,
            "config": {"base_dir": str(folder / "history" / "runs")},
        },
    }


def settle_instance(folder: Path) -> Path:
    """Make `folder`, which is that of a home, fit to be a `DAGSTER_HOME`, and return it.

    Raises:
        HomeBusyError: it was not fit yet, and another process held the home's lock for too long.
    """
    settings = configuration(folder)
    wanted = yaml.safe_dump(settings, sort_keys=False).encode()
    file = folder / "dagster.yaml"
    if not file.exists() or file.read_bytes() != wanted:
        with pipeline.writing(Home(folder.parent)):
            if not file.exists():
                _make_history(folder, settings)
            write_atomically(file, lambda opened: opened.write(wanted))
    return folder


def _make_history(folder: Path, settings: dict[str, object]) -> None:
    """Make Dagster's databases, from nothing: two processes that do so at once break them, and so does a kill."""
    for made in ("history", "schedules"):
        shutil.rmtree(folder / made, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides=settings)):
        pass


def environment_of(folder: Path) -> dict[str, str]:
    """Return the variables by which Dagster's own commands use the instance in `folder`, with events in batches."""
    return {"DAGSTER_HOME": str(settle_instance(folder)), "DAGSTER_EVENT_BATCH_SIZE": str(BATCH)}


@contextmanager
def open_instance(folder: Path) -> Generator[dg.DagsterInstance]:
    """Lend this process the instance whose history lies in `folder`.

    Raises:
        DiskError: there is hardly any space for its databases, or they cannot be read or written.
    """
    _want_room(folder)
    try:
        os.environ.update(environment_of(folder))
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            cast("BatchedEventLog", instance.event_log_storage).plans_in_brief = True
            yield instance
    except DatabaseError as error:
        _want_room(folder)
        advice = "if you may write there it is damaged: move that folder away, for it holds no data, then try again"
        raise DiskError(f"Dagster's history in {folder}: {error.orig}; {advice}") from error


def _want_room(folder: Path) -> None:
    """Raise an error where a run would soon fail, after Dagster has complained of each event that it cannot store."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder.parent).free < ROOM:
        raise DiskError.of(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), folder.parent)
