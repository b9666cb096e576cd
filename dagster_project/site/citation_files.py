"""Writes the citations that the page of a paper offers: a file for each month of listing.

The page of a paper knows the month, so that it loads one file. A month whose papers are as they were is copied from the
site in use, since most of the site's time would go into formatting. How a paper is cited belongs in `citations`.
"""

import hashlib
import json
import shutil
from collections import defaultdict
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb

from dagster_project import citations
from dagster_project.citations import Paper, format_bibtex, format_ris, make_csl_item, read_papers
from dagster_project.dashboard.page import has_mark

FOLDER = "citations"
FORMATTERS = ("bibtexparser", "pylatexenc", "rispy")
"""The packages that write citations."""


def write_citations(connection: duckdb.DuckDBPyConnection, folder: Path, before: Path) -> None:
    """Write `citations/2024-10.json` for each month in which papers were first listed, below `folder`.

    A file begins with a mark of what it is made from, and holds, for each arXiv id, the paper as BibTeX, as RIS and as
    an item of CSL-JSON. `before` is the folder of the site in use, which may be absent.
    """
    listed = connection.execute(
        "SELECT arxiv_id, strftime(first_listed_on, '%Y-%m') FROM dim_paper ORDER BY ALL"
    ).fetchall()
    months: dict[str, list[Paper]] = defaultdict(list)
    papers = read_papers(connection, "arxiv_id", [arxiv_id for arxiv_id, _ in listed])
    for paper, (_, month) in zip(papers, listed, strict=True):
        months[month].append(paper)
    (folder / FOLDER).mkdir()
    code = Path(citations.__file__).read_bytes() + repr([metadata.version(name) for name in FORMATTERS]).encode()
    for month, listed_then in months.items():
        mark = hashlib.sha256(code + repr(listed_then).encode()).hexdigest()
        file, old = (place / FOLDER / f"{month}.json" for place in (folder, before))
        if has_mark(old, mark):
            shutil.copy(old, file)
        else:
            text = json.dumps({"mark": mark, "papers": {paper.arxiv_id: _cite(paper) for paper in listed_then}})
            file.write_text(text, encoding="utf-8")


def _cite(paper: Paper) -> dict[str, Any]:
    return {"bibtex": format_bibtex([paper]), "ris": format_ris([paper]), "csl": make_csl_item(paper)}
