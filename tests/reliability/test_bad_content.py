"""Real digests and payloads, damaged: no parser raises, every line and item is a row or a reject, and SQL takes it all.

`mutants.py` says what is done to them. A case is named by its number alone, so that one that fails can be had again.
"""

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from dagster_project import pipeline
from dagster_project.config import Settings
from dagster_project.lake.fetch_log import open_log
from dagster_project.lake.home import Home
from dagster_project.parse.blocks import Kind, scan
from dagster_project.parse.digest import parse_digest
from dagster_project.parse.huggingface import parse_huggingface
from dagster_project.parse.rows import OWN, Day, Parsed
from dagster_project.publish.reader import open_warehouse
from dagster_project.publish.release import publish
from dagster_project.sources.attempt import Attempt, Outcome, hash_body
from dagster_project.validate.split import split
from tests.reliability.figures import Figure, tell
from tests.reliability.mutants import mutated_digest, mutated_payload

CHECKOUT = Path(__file__).parents[2]
SAMPLE = CHECKOUT / "dagster_project" / "sample"
FIRST = dt.date(2024, 1, 1)
FUZZED_FOR = 120
"""Seconds that libFuzzer has for each source."""
BATCH = 50
"""Cases that are split together, as days of one source; to split them one by one takes ten times as long."""


class Archive(NamedTuple):
    """What is damaged: bodies of digests, and lists of papers as the API sends them."""

    digests: Sequence[bytes]
    payloads: Sequence[list[Any]]


@cache
def archive(shared: Path | None) -> Archive:
    """Return the sample's files, and the real ones where they are at hand."""
    digests = [*SAMPLE.glob("digests/*/*/*.md"), *(shared.glob("digests/*/*/*.md") if shared else ())]
    payloads = [*SAMPLE.glob("api/*/*.json"), *(shared.glob("api/**/*.json") if shared else ())]
    lists = [json.loads(file.read_bytes()) for file in sorted(payloads)]
    return Archive([file.read_bytes() for file in sorted(digests)], [one for one in lists if isinstance(one, list)])


def mutant(source: str, shared: Path | None, case: int) -> bytes:
    """Return the damaged answer of that number."""
    random = Random(f"{source} {case}")  # noqa: S311 - only what it draws again counts
    files = archive(shared)
    if source == "digest":
        return mutated_digest(random, random.choice(files.digests), files.digests)
    return mutated_payload(random, files.payloads)


def day_of(source: str, case: int) -> Day:
    date = FIRST + dt.timedelta(days=case % 3_650)
    return Day(source, date, dt.datetime.combine(date, dt.time(23)))


def covered(spans: Iterable[tuple[int | None, int | None]]) -> set[int]:
    return {line for start, end in spans for line in range(start or 0, (end or 0) + 1)}


def lost_from_digest(body: bytes, rows: Parsed) -> int:
    """Return how many bytes, and lines that are not blank, of a digest are in no row and no reject."""
    blocks = list(scan(body))
    of_papers = covered((row.line_start, row.line_end) for row in (*rows.entry, *rows.reject))
    of_texts = covered((row.line_start, row.line_end) for row in (*rows.section, *rows.reject))
    lost = int(b"".join(block.raw for block in blocks) != body)
    for block in blocks:
        lines = set(range(block.line_start, block.line_end + 1))
        if block.kind not in (Kind.BLANK, Kind.HEADING):
            lost += len(lines - of_papers)
        if block.kind in (Kind.SECTION, Kind.FENCE, Kind.COMMENT, Kind.UNRECOGNISED):
            lost += len(lines - of_texts)
    return lost


def lost_from_payload(body: bytes, rows: Parsed) -> int:
    """Return how many items of a payload gave neither an entry nor a reject."""
    try:
        items = json.loads(body, parse_int=float)  # of any number of digits
    except (ValueError, RecursionError):
        items = None
    if items == 1:  # an archive's sign for nothing
        return 0
    if not isinstance(items, list):
        return int(not rows.reject)
    return max(0, len(items) - len(rows.entry) - len(rows.reject))


def count(rows: Parsed) -> int:
    return sum(map(len, (rows.entry, rows.author, rows.section, rows.keyword, rows.reject)))


def read_batch(source: str, shared: Path | None, cases: Sequence[int]) -> int:
    """Read some cases as days of one archive; return how many lines, items and rows were lost."""
    together, lost = Parsed(), 0
    for case in cases:
        body, day = mutant(source, shared, case), day_of(source, case)
        try:
            rows = parse_digest([body], day) if source == "digest" else parse_huggingface([body], day)
        except Exception as error:
            raise AssertionError(f"case {case} of {source}") from error
        lost += lost_from_digest(body, rows) if source == "digest" else lost_from_payload(body, rows)
        for table in ("entry", "author", "section", "keyword", "reject"):
            getattr(together, table).extend(getattr(rows, table))
    try:
        separated = split(together)
    except Exception as error:
        raise AssertionError(f"one of the cases {cases} of {source}") from error
    fields = sum("the row is kept" in reason for reason in separated["reject"]["reason"])
    return lost + abs(count(together) + fields - sum(frame.height for frame in separated.values()))


@pytest.fixture
def shared(request: pytest.FixtureRequest) -> Path | None:
    """The folder of real archives, if there is one."""
    try:
        return request.getfixturevalue("shared_data")
    except pytest.skip.Exception:
        return None


@pytest.mark.parametrize("cases", [250, pytest.param(50_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("source", ["digest", "huggingface"])
def test_no_damage_raises_and_nothing_is_lost(source: str, cases: int, shared: Path | None):
    batches = [range(first, min(first + BATCH, cases)) for first in range(0, cases, BATCH)]
    if cases > 1_000:
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as workers:
            lost = sum(workers.map(partial(read_batch, source, shared), batches, chunksize=10))
    else:
        lost = sum(map(partial(read_batch, source, shared), batches))
    what = "digests" if source == "digest" else "payloads of the API"
    tell(Figure("Bad content", f"damaged {what}", cases, lost, outcome="each line is in a row or a reject"))
    assert lost == 0


def capture_one_by_one(home: Home, source: str, random: Random, files: Archive) -> None:
    """Log two to five captures of a day and parse after each: good, damaged, late, of two archives, at one time."""
    digest, payload = random.choice(files.digests), random.choice(files.payloads)
    log, time = open_log(home, source), dt.datetime.combine(FIRST, dt.time(12))
    for _ in range(random.randint(2, 5)):
        time += dt.timedelta(minutes=random.choice((-5, 0, 1, 30, 60)))
        if random.random() < 0.3:
            some = random.sample(payload, random.randint(0, len(payload)))
            body = digest if source == "digest" else json.dumps(some).encode()
        elif source == "digest":
            body = mutated_digest(random, digest, files.digests)
        else:
            body = mutated_payload(random, [payload])
        body = body.replace(b"submittedOnDailyAt", b"submittedThen")  # so that every paper is of this day
        attempt = Attempt(
            source=source,
            date=FIRST,
            url="https://host.example/",
            fetched_at=time,
            captured_at=time,
            archive=random.choice((OWN, OWN, "theirs")),
            outcome=Outcome.FETCHED,
            sha256=hash_body(body),
            body=body,
        )
        log.add([attempt])
        pipeline.parse(home, source, [FIRST])


@pytest.mark.parametrize("days", [40, pytest.param(2_000, marks=pytest.mark.long)])
def test_captures_parsed_one_by_one_make_the_rows_of_all_at_once(days: int, shared: Path | None, tmp_path: Path):
    files, differing = archive(shared), 0
    for case in range(days):
        random = Random(f"captures {case}")  # noqa: S311
        source = random.choice(("digest", "huggingface"))
        home = Home(tmp_path / str(case))
        capture_one_by_one(home, source, random, files)
        before = {file: file.read_bytes() for file in home.lake.rglob("*.parquet")}
        pipeline.parse(home, source, again=True)
        differing += before != {file: file.read_bytes() for file in home.lake.rglob("*.parquet")}
        shutil.rmtree(home.root)
    outcome = "the same files as when all are parsed at once"
    tell(Figure("Bad content", "days whose damaged captures are parsed one by one", days, differing, outcome=outcome))
    assert differing == 0


@pytest.mark.parametrize("days", [30, pytest.param(3_000, marks=pytest.mark.long)])
def test_a_release_is_built_from_whatever_was_read(days: int, shared: Path | None, tmp_path: Path):
    """Rows that the schemas let pass break no model, no constraint and no check that blocks."""
    sources = ("digest", "huggingface")
    for case in range(days):
        for source in sources:
            date = day_of(source, case).listed_on
            name = f"{date:%Y/%m/%d}.md" if source == "digest" else f"{date}/{date}T230000Z.json"
            file = tmp_path / source / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(mutant(source, shared, 1_000_000 + case))
    settings = Settings(
        addresses={
            "digest_url": f"{(tmp_path / 'digest').as_uri()}/{{date:%Y/%m/%d}}.md",
            "huggingface_url": (tmp_path / "huggingface").as_uri(),
        }
    )
    home = Home(tmp_path / "home")
    dates = [FIRST + dt.timedelta(days=case) for case in range(days)]
    for source in sources:
        pipeline.fetch(home, settings, source, dates)
        pipeline.parse(home, source, dates)
    release = publish(home)
    with open_warehouse(home.warehouse) as connection:
        ((published, fetched),) = connection.execute(
            """
            SELECT
                (SELECT count(*) FROM meta_release WHERE release_id = $release),
                (SELECT count(DISTINCT (source, date)) FROM meta_fetch)
            """,
            {"release": release.release_id},
        ).fetchall()
    lost = 2 * days - fetched
    tell(Figure("Bad content", "releases of damaged days alone", 2 * days, lost, outcome="published"))
    assert (published, lost) == (1, 0)


@pytest.mark.long
@pytest.mark.parametrize("source", ["digest", "huggingface"])
def test_a_search_guided_by_coverage_finds_nothing_either(source: str, tmp_path: Path):
    pytest.importorskip("atheris", reason="needs atheris: uv sync --group fuzz")
    command = [sys.executable, "-m", "tests.reliability.fuzz", source, str(FUZZED_FOR)]
    run = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-5_000:]
    executed = int(re.search(r"number_of_executed_units: +(\d+)", run.stderr)[1])
    slowest = int(re.search(r"slowest_unit_time_sec: +(\d+)", run.stderr)[1])
    what = "digests" if source == "digest" else "payloads"
    outcome = f"each line is in a row or a reject; none took {slowest + 1} s"
    tell(Figure("Bad content", f"{what} that libFuzzer made, guided by coverage", executed, outcome=outcome))
