"""What programs are told of a home: JSON and Prometheus's text say the same as the facts."""

import datetime as dt
import json
import os
import re
import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from dagster_project.config import CHECKOUT
from dagster_project.lake.last_build import LastBuild
from dagster_project.publish.health import CheckFacts, Facts, Limits, ReleaseFacts, SourceFacts, judge
from dagster_project.status_formats import describe_health, format_json, format_prometheus, print_health

LIMITS = Limits(
    max_age=dt.timedelta(hours=48), max_silence=dt.timedelta(days=4), max_quiet=dt.timedelta(days=10), min_free=10**9
)
DOCS = (CHECKOUT / "docs" / "watching.md").read_text(encoding="utf-8")

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
times = st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2100, 1, 1))
counts = st.integers(0, 2**53)
maybe = st.none() | times
checks = st.lists(
    st.builds(CheckFacts, name=texts, severity=st.sampled_from(["warn", "error"]), broken_rows=counts),
    unique_by=lambda check: check.name,
    max_size=3,
)
releases = st.builds(
    ReleaseFacts,
    release_id=texts,
    built_at=times,
    contents=st.sampled_from(["real", "sample"]),
    size=counts,
    rows=st.dictionaries(texts, counts, max_size=3),
    checks=st.none() | checks,
)
sources = st.lists(
    st.builds(
        SourceFacts,
        source=texts,
        newest=times,
        asked_at=maybe,
        answered_at=maybe,
        outcome=st.sampled_from([None, "failed", "fetched"]),
        reason=st.none() | texts,
        newest_day=st.none() | st.dates(dt.date(1971, 1, 1), dt.date(2100, 1, 1)),
        names_days=st.booleans(),
    ),
    unique_by=lambda source: source.source,
    max_size=3,
)
facts = st.builds(
    Facts,
    home=texts,
    now=times,
    release=st.none() | releases,
    last_build=st.builds(LastBuild, maybe, maybe, st.none() | texts),
    sources=sources,
    free=counts,
)


def read_prometheus(text):
    """Return the samples, `{name: {labels: value}}`; each metric has its HELP and its TYPE, once, before its values."""
    families = list(text_string_to_metric_families(text))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    for family in families:
        assert family.type == "gauge"
        assert family.documentation
        assert re.fullmatch(r"papers_[a-z_]+", family.name)
        assert {sample.name for sample in family.samples} == {family.name}
    found = {}
    for family in families:
        samples = [(tuple(sample.labels.items()), sample.value) for sample in family.samples]
        assert len(dict(samples)) == len(samples)
        found[family.name] = dict(samples)
    return found


def count_seconds(text):
    """Return a time of the JSON as seconds since 1970."""
    return dt.datetime.fromisoformat(text).timestamp()


@given(facts)
def test_both_say_the_same_as_the_facts(facts):
    health = judge(facts, LIMITS)
    said, metrics = json.loads(format_json(health)), read_prometheus(format_prometheus(health))

    def one(name):
        return metrics.get(name, {}).get(())

    def each(name):
        return {labels[0][1]: value for labels, value in metrics.get(name, {}).items()}

    def close(number, text):
        return number == text if text is None else number == pytest.approx(count_seconds(text), abs=1e-5)

    assert said["is_well"] == health.is_well == (not said["problems"])
    assert one("papers_well") == int(said["is_well"])
    assert [tuple(each.values()) for each in said["problems"]] == [(p.kind, p.subject, p.text) for p in health.problems]
    assert {tuple(dict(labels).values()) for labels in metrics.get("papers_problem", {})} == {
        (problem["kind"], problem["subject"]) for problem in said["problems"]
    }
    assert close(one("papers_checked_timestamp_seconds"), said["checked_at"])
    assert dt.datetime.fromisoformat(said["checked_at"]).replace(tzinfo=None) == facts.now
    assert close(one("papers_confirmed_timestamp_seconds"), said["confirmed_at"])
    assert close(one("papers_last_build_ended_timestamp_seconds"), said["last_build"]["ended_at"])
    assert one("papers_last_build_failed") == int(said["last_build"]["problem"] is not None)
    assert said["last_build"]["problem"] == facts.last_build.problem
    assert said["disk"] == {
        "free_bytes": one("papers_disk_free_bytes"),
        "needed_bytes": one("papers_disk_needed_bytes"),
    }
    assert said["disk"]["free_bytes"] == facts.free
    assert [source["source"] for source in said["sources"]] == [source.source for source in facts.sources]
    for source in said["sources"]:
        for name in ("asked", "answered"):
            told = each(f"papers_source_{name}_timestamp_seconds").get(source["source"])
            assert close(told, source[f"{name}_at"])
        day = source["newest_day"] and f"{source['newest_day']}T00:00:00Z"
        assert close(each("papers_source_newest_day_timestamp_seconds").get(source["source"]), day)
    if facts.release is None:
        assert said["release"] is None
        assert not [name for name in metrics if name.startswith(("papers_release", "papers_check_"))]
        return
    release = said["release"]
    assert metrics["papers_release_info"] == {
        (("contents", release["contents"]), ("release", release["release_id"])): 1
    }
    assert close(one("papers_release_built_timestamp_seconds"), release["built_at"])
    assert release["bytes"] == one("papers_release_size_bytes") == facts.release.size
    assert release["rows"] == each("papers_release_rows") == facts.release.rows
    broken = each("papers_check_broken_rows")
    assert {check["name"]: check["broken_rows"] for check in said["checks"] or ()} == broken
    assert {check["name"]: check["passed"] for check in said["checks"] or ()} == {
        name: not rows for name, rows in broken.items()
    }


FULL = Facts(
    home="/home",
    now=dt.datetime(2026, 3, 20, 12),
    release=ReleaseFacts(
        release_id="20260320T110000-00000000",
        built_at=dt.datetime(2026, 3, 20, 11),
        contents="real",
        size=5,
        rows={"dim_paper": 1},
        checks=[CheckFacts(name="a_check", severity="warn", broken_rows=1)],
    ),
    last_build=LastBuild(dt.datetime(2026, 3, 20, 11), dt.datetime(2026, 3, 20, 11), "it failed"),
    sources=[
        SourceFacts(
            source="digest",
            newest=dt.datetime(2026, 3, 20, 11),
            asked_at=dt.datetime(2026, 3, 20, 11),
            answered_at=dt.datetime(2026, 3, 20, 10),
            outcome="failed",
            reason="503",
            newest_day=dt.date(2026, 3, 19),
        )
    ],
    free=10**10,
)


def list_fields(said, place=""):
    """Yield the path of each field of a JSON document; the tables of `rows` are its values."""
    for name, value in said.items():
        path = f"{place}{name}"
        yield path
        inner = value[0] if isinstance(value, list) else value
        if isinstance(inner, dict) and name != "rows":
            yield from list_fields(inner, f"{path}.")


def test_every_field_and_every_metric_is_documented_and_no_other():
    health = judge(FULL, LIMITS)
    assert len(health.problems) == 2
    fields = set(list_fields(json.loads(format_json(health))))
    assert (
        set(re.findall(r"^\| `([a-z_.]+)` \|", DOCS.partition("## As JSON")[2].partition("## For")[0], re.MULTILINE))
        == fields
    )
    metrics = set(re.findall(r"^\| `(papers_\w+)(?:\{[\w, ]+\})?` \|", DOCS, re.MULTILINE))
    assert metrics == set(read_prometheus(format_prometheus(health)))


def test_a_home_that_is_well_is_one_line():
    said = describe_health(
        judge(Facts(home="/", now=FULL.now, release=FULL.release, sources=FULL.sources, free=1), LIMITS)
    )
    assert said == (
        "All is well: release 20260320T110000-00000000, confirmed 60 minutes ago; last answer 2026-03-20 10:00 UTC."
    )


@pytest.mark.parametrize("form", ["json", "prometheus"])
def test_a_file_is_replaced_whole_and_can_be_read_by_others(tmp_path, form, capsys):
    health, file = judge(FULL, LIMITS), tmp_path / "papers.prom"
    file.write_text("before")
    with file.open() as reader:
        print_health(health, form, file)
        assert reader.read() == "before"
    print_health(health, form)
    assert file.read_text() == capsys.readouterr().out
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_a_pipe_is_written_to(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=print_health, args=(judge(FULL, LIMITS), "json", pipe))
    writer.start()
    assert json.loads(pipe.read_text())["home"] == "/home"
    writer.join()
