"""Writes the sample's git archives: `sample/archives/*.bundle`, from the captures of the sample.

The votes in them are invented: they grow from those of the last real capture, fast at first and then slower. All else
comes from that capture. Run it as `python -m tools.sample_archive` after a change of the sample's payloads.
"""

import datetime as dt
import html
import json
import math
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from dagster_project.config import SAMPLE

FOLDER = SAMPLE / "archives"
DAYS = ("2025-10-01", "2025-10-09", "2025-10-23", "2026-08-05", "2026-08-13", "2026-08-19", "2026-08-21")
AGES = (26, 50, 100, 185, 343)
"""Hours after a day began at which the invented archive captured it."""
FEED_AGES = (36, 62, 130, 200, 390)
UNLISTED = ("2510.00499", "MOSS-Speech: Towards True Speech-to-Speech Models Without Text Guidance")
"""A paper that feeds hold and no list of the sample names."""
LIFE = 120
"""Hours in which a paper gets two thirds of the votes that it will still get."""
Items = list[dict[str, Any]]


class File(NamedTuple):
    """A file as a commit writes it."""

    committed_at: dt.datetime
    path: str
    body: bytes


def read_last_capture(day: str) -> tuple[dt.datetime, Items]:
    """Return the time (UTC) and the items of the last capture of a day in the sample."""
    file = max((SAMPLE / "api" / day).glob("*.json"))
    return dt.datetime.strptime(file.stem, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=dt.UTC), json.loads(file.read_text())


def invent_votes(arxiv_id: str, votes: int, hours: float) -> int:
    """Return the votes of a paper so many hours after it had `votes`."""
    growth = 0.2 + int(arxiv_id[-2:]) % 17 / 10
    return votes + round((votes + 1) * growth * (1 - math.exp(-hours / LIFE)))


def age_items(day: str, hours: int) -> tuple[dt.datetime, Items]:
    """Return when a day was so many hours old (UTC), and its items with the votes of that time."""
    captured_at, items = read_last_capture(day)
    at = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), dt.UTC) + dt.timedelta(hours=hours, minutes=7)
    passed = (at - captured_at).total_seconds() / 3600
    for item in items:
        paper = item["paper"]
        paper["upvotes"] = invent_votes(paper["id"], paper["upvotes"], passed)
    return at, items


def list_payloads() -> list[File]:
    """Return the files of an archive of the API's answers."""
    aged = ((day, *age_items(day, hours)) for day in DAYS for hours in AGES)
    return [File(at, f"daily/{day}.json", json.dumps(items, indent=1).encode()) for day, at, items in aged]


def list_feeds() -> list[File]:
    """Return the files of an archive of feeds: the daily feed, and after two weeks the monthly one."""
    files: list[File] = []
    for day in DAYS:
        for hours in FEED_AGES:
            at, items = age_items(day, hours)
            papers = [(item["paper"]["id"], item["paper"]["title"], item["paper"]["upvotes"]) for item in items]
            if day == DAYS[0]:
                papers.append((*UNLISTED, 3 + hours // 10))
            name = "feed_monthly.xml" if hours == FEED_AGES[-1] else "feed.xml"
            files.append(File(at, name, write_feed(papers)))
    return files


def write_feed(papers: Iterable[tuple[str, str, int]]) -> bytes:
    """Return an RSS feed of papers, given as arXiv id, title and votes."""
    items = "".join(
        f"<item><title>{escape(' '.join(title.split()))}</title><link>https://arxiv.org/abs/{arxiv_id}</link>"
        f"<description>{html.escape(f'<p><b>Upvotes:</b> {votes}</p>')}</description></item>\n"
        for arxiv_id, title, votes in papers
    )
    channel = (
        "<title>Daily papers of the sample</title><link>https://example.org</link><description>Sample</description>"
    )
    declaration = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{declaration}\n<rss version="2.0"><channel>{channel}\n{items}</channel></rss>\n'.encode()


def write_bundle(files: Iterable[File], bundle: Path) -> None:
    """Write a git bundle with one commit for each file, in the order of their times."""
    stream = bytearray()
    for file in sorted(files):
        who = f"Sample <sample@example.org> {file.committed_at.timestamp():.0f} +0000"
        stream += f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata 7\ncapture\n".encode()
        stream += f"M 100644 inline {file.path}\ndata {len(file.body)}\n".encode() + file.body + b"\n"
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", f"--git-dir={folder}"]
        subprocess.run([*git, "init", "--bare", "--quiet", "--initial-branch=main", folder], check=True)
        subprocess.run([*git, "fast-import", "--quiet"], input=bytes(stream), check=True)
        subprocess.run([*git, "repack", "-adfq", "--depth=50", "--window=250"], check=True)
        subprocess.run([*git, "bundle", "create", "--quiet", str(bundle), "main"], check=True)


def main() -> None:
    """Write both bundles."""
    FOLDER.mkdir(exist_ok=True)
    write_bundle(list_payloads(), FOLDER / "api.bundle")
    write_bundle(list_feeds(), FOLDER / "feed.bundle")


if __name__ == "__main__":
    main()
