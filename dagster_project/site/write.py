"""Writes the whole site beside the one in use, and swaps it in.

What each part holds belongs in the other modules of this room.
"""

import shutil
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dagster_project.config import Settings
from dagster_project.dashboard.data import read_data
from dagster_project.dashboard.render import render_page
from dagster_project.errors import ForeignFolderError, QueryError, ReleaseError
from dagster_project.lake.files import flush_folder
from dagster_project.lake.home import HARMLESS, Home
from dagster_project.publish.reader import open_release
from dagster_project.site.changes import choose_releases
from dagster_project.site.citation_files import write_citations
from dagster_project.site.data_package import write_data_package
from dagster_project.site.feeds import write_feeds
from dagster_project.site.pages import write_pages
from dagster_project.site.searches import SavedSearch, load_searches

DATA = "data"
"""The folder of the data package."""
MARK = ".papers-site"
MARK_TEXT = "This folder is a site of daily-papers-warehouse, which replaces it as a whole.\n"
BUILDING, OLD = ".building-", ".old-"
"""What stands between a site's name and a random part in the names of the folders beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRequest:
    """What a site is like. `base_url` is where it will be, with a slash at its end."""

    base_url: str | None = None
    searches: Sequence[SavedSearch] = ()
    with_texts: bool = False
    """Whether it holds the digests' texts, too, whose licence forbids derivatives."""
    since: str | None = None
    """The release that it is compared with; None means the one before."""
    memory_limit: int | None = None
    """Memory in bytes that DuckDB may use; None means its default."""

    @classmethod
    def from_settings(
        cls, settings: Settings, *, base_url: str | None = None, with_texts: bool = False, since: str | None = None
    ) -> Self:
        """Return a request with the saved searches, the address and the memory of the settings.

        Raises:
            SettingsError: the list of saved searches is not valid.
        """
        return cls(
            base_url=base_url or settings.site_address,
            searches=load_searches(settings),
            with_texts=with_texts,
            since=since,
            memory_limit=settings.memory_limit,
        )


def write_site(home: Home, request: SiteRequest, output: Path | None = None) -> Path:
    """Write the site of the release in use, and return its folder: `output`, or `site` in the home.

    Raises:
        ForeignFolderError: the folder holds files of others; nothing was written.
        ReleaseError: there is no release, or not the one to compare with; its tables do not fit the site; or the
            package was built without the engine of its pages.
    """
    folder = (output or home.site).absolute()
    claim(folder)
    compared = choose_releases(home, request.since)
    with open_release(home) as connection, replace_folder(folder) as building:
        try:
            data = read_data(connection)
        except QueryError as error:
            advice = "make a new release with: papers build"
            raise ReleaseError(f"the site does not fit the release in use; {advice} ({error})") from error
        if not request.with_texts:
            data.tables["opening_words"] = []
        (building / MARK).write_text(MARK_TEXT, encoding="utf-8")
        (building / ".nojekyll").touch()  # GitHub Pages would leave out what begins with an underscore or a dot
        feeds = write_feeds(connection, home, building, request.searches, request.base_url)
        package = write_data_package(
            home.warehouse,
            building / DATA,
            previous=compared and compared[0],
            base_url=request.base_url and f"{request.base_url}{DATA}/",
            with_texts=request.with_texts,
            memory_limit=request.memory_limit,
        )
        write_citations(connection, building, before=folder)
        page = render_page(data, mark=package.release.release_id, in_site=True)
        (building / "index.html").write_text(page, encoding="utf-8")
        write_pages(building, feeds, package)
    return folder


def claim(folder: Path) -> None:
    """Make sure that a folder may be replaced: it is absent, empty or a site.

    Raises:
        ForeignFolderError: it holds files of others; nothing was written.
    """
    if not folder.exists() or (folder / MARK).exists():
        return
    if not folder.is_dir():
        raise ForeignFolderError(f"{folder} is a file; name a new folder with --output DIR")
    if strangers := sorted(entry.name for entry in folder.iterdir() if not HARMLESS.fullmatch(entry.name)):
        raise ForeignFolderError(
            f"{folder} is not a site of papers: it holds {strangers[0]}, and nothing was written there; "
            "name an empty or a new folder with --output DIR"
        )


@contextmanager
def replace_folder(folder: Path) -> Generator[Path]:
    """Yield a new folder beside `folder`, which takes its place once the body has filled it.

    Between two renames there is no folder for a moment. What a killed run left beside it is removed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".{folder.name}{OLD}*"):
        if folder.exists():
            shutil.rmtree(left)
        else:
            left.rename(folder)
    for left in folder.parent.glob(f".{folder.name}{BUILDING}*"):
        shutil.rmtree(left)
    building, old = (folder.with_name(f".{folder.name}{kind}{uuid.uuid4().hex[:8]}") for kind in (BUILDING, OLD))
    building.mkdir()
    try:
        yield building
        flush_folder(building)
        if folder.exists():
            folder.rename(old)
        building.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(building, ignore_errors=True)
        raise
    if old.exists():
        shutil.rmtree(old)
    flush_folder(folder.parent)
