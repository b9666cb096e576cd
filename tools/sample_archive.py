"""Writes what the sample invents: `sample/archives/*.bundle` and `sample/arxiv.xml`, from the captures of the sample.

The votes in the archives grow from those of the last real capture, fast at first and then slower. Of arXiv's answer,
the subjects, versions, comments, DOIs and journals are invented, and the order of authors where no capture knows it.
Run it as `python -m tools.sample_archive` after a change of the sample's captures.
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

from dagster_project.build import list_sample_days
from dagster_project.config import SAMPLE
from dagster_project.parse.rows import Author, Day, Entry
from dagster_project.sources.registry import SOURCES

FOLDER = SAMPLE / "archives"
DAYS = ("2025-10-01", "2025-10-09", "2025-10-23", "2026-08-05", "2026-08-13", "2026-08-19", "2026-08-21")
AGES = (26, 50, 100, 185, 343)
"""Hours after a day began at which the invented archive captured it."""
FEED_AGES = (36, 62, 130, 200, 390)
UNLISTED = ("2510.00499", "MOSS-Speech: Towards True Speech-to-Speech Models Without Text Guidance")
"""A paper that feeds hold and no list of the sample names."""
LIFE = 120
"""Hours in which a paper gets two thirds of the votes that it will still get."""
SHUFFLED_FROM = dt.date(2024, 1, 25)
"""First day of digests whose lists of authors are shuffled."""
RETITLED, REORDERED = "2502.18418", "2503.09601"
"""Papers whose title, and whose order of authors, arXiv gives otherwise than their list."""
WRITTEN_AT = "2026-08-22T00:00:00Z"
SUBJECTS = (
    ("cs.CL", "cs.AI"),
    ("cs.CV",),
    ("cs.LG", "cs.AI", "stat.ML"),
    ("cs.CV", "cs.AI"),
    ("cs.CL",),
    ("cs.SD", "eess.AS"),
    ("cs.RO", "cs.CV"),
    ("cs.LG",),
    ("eess.IV", "cs.CV"),
    ("cs.CL", "cs.LG", "I.2.7"),
    ("q-bio.QM", "cs.LG"),
)
"""Invented subjects, the primary one first. `I.2.7` is a class of ACM, as authors add them."""
COMMENTS = (
    None,
    "Accepted to the Sample Conference 2026",
    "12 pages, 4 figures. Code: https://github.com/example/{id}",
    None,
    "Accepted at Sample Workshop on Trees; project page: https://example.org/{id}",
)
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


def list_papers() -> dict[str, tuple[Entry, list[Author]]]:
    """Return the entry and the authors of each paper of the sample, from its captures with the best precedence."""
    found: dict[str, tuple[Entry, list[Author]]] = {}
    for source in SOURCES.values():
        for day in list_sample_days(source):
            place = SAMPLE / source.sample.format(date=day)
            bodies = [file.read_bytes() for file in (sorted(place.glob("*.json")) if place.is_dir() else [place])]
            for body in bodies:
                rows = source.parse([body], Day(source.name, day, dt.datetime.combine(day, dt.time()), "own"))
                for entry in rows.entry:
                    authors = [author for author in rows.author if author.arxiv_id == entry.arxiv_id]
                    found.setdefault(entry.arxiv_id, (entry, authors))
    return found


def write_description(entry: Entry, authors: list[Author]) -> str:
    """Return an invented entry of arXiv's Atom for a paper."""
    arxiv_id, number = entry.arxiv_id, int(entry.arxiv_id[-4:])
    submitted = entry.published_at or dt.datetime(2000 + int(arxiv_id[:2]), int(arxiv_id[2:4]), 1 + number % 3, 12)
    version = 1 if f"{submitted:%Y-%m}" >= WRITTEN_AT[:7] else 1 + number % 3
    updated = submitted + dt.timedelta(days=10 * (version - 1))
    known = entry.published_at or entry.listed_on < SHUFFLED_FROM
    names = [author.name_as_printed for author in authors][:: -1 if arxiv_id == REORDERED else 1]
    title = f"{entry.title}, Revised" if arxiv_id == RETITLED else entry.title
    primary, *_ = terms = SUBJECTS[number % len(SUBJECTS)]
    comment = (COMMENTS[number % len(COMMENTS)] or "").format(id=arxiv_id)
    lines = [
        f"<id>http://arxiv.org/abs/{arxiv_id}v{version}</id>",
        f"<updated>{updated:%Y-%m-%dT%H:%M:%SZ}</updated>",
        f"<published>{submitted:%Y-%m-%dT%H:%M:%SZ}</published>",
        f"<title>{escape(title)}</title>",
        f"<summary>An invented abstract of the paper {arxiv_id}.</summary>",
        *(f"<author><name>{escape(name)}</name></author>" for name in (names if known else sorted(names))),
        f"<arxiv:comment>{comment}</arxiv:comment>" if comment else "",
        f"<arxiv:doi>10.5555/{arxiv_id}</arxiv:doi>" if number % 9 == 0 else "",
        "<arxiv:journal_ref>Journal of Samples 7 (2026)</arxiv:journal_ref>" if number % 9 == 0 else "",
        f'<link href="http://arxiv.org/abs/{arxiv_id}v{version}" rel="alternate" type="text/html"/>',
        f'<arxiv:primary_category term="{primary}"/>',
        *(f'<category term="{term}"/>' for term in terms),
    ]
    return "<entry>\n" + "\n".join(filter(None, lines)) + "\n</entry>\n"


def write_descriptions() -> str:
    """Return an invented answer of arXiv for the sample's papers, of which it leaves out one in twelve."""
    papers = sorted(list_papers().items())
    entries = [write_description(*paper) for arxiv_id, paper in papers if int(arxiv_id[-4:]) % 12]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">\n'
        f"<title>Descriptions of the sample</title>\n<updated>{WRITTEN_AT}</updated>\n{''.join(entries)}</feed>\n"
    )


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
    """Write both bundles and arXiv's answer."""
    FOLDER.mkdir(exist_ok=True)
    write_bundle(list_payloads(), FOLDER / "api.bundle")
    write_bundle(list_feeds(), FOLDER / "feed.bundle")
    (SAMPLE / "arxiv.xml").write_text(write_descriptions(), encoding="utf-8")


if __name__ == "__main__":
    main()
