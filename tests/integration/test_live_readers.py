"""Readers that go on while releases are published under them: each a process, as a BI tool would be."""

import datetime as dt
import json
import subprocess
import sys
import time
from bisect import bisect_right
from contextlib import contextmanager
from pathlib import Path

import pytest
import stamina

from dagster_project.config import PACKAGE, Settings
from dagster_project.lake.home import Home
from dagster_project.pipeline import fetch, parse
from dagster_project.publish.release import publish
from tests.integration.conftest import copy_home, names
from tests.integration.live_reader import KINDS, LOOK, connect, look

PROMISED = 1.0
"""Seconds after a publish until which a fresh connection may still show the release before."""
DAY = dt.date(2026, 8, 21)


class Reader:
    """A reader that runs, and what it tells."""

    def __init__(self, kind, path, folder, pause):
        self.kind = kind
        folder.mkdir(parents=True)
        self._answers, self._errors = folder / "answers", folder / "errors"
        with self._answers.open("w") as answers, self._errors.open("w") as errors:
            command = [sys.executable, Path(__file__).with_name("live_reader.py"), kind, path, str(pause)]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=answers, stderr=errors)

    def has_looked(self):
        return self._answers.stat().st_size > 0 or self.process.poll() is not None

    def stop(self):
        """End the reader, and return what it answers."""
        self.process.stdin.close()
        assert (self.process.wait(60), self._errors.read_text()) == (0, ""), self.kind
        return [json.loads(line) for line in self._answers.read_text().splitlines()]


@contextmanager
def readers(kinds, path, folder, pause):
    """Run readers of some kinds, from when each has looked once; a pause is that between two looks, in seconds."""
    running = [Reader(kind, str(path), folder / str(number), pause) for number, kind in enumerate(kinds)]
    try:
        for attempt in stamina.retry_context(on=AssertionError, attempts=None, timeout=60, wait_max=0.2):
            with attempt:
                assert all(reader.has_looked() for reader in running)
        yield running
    finally:
        for reader in running:
            reader.process.kill()
            reader.process.wait()


def count_votes_again(home, folder, number):
    """Bring a capture into the lake that is a minute later, and a vote a paper higher, than the one before it."""
    sample = max((PACKAGE / "sample" / "api" / f"{DAY}").iterdir())
    papers = json.loads(sample.read_text())
    for paper in papers:
        paper["paper"]["upvotes"] += number
    captured_at = dt.datetime.strptime(sample.stem, "%Y-%m-%dT%H%M%SZ") + dt.timedelta(minutes=number)
    captures = folder / str(number)
    (captures / f"{DAY}").mkdir(parents=True)
    (captures / f"{DAY}" / f"{captured_at:%Y-%m-%dT%H%M%SZ}.json").write_text(json.dumps(papers))
    settings = Settings(addresses={"huggingface_url": captures.as_uri()})
    fetch(home, settings, "huggingface", [DAY], contents="sample")
    parse(home, "huggingface", [DAY])


def held_by(release):
    """Return what a look at a release must see, whatever `current` points at."""
    with connect(str(release.path.resolve())) as ask:
        return look(ask)


@pytest.mark.parametrize(
    ("publishes", "kinds", "pause"),
    [(3, [*KINDS], 0.2), pytest.param(100, [*KINDS, *KINDS], 0.05, marks=pytest.mark.long)],
)
def test_readers_see_whole_releases_alone_and_fresh_ones_the_newest_within_a_second(
    built_week, tmp_path, publishes, kinds, pause
):
    home = Home(copy_home(built_week, tmp_path).home)
    first = publish(home)
    held, published_at = {first.release_id: held_by(first)}, [0.0]
    with readers(kinds, home.warehouse, tmp_path / "readers", pause) as running:
        for number in range(1, publishes + 1):
            count_votes_again(home, tmp_path / "captures", number)
            release = publish(home)
            published_at.append(time.monotonic())
            held[release.release_id] = held_by(release)
        assert first.release_id not in names(home)
        time.sleep(PROMISED)
        answers = [(reader.kind, reader.stop()) for reader in running]

    places = {release_id: place for place, release_id in enumerate(held)}
    assert len({tuple(values) for values in held.values()}) == len(places) == publishes + 1
    stale, slowest, queries = 0.0, 0.0, 0
    for kind, looks in answers:
        if kind == "held":
            assert looks.pop()["counted"] == first.rows
        assert all(one["saw"] == held[one["saw"][0]] for one in looks), kind
        shown = [places[one["saw"][0]] for one in looks]
        queries += len(looks) * len(LOOK)
        if kind == "held":
            assert set(shown) == {0}
            continue
        assert shown == sorted(shown), kind
        for place, one in zip(shown, looks, strict=True):
            assert place >= bisect_right(published_at, one["opened_at"] - PROMISED) - 1, kind
            if place < publishes:
                stale = max(stale, one["opened_at"] - published_at[place + 1])
        for place in range(1, publishes + 1):
            answered_at = next(one["answered_at"] for at, one in zip(shown, looks, strict=True) if at >= place)
            slowest = max(slowest, answered_at - published_at[place])
    print(  # noqa: T201
        f"{publishes} publishes under {len(kinds)} readers: {queries:,} queries, no error, no torn read. "
        f"A connection that was opened after a publish showed the release before for at most {stale:.3f} s; "
        f"every reader had an answer from the new one {slowest:.3f} s after."
    )
