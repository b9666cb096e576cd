"""Settings of the workers, which `dagster_celery.app` finds by this name. The launcher has its own in dagster.yaml."""

import os

broker_url = result_backend = os.environ["DAGSTER_REDIS_URL"]
broker_connection_retry_on_startup = True
# A worker takes a run when it is free to begin it, and not before: what it held back would be lost for a time with it.
worker_prefetch_multiplier = 1
worker_disable_prefetch = True
# A run is off the queue once it has begun. Who watches over it then is Dagster: of a message that came again for a run
# that has begun, Dagster would make nothing but a task that ends well.
task_acks_late = False
