"""A source that fails, changes or takes back: a check notices it, `papers status` shows it, and old facts stay.

Each case is two weeks of one source beside two good weeks of the other: a week as usual, and a week with the change.
"""

import datetime as dt
import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product, repeat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dagster_project import pipeline
from dagster_project.cli import main
from dagster_project.config import load_settings
from dagster_project.lake.home import Home
from dagster_project.publish.reader import open_warehouse
from dagster_project.publish.release import publish
from tests.loopback import Answer, Loopback
from tests.reliability.days import SOURCES, body_of, digest_of, items_of, papers_of, place_of, read
from tests.reliability.figures import Figure, tell

MONDAY = dt.date(2024, 3, 4)
USUAL = [MONDAY + dt.timedelta(days=number) for number in range(5)]
CHANGED = [day + dt.timedelta(days=7) for day in USUAL]
COUNT = 6
TIMES = [dt.datetime(2024, 9, day, 12) for day in (1, 2, 3)]


@dataclass(frozen=True)
class Change:
    """What a source does from some day on, and how that is noticed."""

    what: str
    source: str
    answer: Callable[[dt.date], Answer]
    checks: set[str]
    status: str
    """What the coverage mart says of each of its days."""
    shown: str
    """What stands in `papers status` beside those days."""
    days: tuple[dt.date, ...] = tuple(CHANGED)


def other_fields(**names: str) -> Callable[[dt.date], Answer]:
    """Return an API that calls some fields of a paper by other names."""

    def answer(day: dt.date) -> Answer:
        items = items_of(papers_of(day, COUNT))
        for item in items:
            item["paper"] = {names.get(name, name): value for name, value in item["paper"].items()}
        return Answer(body=json.dumps(items).encode())

    return answer


def with_field(day: dt.date) -> Answer:
    items = [item | {"reactions": {"fire": 3}} for item in items_of(papers_of(day, COUNT))]
    return Answer(body=json.dumps(items).encode())


def in_an_object(day: dt.date) -> Answer:
    return Answer(body=json.dumps({"papers": items_of(papers_of(day, COUNT)), "next": None}).encode())


def replaced(old: bytes, new: bytes) -> Callable[[dt.date], Answer]:
    """Return digests of another make."""
    return lambda day: Answer(body=digest_of(day, papers_of(day, COUNT)).replace(old, new))


def fewer(source: str) -> Callable[[dt.date], Answer]:
    return lambda day: Answer(body=body_of(source, day, papers_of(day, COUNT)[:2]))


UNANSWERED = {"days_answered_in_full", "sources_bring_papers"}
CHANGES = [
    *[
        Change(f"{source} down for a week", source, lambda _: Answer(503), UNANSWERED, "failed", "HTTP 503")
        for source in SOURCES
    ],
    Change(
        "a web page where digests were",
        "digest",
        lambda _: Answer(body=b"<!doctype html><html><h1>Moved</h1></html>", headers={"Content-Type": "text/html"}),
        UNANSWERED,
        "failed",
        "an HTML page",
    ),
    Change(
        "digests with heads of another make",
        "digest",
        replaced(b"### [", b"* Paper: ["),
        UNANSWERED | {"few_rejects"},
        "failed",
        "failed",
    ),
    Change(
        "digests whose votes are called stars",
        "digest",
        replaced(b"Vote:", b"Stars:"),
        {"few_rejects", "votes_and_authors_come"},
        "published",
        "published",
    ),
    Change("an object where a list was", "huggingface", in_an_object, UNANSWERED, "failed", "JSON, but not a list"),
    Change("a new field", "huggingface", with_field, {"fields_are_known"}, "published", "fields never seen"),
    Change(
        "votes under another name",
        "huggingface",
        other_fields(upvotes="likes"),
        {"fields_are_known", "votes_and_authors_come"},
        "published",
        "fields never seen",
    ),
    Change(
        "authors under another name",
        "huggingface",
        other_fields(authors="people"),
        {"fields_are_known", "votes_and_authors_come"},
        "published",
        "fields never seen",
    ),
    Change(
        "titles and ids under other names",
        "huggingface",
        other_fields(id="arxiv", title="name"),
        UNANSWERED | {"fields_are_known", "few_rejects"},
        "failed",
        "fields never seen",
    ),
    *[
        Change(
            f"{source} written again with fewer papers",
            source,
            fewer(source),
            {"days_keep_their_papers", "papers_stay_on_their_lists"},
            "published",
            "fetched",
            tuple(USUAL[:2]),
        )
        for source in SOURCES
    ],
    Change(
        "digests taken back", "digest", lambda _: Answer(404), {"days_keep_their_papers"}, "published", "missing",
        tuple(USUAL[:2]),
    ),
]  # fmt: skip


class Warehouse:
    """A home that is brought up to date from a loopback server, and what its release says."""

    def __init__(self, folder: Path, web: Loopback) -> None:
        self.home = Home(folder)
        self.settings = load_settings(
            home=folder,
            addresses={"digest_url": web.digest_url, "huggingface_url": web.huggingface_url},
            attempts=1,
            requests_per_second=10_000,
        )

    def bring_up_to_date(self, days: list[dt.date], now: dt.datetime) -> None:
        for source in SOURCES:
            pipeline.fetch(self.home, self.settings, source, days, lambda: now)
            read(self.home, source)
        publish(self.home)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.home.warehouse) as connection:
            return connection.execute(sql).fetchall()

    def failed_checks(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT name FROM meta_check WHERE NOT passed")}

    def facts(self) -> set[tuple[Any, ...]]:
        """Return who listed which paper when, with the votes that were last seen there and its authors."""
        return set(
            self.rows(
                """
                SELECT source, listed_on, arxiv_id, max_by(votes, captured_at), author_count
                FROM fact_listing
                JOIN dim_paper USING (paper_key)
                JOIN dim_source USING (source_key)
                LEFT JOIN fact_vote USING (paper_key, source_key, listed_on)
                GROUP BY ALL
                """
            )
        )


Usual = tuple[Path, Loopback, dict[str, Iterator[Answer]]]


@pytest.fixture(scope="module")
def usual(tmp_path_factory) -> Iterator[Usual]:
    """A home after the week as usual, the server of all weeks, and what it answers where nothing is changed."""
    folder = tmp_path_factory.mktemp("usual") / "home"
    with Loopback() as web:
        for source, day in product(SOURCES, (*USUAL, *CHANGED)):
            web.play(place_of(source, day), repeat(Answer(body=body_of(source, day, papers_of(day, COUNT)))))
        warehouse = Warehouse(folder, web)
        warehouse.bring_up_to_date(USUAL, TIMES[0])
        assert warehouse.failed_checks() == set()
        yield folder, web, dict(web.played)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.what)
def test_a_change_is_noticed_and_old_facts_stay(change: Change, usual: Usual, tmp_path):
    home, web, truly = usual
    web.played = dict(truly)
    warehouse = Warehouse(Path(shutil.copytree(home, tmp_path / "home", symlinks=True)), web)
    before = warehouse.facts()

    for day in change.days:
        web.play(place_of(change.source, day), repeat(change.answer(day)))
    warehouse.bring_up_to_date([*USUAL, *CHANGED], TIMES[1])
    damaged = warehouse.facts()
    assert warehouse.failed_checks() == change.checks
    coverage = warehouse.rows(f"SELECT date, status FROM mart_coverage WHERE source = '{change.source}'")
    assert {status for date, status in coverage if date in change.days} == {change.status}
    other = warehouse.rows(f"SELECT status FROM mart_coverage WHERE source <> '{change.source}'")
    assert set(other) <= {("published",), ("never asked",)}
    status = CliRunner(env={"COLUMNS": "300"}).invoke(main, ["status", "--all", "--home", str(warehouse.home.root)])
    of_days = [line for line in status.output.splitlines() if change.source in line and str(change.days[-1]) in line]
    assert any(change.shown in line for line in of_days), status.output
    assert all(check in status.output for check in change.checks)

    web.played = dict(truly)
    started = time.monotonic()
    warehouse.bring_up_to_date([*USUAL, *CHANGED], TIMES[2])
    recovery = time.monotonic() - started
    wanted = {
        (source, day, paper.arxiv_id, paper.votes, 2)
        for source in SOURCES
        for day in (*USUAL, *CHANGED)
        for paper in papers_of(day, COUNT)
    }
    mended = warehouse.facts()
    lost = len({fact[:3] for fact in before - damaged}) + len(wanted - mended)
    noticed = ", ".join(f"`{check}`" for check in sorted(change.checks))
    outcome = f"noticed by {noticed}; the days are {change.status}"
    tell(Figure("Sources that change", change.what, len(change.days), lost, 0, recovery, outcome))
    assert lost == 0
    assert warehouse.failed_checks() <= {"fields_are_known"}  # which speaks of two weeks
