"""Prepares and opens Dagster's folder in a home: its configuration and its run history. Runs belong in `jobs`."""

import errno
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import yaml
from sqlalchemy.exc import DatabaseError

from dagster_project import pipeline
from dagster_project.errors import DiskError
from dagster_project.lake.files import is_plain, make_plain_link, plain_path, storage_errors, write_atomically
from dagster_project.lake.home import Home, claim_folder

ROOM = 16 * 1024**2
"""Bytes that must be free before a run starts, since its history needs space too."""
CONFIGURATION: dict[str, object] = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},  # hides the invitation to a newsletter
    # How many days ticks are kept; by default Dagster keeps most of them for ever.
    "retention": {
        "schedule": {"purge_after_days": 90},
        "sensor": {"purge_after_days": {"skipped": 7, "failure": 30, "success": 30}},
    },
}
"""The contents of `dagster.yaml`. Concurrency stays at its default, since the home's lock allows one writer."""


def prepare_instance(folder: Path) -> Path:
    """Prepare the folder of a home as a `DAGSTER_HOME`, and return it.

    Raises:
        ForeignFolderError: the folder above is not a home, and holds files of others; nothing was written.
        HomeBusyError: the folder was not ready, and another process held the home's lock for too long.
    """
    with storage_errors(folder.parent):
        claim_folder(folder.parent)
    wanted = yaml.safe_dump(CONFIGURATION, sort_keys=False).encode()
    file = folder / "dagster.yaml"
    if not file.exists() or file.read_bytes() != wanted:
        with pipeline.lock_for_writing(Home(folder.parent)):
            if not folder.exists() or not any(folder.iterdir()):
                _make_history(folder, wanted)
            write_atomically(file, lambda opened: opened.write(wanted))
    return folder


def _make_history(folder: Path, configuration: bytes) -> None:
    """Create Dagster's databases in a temporary folder and move it: a kill during creation would break them."""
    with tempfile.TemporaryDirectory(
        dir=folder.parent, prefix=".papers-", suffix=".tmp", ignore_cleanup_errors=True
    ) as place:
        made = Path(place) / folder.name
        made.mkdir()
        (made / "dagster.yaml").write_bytes(configuration)
        with plain_path(made) as plain, dg.DagsterInstance.from_config(str(plain)):
            pass
        made.rename(folder)


def name_environment(folder: Path) -> dict[str, str]:
    """Prepare `folder`, and return the environment by which Dagster's own commands use it."""
    prepare_instance(folder)
    # A link is left behind, since the commands outlive this call.
    plain = folder if is_plain(folder) else make_plain_link(folder, tempfile.mkdtemp(prefix="papers-"))
    return {"DAGSTER_HOME": str(plain)}


@contextmanager
def open_instance(folder: Path) -> Generator[dg.DagsterInstance]:
    """Yield the instance whose history is in `folder`.

    Raises:
        DiskError: the disk is almost full, or the databases cannot be read or written.
    """
    with storage_errors(folder.parent):
        claim_folder(folder.parent)
    _check_room(folder)
    try:
        with plain_path(prepare_instance(folder)) as plain:
            os.environ["DAGSTER_HOME"] = str(plain)
            with dg.DagsterInstance.from_config(str(plain)) as instance:
                yield instance
    except DatabaseError as error:
        _check_room(folder)
        advice = (
            "if you may write there it is damaged: move that folder away, then try again. It holds no papers; what is "
            "lost is the list of past runs, and which schedules were switched on"
        )
        raise DiskError(f"Dagster's history in {folder}: {error.orig}; {advice}") from error


def _check_room(folder: Path) -> None:
    """Raise `DiskError` if the disk is almost full: Dagster would first log an error for each event and then fail."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder.parent).free < ROOM:
        raise DiskError.from_os_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), folder.parent)
