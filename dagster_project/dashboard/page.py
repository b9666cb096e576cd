"""The page: rows, charts and the script put together into one HTML file that needs nothing else.

What stands on it is written in `page.html`, how it looks in `page.css`; `page.js` hands the picked period round.
"""

import base64
import hashlib
from pathlib import Path

import jinja2

from dagster_project.config import PACKAGE
from dagster_project.dashboard.charts import CHARTS
from dagster_project.dashboard.data import DashboardData, packed, read_data
from dagster_project.dashboard.figures import dataflow
from dagster_project.errors import QueryError, ReleaseError
from dagster_project.lake.files import write_atomically
from dagster_project.lake.home import Home
from dagster_project.publish.reader import open_release

ROOM = PACKAGE / "dashboard"
VEGA = ROOM / "vega.js"


def write_dashboard(home: Home, path: Path | None = None) -> Path:
    """Write the page on the release in use, unless it stands there already, and return where it lies.

    Raises:
        ReleaseError: nothing has been published yet, or by code whose tables the page does not fit; or the package
            was not built.
    """
    path = path or home.dashboard
    with open_release(home) as connection:
        try:
            data = read_data(connection)
        except QueryError as error:
            advice = "make one that it fits with: papers build"
            raise ReleaseError(f"the dashboard does not fit the release in use; {advice} ({error})") from error
    mark = _mark(data)
    if not _is_made_from(path, mark):
        page = render(data, mark).encode()
        write_atomically(path, lambda file: file.write(page))
    return path


def vega() -> str:
    """Return Vega as a script, which the building of the package put here.

    Raises:
        ReleaseError: the package was not built.
    """
    if not VEGA.exists():
        raise ReleaseError(f"{VEGA.name} is missing; make it with: uv sync --reinstall-package daily-papers-warehouse")
    return VEGA.read_text(encoding="utf-8")


def render(data: DashboardData, mark: str) -> str:
    """Return the page as HTML; `mark` says what it was made from.

    Raises:
        ReleaseError: the package was not built.
    """
    scripts = [vega(), (ROOM / "page.js").read_text(encoding="utf-8")]
    jinja = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOM), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    jinja.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    return jinja.get_template("page.html").render(
        **data.tables,
        mark=mark,
        style=(ROOM / "page.css").read_text(encoding="utf-8"),
        scripts=scripts,
        hashes=[base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts],
        embedded={
            "tables": {name: packed(name, rows) for name, rows in data.charted.items()},
            "charts": {name: chart() for name, chart in CHARTS.items()},
            "flow": dataflow(),
        },
    )


def _mark(data: DashboardData) -> str:
    """Return a mark of the rows, and of the code that makes a page of them."""
    mark = hashlib.sha256(repr(data).encode() + vega().encode())
    for file in sorted(ROOM.glob("page.*")) + sorted(ROOM.glob("*.py")):
        mark.update(file.read_bytes())
    return mark.hexdigest()


def _is_made_from(path: Path, mark: str) -> bool:
    """Tell whether the page at a path bears the mark, which stands in its first lines."""
    if not path.exists():
        return False
    with path.open("rb") as page:
        return mark.encode() in page.read(2000)
