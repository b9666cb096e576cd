"""Captures every six hours, of a window of days whose votes move: what each costs the disk, the processor and memory.

The clock of this process is set ahead for each capture, so that a year takes an hour, and what is old is old for
Dagster too. Every answer differs from the one before it.
"""

import datetime as dt
import json
import os
import random
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import time_machine

from bench.archive import _Digest, make_digest
from dagster_project.build import BuildRequest
from dagster_project.defs.jobs import run_build
from dagster_project.defs.resources import Papers
from tests.loopback import Answer, Asked, Loopback
from tests.reliability.figures import Figure, tell

PART = "A year of captures"
BEGUN = dt.datetime(2026, 1, 5, 0, 15, tzinfo=dt.UTC)
BETWEEN = dt.timedelta(hours=6)
WINDOW = dt.timedelta(days=13)
PAPERS = 25
"""Papers of a working day, as in the newest months of the real lists."""
JSON = {"Content-Type": "application/json"}
PAGE = 2**20 / os.sysconf("SC_PAGE_SIZE")
"""Pages of memory in a MiB."""


@dataclass(frozen=True)
class Cost:
    """What the home and this process have come to after a capture."""

    capture: int
    size: Counter[str]
    """Bytes by folder of the home."""
    files: Counter[str]
    """Files by folder of the home."""
    seconds: float
    """CPU seconds of the capture alone."""
    memory: float
    """MiB of this process."""

    def show(self) -> str:
        """Return a line of a table."""
        parts = ", ".join(f"{name} {size / 1e6:.1f} MB in {self.files[name]:,}" for name, size in self.size.items())
        return (
            f"{self.capture:>4} {sum(self.size.values()) / 1e6:8.1f} MB {sum(self.files.values()):>6,} files "
            f"{self.seconds:6.2f} s {self.memory:6.0f} MiB  ({parts})"
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


def measure(home: Path, capture: int, seconds: float) -> Cost:
    size, files = Counter[str](), Counter[str]()
    for file in sorted(home.rglob("*")):
        if file.is_file() and not file.is_symlink():
            folder = file.relative_to(home).parts[0]
            size[folder] += file.stat().st_size
            files[folder] += 1
    memory = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) / PAGE
    return Cost(capture, size, files, seconds, memory)


def run_captures(home: Path, web: Moving, captures: int, every: int) -> list[Cost]:
    """Capture so many times, and each fourth time fetch the digests too; return the cost of each `every`-th capture."""
    costs = []
    for capture in range(1, captures + 1):
        web.now = BEGUN + capture * BETWEEN
        with time_machine.travel(web.now, tick=True):
            begun = time.process_time()
            days = {"first": (web.now - WINDOW).date(), "last": web.now.date()}
            run_build(Papers(), BuildRequest(sources=["huggingface"], **days))
            seconds = time.process_time() - begun
            if capture % 4 == 0:
                run_build(Papers(), BuildRequest(sources=["digest"], **days))
        if capture % every == 0:
            costs.append(measure(home, capture, seconds))
            print(costs[-1].show(), flush=True)  # noqa: T201
    return costs


@pytest.mark.damage
@pytest.mark.parametrize(("captures", "every"), [(6, 3), pytest.param(400, 20, marks=pytest.mark.long)])
def test_captures_cost_little_and_no_more_than_the_first_ones(tmp_path, monkeypatch, captures, every):
    home = tmp_path / "home"
    with Moving() as web:
        for name, value in {
            "PAPERS_HOME": str(home),
            "PAPERS_HUGGINGFACE_URL": web.huggingface_url,
            "PAPERS_DIGEST_URL": web.digest_url,
            "PAPERS_REQUESTS_PER_SECOND": "10000",
        }.items():
            monkeypatch.setenv(name, value)
        first, *_, last = run_captures(home, web, captures, every)
    between = last.capture - first.capture
    grown = (sum(last.size.values()) - sum(first.size.values())) / between / 1e6
    files = (sum(last.files.values()) - sum(first.files.values())) / between
    outcome = (
        f"{grown:.2f} MB and {files:.1f} files a capture, {last.seconds:.1f} CPU s, {last.memory:.0f} MiB at the end"
    )
    tell(Figure(PART, "captures every six hours, of two weeks", captures, outcome=outcome))
