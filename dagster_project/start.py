"""Starts the `papers` command, so that an interrupt ends it in one line also while the command is being imported."""

import sys

from dagster_project import interrupts


def main() -> None:
    """Import the command and run it."""
    try:
        from dagster_project.cli import main as run
    except KeyboardInterrupt:
        interrupts.end()
        sys.exit(interrupts.STATUS)
    run(obj=interrupts.watch)
