"""Runs a function on many pieces in several processes. This module knows nothing about the pieces or the function."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from tempfile import gettempdir
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")
LONGEST_FOLDER = 70
"""Bytes of a folder's path in which a socket may lie: systems allow 104 for all of a socket's path."""


def spread(work: Callable[[Piece], Result], pieces: Iterable[Piece], processes: int) -> Iterator[Result]:
    """Yield the result of `work` for each piece, in any order; one process means this one, and keeps the order.

    At most three pieces a process are in progress, so that neither pieces nor results fill the memory.
    """
    if processes == 1:
        yield from map(work, pieces)
        return
    waiting = iter(pieces)
    os.environ["PYTHONSAFEPATH"] = "1"  # workers start by `python -c`, which would import from the current folder
    # A fork server starts the workers without the threads and locks of this process, and faster than they start anew.
    # Its socket lies in the temporary folder.
    method = "forkserver" if len(os.fsencode(gettempdir())) <= LONGEST_FOLDER else "spawn"
    with ProcessPoolExecutor(processes, mp_context=get_context(method), initializer=_prepare_worker) as pool:
        running: set[Future[Result]] = set()
        try:
            while True:
                running |= {pool.submit(work, piece) for piece in islice(waiting, 3 * processes - len(running))}
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in running:
                future.cancel()


def _prepare_worker() -> None:
    """Set up a worker: ignore Ctrl+C, use one core, and exit when the parent process exits for any reason."""
    os.environ["POLARS_MAX_THREADS"] = "1"  # Polars reads it when the first piece imports it
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow() -> None:
        giver = parent_process()
        if giver is not None:
            wait_for([giver.sentinel])
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
