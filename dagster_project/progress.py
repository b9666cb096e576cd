"""Reports the progress of steps through one logger, to which any package may write and any display may listen.

It carries counts only, no content. The display of progress belongs in `terminal`.
"""

import logging

logger = logging.getLogger("dagster_project.progress")


def report(step: str, done: int, total: int) -> None:
    """Log that `done` of `total` pieces of a step are done."""
    logger.info("%s %d of %d", step, done, total, extra={"step": step, "done": done, "total": total})
