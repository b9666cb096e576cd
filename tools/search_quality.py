"""`docs/search.md`: how well `search()` finds what people look for, by queries whose right answers were judged by hand.

`python -m tools.search_quality HOME` writes the page from a home that was built from the real archives; a test fails
when the page is another. The judgements are facts about papers, in `tests/judged.json`.
"""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.config import CHECKOUT
from dagster_project.lake.home import Home
from dagster_project.publish.reader import open_warehouse

PAGE = CHECKOUT / "docs" / "search.md"
JUDGED = CHECKOUT / "tests" / "judged.json"
PLACES = 10
"""How many papers of an answer count."""

OPENING = """\
# How well search finds

Search is asked {queries} queries over the {papers:,} papers of the archives that the tests read. Its first \
{places} papers are compared with judgements by hand: 2 is a paper about what was asked, 1 is near it, 0 is all else. \
The judgements are in [`tests/judged.json`](../tests/judged.json). They were made from titles, abstracts and sections, \
without a search, and whatever their language: a search in Korean misses papers whose texts are all in English.

nDCG@{places} is 1 where the best papers come first and all {places} places are as good as they can be. \
**The mean is {mean:.3f}.**

Written by `python -m tools.search_quality HOME`. A test with the archives fails when a figure is another.

| asked with | query | papers about it | near it | found | nDCG@{places} |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and the arXiv ids of the papers that answer it: `about` is what was asked, `near` is close to it."""

    query: str
    about: Sequence[str]
    near: Sequence[str] = ()
    macro: str = "search"


@dataclass(frozen=True, slots=True)
class Measured:
    """A judged query, how many papers were found, and the nDCG of the first `PLACES`."""

    judged: Judged
    found: int
    ndcg: float


def main() -> None:
    """Write the page from the home that the command line names."""
    with open_warehouse(Home(Path(sys.argv[1])).warehouse) as connection:
        PAGE.write_text(write_page(connection), encoding="utf-8")


def load_judged(archive: str) -> list[Judged]:
    """Return the judged queries of an archive: `real` or `sample`."""
    return [Judged(**query) for query in json.loads(JUDGED.read_text(encoding="utf-8"))[archive]]


def write_page(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the page about a warehouse of the real archives, as Markdown."""
    measured = measure(connection, load_judged("real"))
    [(papers,)] = connection.execute("SELECT count(*) FROM dim_paper").fetchall()
    opening = OPENING.format(queries=len(measured), papers=papers, places=PLACES, mean=compute_mean(measured))
    return opening + "".join(map(_write_row, measured))


def _write_row(one: Measured) -> str:
    about, near = len(one.judged.about), len(one.judged.near)
    return f"| `{one.judged.macro}` | `{one.judged.query}` | {about} | {near} | {one.found:,} | {one.ndcg:.3f} |\n"


def measure(connection: duckdb.DuckDBPyConnection, judged: Sequence[Judged]) -> list[Measured]:
    """Ask each query."""
    measured: list[Measured] = []
    for one in judged:
        found = [row[0] for row in connection.execute(f"SELECT arxiv_id FROM {one.macro}(?)", [one.query]).fetchall()]
        measured.append(Measured(one, len(found), compute_ndcg(found, one)))
    return measured


def compute_mean(measured: Sequence[Measured]) -> float:
    """Return the mean nDCG of queries."""
    return math.fsum(one.ndcg for one in measured) / len(measured)


def compute_ndcg(found: Sequence[str], judged: Judged) -> float:
    """Return the discounted cumulative gain of the first papers found, as a share of the greatest possible."""
    grades = dict.fromkeys(judged.near, 1) | dict.fromkeys(judged.about, 2)
    best = sorted(grades.values(), reverse=True)
    return _sum_gains([grades.get(arxiv_id, 0) for arxiv_id in found]) / _sum_gains(best)


def _sum_gains(grades: Sequence[int]) -> float:
    return math.fsum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades[:PLACES], start=1))


if __name__ == "__main__":
    main()
