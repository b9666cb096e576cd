"""Writes the judgement on a home: as lines for people, as JSON, and as Prometheus's text for its node exporter.

The names in both are documented (docs/watching.md) and stay. What is judged, and how, belongs in `publish.health`.
"""

import datetime as dt
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dagster_project.lake.files import write_atomically
from dagster_project.publish.health import Health, format_span, format_time


def describe_health(health: Health) -> str:
    """Return one line on a home that is well."""
    facts = health.facts
    release = f"release {facts.release.release_id}" if facts.release else "no release"
    if facts.is_sample:
        return f"All is well: {release}, of the sample."
    age = f", confirmed {format_span(facts.now - facts.confirmed_at)} ago" if facts.confirmed_at else ""
    answered = (source.answered_at for source in facts.sources if source.answered_at)
    newest = max(answered, default=None)
    return f"All is well: {release}{age}{f'; last answer {format_time(newest)}' if newest else ''}."


def format_json(health: Health) -> str:
    """Return the judgement and its facts as one JSON object. Times are ISO 8601 in UTC, sizes are bytes."""
    facts, release = health.facts, health.facts.release
    said = {
        "checked_at": _write_time(facts.now),
        "home": facts.home,
        "is_well": health.is_well,
        "problems": [{"kind": one.kind, "subject": one.subject, "text": one.text} for one in health.problems],
        "release": None
        if release is None
        else {
            "release_id": release.release_id,
            "contents": release.contents,
            "built_at": _write_time(release.built_at),
            "bytes": release.size,
            "rows": release.rows,
        },
        "confirmed_at": _write_time(facts.confirmed_at),
        "last_build": {"ended_at": _write_time(facts.last_build.ended_at), "problem": facts.last_build.problem},
        "sources": [
            {
                "source": source.source,
                "asked_at": _write_time(source.asked_at),
                "answered_at": _write_time(source.answered_at),
                "last_outcome": source.outcome,
                "last_failure": source.reason,
                "newest_day": str(source.newest_day) if source.newest_day else None,
            }
            for source in facts.sources
        ],
        "checks": None
        if release is None or release.checks is None
        else [
            {
                "name": check.name,
                "severity": check.severity,
                "passed": not check.broken_rows,
                "broken_rows": check.broken_rows,
            }
            for check in release.checks
        ],
        "disk": {"free_bytes": facts.free, "needed_bytes": health.needed},
    }
    return json.dumps(said, indent=2) + "\n"


def _write_time(time: dt.datetime | None) -> str | None:
    return f"{time.isoformat()}Z" if time else None


Labels = dict[str, str]


class _Metric(NamedTuple):
    """A metric of Prometheus: its name, its meaning, and its value for each set of labels."""

    name: str
    meaning: str
    values: Sequence[tuple[Labels, float]]


def format_prometheus(health: Health) -> str:
    """Return the judgement and its facts in Prometheus's text format; what is not known has no value."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # the other forms do without this import

    registry = CollectorRegistry()
    for metric in _list_metrics(health):
        if metric.values:
            names = [*metric.values[0][0]]
            gauge = Gauge(metric.name, metric.meaning, names, registry=registry)
            for labels, value in metric.values:
                (gauge.labels(**labels) if names else gauge).set(value)
    return generate_latest(registry).decode()


def _list_metrics(health: Health) -> Iterator[_Metric]:
    facts, release = health.facts, health.facts.release
    yield _Metric("papers_checked_timestamp_seconds", "When this was written.", _one(_count_seconds(facts.now)))
    yield _Metric("papers_well", "1 if nothing is wrong with the home, otherwise 0.", _one(health.is_well))
    yield _Metric(
        "papers_problem",
        "1 for each thing that is wrong: what it is about, and the source or check.",
        [
            ({"kind": kind, "subject": subject}, 1)
            for kind, subject in {(p.kind, p.subject): 1 for p in health.problems}
        ],
    )
    yield _Metric(
        "papers_confirmed_timestamp_seconds",
        "When a build last published the release in use, or found nothing new to publish.",
        _one(_count_seconds(facts.confirmed_at)),
    )
    yield _Metric(
        "papers_last_build_ended_timestamp_seconds",
        "When the newest build ended.",
        _one(_count_seconds(facts.last_build.ended_at)),
    )
    yield _Metric(
        "papers_last_build_failed", "1 if the newest build failed, otherwise 0.", _one(bool(facts.last_build.problem))
    )
    if release:
        labels = {"release": release.release_id, "contents": release.contents}
        yield _Metric("papers_release_info", "The release in use; always 1.", [(labels, 1)])
        yield _Metric(
            "papers_release_built_timestamp_seconds",
            "When the release in use was built.",
            _one(_count_seconds(release.built_at)),
        )
        yield _Metric("papers_release_size_bytes", "Size of the release in use.", _one(release.size))
        rows = [({"table": table}, count) for table, count in release.rows.items()]
        yield _Metric("papers_release_rows", "Rows of each table of the release in use.", rows)
        checks = [
            ({"check": check.name, "severity": check.severity}, check.broken_rows) for check in release.checks or ()
        ]
        yield _Metric("papers_check_broken_rows", "Rows that break the rule of a check; 0 if it passed.", checks)
    for name, meaning, times in (
        ("asked", "When a source was last asked.", [(one.source, one.asked_at) for one in facts.sources]),
        ("answered", "When a source last answered.", [(one.source, one.answered_at) for one in facts.sources]),
        (
            "newest_day",
            "The start of the newest day of which a source listed papers.",
            [(one.source, _begin(one.newest_day)) for one in facts.sources],
        ),
    ):
        values = [({"source": source}, seconds) for source, time in times for _, seconds in _one(_count_seconds(time))]
        yield _Metric(f"papers_source_{name}_timestamp_seconds", meaning, values)
    yield _Metric("papers_disk_free_bytes", "Free space on the disk of the home.", _one(facts.free))
    yield _Metric("papers_disk_needed_bytes", "Free space that the disk should have.", _one(health.needed))


def _one(value: float | None) -> list[tuple[Labels, float]]:
    """Return the value of a metric without labels; none if it is not known."""
    return [] if value is None else [({}, value)]


def _begin(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time()) if day else None


def _count_seconds(time: dt.datetime | None) -> float | None:
    """Return a time in UTC as seconds since 1970."""
    return time.replace(tzinfo=dt.UTC).timestamp() if time else None


def print_health(health: Health, form: str, output: Path | None = None) -> None:
    """Print a judgement, or write it to a file, which appears whole or not at all. For people, it is one line.

    They get no line where something is wrong: the caller prints each problem.
    """
    if form not in FORMATS:
        if health.is_well:
            sys.stdout.write(f"{describe_health(health)}\n")
        return
    text = FORMATS[form](health)
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    elif output.exists() and not output.is_file():  # a pipe or a device
        output.write_text(text, encoding="utf-8")
    else:
        write_atomically(output.absolute(), lambda file: file.write(text.encode()))


FORMATS = {"json": format_json, "prometheus": format_prometheus}
"""The function for each format that programs read."""
