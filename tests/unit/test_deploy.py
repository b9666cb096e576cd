"""The files of `deploy/` agree with each other and with what reads them, as far as that shows without starting any."""

import datetime as dt
import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser

import click
import dagster as dg
import pytest
import yaml
from cronsim import CronSim, CronSimError

from dagster_project.cli import main
from dagster_project.config import CHECKOUT
from dagster_project.defs import deployment, jobs
from dagster_project.sources.registry import ASKED, SOURCES

DEPLOY = CHECKOUT / "deploy"
SYSTEMD = DEPLOY / "systemd"
TEXTS = {
    file.name: file.read_text(encoding="utf-8") for file in [*DEPLOY.iterdir(), *SYSTEMD.iterdir()] if file.is_file()
}
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
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


def open_configured(configuration, folder):
    """Open an instance as Dagster reads its configuration, but with its records in a folder and not in Postgres."""
    folder.mkdir()
    without_postgres = {name: value for name, value in configuration.items() if name != "storage"}
    (folder / "dagster.yaml").write_text(yaml.safe_dump(without_postgres))
    return dg.DagsterInstance.from_config(str(folder))


def test_dagster_takes_its_configuration(tmp_path):
    configuration = read("dagster.yaml")
    with open_configured(configuration, tmp_path / "ours") as instance:
        assert instance.get_settings("run_monitoring") == configuration["run_monitoring"]
        assert instance.get_settings("run_retries") == configuration["run_retries"]
        assert not instance.telemetry_enabled
    with pytest.raises(dg.DagsterInvalidConfigError, match="poll_interval"):
        open_configured({"run_monitoring": {"poll_interval": 10}}, tmp_path / "wrong")


def test_the_launcher_is_the_one_that_asks_its_workers(tmp_path, monkeypatch):
    launcher = pytest.importorskip("dagster_project.defs.launcher", reason="needs Celery: uv sync --extra deploy")
    monkeypatch.setenv("DAGSTER_REDIS_URL", "redis://127.0.0.1:1/0")
    with open_configured(read("dagster.yaml"), tmp_path / "ours") as instance:
        assert type(instance.run_launcher) is launcher.WatchedCeleryRunLauncher
        assert instance.run_launcher.supports_check_run_worker_health
        assert instance.run_launcher.default_queue == "ingest"


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
    limits = {(limit["key"], limit.get("value")): limit["limit"] for limit in runs["tag_concurrency_limits"]}
    named = jobs.build_job.tags[jobs.QUEUE]
    default = read("dagster.yaml")["run_launcher"]["config"]["default_queue"]  # that of runs of single months
    limits = {default: limits["dagster/asset_partition_range_start", None], named: limits[jobs.QUEUE, named]}
    assert runs["max_concurrent_runs"] == sum(limits.values())
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


def test_no_file_holds_a_password_or_the_name_of_a_host():
    for name, text in TEXTS.items():
        hosts = re.findall(r"(?:://(?:[^/\s@]*@)?|[Hh]ost: )([\w.-]+)", text)
        assert {host for host in hosts if not host.endswith(".example")} <= {"127.0.0.1", "HOST", "github.com"}, name
        assert re.findall(r"(?i)password[:=] ?(?!…)[^\s@]*[a-z0-9]", text.replace("PASSWORD@", "")) == [], name


def test_the_location_of_workers_is_that_of_the_project_with_a_month_of_a_backfill_a_run():
    from dagster_project.definitions import defs

    ours, theirs = deployment.defs.resolve_asset_graph(), defs.resolve_asset_graph()
    assert ours.get_all_asset_keys() == theirs.get_all_asset_keys()
    for name in [f"raw_{source}" for source in ASKED] + [f"lake_{source}" for source in SOURCES]:
        assert ours.get(dg.AssetKey(name)).backfill_policy == dg.BackfillPolicy.multi_run(1)
        assert theirs.get(dg.AssetKey(name)).backfill_policy == dg.BackfillPolicy.single_run()
    for of_both in ("jobs", "schedules", "sensors"):
        assert list(getattr(deployment.defs, of_both)) == list(getattr(defs, of_both))


def read_unit(name):
    """Return the settings of a unit; a section or a setting that stands twice is an error."""
    unit = RawConfigParser(strict=True, delimiters=("=",), comment_prefixes=("#",), interpolation=None)
    unit.optionxform = str  # systemd tells capitals apart
    unit.read_string(TEXTS[name])
    return unit


def parse_arguments(arguments):
    """Return the options that the command takes from its arguments; wrong ones are an error."""
    name, *more = arguments
    return main.commands[name].make_context(name, [*more]).params


def test_each_way_to_run_it_calls_the_command_as_it_is():
    held = ("archive", "huggingface", "arxiv")
    service = read_unit("papers.service")["Service"]
    program, *arguments = shlex.split(service["ExecStart"])
    assert program == "/usr/local/bin/papers"
    assert parse_arguments(arguments)["sources"] == held
    [(cron, line)] = re.findall(r"^(\S+(?: \S+){4}) papers (.*) >>.*$", README, re.MULTILINE)
    CronSim(cron, dt.datetime(2026, 1, 1))
    assert parse_arguments(shlex.split(line))["sources"] == held
    [container] = read("compose.yaml")["services"].values()
    assert container["command"][0] == "watch"
    assert parse_arguments(container["command"])["sources"] == held
    with pytest.raises(CronSimError):
        CronSim("15 25 * * *", dt.datetime(2026, 1, 1))
    with pytest.raises(click.UsageError):
        parse_arguments(["build", "--surce", "arxiv"])


def test_what_runs_by_itself_may_write_to_its_own_folder_alone():
    service = read_unit("papers.service")["Service"]
    assert service["DynamicUser"] == service["NoNewPrivileges"] == "yes"
    assert (service["ProtectSystem"], service["ProtectHome"]) == ("strict", "yes")
    assert f"PAPERS_HOME=%S/{service['StateDirectory']}/" in service["Environment"]
    [container] = read("compose.yaml")["services"].values()
    assert container["read_only"] is True
    assert container["volumes"] == ["papers:/home/papers"]
    assert read("compose.yaml")["volumes"] == {"papers": None}


def test_the_timer_starts_the_service_and_makes_up_for_what_was_missed():
    timer = read_unit("papers.timer")
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert {file.name for file in SYSTEMD.iterdir()} == {"papers.service", "papers.timer"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize(("old", "new", "complaint"), [("", "", None), ("KillMode", "KilMode", "KilMode")])
def test_systemd_takes_the_units(tmp_path, old, new, complaint):
    """Without a running systemd, and with a program that is there."""
    for file in SYSTEMD.iterdir():
        text = file.read_text(encoding="utf-8").replace("/usr/local/bin/papers", "/bin/true")
        (tmp_path / file.name).write_text(text.replace(old, new))
    units = [tmp_path / "papers.service", tmp_path / "papers.timer"]
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    said = [line for line in ended.stderr.splitlines() if "papers." in line]
    assert [complaint in line for line in said] == [True] if complaint else said == []
