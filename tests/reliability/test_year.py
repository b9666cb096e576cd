"""Captures every six hours, of a window of days whose votes move: what each costs the disk, the processor and memory.

Each build is a process whose clock is set ahead, so that a hundred days take an hour, and what is old is old for
Dagster too. Every answer differs from the one before it.
"""

import datetime as dt
import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from bench.archive import _Digest, make_digest
from dagster_project import pipeline
from dagster_project.config import load_settings
from dagster_project.lake.home import Home
from tests.fork_server import ForkServer
from tests.loopback import Answer, Asked, Loopback
from tests.reliability.figures import Figure, tell

PART = "Captures every six hours"
BEGUN = dt.datetime(2026, 1, 5, 0, 15, tzinfo=dt.UTC)
BETWEEN = dt.timedelta(hours=6)
PAPERS = 25
"""Papers of a working day, as in the newest months of the real lists."""
JSON = {"Content-Type": "application/json"}
FOLDERS = ("dagster", "lake", "raw", "releases")


@dataclass(frozen=True)
class Cost:
    """What the home and this process have come to after a capture."""

    capture: int
    size: Counter[str]
    """Bytes by folder of the home."""
    files: Counter[str]
    """Files by folder of the home."""
    seconds: float
    """CPU seconds of a build without its imports, the median of those since the last measurement."""
    memory: float
    """MiB of a build at most, with what it has imported."""

    def describe(self) -> str:
        """Return the cost in words."""
        parts = ", ".join(f"{name} {self.size[name] / 1e6:,.1f}" for name in FOLDERS)
        return (
            f"{self.size.total() / 1e6:,.0f} MB ({parts}) in {self.files.total():,} files; "
            f"{self.seconds:.1f} CPU s, {self.memory:,.0f} MiB of memory"
        )


def make_items(day: dt.date) -> list[dict]:
    """Return the papers of a working day as the API has them, without votes."""
    rng = random.Random(str(day))  # noqa: S311
    words = _Digest(day, rng)
    return [
        {
            "id": f"{day:%y%m}.{day.day:02}{place:03}",
            "title": words.make_title(),
            "summary": words.write_prose(180),
            "authors": [{"_id": f"{rng.getrandbits(96):024x}", "name": name} for name in words.make_names()[:30]],
            "publishedAt": f"{day}T00:00:00.000Z",
            "submittedOnDailyAt": f"{day}T03:00:00.000Z",
            "ai_summary": words.write_prose(30),
            "ai_keywords": [words.make_title() for _ in range(8)],
        }
        for place in range(PAPERS if day.weekday() < 5 else 0)
    ]


class Moving(Loopback):
    """Both sources at a time that is set: votes rise for days, and of each day's first paper for ever."""

    now = BEGUN

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[dt.date, list[dict]] = {}

    def answer(self, asked: Asked) -> Answer:
        if found := re.search(r"/(\d{4})/(\d\d)/(\d\d)\.md", asked.path):
            day = dt.date(*map(int, found.groups()))
            return Answer(body=make_digest(day)) if day.weekday() < 5 and day < self.now.date() else Answer(404)
        found = re.search(r"date=([0-9-]+)", asked.path)
        return Answer(404) if found is None else self.list_papers(dt.date.fromisoformat(found[1]), asked.path)

    def list_papers(self, day: dt.date, path: str) -> Answer:
        hours = (self.now - dt.datetime.combine(day, dt.time(3), dt.UTC)) / dt.timedelta(hours=1)
        if hours < 0 or re.search(r"[?&]p=[1-9]", path):
            return Answer(body=b"[]", headers=JSON)
        if day not in self._items:
            self._items[day] = make_items(day)
        items = []
        for place, paper in enumerate(self._items[day]):
            most = random.Random(paper["id"]).randint(5, 120)  # noqa: S311
            votes = int(most * (1 - 2 ** (-hours / 30))) + (int(hours // 6) if place == 0 else 0)
            items.append({"paper": paper | {"upvotes": votes}, "numComments": votes // 20})
        return Answer(body=json.dumps(items).encode(), headers=JSON)


def measure(home: Path, capture: int, seconds: Sequence[float], memory: float) -> Cost:
    size, files = Counter[str](), Counter[str]()
    for file in sorted(home.rglob("*")):
        if file.is_file() and not file.is_symlink():
            folder = file.relative_to(home).parts[0]
            size[folder] += file.stat().st_size
            files[folder] += 1
    return Cost(capture, size, files, median(seconds), memory)


def list_sources(capture: int) -> list[str]:
    """Return what is asked at a capture: each fourth time the digests, too."""
    return ["huggingface", "digest"] if capture % 4 == 0 else ["huggingface"]


@contextmanager
def builder(web: Moving) -> Generator[Callable[[Path, int], tuple[float, float]]]:
    """Yield what builds a release of a home at a capture, and returns the CPU seconds and the MiB that it took."""
    env = os.environ | {
        "PAPERS_HUGGINGFACE_URL": web.huggingface_url,
        "PAPERS_DIGEST_URL": web.digest_url,
        "PAPERS_REQUESTS_PER_SECOND": "10000",
    }
    with ForkServer("tests.reliability.builds:main", env=env) as server:

        def build(home: Path, capture: int) -> tuple[float, float]:
            web.now = BEGUN + capture * BETWEEN
            printed = dict[str, str]()
            for source in list_sources(capture):
                arguments = ["", str(home), "capture", source, web.now.isoformat()]
                done = server.run(arguments, env=env, cwd=home.parent, timeout=300)
                assert done.returncode == 0, done.stderr
                printed[source] = done.stdout
            seconds, memory = printed["huggingface"].split()[-2:]
            return float(seconds), float(memory)

        yield build


def run_captures(home: Path, web: Moving, captures: int, every: int) -> list[Cost]:
    """Capture so many times; return the cost after each `every`-th."""
    costs, taken = list[Cost](), list[tuple[float, float]]()
    with builder(web) as build:
        for capture in range(1, captures + 1):
            taken.append(build(home, capture))
            if capture % every == 0:
                seconds, memory = zip(*taken, strict=True)
                costs.append(measure(home, capture, seconds, max(memory)))
                taken.clear()
                tell(Figure(PART, f"after {capture:>3} captures", capture, outcome=costs[-1].describe()))
    return costs


def take_captures(folder: Path, web: Moving, captures: int) -> None:
    """Take so many captures into the lake, without a release of each."""
    addresses = {"huggingface_url": web.huggingface_url, "digest_url": web.digest_url}
    settings = load_settings(home=str(folder), addresses=addresses, requests_per_second=10_000)
    home = Home(folder)
    with pipeline.lock_for_writing(home):
        home.set_contents("real")
        for capture in range(1, captures + 1):
            web.now = BEGUN + capture * BETWEEN
            days = [web.now.date() - dt.timedelta(days=back) for back in reversed(range(14))]
            for source in list_sources(capture):
                pipeline.fetch(home, settings, source, days, clock=lambda: web.now)
        for source in list_sources(0):
            pipeline.parse(home, source)


@pytest.mark.damage
def test_a_capture_is_a_pack_and_a_record(tmp_path):
    with Moving() as web:
        first, _, last = run_captures(tmp_path / "home", web, 3, 1)
    assert last.files["raw"] - first.files["raw"] == 2 * 2
    assert last.size["raw"] - first.size["raw"] < 2 * 0.4e6


@pytest.mark.damage
@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_captures_cost_little_and_no_more_than_the_first_ones(tmp_path):
    with Moving() as web:
        costs = run_captures(tmp_path / "home", web, 400, 20)
    early, middle, last = costs[2], costs[11], costs[-1]  # from the 200th on, tables have fewer keys
    assert (early.capture, middle.capture, last.capture) == (60, 240, 400)
    between = last.capture - middle.capture
    grown = (last.size.total() - middle.size.total()) / between / 1e6
    files = (last.files.total() - middle.files.total()) / between
    years = 3 * 365 * 4
    outcome = (
        f"{grown:.2f} MB and {files:.1f} files a capture, in proportion {grown * years / 1e3:.1f} GB and "
        f"{files * years:,.0f} files in three years; the last took {last.memory / early.memory:.2f} times the memory "
        "of the 60th"
    )
    tell(Figure(PART, f"from capture {middle.capture} on", between, outcome=outcome))
    assert grown < 0.4
    assert files < 3
    assert last.memory <= 1.2 * early.memory


@pytest.mark.damage
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_release_after_many_captures_costs_little_more_than_one_after_few(tmp_path):
    few, many = 60, 400
    with Moving() as web:
        for captures in (few, many):
            take_captures(tmp_path / f"{captures}", web, captures)
        with builder(web) as build:  # in turns, since a machine's speed changes within minutes
            taken = [
                [build(tmp_path / f"{captures}", captures + turn) for captures in (few, many)] for turn in range(1, 10)
            ]
    early, last = zip(*taken, strict=True)
    (early_seconds, early_memory), (seconds, memory) = (zip(*runs, strict=True) for runs in (early, last))
    outcome = (
        f"a build after {many} takes {median(seconds) / median(early_seconds):.2f} times the CPU and "
        f"{max(memory) / max(early_memory):.2f} times the memory of one after {few}, in turns"
    )
    tell(Figure(PART, f"builds after {few} and {many} captures", len(taken), outcome=outcome))
    assert max(memory) <= 1.2 * max(early_memory)
