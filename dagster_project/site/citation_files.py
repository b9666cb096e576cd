"""Writes the citations that the page of a paper offers: a file for each month of listing.

The page of a paper knows the month, so that it loads one file. How a paper is cited belongs in `citations`.
"""

import json
from collections import defaultdict
from pathlib import Path

import duckdb

from dagster_project.citations import Paper, format_bibtex, format_ris, make_csl_item, read_papers

FOLDER = "citations"


def write_citations(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `citations/2024-10.json` for each month in which papers were first listed, below `folder`.

    A file holds, for each arXiv id, the paper as BibTeX, as RIS and as the text of CSL-JSON.
    """
    listed = connection.execute(
        "SELECT arxiv_id, strftime(first_listed_on, '%Y-%m') FROM dim_paper ORDER BY ALL"
    ).fetchall()
    months: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    papers = read_papers(connection, "arxiv_id", [arxiv_id for arxiv_id, _ in listed])
    for paper, (_, month) in zip(papers, listed, strict=True):
        months[month][paper.arxiv_id] = _cite(paper)
    (folder / FOLDER).mkdir()
    for month, cited in months.items():
        text = json.dumps(cited, ensure_ascii=False, separators=(",", ":"))
        (folder / FOLDER / f"{month}.json").write_text(text, encoding="utf-8")


def _cite(paper: Paper) -> dict[str, str]:
    csl = json.dumps([make_csl_item(paper)], ensure_ascii=False, indent=1)
    return {"bibtex": format_bibtex([paper]), "ris": format_ris([paper]), "csl": csl + "\n"}
