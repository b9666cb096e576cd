"""Writes the page of the release in use, unless it is up to date.

Rendering belongs in `render`, which is imported only if a page must be written: it needs Jinja, and most builds find
nothing new.
"""

import hashlib
from pathlib import Path

from dagster_project.config import PACKAGE
from dagster_project.dashboard.data import DashboardData, read_data
from dagster_project.errors import QueryError, ReleaseError
from dagster_project.lake.files import write_atomically
from dagster_project.lake.home import Home, claim_folder
from dagster_project.publish.reader import open_release

ROOM = PACKAGE / "dashboard"


def write_dashboard(home: Home, path: Path | None = None) -> Path:
    """Write the page of the release in use, unless it is up to date, and return its path.

    Raises:
        ReleaseError: there is no release, its tables do not fit the page, or the package was not built.
    """
    path = path or home.dashboard
    with open_release(home) as connection:
        try:
            data = read_data(connection)
        except QueryError as error:
            advice = "make a new release with: papers build"
            raise ReleaseError(f"the dashboard does not fit the release in use; {advice} ({error})") from error
    mark = _compute_mark(data)
    if not has_mark(path, mark):
        from dagster_project.dashboard.render import render_page

        page = render_page(data, mark).encode()
        if path == home.dashboard:
            claim_folder(home.local)
        write_atomically(path, lambda file: file.write(page))
    return path


def _compute_mark(data: DashboardData) -> str:
    """Return a hash of all that a page is made from: the rows, and the files of `dashboard`."""
    mark = hashlib.sha256(repr(data).encode())
    for file in sorted(ROOM.glob("*.*")):
        mark.update(file.read_bytes())
    return mark.hexdigest()


def has_mark(path: Path, mark: str) -> bool:
    """Return whether a file with this mark in its first 2000 bytes exists."""
    if not path.exists():
        return False
    with path.open("rb") as page:
        return mark.encode() in page.read(2000)
