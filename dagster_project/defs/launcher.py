"""How runs reach Celery's workers, and how a worker that died is noticed.

Needs the extra `deploy`; `deploy/dagster.yaml` names it. What Celery says of a run is not enough: it goes on saying
that a task has started, whatever became of the worker that started it.
"""

from typing import Any

from dagster import DagsterRun
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

PATIENCE = 10
"""Seconds that a worker has to say what it works on. It answers beside its work, so a busy one does too."""


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """Asks the worker itself whether it still works on a run.

    A wrong answer costs little: the run is tried again, and what was done already is not done twice.

    Dagster does not publish the types of what it passes and expects here: a context is passed on as it came, and an
    answer is made from the one that Dagster's own launcher gives.
    """

    def launch_run(self, context: Any) -> None:
        """Hand a run over, once Redis answers: a run that cannot be handed over would soon have failed for good."""
        with self.celery.connection_for_write() as connection:
            connection.ensure_connection(interval_start=1, interval_max=10)
        super().launch_run(context)

    def check_run_worker_health(self, run: DagsterRun) -> Any:
        """Tell whether any worker works on this run. Dagster asks for runs that have begun and not ended."""
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
