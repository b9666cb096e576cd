"""The parsers on the real archives, where they are at hand.

What the histories hold was counted by another program, and stands in the README beside them.
"""

import csv
import datetime as dt
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from dagster_project.parse.blocks import scan
from dagster_project.parse.digest import parse_digest
from dagster_project.parse.feed import count_items, parse_feed
from dagster_project.parse.huggingface import parse_huggingface
from dagster_project.parse.links import arxiv_id
from dagster_project.parse.rows import Day, Parsed
from dagster_project.validate.split import split


@pytest.fixture(scope="module")
def digests(shared_data: Path) -> dict[dt.date, bytes]:
    files = sorted((shared_data / "digests").glob("*/*/*.md"))
    return {dt.date(*map(int, (*file.parts[-3:-1], file.stem))): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def read_digests(digests: dict[dt.date, bytes]) -> dict[dt.date, Parsed]:
    def read(date: dt.date, body: bytes) -> Parsed:
        return parse_digest([body], Day("digest", date, dt.datetime.combine(date, dt.time(23))))

    return {date: read(date, body) for date, body in digests.items()}


@pytest.fixture(scope="module")
def read_payloads(shared_data: Path) -> dict[Path, Parsed]:
    def read(file: Path) -> Parsed:
        captured_at = dt.datetime.strptime(file.stem, "%Y-%m-%dT%H%M%SZ")
        day = Day("huggingface", dt.date.fromisoformat(file.parent.name), captured_at)
        return parse_huggingface([file.read_bytes()], day)

    return {file: read(file) for file in sorted((shared_data / "api").glob("*/*.json"))}


@pytest.fixture(scope="module")
def index(shared_data: Path) -> dict[dt.date, set[tuple[str | None, str]]]:
    papers = defaultdict(set)
    with (shared_data / "digests" / "index.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            papers[dt.date.fromisoformat(row["date"])].add((arxiv_id(row["url"]), row["title"]))
    return papers


def test_the_blocks_of_each_digest_are_its_bytes(digests: dict[dt.date, bytes]):
    assert len(digests) > 0
    assert [date for date, body in digests.items() if b"".join(block.raw for block in scan(body)) != body] == []


def test_nothing_in_the_digests_is_rejected(read_digests: dict[dt.date, Parsed]):
    assert [reject for rows in read_digests.values() for reject in rows.reject] == []


def test_ids_and_titles_are_those_of_the_archives_index(
    read_digests: dict[dt.date, Parsed], index: dict[dt.date, set[tuple[str | None, str]]]
):
    read = {(date, row.arxiv_id, row.title) for date, rows in read_digests.items() for row in rows.entry}
    assert read - {(date, *paper) for date, papers in index.items() for paper in papers} == set()


def test_what_only_the_index_lists_stands_in_no_digest(
    digests: dict[dt.date, bytes],
    read_digests: dict[dt.date, Parsed],
    index: dict[dt.date, set[tuple[str | None, str]]],
):
    for date, rows in read_digests.items():
        missing = {paper for paper, _ in index[date]} - {row.arxiv_id for row in rows.entry}
        assert [paper for paper in missing if f"abs/{paper})".encode() in digests[date]] == []


def test_nothing_in_the_payloads_is_rejected(read_payloads: dict[Path, Parsed]):
    assert sum(len(rows.entry) for rows in read_payloads.values()) > 0
    assert [reject for rows in read_payloads.values() for reject in rows.reject] == []


def test_no_row_breaks_a_schema(read_digests: dict[dt.date, Parsed], read_payloads: dict[Path, Parsed]):
    rows = Parsed()
    for parsed in (*read_digests.values(), *read_payloads.values()):
        rows.extend(parsed)
    frames = split(rows)
    assert frames["reject"].is_empty()
    assert {table: frames[table].height for table in ("entry", "author", "section", "keyword")} == {
        "entry": len(rows.entry),
        "author": len(rows.author),
        "section": len(rows.section),
        "keyword": len(rows.keyword),
    }


@pytest.fixture(scope="module")
def read_history(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Callable[[Sequence[bytes], Day], Parsed]], list[tuple[bytes, Parsed]]]:
    """Parse every version of every file in a git archive, by its name; a file's name is its day, if it is one."""

    def read_history(name: str, parse: Callable[[Sequence[bytes], Day], Parsed]) -> list[tuple[bytes, Parsed]]:
        clone = tmp_path_factory.mktemp(name)

        def git(*arguments: str, given: bytes = b"") -> bytes:
            return subprocess.run(["git", "-C", clone, *arguments], input=given, capture_output=True, check=True).stdout

        git("clone", "--quiet", "--bare", str(shared_data / "archives" / f"{name}.bundle"), ".")
        log = git("log", "--all", "--raw", "--no-abbrev", "--no-renames", "--format=").decode().splitlines()
        changes = [(line.split()[3], Path(line.partition("\t")[2]).stem) for line in log if line.split()[4] != "D"]
        blobs = git("cat-file", "--batch", given="".join(f"{blob}\n" for blob, _ in changes).encode())
        versions: list[tuple[bytes, Parsed]] = []
        start = 0
        for _, stem in changes:
            head, _, _ = blobs[start : start + 100].partition(b"\n")
            start += len(head) + 1
            body = blobs[start : start + int(head.split()[2])]
            start += len(body) + 1
            date = dt.date.fromisoformat(stem) if stem[:4].isdigit() else dt.date(2025, 1, 1)
            versions.append((body, parse([body], Day(name, date, dt.datetime.combine(date, dt.time(15))))))
        return versions

    return read_history


def test_every_item_of_a_feeds_history_is_an_entry_with_all_that_it_says(read_history):
    versions = read_history("feed", parse_feed)
    entries = [row for _, rows in versions for row in rows.entry]
    assert len(entries) == sum(count_items(body) for body, _ in versions) == 11_808
    assert len({row.arxiv_id for row in entries}) == 7_724
    assert [reject for _, rows in versions for reject in rows.reject] == []
    assert all(None not in (row.votes, row.published_at) for row in entries)


def test_every_capture_in_the_histories_of_the_api_is_read(read_history):
    names = ("autoflow", "newsletter", "pushpaper")
    parsed = [rows for name in names for _, rows in read_history(name, parse_huggingface)]
    entries = [row for rows in parsed for row in rows.entry]
    assert Counter(bool(rows.entry) for rows in parsed) == {True: 855, False: 178}
    assert (len(entries), len({row.arxiv_id for row in entries})) == (18_967, 6_990)
    rejects = Counter((reject.rule, reject.arxiv_id) for rows in parsed for reject in rows.reject)
    # One file holds an object that says that there was nothing; one list holds a paper twice.
    assert rejects == {("payload", None): 1, ("repeated_entry", "2506.01920"): 3}
