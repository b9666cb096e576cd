"""Declares the config of runs: which fields a run may set, and how a build's request becomes config and back.

No field is a path, and none reads the environment. The fields of a `dg.Config` class would: there `{"env": "HF_TOKEN"}`
stands for a text, and whoever starts a run would have the secret shown. Fields of Dagster's plain types refuse it.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import dagster as dg

from dagster_project.build import BuildRequest
from dagster_project.sources.registry import ASKED

SOURCE = dg.Enum("Source", [dg.EnumValue(name) for name in ASKED])
DAY = dg.Noneable(str)
"""A day as YYYY-MM-DD, or None for the default."""

ARCHIVES = dg.Noneable([str])

BUILD: dict[str, dg.Field] = {
    "sources": dg.Field([SOURCE], default_value=[], description="sources to ask; none parses what was fetched before"),
    "archives": dg.Field(
        ARCHIVES, default_value=None, description="archives to read: names, or an empty list for all; none by default"
    ),
    "first": dg.Field(
        DAY, default_value=None, description="first day, as YYYY-MM-DD; by default that of the source's usual range"
    ),
    "last": dg.Field(DAY, default_value=None, description="last day, as YYYY-MM-DD; by default today"),
    "sample": dg.Field(bool, default_value=False, description="build the bundled sample; `sources` is empty then"),
    "refetch": dg.Field(
        bool, default_value=False, description="ask without conditions, and read all of an archive's history"
    ),
    "rebuild": dg.Field(
        bool, default_value=False, description="read everything again from raw bytes, and publish in any case"
    ),
}
"""What a build is asked for. Without a source and an archive it parses what was fetched before, and publishes that."""

DAYS: dict[str, dg.Field] = {
    "first": dg.Field(
        DAY, default_value=None, description="first day, as YYYY-MM-DD; by default the first of the months"
    ),
    "last": dg.Field(
        DAY, default_value=None, description="last day, as YYYY-MM-DD; by default the last of the months, or today"
    ),
}
"""Which days of the months of a run to take."""

DAYS_TO_PARSE = DAYS | {
    "again": dg.Field(bool, default_value=False, description="read also the days that the lake holds already")
}


def read_days(config: Mapping[str, Any]) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and the last day that a config names.

    Raises:
        ValueError: one of them is not a day.
    """
    first, last = (dt.date.fromisoformat(config[name]) if config[name] else None for name in ("first", "last"))
    return first, last


def read_request(config: Mapping[str, Any]) -> BuildRequest:
    """Return the request that the config of a build makes.

    Raises:
        ValueError: its first or last day is not a day.
    """
    first, last = read_days(config)
    return BuildRequest(
        sources=config["sources"],
        archives=config["archives"],
        first=first,
        last=last,
        sample=config["sample"],
        refetch=config["refetch"],
        rebuild=config["rebuild"],
    )


def make_config(request: BuildRequest) -> dict[str, Any]:
    """Return the config that makes a request."""
    return {
        "sources": list(request.sources),
        "archives": None if request.archives is None else list(request.archives),
        "first": str(request.first) if request.first else None,
        "last": str(request.last) if request.last else None,
        "sample": request.sample,
        "refetch": request.refetch,
        "rebuild": request.rebuild,
    }
