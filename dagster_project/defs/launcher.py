"""Launches runs on Celery's workers, and detects a dead worker.

It needs the extra `deploy`; `deploy/dagster.yaml` names it. Celery's own status of a task is not enough: it stays
"started" even if the worker dies. Other settings of the deployment belong in `deploy/`.
"""

from typing import Any

from dagster import DagsterRun
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

PATIENCE = 10
"""Seconds to wait for a worker to list its tasks. A busy worker replies too."""


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """Asks the worker itself whether it still works on a run.

    A wrong reply costs little: the run is started again, and skips what is done.

    Dagster does not publish the types of these methods. So a context is passed on unchanged, and a health result is
    made from the one of Dagster's own launcher.
    """

    def launch_run(self, context: Any) -> None:
        """Launch a run once Redis is reachable; otherwise the run would fail for good."""
        with self.celery.connection_for_write() as connection:
            connection.ensure_connection(interval_start=1, interval_max=10)
        super().launch_run(context)

    def check_run_worker_health(self, run: DagsterRun) -> Any:
        """Return whether any worker works on this run. Dagster calls this for runs in progress."""
        health = super().check_run_worker_health(run)
        task = self.celery.AsyncResult(run.tags[DAGSTER_CELERY_TASK_ID_TAG])
        worker = task.info.get("hostname") if task.state == "STARTED" else None
        answers = self.celery.control.inspect(destination=[worker] if worker else None, timeout=PATIENCE).active()
        at_work = {found["id"] for tasks in (answers or {}).values() for found in tasks}
        statuses = type(health.status)
        if task.id in at_work:
            return health._replace(status=statuses.RUNNING, msg=None)
        message = f"{worker or 'no worker'} is not at it any more ({task.state})"
        return health._replace(status=statuses.FAILED, msg=message)
