"""What the figures depend on: the machine, and the versions of what does the work."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from dagster_project.config import CHECKOUT

BUSY = 0.5
"""Load from which on wall times are not to be trusted."""
LOOK = 5
"""Seconds for which the machine is watched."""
LIBRARIES = ("duckdb", "polars", "pyarrow", "dagster")


def machine() -> dict[str, Any]:
    """Return the machine, how busy it is with other things, and the versions."""
    return {
        "cores": os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "processor": processor(),
        "system": system(),
        # Not the system's average, in which the size that was measured before still shows.
        "load": round(psutil.cpu_percent(LOOK) / 100 * (os.cpu_count() or 1), 2),
        "python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
    }


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def system() -> str:
    """Return the operating system with its version."""
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}"
    except OSError:
        return platform.platform()


def commit() -> str:
    """Return the commit that is measured, and whether the code differs from it; empty outside of a clone."""

    def git(*arguments: str) -> str:
        run = subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False)
        return run.stdout.strip() if run.returncode == 0 else ""

    name = git("rev-parse", "--short=10", "HEAD")
    return f"{name} and changes" if git("status", "--porcelain", "--", "dagster_project", "sql") else name


def was_busy(told: dict[str, Any]) -> bool:
    """Tell whether other work ran when a size was begun, or nobody knows: wall times are then too long."""
    return bool(told.get("load", BUSY) >= BUSY)


def line(told: dict[str, Any]) -> str:
    """Return the machine in a line."""
    libraries = ", ".join(f"{name} {told[key]}" for name, key in NAMES.items())
    gibibytes = told["memory"] / 2**30
    return f"{told['cores']} cores of {told['processor']}, {gibibytes:.1f} GiB, {told['system']}; {libraries}"


NAMES = {"Python": "python", "DuckDB": "duckdb", "Polars": "polars", "PyArrow": "pyarrow", "Dagster": "dagster"}
