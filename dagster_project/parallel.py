"""Work spread over processes. What is worked on is none of this module's business."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def spread(work: Callable[[Piece], Result], pieces: Iterable[Piece], processes: int) -> Iterator[Result]:
    """Yield what `work` makes of each piece, in any order; with one process, in this one and in order.

    At most a few pieces a process are under way, so that neither they nor their results pile up.
    """
    if processes == 1:
        yield from map(work, pieces)
        return
    waiting = iter(pieces)
    # Neither threads nor locks of this process are copied into those that work.
    with ProcessPoolExecutor(processes, mp_context=get_context("forkserver"), initializer=_settle) as pool:
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


def _settle() -> None:
    """Leave Ctrl+C to the process that gives the work, end with it however it ends, and be one core's worth."""
    os.environ["POLARS_MAX_THREADS"] = "1"  # read when Polars is imported, which is with the first piece
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow() -> None:
        giver = parent_process()
        if giver is not None:
            wait_for([giver.sentinel])
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
