"""How far a step is: one logger that every room may report to and that whoever is watching may listen to.

It carries counts, never content.
"""

import logging

logger = logging.getLogger("dagster_project.progress")


def report(step: str, done: int, total: int) -> None:
    """Say that `done` of `total` pieces of a step are done."""
    logger.info("%s %d of %d", step, done, total, extra={"step": step, "done": done, "total": total})
