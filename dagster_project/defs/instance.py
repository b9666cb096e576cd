"""Dagster's own place in a home: its configuration, and its history of runs."""

from pathlib import Path

import dagster as dg
import yaml

from dagster_project.lake.files import write_atomically

CONFIGURATION = {
    "telemetry": {"enabled": False},
    # Without a default limit a pool limits nothing; one run at a time may write to a source or a release.
    "concurrency": {"pools": {"default_limit": 1}},
    "python_logs": {"managed_python_loggers": []},
}


def settle_instance(folder: Path) -> Path:
    """Make `folder` fit to be a `DAGSTER_HOME`, and return it."""
    wanted = yaml.safe_dump(CONFIGURATION).encode()
    file = folder / "dagster.yaml"
    if not file.exists():
        write_atomically(file, lambda opened: opened.write(wanted))
    return folder


def open_instance(folder: Path) -> dg.DagsterInstance:
    """Return the instance whose history lies in `folder`."""
    return dg.DagsterInstance.from_config(str(settle_instance(folder)))
