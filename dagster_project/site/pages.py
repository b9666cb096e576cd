"""Renders the pages that ask the warehouse in the browser, and copies what they load.

`web/` holds the templates, the scripts and the style; `vendor/` holds DuckDB for browsers and the editor, which the
build of the package puts there. The SQL of the page of a paper, an author, a keyword, a subject or an organisation lies
in `sql/site`. Rendering the dashboard belongs in `dashboard`.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dagster_project.config import PACKAGE
from dagster_project.dashboard.page import ROOM as DASHBOARD
from dagster_project.dashboard.render import make_environment
from dagster_project.errors import ReleaseError
from dagster_project.models.catalog import load_macros, load_questions
from dagster_project.models.contract import load_contract
from dagster_project.site.data_package import CHANGES
from dagster_project.site.feed_formats import Feed
from dagster_project.site.tables import DataPackage

ROOM = PACKAGE / "site"
WEB, VENDOR = ROOM / "web", ROOM / "vendor"
SEARCHES = ("search", "search_any", "search_phrase")
"""The macros that the query page offers."""
VIEWS = {
    "paper": ["authors", "categories", "votes", "listings", "titles", "keywords", "sections", "others"],
    "author": ["papers", "coauthors"],
    "keyword": ["months", "papers"],
    "category": ["months", "papers"],
    "organization": ["months", "papers"],
}
"""What has a page of its own, and the sections of the page in their order: `paper` and `paper_authors` are queries."""


def write_pages(folder: Path, feeds: Sequence[Feed], package: DataPackage) -> None:
    """Write the pages and `assets/` below `folder`, which holds the feeds and the data package.

    Raises:
        ReleaseError: the package was built without what the pages load.
    """
    jinja = make_environment(WEB)
    macros = [macro for macro in load_macros() if macro.name in SEARCHES]
    pages: dict[str, dict[str, Any]] = {
        "query.html": {"macros": macros, "embedded": _list_questions()},
        "view.html": {"embedded": _list_queries()},
        "feeds.html": {"feeds": feeds},
        "data.html": {"package": package, "has_changes": False},
    }
    if (changes := package.folder / CHANGES).exists():
        pages["data.html"]["has_changes"] = True
        pages["changes.html"] = {"changes": json.loads(changes.read_text(encoding="utf-8"))}
    for name, values in pages.items():
        page = jinja.get_template(name).render(release=package.release, **values)
        (folder / name).write_text(page, encoding="utf-8")
    copy_assets(folder / "assets")


def copy_assets(assets: Path) -> None:
    """Copy scripts, style and what others wrote of them to a new folder.

    Raises:
        ReleaseError: the package was built without what the pages load.
    """
    vega = DASHBOARD / "vega.js"
    if not VENDOR.exists() or not vega.exists():
        raise ReleaseError(
            "this package was built without the site's engine; build it where npm's registry is reachable"
        )
    shutil.copytree(VENDOR, assets / "vendor", ignore=shutil.ignore_patterns("pinned"))
    for file in (*WEB.glob("*.js"), *WEB.glob("*.css"), vega, DASHBOARD / "page.css"):
        shutil.copy(file, assets)


def _list_questions() -> dict[str, object]:
    """Return what the query page offers: the questions of `sql/queries`, and the tables with their comments."""
    return {
        "questions": [
            {"name": question.name, "description": question.description, "sql": question.sql.strip()}
            for question in load_questions()
        ],
        "tables": [
            {
                "name": table.name,
                "comment": table.comment,
                "columns": [
                    {"name": column.name, "type": column.type, "comment": column.comment} for column in table.columns
                ],
            }
            for table in load_contract()
        ],
    }


def _list_queries() -> dict[str, object]:
    """Return the queries of `sql/site` by what they are about: `paper`, and after it `paper_authors` and others."""
    questions = {question.name: question for question in load_questions(kind="site")}
    listed = {kind: [kind, *(f"{kind}_{section}" for section in sections)] for kind, sections in VIEWS.items()}
    return {
        "queries": {
            kind: [
                {"name": name, "description": questions[name].description, "sql": questions[name].sql} for name in names
            ]
            for kind, names in listed.items()
        }
    }
