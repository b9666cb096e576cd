"""Runs `papers watch` as a process, on digests of these days.

write_digests(folder)
web.serve_digests(folder)
with started(papers, "--source", "digest") as (process, read):
    process.send_signal(signal.SIGTERM)
"""

import datetime as dt
import re
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.conftest import PAPERS, Papers, digest_of

STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  ")


def write_digests(folder: Path) -> None:
    """Write the digests of a week: what is asked for goes on to be there if the day ends meanwhile."""
    for number in range(8):
        day = find_today() + dt.timedelta(days=number - 5)
        file = folder / f"{day:%Y/%m/%d}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(digest_of(str(day), number))


def find_today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def read_printed(papers: Papers) -> str:
    """Return all that the command that was started last has printed."""
    return papers.home.with_name("printed").read_text(encoding="utf-8")


@contextmanager
def started(
    papers: Papers, *arguments: str
) -> Generator[tuple["subprocess.Popen[bytes]", Callable[[], list[str]]], None, None]:
    """Run `papers watch`; yield its process, and what returns the lines that it has said of itself so far."""
    with papers.home.with_name("printed").open("w") as printed:
        process = subprocess.Popen(
            [PAPERS, "watch", *arguments],
            env=papers.environment,
            cwd=papers.home.parent,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process, lambda: [STAMP.sub("", line) for line in read_printed(papers).splitlines() if STAMP.match(line)]
    finally:
        process.kill()
        process.wait(30)
