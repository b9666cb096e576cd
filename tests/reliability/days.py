"""Days of both sources as they should be, to be damaged by tests: the same papers as a digest and as a payload."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from dagster_project import pipeline
from dagster_project.lake.home import Home

SOURCES = ("digest", "huggingface")


class Paper(NamedTuple):
    """A paper with its votes on a day."""

    arxiv_id: str
    votes: int


def papers_of(day: dt.date, count: int = 3) -> list[Paper]:
    """Return papers that no other day has."""
    return [Paper(f"{day:%y%m}.{day.day:02}{number:03}", 5 + number) for number in range(1, count + 1)]


def digest_of(day: dt.date, papers: Sequence[Paper]) -> bytes:
    """Return the digest that lists `papers`."""
    entries = [
        f"### [On {paper.arxiv_id}](https://arxiv.org/abs/{paper.arxiv_id})\n\n"
        f"Vote: {paper.votes}\n\nAuthors: Ada Lovelace, Charles Babbage\n\n"
        "- **What's New**: 한 문장으로 적은 요약입니다.\n\n"
        for paper in papers
    ]
    return f"## Daily Papers ({day})\n\n{''.join(entries)}".encode()


def items_of(papers: Sequence[Paper]) -> list[Any]:
    """Return the items of the API that list `papers`."""
    authors = [{"name": "Ada Lovelace"}, {"name": "Charles Babbage"}]
    return [
        {"paper": {"id": paper.arxiv_id, "title": f"On {paper.arxiv_id}", "upvotes": paper.votes, "authors": authors}}
        for paper in papers
    ]


def body_of(source: str, day: dt.date, papers: Sequence[Paper]) -> bytes:
    """Return what a source answers for a day with `papers`."""
    return digest_of(day, papers) if source == "digest" else json.dumps(items_of(papers)).encode()


def place_of(source: str, day: dt.date) -> str:
    """Return what stands in the address of every request for a day, and of no other day."""
    return f"{day:/%Y/%m/%d}.md" if source == "digest" else f"date={day}"


def read(home: Home, source: str) -> None:
    """Read all answers of a source into the lake."""
    pipeline.parse(home, source, list(pipeline.list_stale_days(home, source)))
