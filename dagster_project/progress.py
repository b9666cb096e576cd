"""Reports the progress of steps through one logger, to which any package may write and any display may listen.

It carries counts, and warnings of one line. The display of both belongs in `terminal`.
"""

import logging
from functools import cache

logger = logging.getLogger("dagster_project.progress")


def report(step: str, done: int, total: int) -> None:
    """Log that `done` of `total` pieces of a step are done."""
    logger.info("%s %d of %d", step, done, total, extra={"step": step, "done": done, "total": total})


@cache
def warn(text: str) -> None:
    """Log a warning for the user, once in a process."""
    logger.warning(text)
