"""How runs reach Celery's workers, and how a worker that died is noticed.

Needs the extra `deploy`; `deploy/dagster.yaml` names it. Celery's own word on a run is not enough: it goes on saying
that a task has started, whatever became of the worker that started it.
"""

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

PATIENCE = 10
"""Seconds within which a worker must say what it is at. It answers beside its work, so a busy one does too."""


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """Asks the worker itself whether it is still at a run.

    A wrong answer costs little: the run is tried again, and steps that were done already find nothing to do.
    """

    def launch_run(self, context: LaunchRunContext) -> None:
        """Hand a run over, once Redis answers: runs that could not be handed over would soon have failed for good."""
        with self.celery.connection_for_write() as connection:
            connection.ensure_connection(interval_start=1, interval_max=10)
        super().launch_run(context)

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Tell whether any worker is at this run. Asked only of runs that have begun and not ended."""
        task = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG)
        if task is None:  # it began before it was noted which task it is
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        said = self.celery.AsyncResult(task)
        worker = said.info.get("hostname") if said.state == "STARTED" else None
        asked = self.celery.control.inspect(destination=[worker] if worker else None, timeout=PATIENCE)
        at_work = {found["id"] for tasks in (asked.active() or {}).values() for found in tasks}
        if task in at_work:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(
            WorkerStatus.FAILED, f"{worker or 'no worker'} is not at it any more ({said.state})"
        )
