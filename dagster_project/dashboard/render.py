"""Renders rows, charts and scripts into one self-contained HTML file.

`page.html` is the template, `page.css` the style, `charts.json` the specifications of the charts, and `page.js` passes
the picked period and subject to Vega. Writing the file belongs in `page`, drawing charts in `tools/charts.py`.
"""

import base64
import hashlib
import json
from pathlib import Path

import jinja2

from dagster_project.config import PACKAGE
from dagster_project.dashboard.data import DashboardData, pack_rows
from dagster_project.dashboard.figures import build_dataflow
from dagster_project.errors import ReleaseError

ROOM = PACKAGE / "dashboard"
VEGA = ROOM / "vega.js"


def render_page(data: DashboardData, mark: str, *, in_site: bool = False) -> str:
    """Return the page as HTML; `mark` is the hash of what it is made from.

    As the front page of the public site it links to the site's other pages, and names to their own pages there.

    Raises:
        ReleaseError: the package was not built.
    """
    scripts = [_read_vega(), (ROOM / "page.js").read_text(encoding="utf-8")]
    return (
        make_environment(ROOM)
        .get_template("page.html")
        .render(
            **data.tables,
            subjects=data.charted["subjects"],
            mark=mark,
            in_site=in_site,
            style=(ROOM / "page.css").read_text(encoding="utf-8"),
            scripts=scripts,
            hashes=[base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts],
            embedded={
                "tables": {name: pack_rows(name, rows) for name, rows in data.charted.items()},
                "charts": json.loads((ROOM / "charts.json").read_text(encoding="utf-8")),
                "flow": build_dataflow(),
            },
        )
    )


def make_environment(folder: Path) -> jinja2.Environment:
    """Return the environment of the templates in a folder, which write HTML."""
    jinja = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    jinja.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    return jinja


def _read_vega() -> str:
    """Return the script of Vega, which the build of the package puts here.

    Raises:
        ReleaseError: the package was not built.
    """
    if not VEGA.exists():
        raise ReleaseError(f"{VEGA.name} is missing; make it with: uv sync --reinstall-package daily-papers-warehouse")
    return VEGA.read_text(encoding="utf-8")
