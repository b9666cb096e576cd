"""Both parsers on the real archives, where they are at hand."""

import csv
import datetime as dt
from collections import defaultdict
from pathlib import Path

import pytest

from dagster_project.parse.blocks import scan
from dagster_project.parse.digest import parse_digest
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
