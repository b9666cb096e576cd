"""What a run's config may hold: days, sources and switches, and neither a path nor a variable of the environment."""

import datetime as dt

import dagster as dg
import pytest

from dagster_project.build import BuildRequest
from dagster_project.defs.location import make_location
from dagster_project.defs.resources import Papers
from dagster_project.defs.run_config import make_config, read_days, read_request
from dagster_project.sources.registry import ASKED, SOURCES

SECRET = "hf_" + "s" * 34
LOCATION = make_location(Papers())
JOBS = {"build": LOCATION.resolve_job_def("build"), "assets": LOCATION.resolve_implicit_global_asset_job_def()}


def list_fields(kind, *path):
    """Yield the path of each field of a config that holds a value and no further fields."""
    for name, field in getattr(kind, "fields", {}).items():
        yield from list_fields(field.config_type, *path, name)
    if not hasattr(kind, "fields"):
        yield path


FIELDS = sorted((job, path) for job, made in JOBS.items() for path in list_fields(made.run_config_schema.config_type))


def nest(path, value):
    return {path[0]: nest(path[1:], value)} if path else value


def test_the_fields_that_are_tried_are_those_of_every_step():
    steps = {path[1] for _, path in FIELDS if path[0] == "ops"}
    of_sources = {f"raw_{source}" for source in ASKED} | {f"lake_{source}" for source in SOURCES}
    assert steps >= {"build_release", "raw_archive"} | of_sources
    assert ("build", ("ops", "build_release", "config", "first")) in FIELDS
    assert not [path for _, path in FIELDS if "base_dir" in path]


@pytest.mark.parametrize(
    ("job", "path"), FIELDS, ids=lambda value: value if isinstance(value, str) else ".".join(value)
)
@pytest.mark.parametrize("listed", [False, True], ids=["as a value", "in a list"])
def test_no_field_reads_the_environment(job, path, listed, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", SECRET)
    asked = {"env": "HF_TOKEN"}
    try:
        shown = str(dg.validate_run_config(JOBS[job], nest(path, [asked] if listed else asked)))
    except dg.DagsterInvalidConfigError as refused:
        shown = str(refused)
    else:
        assert path[-1] == "config"  # a resource or step that has none: Dagster takes anything, and hands it on unread
    assert SECRET not in shown


def test_a_request_is_read_from_the_config_that_it_makes():
    for request in (
        BuildRequest(
            sources=list(ASKED), first=dt.date(2024, 1, 2), last=dt.date(2024, 1, 3), refetch=True, rebuild=True
        ),
        BuildRequest(sources=[], sample=True),
        BuildRequest(sources=[], archives=[]),
        BuildRequest(sources=[], archives=["one", "two"]),
    ):
        assert read_request(make_config(request)) == request


def test_a_source_that_does_not_exist_is_refused():
    with pytest.raises(dg.DagsterInvalidConfigError, match="elsewhere"):
        dg.validate_run_config(JOBS["build"], nest(("ops", "build_release", "config", "sources"), ["elsewhere"]))


def test_a_source_that_nobody_can_ask_is_refused():
    with pytest.raises(dg.DagsterInvalidConfigError, match="feed"):
        dg.validate_run_config(JOBS["build"], nest(("ops", "build_release", "config", "sources"), ["feed"]))


@pytest.mark.parametrize("day", ["today", "../../elsewhere", "2024-02-30"])
def test_what_is_no_day_is_refused(day):
    with pytest.raises(ValueError, match=r"Invalid isoformat string|day is out of range"):
        read_days({"first": day, "last": None})
