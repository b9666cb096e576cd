"""The files of `deploy/` agree with each other and with what reads them, as far as that shows without starting any."""

import re

import dagster as dg
import pytest
import yaml
from dagster._config import Shape, validate_config
from dagster._core.instance.config import dagster_instance_config_schema
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.workspace.config_schema import WORKSPACE_CONFIG_SCHEMA

from dagster_project.config import CHECKOUT
from dagster_project.defs import deployment as workers

DEPLOY = CHECKOUT / "deploy"
TEXTS = {file.name: file.read_text(encoding="utf-8") for file in DEPLOY.iterdir() if file.is_file()}
NAMED_SECRETS = [{"name": str}]
IMAGE = {"repository": str, "tag": str, "pullPolicy": {"Always", "IfNotPresent", "Never"}}
CHART = {
    "global": {"postgresqlSecretName": str},
    "generatePostgresqlPasswordSecret": bool,
    "generateCeleryConfigSecret": bool,
    "postgresql": {
        "enabled": bool,
        "postgresqlScheme": str,
        "postgresqlHost": str,
        "postgresqlUsername": str,
        "postgresqlDatabase": str,
    },
    "rabbitmq": {"enabled": bool},
    "redis": {"enabled": bool},
    "runLauncher": {
        "type": {"CeleryK8sRunLauncher", "K8sRunLauncher", "CustomRunLauncher"},
        "config": {"customRunLauncher": {"module": str, "class": str, "config": dict}},
    },
    "dagsterDaemon": {
        "image": IMAGE,
        "envSecrets": NAMED_SECRETS,
        "runCoordinator": {
            "enabled": bool,
            "type": {"QueuedRunCoordinator", "CustomRunCoordinator"},
            "config": {
                "queuedRunCoordinator": {
                    "maxConcurrentRuns": int,
                    "tagConcurrencyLimits": [{"key": str, "value": str, "limit": int}],
                }
            },
        },
        "runMonitoring": dict,
        "runRetries": {"enabled": bool, "maxRetries": int},
    },
    "dagsterWebserver": {"image": IMAGE, "envSecrets": NAMED_SECRETS},
    "dagster-user-deployments": {
        "deployments": [
            {"name": str, "image": IMAGE, "dagsterApiGrpcArgs": [str], "port": int, "envSecrets": NAMED_SECRETS}
        ]
    },
    "computeLogManager": {"type": {"NoOpComputeLogManager", "CustomComputeLogManager"}},
    "telemetry": {"enabled": bool},
}
"""The keys that are used of Dagster's Helm chart, with their types in its schema (helm/dagster/schema, Apache-2.0)."""


def read(name):
    return yaml.safe_load(TEXTS[name])


def unknown(value, allowed, at=""):
    """Yield where some values have a key, or a type, that the chart does not."""
    if isinstance(allowed, set):
        fits = value in allowed
    elif isinstance(allowed, dict) and isinstance(value, dict):
        for key, below in value.items():
            yield from unknown(below, allowed[key], f"{at}.{key}") if key in allowed else [f"{at}.{key}"]
        return
    elif isinstance(allowed, list) and isinstance(value, list):
        for number, below in enumerate(value):
            yield from unknown(below, allowed[0], f"{at}[{number}]")
        return
    else:
        fits = type(value) is allowed
    if not fits:
        yield f"{at} = {value!r}"


def test_dagster_takes_its_configuration_and_its_workspace():
    instance = validate_config(Shape(dagster_instance_config_schema()), read("dagster.yaml"))
    assert instance.success, instance.errors
    workspace = validate_config(WORKSPACE_CONFIG_SCHEMA, read("workspace.yaml"))
    assert workspace.success, workspace.errors


def test_the_charts_schema_has_every_key_of_the_values():
    assert list(unknown(read("values.yaml"), CHART)) == []
    assert list(unknown({"redis": {"enabled": "yes", "hots": "x"}}, CHART)) == [".redis.enabled = 'yes'", ".redis.hots"]


def test_kubernetes_and_the_processes_here_are_told_the_same():
    dagster, values = read("dagster.yaml"), read("values.yaml")
    daemon = values["dagsterDaemon"]
    assert dagster["run_launcher"] == values["runLauncher"]["config"]["customRunLauncher"]
    queued = daemon["runCoordinator"]["config"]["queuedRunCoordinator"]
    assert dagster["concurrency"]["runs"] == snake_case(queued)
    monitoring = dict(dagster["run_monitoring"])
    monitoring.pop("max_runtime_seconds")  # the chart has no word for it
    assert monitoring == snake_case(daemon["runMonitoring"])
    assert dagster["run_retries"] == snake_case(daemon["runRetries"])
    assert dagster["telemetry"] == values["telemetry"]


def snake_case(said):
    return {re.sub("([A-Z])", lambda found: f"_{found[0].lower()}", key): value for key, value in said.items()}


def test_each_queue_has_workers_and_no_more_runs_than_those():
    runs = read("dagster.yaml")["concurrency"]["runs"]
    limits = {limit["value"]: limit["limit"] for limit in runs["tag_concurrency_limits"]}
    assert runs["max_concurrent_runs"] == sum(limits.values())
    assert {limit["key"] for limit in runs["tag_concurrency_limits"]} == {workers.QUEUE}
    deployments = {one["metadata"]["labels"]["queue"]: one["spec"] for one in yaml.safe_load_all(TEXTS["workers.yaml"])}
    assert {queue: spec["replicas"] for queue, spec in deployments.items()} == limits
    for queue, spec in deployments.items():
        [container] = spec["template"]["spec"]["containers"]
        assert container["command"] == ["deploy/start", queue]
        assert container["image"] == ":".join(
            read("values.yaml")["dagsterDaemon"]["image"][of] for of in ("repository", "tag")
        )
    [every_process] = re.findall(r"for process in (.*); do", TEXTS["start"])
    assert {queue: len(re.findall(rf"\b{queue}(?= |$)", every_process.replace("'", " "))) for queue in limits} == limits
    tags = {job.name: job.tags[workers.QUEUE] for job in [*workers.INGEST, workers.PUBLISH]}
    assert tags == {"digest": "ingest", "huggingface": "ingest", "publish": "publish"}
    assert set(tags.values()) == set(limits)


def test_no_file_holds_a_password_or_the_name_of_a_host():
    for name, text in TEXTS.items():
        hosts = re.findall(r"(?:://(?:[^/\s@]*@)?|[Hh]ost: )([\w.-]+)", text)
        assert {host for host in hosts if not host.endswith(".example")} <= {"127.0.0.1", "HOST", "github.com"}, name
        assert re.findall(r"(?i)password[:=] ?(?!…)[^\s@]*[a-z0-9]", text.replace("PASSWORD@", "")) == [], name


def test_the_location_of_workers_has_the_assets_of_the_project_and_parts_backfills():
    from dagster_project.definitions import defs

    ours, theirs = workers.defs.resolve_asset_graph(), defs.resolve_asset_graph()
    assert ours.get_all_asset_keys() == theirs.get_all_asset_keys()
    for source in ("digest", "huggingface"):
        job = workers.defs.resolve_job_def(source)
        assert job.backfill_policy == dg.BackfillPolicy.multi_run(workers.DAYS_A_RUN)
        assert defs.resolve_job_def(source).backfill_policy == dg.BackfillPolicy.single_run()
        assert {key.to_user_string() for key in job.asset_layer.executable_asset_keys} >= {
            f"raw_{source}",
            f"lake_{source}",
        }
        assert dg.AssetKey("release") not in job.asset_layer.executable_asset_keys
    assert dg.AssetKey("release") in workers.defs.resolve_job_def("publish").asset_layer.executable_asset_keys
    assert {schedule.name for schedule in workers.defs.schedules} == {"daily_digest", "votes_again"}


@pytest.mark.parametrize(
    ("ended", "others", "asked"),
    [
        ("digest", [], True),
        ("__ASSET_JOB", [], True),
        ("publish", [], False),
        ("digest", ["NOT_STARTED"], False),
        ("digest", ["STARTED", "SUCCESS", "FAILURE"], True),  # those may have begun before the days were read
    ],
)
def test_runs_that_read_days_are_followed_by_one_that_publishes(ended, others, asked):
    with dg.DagsterInstance.ephemeral() as instance:
        for status in others:
            instance.add_run(DagsterRun(job_name="publish", status=dg.DagsterRunStatus(status)))
        run = DagsterRun(job_name=ended, status=dg.DagsterRunStatus.SUCCESS)
        instance.add_run(run)
        with dg.build_run_status_sensor_context(
            sensor_name=workers.publish_what_was_read.name,
            dagster_event=dg.DagsterEvent("PIPELINE_SUCCESS", job_name=ended),
            dagster_instance=instance,
            dagster_run=run,
        ) as context:
            said = workers.publish_what_was_read(context)
        assert isinstance(said, dg.RunRequest if asked else dg.SkipReason)
        assert not asked or said.run_key == run.run_id
