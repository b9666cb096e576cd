"""Dagster's own place in a home: its configuration, and its history of runs."""

import os
from pathlib import Path

import dagster as dg
import yaml

from dagster_project.defs.event_log import BATCH, BatchedEventLog
from dagster_project.lake.files import write_atomically


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
    """Make `folder` fit to be a `DAGSTER_HOME`, and return it."""
    wanted = yaml.safe_dump(configuration(folder), sort_keys=False).encode()
    file = folder / "dagster.yaml"
    if not file.exists() or file.read_bytes() != wanted:
        write_atomically(file, lambda opened: opened.write(wanted))
    return folder


def environment_of(folder: Path) -> dict[str, str]:
    """Return the variables by which Dagster's own commands use the instance in `folder`, with events in batches."""
    return {"DAGSTER_HOME": str(settle_instance(folder)), "DAGSTER_EVENT_BATCH_SIZE": str(BATCH)}


def open_instance(folder: Path) -> dg.DagsterInstance:
    """Return the instance whose history lies in `folder`, for this process."""
    os.environ.update(environment_of(folder))
    return dg.DagsterInstance.from_config(str(folder))
