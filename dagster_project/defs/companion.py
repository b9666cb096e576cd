"""Runs one of Dagster's commands beside `papers ui`, and ends it when that process ends, even by SIGKILL.

The other end of its standard input belongs to that process, so that the input ends when the process does. What must not
run twice for a home is locked here too: a process that is just ending holds its lock to the end.
"""

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path

from filelock import FileLock

PATIENCE = 20
"""Seconds that all processes of the command have to end by themselves; then they are killed."""


def run_command(lock: Path, command: str, *arguments: str) -> None:
    """Run a console script, for example `dagster-daemon`, while this process holds a lock."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_input, daemon=True).start()
    with FileLock(lock):
        sys.argv = [command, *arguments]
        [script] = entry_points(group="console_scripts", name=command)
        script.load()()


def _end_with_input() -> None:
    """Interrupt this process and those that it started, its group, once its input ends."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGINT)
    time.sleep(PATIENCE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        run_command(Path(sys.argv[1]), *sys.argv[2:])
